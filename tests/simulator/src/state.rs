//! All that the simulator holds: accounts, their regions, and what is in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::cloudwatch::Metrics;
use crate::event_invoke_config::EventInvokeConfig;
use crate::event_source_mapping::EventSourceMapping;
use crate::fault::Faults;
use crate::function::Function;
use crate::journal::Journal;
use crate::meter::Meter;
use crate::operation::{Operation, Service};
use crate::opt_in::OptIns;
use crate::organization::Organization;
use crate::quota::{CONTROL_PLANE_PER_SECOND, GET_FUNCTION_PER_SECOND, Quota};
use crate::scope::Scope;
use crate::session::Sessions;
use crate::sqs::Queue;

/// The state behind its lock, shared by the server and every handle.
#[derive(Default)]
pub(crate) struct Shared(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    accounts: HashMap<String, HashMap<String, RegionState>>,
    /// By management account.
    organizations: BTreeMap<String, Organization>,
    pub(crate) opt_ins: OptIns,
    pub(crate) faults: Faults,
    pub(crate) sessions: Sessions,
    pub(crate) journal: Journal,
    /// Of all scopes together.
    pub(crate) meter: Meter,
}

/// One account in one region.
pub(crate) struct RegionState {
    pub(crate) functions: BTreeMap<String, Function>,
    /// By function and qualifier, apart from the functions: a config outlives its alias.
    pub(crate) configs: BTreeMap<String, BTreeMap<String, EventInvokeConfig>>,
    /// By UUID.
    pub(crate) event_source_mappings: BTreeMap<String, EventSourceMapping>,
    /// By ARN.
    pub(crate) queues: BTreeMap<String, Queue>,
    /// The ARNs of topics, event buses and buckets.
    pub(crate) resources: BTreeSet<String>,
    pub(crate) metrics: Metrics,
    /// What the tagging API knows: every function that has tags or once had, deleted ones among them.
    pub(crate) tagged: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) control_plane: Quota,
    get_function: Quota,
    pub(crate) tagging: Quota,
    pub(crate) meter: Meter,
}

impl Shared {
    /// A handle's panic about a wrong call leaves the state whole, so a poisoned lock is as good as another.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A scope to look at; a scope that nobody named yet is empty.
    pub(crate) fn region(&self, scope: &Scope) -> Option<&RegionState> {
        self.accounts.get(&scope.account)?.get(&scope.region)
    }

    /// A scope to change; it comes to be where it is not there yet.
    pub(crate) fn region_mut(&mut self, scope: &Scope) -> &mut RegionState {
        let regions = self.accounts.entry(scope.account.clone()).or_default();
        regions.entry(scope.region.clone()).or_default()
    }

    /// Whether a topic, event bus or bucket is in a scope.
    pub(crate) fn has(&self, scope: &Scope, arn: &str) -> bool {
        let region = self.region(scope);
        region.is_some_and(|region| region.resources.contains(arn))
    }

    /// The scope that holds a bucket.
    pub(crate) fn bucket_holder(&self, arn: &str) -> Option<Scope> {
        let scopes = self.accounts.iter().flat_map(|(account, regions)| {
            let scope = |region: &String| Scope::new(account, region);
            regions.keys().map(scope).collect::<Vec<_>>()
        });
        scopes.into_iter().find(|scope| self.has(scope, arn))
    }

    /// Every scope that was named so far.
    pub(crate) fn regions_mut(&mut self) -> impl Iterator<Item = &mut RegionState> {
        self.accounts.values_mut().flat_map(HashMap::values_mut)
    }

    /// Puts an organization in the place of the one that has the same management account. A mistake in it must not pass
    /// in silence.
    pub(crate) fn put_organization(&mut self, organization: Organization) {
        if let Some(mistake) = organization.mistake() {
            panic!("{mistake}");
        }
        let key = organization.management.clone();
        for (management, other) in &self.organizations {
            let taken = organization
                .accounts
                .keys()
                .find(|id| other.accounts.contains_key(*id));
            if let Some(id) = taken.filter(|_| *management != key) {
                panic!("{id} is in the organization of {management} already");
            }
        }
        self.organizations.insert(key, organization);
    }

    /// The organization that an account is in.
    pub(crate) fn organization_of(&self, account: &str) -> Option<&Organization> {
        let mut organizations = self.organizations.values();
        organizations.find(|organization| organization.accounts.contains_key(account))
    }
}

impl RegionState {
    /// Puts a function, and tells the tagging API of its tags.
    pub(crate) fn put_function(&mut self, function: Function) {
        if !function.tags.is_empty() || self.tagged.contains_key(&function.name) {
            self.tagged
                .insert(function.name.clone(), function.tags.clone());
        }
        self.functions.insert(function.name.clone(), function);
    }

    /// Takes one request off the quota that the operation counts against; the other services have none here.
    pub(crate) fn admit(&mut self, operation: Operation, now: Instant) -> bool {
        let admitted = match (operation, operation.service()) {
            (Operation::GetFunction, _) => self.get_function.admit(now),
            (_, Service::Lambda) => self.control_plane.admit(now),
            (_, Service::Tagging) => self.tagging.admit(now),
            _ => true,
        };
        self.meter.throttled += u64::from(!admitted);
        admitted
    }
}

impl Default for RegionState {
    fn default() -> Self {
        Self {
            functions: BTreeMap::new(),
            configs: BTreeMap::new(),
            event_source_mappings: BTreeMap::new(),
            queues: BTreeMap::new(),
            resources: BTreeSet::new(),
            metrics: Metrics::default(),
            tagged: BTreeMap::new(),
            control_plane: Quota::new(Some(CONTROL_PLANE_PER_SECOND)),
            get_function: Quota::new(Some(GET_FUNCTION_PER_SECOND)),
            tagging: Quota::new(Some(CONTROL_PLANE_PER_SECOND)),
            meter: Meter::default(),
        }
    }
}

/// A request in flight; it leaves the meters when dropped, be it answered or given up by its client.
pub(crate) struct InFlight {
    pub(crate) shared: Arc<Shared>,
    pub(crate) scope: Scope,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.meter.leave();
        state.region_mut(&self.scope).meter.leave();
    }
}
