//! A function and what Lambda does with its asynchronous events: event invoke config and dead-letter queue.

use std::sync::Arc;

use super::Destination;

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
}
