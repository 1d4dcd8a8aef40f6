//! Where failed or processed events go: a destination or a dead-letter queue.

use std::sync::Arc;

use super::{AccountId, Region};

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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The account that its ARN names; that of an S3 bucket names none.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.0.split(':').nth(4)?.parse().ok()
    }

    /// The region that its ARN names; that of an S3 bucket names none.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.0.split(':').nth(3)?.parse().ok()
    }

    /// What its ARN says after the account: a queue's or topic's name, `event-bus/NAME`, a bucket's name.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.0.splitn(6, ':').nth(5)
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

    #[test]
    fn an_arn_says_where_it_is() {
        let parts = |arn| {
            let destination = Destination::from_wire(Some(arn)).unwrap();
            let account = destination.account().map(|account| account.to_string());
            let region = destination.region().map(|region| region.to_string());
            let resource = destination.resource().map(str::to_owned);
            (account, region, resource)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            parts("arn:aws:events:eu-west-1:123456789012:event-bus/b"),
            (text("123456789012"), text("eu-west-1"), text("event-bus/b"))
        );
        assert_eq!(
            parts("arn:aws:lambda:eu-west-1:123456789012:function:f:1"),
            (
                text("123456789012"),
                text("eu-west-1"),
                text("function:f:1")
            )
        );
        assert_eq!(parts("arn:aws:s3:::bucket"), (None, None, text("bucket")));
        assert_eq!(parts("kafka://topic"), (None, None, None));
    }
}
