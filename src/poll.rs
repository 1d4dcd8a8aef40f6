//! When AWS is asked: one poller for each account and region, behind a limiter of its own.
//!
//! Invariants: polling and serving share only [`SharedFleet`], a finished value that is swapped
//! whole. A scope's limiter sees every attempt on the wire. A scope that cannot be read delays no
//! other one.

mod budget;
mod calls;
mod changes;
mod identity;
mod poller;
mod pollers;
mod port;
mod read;
mod schedule;

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
use tokio::time::Instant;
use tracing::info;

pub use budget::Budget;
pub use calls::Calls;
pub use poller::Poller;
pub use port::{Aws, CallError, CallFailure, ConfigPage, Lambda, Operation};
pub use read::{ReadReport, Trouble, read};
pub use schedule::Schedule;

use self::{identity::Identity, pollers::Pollers};
use crate::{
    config::Poll as PollConfig,
    domain::{Fleet, Moment, ScopeId, ScopeReadings, WatchList, Watched},
    metrics::ApiMetrics,
};

/// The fleet as it was last published.
pub type SharedFleet = Arc<ArcSwap<Fleet>>;

/// Polls everything on the list, for ever.
///
/// Functions named without an account wait until AWS has told whose the credentials are; the others
/// do not wait for that.
///
/// # Errors
/// Only if a poller ends, which none does by itself.
pub async fn run<A: Aws>(
    list: &WatchList,
    aws: &A,
    settings: &PollConfig,
    fleet: &SharedFleet,
    metrics: &Arc<ApiMetrics>,
) -> Result<(), PollerEnded> {
    let (known, waiting): (BTreeMap<ScopeId, Watched>, BTreeMap<ScopeId, Watched>) = list
        .scopes(None)
        .into_iter()
        .partition(|(scope, _)| scope.account.is_some());
    // All are there from the start: the program is ready when each of them was swept.
    for scope in waiting.keys() {
        publish(fleet, scope, ScopeReadings::default());
    }
    let mut pollers = Pollers::new(aws, settings, fleet, metrics);
    for (scope, watched) in known {
        pollers.start(scope, watched, None).await;
    }
    if waiting.is_empty() {
        return Err(pollers.ended().await);
    }
    let identity = Identity {
        aws,
        metrics,
        fleet,
        waiting: &waiting,
    };
    let own = tokio::select! {
        ended = pollers.ended() => return Err(ended),
        account = identity.learn(settings.interval) => account,
    };
    info!(
        account_id = own.as_str(),
        "the credentials are those of this account"
    );
    fleet.rcu(|fleet| fleet.with_account(own));
    let waited = |scope: &ScopeId| waiting.keys().any(|waiting| waiting.region == scope.region);
    for (scope, watched) in list.scopes(Some(own)) {
        if scope.account == Some(own) && waited(&scope) {
            pollers.start(scope, watched, Some(own)).await;
        }
    }
    Err(pollers.ended().await)
}

/// A poller has ended.
#[derive(Debug, thiserror::Error)]
#[error("the poller of a scope ended, which it should never do")]
pub struct PollerEnded;

fn publish(fleet: &SharedFleet, scope: &ScopeId, readings: ScopeReadings) {
    let readings = Arc::new(readings);
    fleet.rcu(|fleet| fleet.with_scope(scope.clone(), Arc::clone(&readings)));
}

/// Now, on both clocks. The monotonic one is tokio's, which tests can pause.
fn now() -> Moment {
    Moment {
        instant: Instant::now().into_std(),
        wall: SystemTime::now(),
    }
}
