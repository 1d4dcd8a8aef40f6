//! AWS as it is and as it was: functions, faults, and every call that was made and how it was answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lambda_async_exporter::domain::{CallError, FunctionName, Operation, ScopeId, Tags};
use tokio::time::Instant;

use super::{
    fault::{Fault, Manner, Place},
    rng::Rng,
    scenario::{NAMES, Scenario},
    truth::{History, Time},
};
use crate::aws::{Attempt, Cloud, Existing, Trouble};

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
    numbers: BTreeMap<(ScopeId, Operation, String), u32>,
}

/// One account and region.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) functions: BTreeMap<String, History>,
    /// When which call was made.
    pub(super) calls: Vec<(Time, Operation)>,
    /// When AWS last told all of a function's configs, and when all else about it.
    pub(super) told_configs: BTreeMap<String, Time>,
    pub(super) told_functions: BTreeMap<String, Time>,
    /// When AWS asked to be left alone, and for how long.
    pub(super) pauses: Vec<(Time, Duration, Operation)>,
}

impl World {
    pub(super) fn new(seed: u64, scenario: Scenario) -> Self {
        let scopes = scenario.wants.keys().map(|scope| {
            let names = NAMES.map(|name| (name.to_owned(), History::new()));
            let ground = Ground {
                functions: names.into(),
                calls: Vec::new(),
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

    pub(super) fn ground(&mut self, scope: &ScopeId) -> &mut Ground {
        self.scopes.get_mut(scope).unwrap()
    }

    /// What is drawn for an attempt alone: a run stays the same wherever the tasks take turns.
    fn rng(&self, attempt: &Attempt) -> Rng {
        let scope = attempt.scope.as_ref().unwrap().to_string();
        let (operation, number) = (attempt.operation.as_str(), attempt.number.to_string());
        Rng::of(self.seed, &[&scope, operation, &attempt.about, &number])
    }

    /// What goes wrong with an attempt now.
    fn trouble_with(&self, attempt: &Attempt) -> Option<Manner> {
        let (now, scope) = (self.now(), attempt.scope.as_ref().unwrap());
        let mut rng = self.rng(attempt);
        // As they were drawn for its latency.
        rng.next();
        rng.next();
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
    fn trouble_at(&self, place: &Place, scope: Option<&ScopeId>) -> Option<Manner> {
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

    /// Whoever waits for credentials waits for the same ones, and gets them together.
    fn delay(&self, whole: Duration) -> Duration {
        let since = self.now().as_millis() % whole.as_millis();
        let since = Duration::from_millis(u64::try_from(since).unwrap());
        whole.saturating_sub(since)
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

impl Cloud for World {
    /// An attempt takes its time, half of it before AWS looks and half after that.
    fn begin(&mut self, attempt: &mut Attempt) -> [Duration; 2] {
        let now = self.now();
        let scope = attempt.scope.clone().unwrap();
        let calls = &mut self.ground(&scope).calls;
        calls.push((now, attempt.operation));
        let key = (scope, attempt.operation, attempt.about.clone());
        let number = self.numbers.entry(key).or_default();
        *number += 1;
        attempt.number = *number;
        let longest = u64::try_from(self.scenario.latency.as_millis() / 2).unwrap();
        let mut rng = self.rng(attempt);
        [(); 2].map(|()| Duration::from_millis(rng.below(longest + 1)))
    }

    fn trouble(&mut self, attempt: &Attempt) -> Option<Trouble> {
        let scope = attempt.scope.as_ref();
        let manner = match attempt.operation {
            Operation::GetCallerIdentity => self.trouble_at(&Place::Identity, None),
            Operation::AssumeRole => self.trouble_at(&Place::Credentials, scope),
            _ => self.trouble_with(attempt),
        };
        Some(match manner? {
            Manner::Hangs => Trouble::Hangs,
            Manner::Delays(whole) => Trouble::Delays(self.delay(whole)),
            Manner::Refuses(refusal) => Trouble::Fails(refusal.failure(attempt.operation)),
        })
    }

    fn end(&mut self, attempt: &Attempt, error: Option<&CallError>) {
        let now = self.now();
        let ground = self.ground(attempt.scope.as_ref().unwrap());
        if let Some(CallError::Failed(failure)) = error {
            let pause = failure
                .retry_after
                .map(|pause| (now, pause, attempt.operation));
            ground.pauses.extend(pause);
        }
    }

    fn told_configs(&mut self, scope: &ScopeId, name: &FunctionName) {
        let now = self.now();
        let told = &mut self.ground(scope).told_configs;
        told.insert(name.to_string(), now);
    }

    fn told_function(&mut self, scope: &ScopeId, name: &FunctionName) {
        let now = self.now();
        let told = &mut self.ground(scope).told_functions;
        told.insert(name.to_string(), now);
    }

    fn functions(&self, scope: &ScopeId) -> impl Iterator<Item = (&str, &Existing)> {
        let all = self.scopes[scope].functions.iter();
        all.filter_map(|(name, history)| Some((name.as_str(), history.last().function.as_ref()?)))
    }

    fn function(&self, scope: &ScopeId, name: &str) -> Option<&Existing> {
        self.scopes[scope].functions[name].last().function.as_ref()
    }

    fn tags(&self, scope: &ScopeId) -> impl Iterator<Item = (&str, &Tags)> {
        let all = self.scopes[scope].functions.iter();
        let tags = all.map(|(name, history)| (name.as_str(), &history.last().tags));
        tags.filter(|(_, tags)| !tags.is_empty())
    }

    fn page_size(&self, operation: Operation) -> usize {
        let (of_functions, within_one) = self.scenario.page_sizes;
        match operation {
            Operation::ListFunctions | Operation::GetResources => of_functions,
            _ => within_one,
        }
    }

    fn is_reversed(&self) -> bool {
        self.scenario.reversed
    }
}
