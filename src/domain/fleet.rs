//! All readings: one immutable value, swapped whole, that polling writes and serving reads.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    AccountId, AsyncEvents, Collector, CollectorStatus, Destinations, EventSourceMappings,
    FunctionName, LastGood, Qualifiers, Reading, ScopeId, TagsByFunction, TargetState, Timestamp,
    last_good::facts,
};

facts! {
    /// What is known about a scope as a whole.
    pub struct ScopeFacts, read as ScopeOutcomes {
        /// The functions' tags, as last listed.
        tags: Arc<TagsByFunction>,
        /// Which functions receive asynchronous events.
        async_events: Arc<AsyncEvents>,
        /// The event source mappings of all functions.
        mappings: Arc<EventSourceMappings>,
    }
}

/// How the polling of one scope goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeStatus {
    /// Whether a sweep has ended, well or badly.
    pub swept: bool,
    /// Whether a listing has told of every function that is wanted.
    pub listed: bool,
    /// Whether a listing has been complete and everything on it was asked for once; where functions are only named,
    /// whether all were asked for once, and AWS answered for any.
    pub first_sweep_complete: bool,
    /// How long the last sweep took; `None` until the first one is complete.
    pub sweep_duration: Option<Duration>,
    /// The end of the last sweep in which all was read.
    pub last_success: Option<Timestamp>,
    /// The requests a second that the limiter allows now.
    pub request_budget: f64,
    /// The requests a second that are configured.
    pub request_limit: f64,
    /// How many functions on the last complete listing have names that cannot be read.
    pub unreadable: usize,
    /// Whether the last listing of the scope's functions was complete; `None` where none has ended,
    /// or none is wanted.
    pub discovered: Option<bool>,
    /// Of each collector that runs here, once a round of it has ended.
    pub collectors: BTreeMap<Collector, CollectorStatus>,
}

/// The readings of one scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeReadings {
    /// By function.
    pub functions: BTreeMap<FunctionName, Arc<Reading>>,
    /// What of it the configuration names.
    pub named: Arc<BTreeMap<FunctionName, Qualifiers>>,
    /// The scope as a whole.
    pub facts: ScopeFacts,
    /// Which destinations exist: only what is known now.
    pub destinations: Arc<Destinations>,
    /// How the polling goes.
    pub status: ScopeStatus,
}

/// The readings of every scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fleet {
    /// By account and region.
    pub scopes: BTreeMap<ScopeId, Arc<ScopeReadings>>,
    /// Whether it is known which scopes there are, as far as AWS tells: every question about that
    /// has had a first answer, good or bad.
    pub scopes_known: bool,
    /// Whether the accounts of an organisation could be listed when AWS was last asked, by the account
    /// whose credentials ask; `None` stands for the ambient credentials. With several entries for one,
    /// all must succeed.
    pub organizations: BTreeMap<Option<AccountId>, bool>,
    /// What people call the accounts, where that is known.
    pub account_names: BTreeMap<AccountId, Arc<str>>,
}

impl ScopeStatus {
    /// What still applies once something else is to be read in the scope.
    #[must_use]
    pub fn of_other_selection(&self) -> Self {
        Self {
            swept: self.swept,
            request_budget: self.request_budget,
            request_limit: self.request_limit,
            ..Self::default()
        }
    }
}

impl ScopeReadings {
    /// When the oldest value that is still published was read.
    #[must_use]
    pub fn oldest_reading(&self, now: Instant, stale_after: Duration) -> Option<Timestamp> {
        self.functions
            .values()
            .flat_map(|reading| reading.targets.values())
            .map(|target| &target.facts.settings)
            .filter(|settings| settings.current(now, stale_after).is_some())
            .filter_map(LastGood::read_at)
            .min_by_key(|read_at| read_at.instant)
    }

    /// When the next of its values will be stale if nothing is read, after `now`.
    #[must_use]
    pub fn next_stale(&self, now: Instant, stale_after: Duration) -> Option<Instant> {
        let readings = self.functions.values();
        readings
            .filter_map(|reading| reading.next_stale(now, stale_after))
            .chain(self.facts.next_stale(now, stale_after))
            .min()
    }

    /// How many targets are in which state, for a person to read.
    #[must_use]
    pub fn describe_targets(&self) -> String {
        let counts = self.targets_by_state();
        let counts: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(state, count)| format!("{count} {}", state.as_str()))
            .collect();
        counts.join(", ")
    }

    /// How many targets are in each state.
    #[must_use]
    pub fn targets_by_state(&self) -> [(TargetState, usize); TargetState::ALL.len()] {
        let mut counts = TargetState::ALL.map(|state| (state, 0));
        let readings = self.functions.values();
        for target in readings.flat_map(|reading| reading.targets.values()) {
            for (state, count) in &mut counts {
                *count += usize::from(*state == target.state);
            }
        }
        for (state, count) in &mut counts {
            if *state == TargetState::Failed {
                *count += self.status.unreadable;
            }
        }
        counts
    }
}

impl Fleet {
    /// Whether it is known which scopes there are, and the first sweep of each has ended, well or
    /// badly.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.scopes_known && self.scopes.values().all(|scope| scope.status.swept)
    }
}
