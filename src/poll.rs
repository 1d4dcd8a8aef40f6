//! When AWS is asked: one poller for each account and region, behind a limiter of its own.
//!
//! Invariants: polling and serving share only [`SharedFleet`], a finished value that is swapped
//! whole. A scope's limiter sees every attempt on the wire. A scope that cannot be read delays no
//! other one.

mod budget;
mod calls;
mod poller;
mod port;
mod read;
mod schedule;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing::{info, warn};

pub use budget::Budget;
pub use calls::Calls;
pub use poller::Poller;
pub use port::{Aws, CallError, CallFailure, ConfigPage, Lambda, Operation};
pub use read::{ReadReport, Trouble, read};
pub use schedule::Schedule;

use crate::{
    config::Poll as PollConfig,
    domain::{
        AccountId, Answers, FailureKind, Fleet, Reading, Region, ScopeId, ScopeReadings, WatchList,
        Watched,
    },
    metrics::ApiMetrics,
};

/// The first pause between two attempts to learn the account of the credentials; it doubles.
const FIRST_IDENTITY_RETRY: Duration = Duration::from_secs(1);

/// The longest pause between two attempts to learn the account of the credentials.
const LONGEST_IDENTITY_RETRY: Duration = Duration::from_mins(1);

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
    let start = |scopes, own| poll_scopes(scopes, own, aws, settings, fleet, metrics);
    let Some(region) = list.region_without_account() else {
        return start(list.scopes(None), None).await;
    };
    let identity = Identity {
        aws,
        region,
        metrics,
    };
    let own = match identity.ask().await {
        Ok(account) => account,
        Err(failure) => {
            identity.warn(&failure);
            let (known, unknown): (BTreeMap<_, _>, BTreeMap<_, _>) = list
                .scopes(None)
                .into_iter()
                .partition(|(scope, _)| scope.account.is_some());
            publish_unreadable(&unknown, failure.kind, fleet);
            let account = tokio::select! {
                ended = start(known, None) => return ended,
                account = identity.keep_asking(settings.interval) => account,
            };
            info!(
                account_id = account.as_str(),
                "the account of the credentials is known now"
            );
            fleet.rcu(|fleet| fleet.without_unknown_accounts());
            account
        }
    };
    start(list.scopes(Some(own)), Some(own)).await
}

/// A poller has ended.
#[derive(Debug, thiserror::Error)]
#[error("the poller of a scope ended, which it should never do")]
pub struct PollerEnded;

/// Polls these scopes, for ever.
async fn poll_scopes<A: Aws>(
    scopes: BTreeMap<ScopeId, Watched>,
    own: Option<AccountId>,
    aws: &A,
    settings: &PollConfig,
    fleet: &SharedFleet,
    metrics: &Arc<ApiMetrics>,
) -> Result<(), PollerEnded> {
    let mut pollers = JoinSet::new();
    for (scope, watched) in scopes {
        let lambda = aws.lambda(&scope, own);
        let allowance = settings.max_requests_per_second;
        let calls = Calls::new(scope.clone(), lambda, allowance, Arc::clone(metrics));
        let fleet = Arc::clone(fleet);
        pollers.spawn(Poller::new(scope, watched, calls, settings.clone(), fleet).run());
    }
    match pollers.join_next().await {
        Some(_) => Err(PollerEnded),
        None => std::future::pending().await,
    }
}

/// Asks AWS whose the credentials are.
struct Identity<'a, A> {
    aws: &'a A,
    region: &'a Region,
    metrics: &'a ApiMetrics,
}

impl<A: Aws> Identity<'_, A> {
    async fn ask(&self) -> Result<AccountId, CallFailure> {
        let started = Instant::now();
        let result = self.aws.own_account(self.region).await;
        let scope = ScopeId {
            account: result.as_ref().ok().copied(),
            region: self.region.clone(),
        };
        let outcome = calls::outcome(&result);
        let operation = Operation::GetCallerIdentity;
        self.metrics
            .observe(&scope, operation, outcome, started.elapsed());
        result.map_err(|error| match error {
            CallError::Failed(failure) => failure,
            CallError::NotFound => CallFailure {
                kind: FailureKind::Error,
                code: None,
                message: "not found".to_owned(),
                request_id: None,
            },
        })
    }

    /// Asks again, less and less often, until AWS answers.
    async fn keep_asking(&self, interval: Duration) -> AccountId {
        let longest = interval.min(LONGEST_IDENTITY_RETRY);
        let mut pause = FIRST_IDENTITY_RETRY;
        loop {
            sleep(pause.min(longest)).await;
            match self.ask().await {
                Ok(account) => return account,
                Err(_) => pause *= 2,
            }
            pause = pause.min(longest);
        }
    }

    fn warn(&self, failure: &CallFailure) {
        warn!(
            region = %self.region,
            operation = Operation::GetCallerIdentity.as_str(),
            code = failure.code,
            error = failure.message,
            request_id = failure.request_id,
            "AWS does not tell the account of the credentials; \
             functions named without an account cannot be read until it does"
        );
    }
}

/// Every target of these scopes failed to be read, and that was their sweep.
fn publish_unreadable(scopes: &BTreeMap<ScopeId, Watched>, kind: FailureKind, fleet: &SharedFleet) {
    for (scope, watched) in scopes {
        let mut readings = ScopeReadings::default();
        readings.status.sweep_duration = Some(Duration::ZERO);
        for (name, qualifiers) in watched {
            let answers = Answers::failed(kind, qualifiers.always());
            let reading = Reading::default().succeed(answers, poller::now(), Duration::ZERO);
            readings.functions.insert(name.clone(), Arc::new(reading));
        }
        publish(fleet, scope, readings);
    }
}

fn publish(fleet: &SharedFleet, scope: &ScopeId, readings: ScopeReadings) {
    let readings = Arc::new(readings);
    fleet.rcu(|fleet| fleet.with_scope(scope.clone(), Arc::clone(&readings)));
}
