//! A function and what Lambda does with its asynchronous events: event invoke config, destinations, dead-letter
//! queue.

use std::sync::Arc;

/// A function as its configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `FunctionArn` without a qualifier.
    pub arn: Arc<str>,
    /// `Runtime`; container images have none.
    pub runtime: Option<Arc<str>>,
    /// `PackageType`, `Zip` or `Image`.
    pub package_type: Arc<str>,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter_queue: Option<Destination>,
}

/// Retries where no config sets them
/// (AWS documentation, "How Lambda handles errors with asynchronous invocation").
pub const DEFAULT_RETRY_ATTEMPTS: i32 = 2;

/// The event age in seconds where no config sets it: six hours (the same page).
pub const DEFAULT_EVENT_AGE_SECONDS: i32 = 21_600;

/// The record that AWS holds for one function and qualifier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventInvokeConfig {
    /// `MaximumRetryAttempts`, 0 to 2; absent when never set.
    pub maximum_retry_attempts: Option<i32>,
    /// `MaximumEventAgeInSeconds`, 60 to 21600; absent when never set.
    pub maximum_event_age_seconds: Option<i32>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Destination>,
    /// `DestinationConfig.OnSuccess.Destination`.
    pub on_success: Option<Destination>,
    /// `LastModified`, in seconds since the Unix epoch, with a fraction.
    pub last_modified: Option<f64>,
}

/// When Lambda uses a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The event was given up.
    OnFailure,
    /// The function processed the event.
    OnSuccess,
}

impl Condition {
    /// Both, in the order in which they are published.
    pub const ALL: [Self; 2] = [Self::OnFailure, Self::OnSuccess];

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnFailure => "on_failure",
            Self::OnSuccess => "on_success",
        }
    }
}

/// What is in force for one function and qualifier.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// AWS holds a config.
    Configured(EventInvokeConfig),
    /// AWS holds none, so its defaults apply and there is no destination.
    Unconfigured,
}

impl Settings {
    /// The config, where there is one.
    #[must_use]
    pub fn config(&self) -> Option<&EventInvokeConfig> {
        match self {
            Self::Configured(config) => Some(config),
            Self::Unconfigured => None,
        }
    }

    /// The retries in force.
    #[must_use]
    pub fn maximum_retry_attempts(&self) -> i32 {
        self.config()
            .and_then(|config| config.maximum_retry_attempts)
            .unwrap_or(DEFAULT_RETRY_ATTEMPTS)
    }

    /// The event age in force, in seconds.
    #[must_use]
    pub fn maximum_event_age_seconds(&self) -> i32 {
        self.config()
            .and_then(|config| config.maximum_event_age_seconds)
            .unwrap_or(DEFAULT_EVENT_AGE_SECONDS)
    }

    /// The destination for a condition, where there is one.
    #[must_use]
    pub fn destination(&self, condition: Condition) -> Option<&Destination> {
        let config = self.config()?;
        match condition {
            Condition::OnFailure => config.on_failure.as_ref(),
            Condition::OnSuccess => config.on_success.as_ref(),
        }
    }
}

/// The kind of service behind a destination or dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationType {
    /// A standard SQS queue.
    Sqs,
    /// A standard SNS topic.
    Sns,
    /// Another Lambda function.
    Lambda,
    /// An `EventBridge` event bus.
    Events,
    /// An S3 bucket; AWS accepts it on failure only.
    S3,
    /// A Kafka topic, `kafka://…`.
    Kafka,
    /// Anything that AWS has come to accept since.
    Other,
}

impl DestinationType {
    /// Tells the service by the ARN's third field, or by the scheme.
    #[must_use]
    pub fn of(arn: &str) -> Self {
        if arn.starts_with("kafka://") {
            return Self::Kafka;
        }
        match arn.split(':').nth(2) {
            Some("sqs") => Self::Sqs,
            Some("sns") => Self::Sns,
            Some("lambda") => Self::Lambda,
            Some("events") => Self::Events,
            Some("s3") => Self::S3,
            _ => Self::Other,
        }
    }

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Sns => "sns",
            Self::Lambda => "lambda",
            Self::Events => "events",
            Self::S3 => "s3",
            Self::Kafka => "kafka",
            Self::Other => "other",
        }
    }
}

/// A destination that is really there: never the empty string, which AWS accepts as "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(Arc<str>);

impl Destination {
    /// The destination in an answer of AWS. Absent and empty both mean that there is none.
    #[must_use]
    pub fn from_wire(arn: Option<&str>) -> Option<Self> {
        arn.filter(|arn| !arn.is_empty())
            .map(|arn| Self(arn.into()))
    }

    /// The ARN, or the `kafka://` address.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0
    }

    /// The kind of service that it is.
    #[must_use]
    pub fn destination_type(&self) -> DestinationType {
        DestinationType::of(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_config_leaves_out_is_the_default() {
        let partly = Settings::Configured(EventInvokeConfig {
            maximum_retry_attempts: Some(0),
            ..EventInvokeConfig::default()
        });
        assert_eq!(partly.maximum_retry_attempts(), 0);
        assert_eq!(partly.maximum_event_age_seconds(), 21_600);
        assert_eq!(Settings::Unconfigured.maximum_retry_attempts(), 2);
        assert_eq!(Settings::Unconfigured.maximum_event_age_seconds(), 21_600);
        assert_eq!(
            Settings::Unconfigured.destination(Condition::OnFailure),
            None
        );
    }

    #[test]
    fn the_type_is_told_by_the_arn() {
        for (arn, expected) in [
            ("arn:aws:sqs:us-east-1:123456789012:q", "sqs"),
            ("arn:aws-cn:sns:cn-north-1:123456789012:t", "sns"),
            ("arn:aws:lambda:us-east-1:123456789012:function:f", "lambda"),
            (
                "arn:aws:events:us-east-1:123456789012:event-bus/b",
                "events",
            ),
            ("arn:aws:s3:::bucket", "s3"),
            ("kafka://topic", "kafka"),
            ("arn:aws:kinesis:us-east-1:123456789012:stream/s", "other"),
            ("nonsense", "other"),
        ] {
            let destination = Destination::from_wire(Some(arn)).unwrap();
            assert_eq!(destination.destination_type().as_str(), expected, "{arn}");
            assert_eq!(destination.arn(), arn);
        }
    }

    #[test]
    fn absent_and_empty_are_none() {
        assert_eq!(Destination::from_wire(None), None);
        assert_eq!(Destination::from_wire(Some("")), None);
    }
}
