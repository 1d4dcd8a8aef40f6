//! The running pollers, one for each scope, kept in step with the plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
};

use tokio::task::{AbortHandle, JoinSet};

use super::plan::{Plan, ScopePlan};
use crate::{
    domain::{PollSettings, ScopeId},
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
    tasks: JoinSet<()>,
    /// How many of the tasks were told to end and have not been seen to.
    stopping: usize,
}

struct Running {
    plan: ScopePlan,
    /// Outlives a restart of the poller: what AWS was asked a moment ago still counts.
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
            if running.is_none_or(|running| self.is_news(&running.plan, &planned)) {
                self.start(scope, planned);
            }
        }
    }

    /// Whether a poller must be restarted. Whether the functions are the credentials' own makes no
    /// difference to what is read, unless tags are: these are never told of another account's.
    fn is_news(&self, before: &ScopePlan, after: &ScopePlan) -> bool {
        before.credentials != after.credentials
            || before.selection != after.selection
            || (before.cross_account != after.cross_account && !self.tag_keys.is_empty())
    }

    fn start(&mut self, scope: ScopeId, plan: ScopePlan) {
        let cell = self.fleet.cell(&scope);
        let limiters = match self.stop(&scope) {
            Some(before) => {
                if before.plan.selection != plan.selection {
                    cell.expect_other_selection();
                }
                before.limiters
            }
            None => Arc::new(Limiters::new(self.settings.max_requests_per_second)),
        };
        let lambda = self
            .aws
            .lambda(&scope, &plan.credentials, plan.cross_account);
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
            self.settings.clone(),
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
