//! What is read beside the event invoke configs, and how reading it goes.

use std::time::Duration;

use super::Timestamp;

/// Something that is read for a whole account and region, apart from its functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collector {
    /// CloudWatch: which functions receive asynchronous events at all.
    AsyncEvents,
    /// Whether destinations and dead-letter queues exist.
    Destinations,
    /// Failure destinations of streams and queues.
    EventSourceMappings,
    /// The functions' tags.
    Tags,
}

impl Collector {
    /// The label value; all but the tags' is the key below `collectors`, too.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsyncEvents => "async_events",
            Self::Destinations => "destinations",
            Self::EventSourceMappings => "event_source_mappings",
            Self::Tags => "tags",
        }
    }
}

/// How a collector does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CollectorStatus {
    /// Whether all that it last asked for was answered.
    pub success: bool,
    /// When that was so last.
    pub last_success: Option<Timestamp>,
}

impl CollectorStatus {
    /// A round has ended.
    pub fn ended(&mut self, success: bool, now: Timestamp) {
        self.success = success;
        if success {
            self.last_success = Some(now);
        }
    }
}

/// Whether and how often a collector asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectorSettings {
    /// Whether it asks at all.
    pub enabled: bool,
    /// From one round to the next: longer than 0, at most 100 years.
    pub interval: Duration,
}

/// The collectors that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectorsSettings {
    /// See [`Collector::AsyncEvents`].
    pub async_events: CollectorSettings,
    /// See [`Collector::Destinations`].
    pub destinations: CollectorSettings,
    /// See [`Collector::EventSourceMappings`].
    pub event_source_mappings: CollectorSettings,
}

impl CollectorsSettings {
    /// All of them off.
    pub const OFF: Self = {
        let off = CollectorSettings {
            enabled: false,
            interval: Duration::from_hours(1),
        };
        Self {
            async_events: off,
            destinations: off,
            event_source_mappings: off,
        }
    };
}

impl Default for CollectorsSettings {
    fn default() -> Self {
        let every = |minutes| CollectorSettings {
            enabled: true,
            interval: Duration::from_mins(minutes),
        };
        Self {
            async_events: every(60),
            destinations: every(15),
            event_source_mappings: every(5),
        }
    }
}
