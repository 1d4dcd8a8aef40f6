//! An event invoke config, and the ways in which a destination can stand on the wire.

use serde_json::{Map, Value, json};

/// When a config was last modified unless it says otherwise: 2019-11-13T23:31:36.493Z.
pub const LAST_MODIFIED: f64 = 1_573_687_896.493;

/// An event invoke config as AWS holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventInvokeConfig {
    /// `MaximumRetryAttempts`; absent on the wire when never set.
    pub maximum_retry_attempts: Option<i32>,
    /// `MaximumEventAgeInSeconds`; absent on the wire when never set.
    pub maximum_event_age_in_seconds: Option<i32>,
    /// The destination of events that were processed.
    pub on_success: Wire,
    /// The destination of events that were not.
    pub on_failure: Wire,
    /// `LastModified`: seconds since the epoch.
    pub last_modified: f64,
}

/// How one destination stands on the wire. All but `Arn` mean none. Where both conditions are `Absent`, the whole
/// `DestinationConfig` is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// The condition's key is not there.
    Absent,
    /// `{}`, as AWS was recorded to write it.
    #[default]
    Empty,
    /// `{"Destination":null}`.
    Null,
    /// `{"Destination":""}`.
    Blank,
    /// `{"Destination":"arn:…"}`.
    Arn(String),
}

impl EventInvokeConfig {
    /// A config that sets nothing: no limits, both destinations `{}`, modified at [`LAST_MODIFIED`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            maximum_retry_attempts: None,
            maximum_event_age_in_seconds: None,
            on_success: Wire::Empty,
            on_failure: Wire::Empty,
            last_modified: LAST_MODIFIED,
        }
    }

    /// Sets `MaximumRetryAttempts` (AWS: 0–2).
    #[must_use]
    pub fn retries(mut self, attempts: i32) -> Self {
        self.maximum_retry_attempts = Some(attempts);
        self
    }

    /// Sets `MaximumEventAgeInSeconds` (AWS: 60–21600).
    #[must_use]
    pub fn event_age(mut self, seconds: i32) -> Self {
        self.maximum_event_age_in_seconds = Some(seconds);
        self
    }

    /// Sets the success destination: an ARN, or a [`Wire`] form.
    #[must_use]
    pub fn on_success(mut self, destination: impl Into<Wire>) -> Self {
        self.on_success = destination.into();
        self
    }

    /// Sets the failure destination: an ARN, or a [`Wire`] form.
    #[must_use]
    pub fn on_failure(mut self, destination: impl Into<Wire>) -> Self {
        self.on_failure = destination.into();
        self
    }

    /// Sets `LastModified`, in seconds since the epoch.
    #[must_use]
    pub fn last_modified(mut self, epoch_seconds: f64) -> Self {
        self.last_modified = epoch_seconds;
        self
    }

    pub(crate) fn to_json(&self, qualified_arn: String) -> Value {
        let mut config = Map::new();
        config.insert("FunctionArn".into(), qualified_arn.into());
        config.insert("LastModified".into(), self.last_modified.into());
        if let Some(attempts) = self.maximum_retry_attempts {
            config.insert("MaximumRetryAttempts".into(), attempts.into());
        }
        if let Some(seconds) = self.maximum_event_age_in_seconds {
            config.insert("MaximumEventAgeInSeconds".into(), seconds.into());
        }
        let conditions = [
            ("OnSuccess", &self.on_success),
            ("OnFailure", &self.on_failure),
        ];
        let destinations: Map<String, Value> = conditions
            .into_iter()
            .filter_map(|(condition, wire)| Some((condition.to_owned(), wire.to_json()?)))
            .collect();
        if !destinations.is_empty() {
            config.insert("DestinationConfig".into(), destinations.into());
        }
        config.into()
    }
}

impl Default for EventInvokeConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl Wire {
    pub(crate) fn to_json(&self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Empty => Some(json!({})),
            Self::Null => Some(json!({ "Destination": null })),
            Self::Blank => Some(json!({ "Destination": "" })),
            Self::Arn(arn) => Some(json!({ "Destination": arn })),
        }
    }
}

impl From<&str> for Wire {
    fn from(arn: &str) -> Self {
        Self::Arn(arn.to_owned())
    }
}

impl From<String> for Wire {
    fn from(arn: String) -> Self {
        Self::Arn(arn)
    }
}
