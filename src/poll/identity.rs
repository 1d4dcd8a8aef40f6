//! Whose the credentials are: asked of AWS once, for functions that are named without an account.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::{Aws, CallError, CallFailure, Operation, SharedFleet, calls::outcome, now, publish};
use crate::{
    domain::{AccountId, Answers, FailureKind, Reading, Region, ScopeId, ScopeReadings, Watched},
    metrics::ApiMetrics,
};

/// The first pause between two attempts; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Learns the account of the credentials.
pub(super) struct Identity<'a, A> {
    pub(super) aws: &'a A,
    pub(super) metrics: &'a ApiMetrics,
    pub(super) fleet: &'a SharedFleet,
    /// The scopes that wait for it: at least one, none with an account.
    pub(super) waiting: &'a BTreeMap<ScopeId, Watched>,
}

impl<A: Aws> Identity<'_, A> {
    /// Asks until AWS answers, less and less often, in each of the regions in turn: the outage of one
    /// must not be that of all. Meanwhile every waiting target is one that could not be read.
    pub(super) async fn learn(&self, interval: Duration) -> AccountId {
        let longest = interval.min(LONGEST_PAUSE);
        let mut pause = FIRST_PAUSE.min(longest);
        let mut told = None;
        loop {
            for scope in self.waiting.keys() {
                match self.ask(&scope.region).await {
                    Ok(account) => return account,
                    Err(failure) => {
                        let kind = failure.kind;
                        let news = Some((kind, failure.code.clone()));
                        if told != news {
                            told = news;
                            warn_of(&failure, &scope.region);
                            self.publish_unreadable(kind);
                        }
                    }
                }
                sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }

    async fn ask(&self, region: &Region) -> Result<AccountId, CallFailure> {
        let started = Instant::now();
        let result = self.aws.own_account(region).await;
        let scope = ScopeId {
            account: result.as_ref().ok().copied(),
            region: region.clone(),
        };
        let operation = Operation::GetCallerIdentity;
        self.metrics
            .observe(&scope, operation, outcome(&result), started.elapsed());
        result.map_err(|error| match error {
            CallError::Failed(failure) => failure,
            // STS knows no such answer.
            CallError::NotFound => CallFailure::error("not found"),
        })
    }

    /// Every waiting target failed to be read, and that was the sweep of its scope.
    fn publish_unreadable(&self, kind: FailureKind) {
        for (scope, watched) in self.waiting {
            let mut readings = ScopeReadings::default();
            readings.status.sweep_duration = Some(Duration::ZERO);
            for (name, qualifiers) in watched {
                let answers = Answers::failed(kind, qualifiers.always());
                let reading = Reading::default().succeed(answers, now(), Duration::ZERO);
                readings.functions.insert(name.clone(), Arc::new(reading));
            }
            publish(self.fleet, scope, readings);
        }
    }
}

fn warn_of(failure: &CallFailure, region: &Region) {
    warn!(
        region = region.as_str(),
        operation = Operation::GetCallerIdentity.as_str(),
        code = failure.code,
        error = failure.message,
        request_id = failure.request_id,
        "AWS does not tell the account of the credentials; \
         functions named without an account cannot be read until it does"
    );
}
