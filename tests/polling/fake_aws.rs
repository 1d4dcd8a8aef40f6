//! An AWS whose state a test sets by hand: the same functions in every scope, answers at once, and a log of the calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, DerefMut},
    sync::MutexGuard,
    time::Duration,
};

use lambda_async_exporter::{
    domain::{
        Destination, EventSourceMapping, FailureKind, FunctionName, MemberAccount, Operation,
        Qualifier, Region, ScopeId, Tags,
    },
    port::DestinationAnswer,
};
use tokio::time::Instant;

use crate::aws::{Attempt, Cloud, Existing, InMemoryAws, Trouble, failed};

/// How a function behaves, and what it is.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    pub(crate) missing: bool,
    pub(crate) function: Existing,
    pub(crate) tags: Tags,
    pub(crate) fails: Option<FailureKind>,
    pub(crate) hangs: bool,
    pub(crate) panics: bool,
}

/// One call, as it was made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) at: Instant,
    pub(crate) scope: String,
    pub(crate) operation: Operation,
    /// The function, if it is about one.
    pub(crate) about: String,
}

pub(crate) type FakeAws = InMemoryAws<State>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) functions: BTreeMap<String, Behaviour>,
    pub(crate) identity: Option<FailureKind>,
    pub(crate) identity_hangs: bool,
    /// Calls of these operations panic.
    pub(crate) panicking: BTreeSet<Operation>,
    /// Calls of these operations get no answer in time.
    pub(crate) hanging: BTreeSet<Operation>,
    /// What fails, and how; and after how many times that it went well.
    pub(crate) failing: BTreeMap<Operation, (usize, FailureKind)>,
    /// Every so manieth call of AWS Organizations is throttled; 0: none.
    pub(crate) throttled_every: usize,
    /// Accounts whose role is refused.
    pub(crate) refused: BTreeSet<String>,
    pub(crate) organization: Vec<MemberAccount>,
    /// The accounts right below each organizational unit, and the units there.
    pub(crate) units: BTreeMap<String, (Vec<MemberAccount>, Vec<String>)>,
    pub(crate) regions: Vec<Region>,
    /// How many functions stand on a page; 0: all.
    pub(crate) page_size: usize,
    /// How many configs or aliases stand on a page; 0: all.
    pub(crate) inner_page_size: usize,
    /// One in so many calls is throttled; 0: none.
    pub(crate) throttled_one_in: usize,
    pub(crate) calls: Vec<Call>,
    pub(crate) mappings: Vec<(FunctionName, EventSourceMapping)>,
    pub(crate) async_events: Vec<(FunctionName, Qualifier)>,
    /// What there is of destinations. One that is not named here does not exist.
    pub(crate) destinations: BTreeMap<Destination, DestinationAnswer>,
    /// How many event source mappings or metrics stand on a page; 0: all.
    pub(crate) collector_page_size: usize,
    /// Credentials come only then.
    pub(crate) ready_at: Option<Instant>,
}

impl Deref for Behaviour {
    type Target = Existing;

    fn deref(&self) -> &Existing {
        &self.function
    }
}

impl DerefMut for Behaviour {
    fn deref_mut(&mut self) -> &mut Existing {
        &mut self.function
    }
}

impl Default for FakeAws {
    fn default() -> Self {
        Self::new(State::default())
    }
}

impl FakeAws {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.cloud()
    }

    /// Puts a function, or changes it.
    pub(crate) fn set(&self, name: &str, change: impl FnOnce(&mut Behaviour)) {
        change(self.state().functions.entry(name.to_owned()).or_default());
    }

    pub(crate) fn set_identity(&self, failure: Option<FailureKind>) {
        self.state().identity = failure;
    }

    /// Lets an operation fail from the nth time on.
    pub(crate) fn fail_after(&self, operation: Operation, times: usize, kind: FailureKind) {
        self.state().failing.insert(operation, (times, kind));
    }

    pub(crate) fn heal(&self, operation: Operation) {
        self.state().failing.remove(&operation);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How often an operation was called.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        let state = self.state();
        let calls = state.calls.iter();
        calls.filter(|call| call.operation == operation).count()
    }
}

impl State {
    fn identity_trouble(&self) -> Option<Trouble> {
        if self.identity_hangs {
            return Some(Trouble::Hangs);
        }
        let failure = |kind| Trouble::Fails(failed(Operation::GetCallerIdentity, kind));
        self.identity.map(failure)
    }

    fn credentials_trouble(&self, scope: Option<&ScopeId>) -> Option<Trouble> {
        if self
            .refused
            .contains(scope.map_or("", ScopeId::account_label))
        {
            let failure = failed(Operation::AssumeRole, FailureKind::Denied);
            return Some(Trouble::Fails(failure));
        }
        let ready_in = self.ready_at?.duration_since(Instant::now());
        (!ready_in.is_zero()).then_some(Trouble::Delays(ready_in))
    }
}

impl Cloud for State {
    fn begin(&mut self, attempt: &mut Attempt) -> [Duration; 2] {
        let scope = attempt.scope.as_ref();
        self.calls.push(Call {
            at: Instant::now(),
            scope: scope.map_or_else(String::new, ToString::to_string),
            operation: attempt.operation,
            about: attempt.about.clone(),
        });
        [Duration::ZERO; 2]
    }

    fn trouble(&mut self, attempt: &Attempt) -> Option<Trouble> {
        let operation = attempt.operation;
        let fails = |kind| Some(Trouble::Fails(failed(operation, kind)));
        if self.panicking.contains(&operation) {
            return Some(Trouble::Panics);
        }
        if self.hanging.contains(&operation) {
            return Some(Trouble::Hangs);
        }
        match operation {
            Operation::GetCallerIdentity => return self.identity_trouble(),
            Operation::AssumeRole => return self.credentials_trouble(attempt.scope.as_ref()),
            Operation::ListAccounts
            | Operation::ListAccountsForParent
            | Operation::ListOrganizationalUnitsForParent
                if self.calls.len().checked_rem(self.throttled_every) == Some(0) =>
            {
                return fails(FailureKind::Throttled);
            }
            _ => {}
        }
        if self.calls.len().checked_rem(self.throttled_one_in) == Some(0) {
            return fails(FailureKind::Throttled);
        }
        match self.failing.get_mut(&operation) {
            Some((0, kind)) => return fails(*kind),
            Some((times, _)) => *times -= 1,
            None => {}
        }
        let function = self.functions.get(&attempt.about)?;
        match function.fails {
            _ if function.missing => None,
            _ if function.hangs => Some(Trouble::Hangs),
            _ if function.panics => Some(Trouble::Panics),
            kind => kind.and_then(fails),
        }
    }

    fn functions(&self, _: &ScopeId) -> impl Iterator<Item = (&str, &Existing)> {
        let existing = self
            .functions
            .iter()
            .filter(|(_, function)| !function.missing);
        existing.map(|(name, function)| (name.as_str(), &function.function))
    }

    fn function(&self, _: &ScopeId, name: &str) -> Option<&Existing> {
        let function = self.functions.get(name)?;
        (!function.missing).then_some(&function.function)
    }

    fn tags(&self, _: &ScopeId) -> impl Iterator<Item = (&str, &Tags)> {
        let tagged = self
            .functions
            .iter()
            .filter(|(_, function)| !function.tags.is_empty());
        tagged.map(|(name, function)| (name.as_str(), &function.tags))
    }

    fn mappings(&self, _: &ScopeId) -> Vec<(FunctionName, EventSourceMapping)> {
        self.mappings.clone()
    }

    fn async_events(&self, _: &ScopeId) -> Vec<(FunctionName, Qualifier)> {
        self.async_events.clone()
    }

    fn destination(&self, _: &ScopeId, destination: &Destination) -> DestinationAnswer {
        let known = self.destinations.get(destination);
        known.copied().unwrap_or(DestinationAnswer::Gone)
    }

    fn page_size(&self, operation: Operation) -> usize {
        let size = match operation {
            Operation::ListFunctions => self.page_size,
            Operation::ListAliases | Operation::ListFunctionEventInvokeConfigs => {
                self.inner_page_size
            }
            Operation::ListEventSourceMappings | Operation::ListMetrics => self.collector_page_size,
            _ => 0,
        };
        if size == 0 { usize::MAX } else { size }
    }

    fn regions(&self) -> Vec<Region> {
        self.regions.clone()
    }

    fn members(&self, parent: Option<&str>) -> Vec<MemberAccount> {
        let members = parent.map_or(&self.organization, |parent| &self.units[parent].0);
        members.clone()
    }

    fn units(&self, parent: &str) -> Vec<String> {
        self.units[parent].1.clone()
    }
}
