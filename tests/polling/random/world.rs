//! AWS as it is and as it was: functions, faults, and every call that was made.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lambda_async_exporter::{
    domain::ScopeId,
    domain::{CallError, CallFailure, Operation},
};
use tokio::time::Instant;

use super::{
    fault::{Fault, Manner, Place},
    rng::Rng,
    scenario::{NAMES, Scenario},
    truth::{History, Time},
};

/// All of AWS.
#[derive(Debug)]
pub(super) struct World {
    start: Instant,
    pub(super) seed: u64,
    pub(super) scenario: Scenario,
    pub(super) scopes: BTreeMap<ScopeId, Ground>,
    pub(super) faults: Vec<Fault>,
    /// What happened, for a person to read.
    pub(super) log: Vec<(Time, String)>,
    numbers: BTreeMap<(String, Operation, String), u32>,
}

/// One account and region.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) functions: BTreeMap<String, History>,
    /// When which call was made.
    pub(super) calls: Vec<(Time, Operation)>,
    /// How many attempts ended how.
    pub(super) ended: BTreeMap<(&'static str, &'static str), u64>,
    /// When AWS last told all of a function's configs, and when all else about it.
    pub(super) told_configs: BTreeMap<String, Time>,
    pub(super) told_functions: BTreeMap<String, Time>,
    /// When AWS asked to be left alone, and for how long.
    pub(super) pauses: Vec<(Time, Duration)>,
}

/// A call that has begun.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) operation: Operation,
    pub(super) about: String,
    /// How many pages came before.
    pub(super) page: usize,
    /// Drawn for this attempt alone.
    pub(super) rng: Rng,
}

impl World {
    pub(super) fn new(seed: u64, scenario: Scenario) -> Self {
        let scopes = scenario.wants.keys().map(|scope| {
            let names = NAMES.map(|name| (name.to_owned(), History::new()));
            let ground = Ground {
                functions: names.into(),
                calls: Vec::new(),
                ended: BTreeMap::new(),
                told_configs: BTreeMap::new(),
                told_functions: BTreeMap::new(),
                pauses: Vec::new(),
            };
            (scope.clone(), ground)
        });
        Self {
            start: Instant::now(),
            seed,
            scopes: scopes.collect(),
            scenario,
            faults: Vec::new(),
            log: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    pub(super) fn now(&self) -> Time {
        self.start.elapsed()
    }

    pub(super) fn note(&mut self, what: String) {
        let now = self.now();
        self.log.push((now, what));
    }

    /// A call begins.
    pub(super) fn begin(&mut self, scope: &ScopeId, operation: Operation, about: &str) -> Rng {
        let now = self.now();
        self.ground(scope).calls.push((now, operation));
        self.draw(&scope.to_string(), operation, about)
    }

    /// What is drawn for the nth attempt of its kind.
    pub(super) fn draw(&mut self, scope: &str, operation: Operation, about: &str) -> Rng {
        let key = (scope.to_owned(), operation, about.to_owned());
        let number = self.numbers.entry(key).or_default();
        *number += 1;
        let number = number.to_string();
        Rng::of(self.seed, &[scope, operation.as_str(), about, &number])
    }

    pub(super) fn ground(&mut self, scope: &ScopeId) -> &mut Ground {
        self.scopes.get_mut(scope).unwrap()
    }

    /// What goes wrong with an attempt now.
    pub(super) fn trouble(&self, scope: &ScopeId, attempt: &Attempt) -> Option<Manner> {
        let now = self.now();
        let mut rng = attempt.rng.clone();
        let faults = self.faults.iter().filter(|fault| {
            fault.is_on(now) && fault.hits(scope, attempt.operation, Some(&attempt.about))
        });
        let mut hit = faults.filter(|fault| match &fault.manner {
            Manner::Refuses(refusal) => {
                attempt.page >= refusal.after_pages && rng.chance(refusal.percent)
            }
            Manner::Hangs | Manner::Delays(_) => true,
        });
        hit.next().map(|fault| fault.manner.clone())
    }

    /// What goes wrong now before any call.
    pub(super) fn trouble_at(&self, place: &Place, scope: Option<&ScopeId>) -> Option<Manner> {
        let now = self.now();
        let faults = self.faults.iter().filter(|fault| {
            fault.is_on(now)
                && fault.place == *place
                && (fault.scope.is_none() || fault.scope.as_ref() == scope)
        });
        // The worst of them.
        let worst = faults.min_by_key(|fault| matches!(fault.manner, Manner::Delays(_)));
        worst.map(|fault| fault.manner.clone())
    }

    /// When something went wrong that these faults are about, and was felt.
    pub(super) fn troubles(&self, concerns: impl Fn(&Fault) -> bool) -> Vec<(Time, Time)> {
        let latency = self.scenario.latency;
        let faults = self.faults.iter().filter(|fault| concerns(fault));
        faults
            .map(|fault| (fault.from, fault.felt_until(latency)))
            .collect()
    }

    /// Scopes whose credentials are the ambient ones, or may be.
    pub(super) fn scope_ids(&self) -> BTreeSet<ScopeId> {
        self.scopes.keys().cloned().collect()
    }
}

impl Ground {
    /// A call has ended.
    pub(super) fn end<T>(&mut self, now: Time, attempt: &Attempt, result: &Result<T, CallError>) {
        let outcome = match result {
            Ok(_) => "ok",
            Err(error) => error.outcome().as_str(),
        };
        let key = (attempt.operation.as_str(), outcome);
        *self.ended.entry(key).or_default() += 1;
        if let Err(CallError::Failed(CallFailure {
            retry_after: Some(pause),
            ..
        })) = result
        {
            self.pauses.push((now, *pause));
        }
    }
}
