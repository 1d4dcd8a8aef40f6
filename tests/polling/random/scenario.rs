//! A configuration at random, and what kinds of things go wrong: not everything in every run, so that
//! each promise is also held to where it is tightest.

mod entries;

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{AccountEntry, CollectorsSettings, PollSettings, ScopeId},
};

use super::{
    rng::Rng,
    wants::{TAG, Wants},
};
use crate::{aws::REQUEST_TIMEOUT, polling::config};

/// The names that functions have and had.
pub(super) const NAMES: [&str; 7] = [
    "dev-a",
    "dev-b",
    "prod-c",
    "prod-d",
    "prod-e-canary",
    "prod-f",
    "test-g",
];

pub(super) const VERSIONS: [&str; 2] = ["1", "2"];
pub(super) const ALIASES: [&str; 3] = ["BLUE", "GREEN", "RED"];
pub(super) const TEAMS: [&str; 3] = ["payments", "search", "web"];

/// What goes wrong in a run.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one kind of trouble")]
pub(super) struct Faults {
    pub(super) reads: bool,
    pub(super) listings: bool,
    pub(super) credentials: bool,
    pub(super) hanging: bool,
    pub(super) throttling: bool,
    /// Throttled answers that say for how long.
    pub(super) retry_after: bool,
    pub(super) identity: bool,
    /// Credentials that take seconds to come.
    pub(super) slow_credentials: bool,
}

/// One run's configuration.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) poll: PollSettings,
    pub(super) accounts: Vec<AccountEntry>,
    pub(super) wants: BTreeMap<ScopeId, Wants>,
    /// Whether the tag is a label of `aws_lambda_function_info`.
    pub(super) labels: bool,
    pub(super) faults: Faults,
    /// How many items are on a page: of functions, and of configs and aliases.
    pub(super) page_sizes: (usize, usize),
    /// Whether AWS lists from Z to A.
    pub(super) reversed: bool,
    /// The longest time that an answer takes.
    pub(super) latency: Duration,
    /// The mean time between two changes.
    pub(super) calm: Duration,
}

impl Faults {
    fn at_random(rng: &mut Rng) -> Self {
        let troubled = !rng.chance(15);
        let mut fault = |percent| troubled && rng.chance(percent);
        let throttling = fault(35);
        Self {
            reads: fault(75),
            listings: fault(60),
            credentials: fault(35),
            hanging: fault(35),
            throttling,
            retry_after: throttling && fault(30),
            identity: fault(30),
            slow_credentials: fault(20),
        }
    }
}

impl Scenario {
    pub(super) fn at_random(rng: &mut Rng) -> Self {
        let faults = Faults::at_random(rng);
        let rates: &[f64] = if faults.throttling {
            &[20.0, 50.0]
        } else {
            &[3.0, 5.0, 12.0, 20.0]
        };
        let interval = Duration::from_mins(1);
        let mut scenario = Self {
            poll: PollSettings {
                collectors: CollectorsSettings::OFF,
                interval,
                stale_after: interval * u32::try_from(rng.between(1, 5)).unwrap(),
                max_requests_per_second: rng.pick(rates),
                max_in_flight: rng.pick(&[1, 2, 8, 8]),
                request_timeout: REQUEST_TIMEOUT,
            },
            accounts: Vec::new(),
            wants: BTreeMap::new(),
            labels: rng.chance(40),
            faults,
            page_sizes: (rng.pick(&[3, 4, 50]), rng.pick(&[2, 3, 50])),
            reversed: rng.chance(50),
            latency: Duration::from_millis(rng.pick(&[20, 200, 1000])),
            calm: Duration::from_secs(rng.pick(&[4, 12, 40])),
        };
        scenario.add_entries(rng);
        scenario
    }

    pub(super) fn config(&self) -> Config {
        let mut config = Config {
            accounts: self.accounts.clone(),
            ..config(&[], self.poll.clone())
        };
        if self.labels {
            config.labels.tags = vec![TAG.parse().unwrap()];
        }
        config
    }

    /// Whether tags are asked for in a scope.
    pub(super) fn asks_for_tags(&self, scope: &ScopeId) -> bool {
        self.labels || self.wants[scope].filters_by_tags()
    }

    /// Whether anything depends on whose the ambient credentials are.
    pub(super) fn asks_whose_credentials(&self) -> bool {
        self.wants.values().any(|wants| {
            wants
                .filters
                .iter()
                .any(|(_, needs_identity)| *needs_identity)
                || wants.named.values().any(|named| named.needs_identity)
        })
    }

    /// How many pages a listing of all functions has.
    pub(super) fn pages_of_functions(&self) -> usize {
        NAMES.len().div_ceil(self.page_sizes.0)
    }

    /// How many calls a sweep takes at most.
    pub(super) fn calls(&self) -> usize {
        let size = self.page_sizes.1;
        let qualifiers = 1 + VERSIONS.len() + ALIASES.len();
        // Configs that come with the first aliases are listed twice.
        let listed = 2 * qualifiers.div_ceil(size) + ALIASES.len().div_ceil(size) + VERSIONS.len();
        let in_scope = self.wants.values().map(|wants| {
            let named = wants.named.values();
            let named: usize = named.map(|named| 2 * named.qualifiers.len() + 2).sum();
            2 * self.pages_of_functions() + NAMES.len() * listed + named
        });
        in_scope.max().unwrap_or_default()
    }

    /// How long a throttled answer may silence a scope: what AWS asks for, but a minute at most.
    pub(super) fn longest_pause(&self) -> Duration {
        Duration::from_secs(if self.faults.retry_after { 60 } else { 0 })
    }
}
