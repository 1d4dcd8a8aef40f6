//! Counts of what was asked: exact, whatever the log of requests forgot.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::operation::{Operation, Service};

/// The counts of one scope, or of all together.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counts: BTreeMap<Operation, u64>,
    /// When Lambda's requests of the last second came.
    last_second: VecDeque<Instant>,
    pub(crate) peak_per_second: usize,
    /// Requests that were refused for a quota; only a scope has quotas, so all scopes together count none.
    pub(crate) throttled: u64,
    pub(crate) in_flight: usize,
    pub(crate) max_in_flight: usize,
}

impl Meter {
    pub(crate) fn arrive(&mut self, operation: Operation, at: Instant) {
        *self.counts.entry(operation).or_default() += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
        if operation.service() == Service::Lambda {
            self.last_second.push_back(at);
            while self
                .last_second
                .front()
                .is_some_and(|&first| at.saturating_duration_since(first) >= Duration::from_secs(1))
            {
                self.last_second.pop_front();
            }
            self.peak_per_second = self.peak_per_second.max(self.last_second.len());
        }
    }

    pub(crate) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn count(&self, operation: Operation) -> u64 {
        self.counts.get(&operation).copied().unwrap_or_default()
    }

    pub(crate) fn count_all(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Starts anew; what is in flight still is.
    pub(crate) fn reset(&mut self) {
        let in_flight = self.in_flight;
        *self = Self {
            in_flight,
            max_in_flight: in_flight,
            ..Self::default()
        };
    }
}
