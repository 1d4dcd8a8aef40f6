//! Event source mappings: what Lambda reads from streams and queues for a function, and what becomes of records
//! that the function fails on.

use std::{collections::BTreeMap, sync::Arc};

use super::{Destination, FunctionName, Qualifier};

/// One event source mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSourceMapping {
    /// `UUID`.
    pub uuid: Arc<str>,
    /// Of the function that it invokes.
    pub qualifier: Qualifier,
    /// `EventSourceArn`; a self-managed Kafka cluster has none.
    pub source: Option<Destination>,
    /// The kind of source.
    pub source_type: EventSourceType,
    /// Whether `State` is `Enabled`, `Enabling` or `Updating`.
    pub enabled: bool,
    /// What becomes of records that are given up.
    pub on_failure: OnFailure,
    /// `MaximumRetryAttempts`; AWS's -1, the default, is no limit. Absent where the source has no such setting.
    pub maximum_retry_attempts: Option<i32>,
    /// `MaximumRecordAgeInSeconds`; likewise.
    pub maximum_record_age_seconds: Option<i32>,
    /// `BisectBatchOnFunctionError`; absent where the source has no such setting.
    pub bisect_batch_on_function_error: Option<bool>,
    /// `LastModified`, in seconds since the Unix epoch, with a fraction.
    pub last_modified: Option<f64>,
}

/// The failure destination of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnFailure {
    /// The source has no such setting: a queue has a redrive policy of its own.
    Unsupported,
    /// There could be one.
    None,
    /// There is one.
    Destination(Destination),
}

impl OnFailure {
    /// The destination, where there is one.
    #[must_use]
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Destination(destination) => Some(destination),
            Self::Unsupported | Self::None => None,
        }
    }
}

/// The kind of service that Lambda reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSourceType {
    /// A Kinesis stream.
    Kinesis,
    /// The stream of a `DynamoDB` table.
    DynamoDb,
    /// An SQS queue.
    Sqs,
    /// A topic of Amazon MSK.
    Msk,
    /// A topic of a self-managed Kafka cluster.
    Kafka,
    /// An Amazon MQ broker.
    Mq,
    /// The change stream of a `DocumentDB` cluster.
    DocumentDb,
    /// Anything that AWS has come to support since.
    Other,
}

impl EventSourceType {
    /// Tells the service by the ARN's third field; only a self-managed cluster has no ARN.
    #[must_use]
    pub fn of(arn: Option<&str>) -> Self {
        let Some(arn) = arn else {
            return Self::Kafka;
        };
        match arn.split(':').nth(2) {
            Some("kinesis") => Self::Kinesis,
            Some("dynamodb") => Self::DynamoDb,
            Some("sqs") => Self::Sqs,
            Some("kafka") => Self::Msk,
            Some("mq") => Self::Mq,
            Some("rds") => Self::DocumentDb,
            _ => Self::Other,
        }
    }

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kinesis => "kinesis",
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Msk => "msk",
            Self::Kafka => "kafka",
            Self::Mq => "mq",
            Self::DocumentDb => "documentdb",
            Self::Other => "other",
        }
    }
}

/// The mappings of a scope, by function and then by UUID. A mapping outlives its function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventSourceMappings(BTreeMap<FunctionName, BTreeMap<Arc<str>, EventSourceMapping>>);

impl EventSourceMappings {
    /// Those of a function.
    pub fn of(&self, function: &FunctionName) -> impl Iterator<Item = &EventSourceMapping> {
        let mappings = self.0.get(function);
        mappings.into_iter().flat_map(BTreeMap::values)
    }
}

impl FromIterator<(FunctionName, EventSourceMapping)> for EventSourceMappings {
    fn from_iter<I: IntoIterator<Item = (FunctionName, EventSourceMapping)>>(listed: I) -> Self {
        let mut mappings = Self::default();
        for (function, mapping) in listed {
            let of_function = mappings.0.entry(function).or_default();
            of_function.insert(Arc::clone(&mapping.uuid), mapping);
        }
        mappings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_told_by_the_arn() {
        for (arn, expected) in [
            (
                Some("arn:aws:kinesis:us-east-1:123456789012:stream/s"),
                "kinesis",
            ),
            (
                Some(
                    "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000",
                ),
                "dynamodb",
            ),
            (Some("arn:aws-cn:sqs:cn-north-1:123456789012:q"), "sqs"),
            (
                Some("arn:aws:kafka:us-east-1:123456789012:cluster/c/u"),
                "msk",
            ),
            (Some("arn:aws:mq:us-east-1:123456789012:broker:b:u"), "mq"),
            (
                Some("arn:aws:rds:us-east-1:123456789012:cluster:c"),
                "documentdb",
            ),
            (Some("arn:aws:new:us-east-1:123456789012:x"), "other"),
            (None, "kafka"),
        ] {
            assert_eq!(EventSourceType::of(arn).as_str(), expected, "{arn:?}");
        }
    }
}
