//! The pollers at work, one for each scope.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::task::JoinSet;

use super::{Aws, Budget, Calls, Poller, PollerEnded, SharedFleet};
use crate::{
    config::Poll as PollConfig,
    domain::{AccountId, ScopeId, Watched},
    metrics::ApiMetrics,
};

/// Every poller, and what they are made with. They end with this value.
pub(super) struct Pollers<'a, A> {
    aws: &'a A,
    settings: &'a PollConfig,
    fleet: &'a SharedFleet,
    metrics: &'a Arc<ApiMetrics>,
    by_scope: BTreeMap<ScopeId, AtWork>,
}

struct AtWork {
    /// Outlives a restart of the poller: what AWS was asked a moment ago still counts.
    budget: Arc<Budget>,
    /// The one task.
    task: JoinSet<()>,
}

impl<'a, A: Aws> Pollers<'a, A> {
    pub(super) fn new(
        aws: &'a A,
        settings: &'a PollConfig,
        fleet: &'a SharedFleet,
        metrics: &'a Arc<ApiMetrics>,
    ) -> Self {
        Self {
            aws,
            settings,
            fleet,
            metrics,
            by_scope: BTreeMap::new(),
        }
    }

    /// Starts the poller of a scope. One that is at work there already ends first, and the new one
    /// goes on from its readings.
    pub(super) async fn start(&mut self, scope: ScopeId, watched: Watched, own: Option<AccountId>) {
        let at_work = self
            .by_scope
            .entry(scope.clone())
            .or_insert_with(|| AtWork {
                budget: Arc::new(Budget::new(self.settings.max_requests_per_second)),
                task: JoinSet::new(),
            });
        at_work.task.shutdown().await;
        let lambda = self.aws.lambda(&scope, own);
        let budget = Arc::clone(&at_work.budget);
        let calls = Calls::new(scope.clone(), lambda, budget, Arc::clone(self.metrics));
        let fleet = Arc::clone(self.fleet);
        at_work
            .task
            .spawn(Poller::new(scope, watched, calls, self.settings.clone(), fleet).run());
    }

    /// Waits for a poller to end, which none does by itself.
    pub(super) async fn ended(&mut self) -> PollerEnded {
        poll_fn(|context| self.poll_ended(context)).await
    }

    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<PollerEnded> {
        for at_work in self.by_scope.values_mut() {
            if let Poll::Ready(Some(_)) = at_work.task.poll_join_next(context) {
                return Poll::Ready(PollerEnded);
            }
        }
        Poll::Pending
    }
}
