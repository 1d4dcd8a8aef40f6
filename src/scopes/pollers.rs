//! The running pollers, one for each scope, kept in step with the plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::{Arc, Weak},
};

use tokio::task::{AbortHandle, JoinSet};

use super::plan::{Plan, ScopePlan};
use crate::{
    domain::{Credentials, PollSettings, Region, ScopeId},
    fleet::SharedFleet,
    poll::{Limiters, Poller},
    port::Aws,
};

/// A poller has ended.
#[derive(Debug, thiserror::Error)]
#[error("the poller of a scope ended, which it should never do")]
pub struct PollerEnded;

/// Every poller, and what they are made with. They end with this value.
pub(super) struct Pollers<A> {
    aws: Arc<A>,
    settings: PollSettings,
    tag_keys: BTreeSet<String>,
    fleet: SharedFleet,
    by_scope: BTreeMap<ScopeId, Running>,
    /// Of scopes that are read from outside: AWS may count their calls together, against the caller.
    shared_limiters: BTreeMap<(Credentials, Region), Weak<Limiters>>,
    tasks: JoinSet<()>,
    /// How many of the tasks were told to end and have not been seen to.
    stopping: usize,
}

struct Running {
    plan: ScopePlan,
    /// Outlives a restart of the poller.
    limiters: Arc<Limiters>,
    task: AbortHandle,
}

impl<A: Aws> Pollers<A> {
    pub(super) fn new(
        aws: Arc<A>,
        settings: PollSettings,
        tag_keys: BTreeSet<String>,
        fleet: SharedFleet,
    ) -> Self {
        Self {
            aws,
            settings,
            tag_keys,
            fleet,
            by_scope: BTreeMap::new(),
            shared_limiters: BTreeMap::new(),
            tasks: JoinSet::new(),
            stopping: 0,
        }
    }

    /// Starts pollers for new scopes, stops those of scopes that are gone, and restarts those for
    /// which the plan has changed; these resume from their readings.
    pub(super) fn follow(&mut self, plan: Plan) {
        // Scopes whose account is not known show, too, though they have no poller yet.
        self.fleet.set_scopes(&plan);
        let gone: Vec<ScopeId> = self
            .by_scope
            .keys()
            .filter(|scope| !plan.contains_key(scope))
            .cloned()
            .collect();
        for scope in gone {
            self.stop(&scope);
        }
        for (scope, planned) in plan {
            if scope.account.is_none() {
                continue;
            }
            let running = self.by_scope.get(&scope);
            if running.is_none_or(|running| running.plan != planned) {
                self.start(scope, planned);
            }
        }
    }

    fn start(&mut self, scope: ScopeId, plan: ScopePlan) {
        let cell = self.fleet.cell(&scope);
        let before = self.stop(&scope);
        if before
            .as_ref()
            .is_some_and(|before| before.plan.selection != plan.selection)
        {
            cell.expect_other_selection();
        }
        let limiters = if plan.cross_account {
            self.shared_limiters(&plan.credentials, &scope.region)
        } else {
            // What AWS was asked a moment ago still counts.
            let own = before.filter(|before| !before.plan.cross_account);
            own.map_or_else(|| self.new_limiters(), |before| before.limiters)
        };
        let lambda = self
            .aws
            .lambda(&scope, &plan.credentials, plan.cross_account);
        let mut settings = self.settings.clone();
        if plan.cross_account {
            // AWS lists these only of the credentials' own account.
            settings.collectors.async_events.enabled = false;
            settings.collectors.event_source_mappings.enabled = false;
        }
        let no_tags = BTreeSet::new();
        let tag_keys = if plan.cross_account {
            &no_tags
        } else {
            &self.tag_keys
        };
        let poller = Poller::new(
            scope.clone(),
            plan.selection.clone(),
            tag_keys,
            lambda,
            Arc::clone(&limiters),
            settings,
            cell,
        );
        let task = self.tasks.spawn(poller.run());
        let running = Running {
            plan,
            limiters,
            task,
        };
        self.by_scope.insert(scope, running);
    }

    fn stop(&mut self, scope: &ScopeId) -> Option<Running> {
        let running = self.by_scope.remove(scope)?;
        running.task.abort();
        self.stopping += 1;
        Some(running)
    }

    fn new_limiters(&self) -> Arc<Limiters> {
        Arc::new(Limiters::new(self.settings.max_requests_per_second))
    }

    /// The limiters of all scopes of one region that are read with credentials of another account.
    fn shared_limiters(&mut self, credentials: &Credentials, region: &Region) -> Arc<Limiters> {
        let key = (credentials.clone(), region.clone());
        let known = self.shared_limiters.get(&key).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let limiters = self.new_limiters();
            self.shared_limiters.insert(key, Arc::downgrade(&limiters));
            limiters
        })
    }

    /// Waits for a poller to end by itself, which none does.
    pub(super) async fn ended(&mut self) -> PollerEnded {
        while let Some(result) = self.tasks.join_next().await {
            let was_stopped = result.is_err_and(|error| error.is_cancelled());
            if !was_stopped || self.stopping == 0 {
                return PollerEnded;
            }
            self.stopping -= 1;
        }
        pending().await
    }
}
