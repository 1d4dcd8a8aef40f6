//! All readings: one immutable value, swapped whole, that polling writes and serving reads.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{AccountId, FunctionName, Moment, Reading, ScopeId, TargetState};

/// How the polling of one scope goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeStatus {
    /// How long the last sweep took; `None` before the first one has ended.
    pub sweep_duration: Option<Duration>,
    /// The end of the last sweep in which all was read.
    pub last_success: Option<Moment>,
    /// The requests a second that the limiter allows now.
    pub request_budget: f64,
}

/// The readings of one scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeReadings {
    /// By function.
    pub functions: BTreeMap<FunctionName, Arc<Reading>>,
    /// How the polling goes.
    pub status: ScopeStatus,
}

/// The readings of every scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fleet {
    /// By account and region.
    pub scopes: BTreeMap<ScopeId, Arc<ScopeReadings>>,
}

impl ScopeReadings {
    /// When the oldest value that is still published was read.
    #[must_use]
    pub fn oldest_reading(&self, now: Instant, stale_after: Duration) -> Option<Moment> {
        self.functions
            .values()
            .flat_map(|reading| reading.targets.values())
            .filter_map(|target| target.settings.as_ref())
            .filter(|held| held.current(now, stale_after).is_some())
            .map(super::Held::read_at)
            .min_by_key(|moment| moment.instant)
    }

    /// How many targets are in which state, for a person to read.
    #[must_use]
    pub fn describe_targets(&self) -> String {
        let counts = TargetState::ALL.map(|state| (self.targets_in(state), state.as_str()));
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, state)| format!("{count} {state}"))
            .collect();
        counts.join(", ")
    }

    /// How many targets are in a state.
    #[must_use]
    pub fn targets_in(&self, state: TargetState) -> usize {
        self.functions
            .values()
            .flat_map(|reading| reading.targets.values())
            .filter(|target| target.state == state)
            .count()
    }
}

impl Fleet {
    /// This fleet with one scope replaced.
    #[must_use]
    pub fn with_scope(&self, id: ScopeId, readings: Arc<ScopeReadings>) -> Self {
        let mut scopes = self.scopes.clone();
        scopes.insert(id, readings);
        Self { scopes }
    }

    /// This fleet with the scopes whose account was not known put under `own`, where nothing of that
    /// scope is known yet.
    #[must_use]
    pub fn with_account(&self, own: AccountId) -> Self {
        let (known, unknown): (BTreeMap<_, _>, BTreeMap<_, _>) = self
            .scopes
            .clone()
            .into_iter()
            .partition(|(scope, _)| scope.account.is_some());
        let mut scopes: BTreeMap<ScopeId, Arc<ScopeReadings>> = unknown
            .into_iter()
            .map(|(scope, readings)| {
                let account = Some(own);
                (ScopeId { account, ..scope }, readings)
            })
            .collect();
        scopes.extend(known);
        Self { scopes }
    }

    /// Whether the first sweep of every scope has ended, well or badly.
    #[must_use]
    pub fn is_swept(&self) -> bool {
        !self.scopes.is_empty()
            && self
                .scopes
                .values()
                .all(|scope| scope.status.sweep_duration.is_some())
    }
}
