//! A configuration at random, and what kinds of things go wrong: not everything in every run, so that
//! each promise is also held to where it is tightest.

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    config::{Account, Config, Members, Poll, Regions},
    domain::{Credentials, Role, ScopeId},
};

use super::{
    rng::Rng,
    wants::{Filter, Named, TAG, Wants},
};
use crate::{
    fake_aws::{ACCOUNT, REQUEST_TIMEOUT},
    polling::{REGION, config},
};

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

const OTHER_ACCOUNT: &str = "000000000002";
const REGIONS: [&str; 2] = [REGION, "eu-west-1"];

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
    pub(super) poll: Poll,
    pub(super) accounts: Vec<Account>,
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

impl Scenario {
    pub(super) fn at_random(rng: &mut Rng) -> Self {
        let troubled = !rng.chance(15);
        let mut fault = |percent| troubled && rng.chance(percent);
        let throttling = fault(35);
        let faults = Faults {
            reads: fault(75),
            listings: fault(60),
            credentials: fault(35),
            hanging: fault(35),
            throttling,
            retry_after: throttling && fault(30),
            identity: fault(30),
            slow_credentials: fault(20),
        };
        let rates: &[f64] = if throttling {
            &[20.0, 50.0]
        } else {
            &[3.0, 5.0, 12.0, 20.0]
        };
        let identity = faults.identity;
        let interval = Duration::from_mins(1);
        let mut scenario = Self {
            poll: Poll {
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
        // Two ways into one account, of which one is known to be that only later.
        let ways = [None, Some(ACCOUNT)];
        for way in &ways[..if identity { 2 } else { 0 }] {
            scenario.add_entry(rng, *way);
        }
        for _ in 0..rng.between(1, 2) {
            let account = rng.pick(&[None, None, Some(ACCOUNT), Some(OTHER_ACCOUNT)]);
            scenario.add_entry(rng, account);
        }
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
        let listed = qualifiers.div_ceil(size) + ALIASES.len().div_ceil(size);
        let in_scope = self.wants.values().map(|wants| {
            let named = wants.named.values();
            let named: usize = named.map(|named| 2 * named.qualifiers.len() + 1).sum();
            2 * self.pages_of_functions() + NAMES.len() * listed + named
        });
        in_scope.max().unwrap_or_default()
    }

    /// How long a throttled answer may silence a scope: what AWS asks for, but a minute at most.
    pub(super) fn longest_pause(&self) -> Duration {
        Duration::from_secs(if self.faults.retry_after { 60 } else { 0 })
    }

    fn add_entry(&mut self, rng: &mut Rng, account: Option<&str>) {
        let regions = match rng.below(3) {
            0 => REGIONS.to_vec(),
            1 => vec![REGIONS[1]],
            _ => vec![REGION],
        };
        let kind = rng.below(5);
        let filter = (kind > 0).then(|| filter(rng));
        let mut functions = Vec::new();
        if kind < 3 {
            for _ in 0..rng.between(1, 6) {
                functions.push(self.add_function(rng, account, &regions));
            }
        }
        if let Some(filter) = &filter {
            for region in &regions {
                let wants = self.wants_in(account, region);
                wants.filters.push((filter.clone(), account.is_none()));
            }
        }
        let discovery = filter.as_ref().map(Filter::discovery);
        let regions = regions.iter().map(|region| region.parse().unwrap());
        self.accounts.push(Account {
            members: Members::One(account.map_or(Credentials::Ambient, role)),
            regions: Regions::Named(regions.collect()),
            functions: functions.iter().map(|text| text.parse().unwrap()).collect(),
            discovery,
        });
    }

    /// Names a function in one of the forms that there are; gives the reference.
    fn add_function(&mut self, rng: &mut Rng, account: Option<&str>, regions: &[&str]) -> String {
        let name = rng.pick(&NAMES);
        let qualifier = rng.pick(&["", "*", "BLUE", "BLUE", "GREEN", "1", "$LATEST"]);
        let own = account.unwrap_or(ACCOUNT);
        let form = rng.below(3);
        let region = rng.pick(&REGIONS);
        let regions = if form == 2 { &[region] } else { regions };
        for region in regions {
            let named = self.wants_in(account, region).named.entry(name.to_owned());
            let named: &mut Named = named.or_default();
            match qualifier {
                "*" => named.every = true,
                "" => drop(named.qualifiers.insert("$LATEST".to_owned())),
                other => drop(named.qualifiers.insert(other.to_owned())),
            }
            named.needs_identity |= account.is_none() && form == 0;
        }
        let suffix = if qualifier.is_empty() { "" } else { ":" };
        let prefix = match form {
            0 => String::new(),
            1 => format!("{own}:function:"),
            _ => format!("arn:aws:lambda:{region}:{own}:function:"),
        };
        format!("{prefix}{name}{suffix}{qualifier}")
    }

    fn wants_in(&mut self, account: Option<&str>, region: &str) -> &mut Wants {
        let account = account.unwrap_or(ACCOUNT);
        let scope = ScopeId {
            account: Some(account.parse().unwrap()),
            region: region.parse().unwrap(),
        };
        self.wants.entry(scope).or_default()
    }
}

fn filter(rng: &mut Rng) -> Filter {
    Filter {
        prefix: rng.pick(&[None, None, Some("prod-"), Some("dev-")]),
        not_suffix: rng.pick(&[None, None, Some("-canary")]),
        teams: rng.pick(&[
            None,
            None,
            Some(vec![TEAMS[0]]),
            Some(vec![TEAMS[0], TEAMS[1]]),
            Some(Vec::new()),
        ]),
        aliases: rng.chance(50),
    }
}

fn role(account: &str) -> Credentials {
    let arn = format!("arn:aws:iam::{account}:role/reader");
    Credentials::Role(
        Role {
            arn: arn.parse().unwrap(),
            external_id: None,
            session_name: "test".into(),
            assumed_with: Credentials::Ambient,
        }
        .into(),
    )
}
