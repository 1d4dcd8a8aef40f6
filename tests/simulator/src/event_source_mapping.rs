//! An event source mapping: what Lambda polls for a function.

use serde_json::{Map, Value, json};

use crate::event_invoke_config::{LAST_MODIFIED, Wire};
use crate::scope::Scope;

/// An event source mapping as AWS holds it, in its wire form.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSourceMapping {
    pub(crate) uuid: String,
    /// A name or an ARN, with or without a qualifier.
    function: String,
    fields: Map<String, Value>,
}

impl EventSourceMapping {
    /// An enabled mapping of a function (its name or ARN, with or without a qualifier) to a source, as AWS shows it
    /// when nothing is set: a stream's with endless retries and no failure destination, a queue's without such fields.
    /// Of the sources that are neither, self-managed Kafka alone is recorded; the others have its fields.
    #[must_use]
    pub fn new(uuid: &str, function: &str, source_arn: &str) -> Self {
        let mapping = Self::bare(uuid, function).field("EventSourceArn", source_arn);
        match source_arn.split(':').nth(2) {
            Some("kinesis" | "dynamodb") => mapping.with(json!({
                "BatchSize": 100,
                "BisectBatchOnFunctionError": false,
                "DestinationConfig": { "OnFailure": {} },
                "FunctionResponseTypes": [],
                "LastProcessingResult": "No records processed",
                "MaximumBatchingWindowInSeconds": 0,
                "MaximumRecordAgeInSeconds": -1,
                "MaximumRetryAttempts": -1,
                "ParallelizationFactor": 1,
                "StartingPosition": "TRIM_HORIZON",
                "StateTransitionReason": "User action",
                "TumblingWindowInSeconds": 0,
            })),
            Some("sqs") => mapping.with(json!({
                "BatchSize": 10,
                "FunctionResponseTypes": [],
                "MaximumBatchingWindowInSeconds": 0,
            })),
            _ => mapping.with(polled()),
        }
    }

    /// An enabled mapping to a topic of self-managed Kafka: it has no source ARN.
    #[must_use]
    pub fn self_managed_kafka(uuid: &str, function: &str, server: &str, topic: &str) -> Self {
        Self::bare(uuid, function).with(polled()).with(json!({
            "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": [server] } },
            "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": uuid },
            "Topics": [topic],
        }))
    }

    fn bare(uuid: &str, function: &str) -> Self {
        let mapping = Self {
            uuid: uuid.to_owned(),
            function: function.to_owned(),
            fields: Map::new(),
        };
        mapping.with(json!({
            "LastModified": LAST_MODIFIED,
            "State": "Enabled",
            "StateTransitionReason": "USER_INITIATED",
            "UUID": uuid,
        }))
    }

    /// Sets the qualifier: a version, an alias or `$LATEST`.
    #[must_use]
    pub fn qualifier(mut self, qualifier: &str) -> Self {
        self.function = format!("{}:{qualifier}", self.function);
        self
    }

    /// Sets `State`: `Creating`, `Enabling`, `Enabled`, `Disabling`, `Disabled`, `Updating` or `Deleting`.
    #[must_use]
    pub fn state(self, state: &str) -> Self {
        self.field("State", state)
    }

    /// Sets `MaximumRetryAttempts` (AWS: 0–10000, or -1 without end).
    #[must_use]
    pub fn retries(self, attempts: i32) -> Self {
        self.field("MaximumRetryAttempts", attempts)
    }

    /// Sets `MaximumRecordAgeInSeconds` (AWS: 60–604800, or -1 without end).
    #[must_use]
    pub fn record_age(self, seconds: i32) -> Self {
        self.field("MaximumRecordAgeInSeconds", seconds)
    }

    /// Sets `BisectBatchOnFunctionError`.
    #[must_use]
    pub fn bisect(self, bisect: bool) -> Self {
        self.field("BisectBatchOnFunctionError", bisect)
    }

    /// Sets the failure destination: an ARN, or a [`Wire`] form.
    #[must_use]
    pub fn on_failure(mut self, destination: impl Into<Wire>) -> Self {
        self.fields.remove("DestinationConfig");
        let wire = destination.into().to_json();
        let config = wire.map(|wire| json!({ "DestinationConfig": { "OnFailure": wire } }));
        self.with(config.unwrap_or_default())
    }

    /// Sets `LastModified`, in seconds since the epoch.
    #[must_use]
    pub fn last_modified(self, epoch_seconds: f64) -> Self {
        self.field("LastModified", epoch_seconds)
    }

    /// Sets any other field, under AWS's name.
    #[must_use]
    pub fn field(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    fn with(mut self, fields: Value) -> Self {
        if let Value::Object(fields) = fields {
            self.fields.extend(fields);
        }
        self
    }

    /// What of the mapping AWS would have refused.
    pub(crate) fn mistake(&self) -> Option<String> {
        let source = self.source_arn().unwrap_or_default();
        let queue = source.split(':').nth(2) == Some("sqs");
        (queue && self.fields.contains_key("DestinationConfig"))
            .then(|| format!("{source} is a queue: its mapping has no failure destination"))
    }

    pub(crate) fn source_arn(&self) -> Option<&str> {
        self.fields.get("EventSourceArn").and_then(Value::as_str)
    }

    pub(crate) fn function_arn(&self, scope: &Scope) -> String {
        if self.function.starts_with("arn:") {
            self.function.clone()
        } else {
            scope.function_arn(&self.function)
        }
    }

    pub(crate) fn to_json(&self, scope: &Scope) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("FunctionArn".to_owned(), self.function_arn(scope).into());
        // Recorded: self-managed Kafka's has no ARN of its own.
        if self.source_arn().is_some() {
            let arn = scope.arn("lambda", &format!("event-source-mapping:{}", self.uuid));
            fields.insert("EventSourceMappingArn".to_owned(), arn.into());
        }
        fields.into()
    }
}

/// What brokers have.
fn polled() -> Value {
    json!({
        "BatchSize": 100,
        "LastProcessingResult": "No records processed",
        "StartingPosition": "TRIM_HORIZON",
    })
}
