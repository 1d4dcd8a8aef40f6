//! One who calls AWS: credentials before the call, the attempt counted after it, and what a refusal means.

use std::{future::Future, sync::Arc};

use aws_sdk_sts::{
    config::{Credentials, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
};
use tokio::time::Instant;
use tracing::trace;

use super::{
    classify::{classify, refusal},
    credentials::{Cache, Issued},
    lost::repeatable,
    pace::Refusals,
};
use crate::{
    domain::{CallError, CallFailure, FailureKind, Operation, Outcome, Region, ScopeId},
    port::AttemptObserver,
};

/// How a request of one of the SDK's services goes out, signed with the credentials that [`Caller`] gives. Each service
/// has types of its own for that.
macro_rules! signed {
    ($sdk:ident, $request:expr) => {
        |credentials| {
            let signed = $sdk::config::Builder::new().credentials_provider(credentials);
            $request.config_override(signed).send()
        }
    };
}

pub(super) use signed;

/// One who calls with these credentials: a scope, or a role to be assumed with them.
#[derive(Debug)]
pub(super) struct Caller {
    credentials: Arc<Cache>,
    /// What this one's refusals may cause; others' are counted apart.
    refusals: Arc<Refusals>,
    observer: Arc<dyn AttemptObserver>,
}

impl Caller {
    /// One who calls in one place, for long.
    pub(super) fn new(credentials: Arc<Cache>, observer: Arc<dyn AttemptObserver>) -> Self {
        Self {
            credentials,
            refusals: Arc::default(),
            observer,
        }
    }

    /// One for a single call. All such callers with the same credentials count as one.
    pub(super) fn passing_by(credentials: Arc<Cache>, observer: Arc<dyn AttemptObserver>) -> Self {
        let refusals = Arc::clone(credentials.refusals());
        Self {
            credentials,
            refusals,
            observer,
        }
    }

    /// It will call in this region.
    pub(super) fn wanted_in(&self, region: &Region) {
        self.credentials.wanted_in(region);
    }

    /// Whether there are credentials that can be used now.
    pub(super) fn is_ready(&self) -> bool {
        self.credentials.is_ready()
    }

    /// Makes sure that there are credentials.
    pub(super) async fn ready(&self) -> Result<Issued, CallFailure> {
        self.credentials.get().await
    }

    /// One attempt on the wire, signed with whatever credentials there are, and what `read` makes of the answer.
    /// Where there are no credentials, it fails as fetching them did.
    pub(super) async fn call<O, T, E, F>(
        &self,
        scope: &ScopeId,
        operation: Operation,
        send: impl FnOnce(Credentials) -> F,
        read: impl FnOnce(&O) -> Result<T, CallError>,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let issued = self.ready().await.map_err(CallError::Failed)?;
        let scope = |_: &Result<T, CallError>| scope.clone();
        let (result, _) = self.attempt(&issued, operation, send, read, scope).await;
        result
    }

    /// The same with given credentials; and whether the answer has them replaced.
    ///
    /// This is the one place through which every attempt goes out, and where it is counted: under the scope that
    /// `scope` gives, for which the answer may be needed. No operation changes anything, so one that is lost with
    /// its connection is sent again, as an attempt of its own.
    pub(super) async fn attempt<O, T, E, F>(
        &self,
        issued: &Issued,
        operation: Operation,
        send: impl FnOnce(Credentials) -> F,
        read: impl FnOnce(&O) -> Result<T, CallError>,
        scope: impl FnOnce(&Result<T, CallError>) -> ScopeId,
    ) -> (Result<T, CallError>, bool)
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let started = Instant::now();
        let (answer, lost_after) = repeatable(send(issued.credentials.clone())).await;
        let elapsed = started
            .elapsed()
            .saturating_sub(lost_after.unwrap_or_default());
        let (result, replaced) = match answer {
            Ok(output) => {
                self.accepted(issued);
                (read(&output), false)
            }
            Err(error) => self.refused(issued, operation, &error),
        };
        let (scope, outcome) = (scope(&result), Outcome::of(&result));
        trace!(
            account_id = scope.account_label(),
            region = scope.region.as_str(),
            operation = operation.as_str(),
            outcome = outcome.as_str(),
            seconds = elapsed.as_secs_f64(),
            "call ended"
        );
        if let Some(elapsed) = lost_after {
            let lost = Outcome::Failed(FailureKind::Error);
            self.observer
                .attempt_ended(&scope, operation, lost, elapsed);
        }
        self.observer
            .attempt_ended(&scope, operation, outcome, elapsed);
        (result, replaced)
    }

    /// What an error means, and whether it has the credentials replaced.
    fn refused<T, E>(
        &self,
        issued: &Issued,
        operation: Operation,
        error: &SdkError<E, HttpResponse>,
    ) -> (Result<T, CallError>, bool)
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let replaced = refusal(error).is_some_and(|refusal| {
            self.credentials
                .refuse(issued.generation, refusal, &self.refusals)
        });
        let error = classify(operation, error, Some(&issued.credentials));
        if error == CallError::NotFound {
            self.accepted(issued);
        }
        (Err(error), replaced)
    }

    /// AWS knows the credentials: they are good here.
    fn accepted(&self, issued: &Issued) {
        self.refusals.answered();
        self.credentials.accept(issued.generation);
    }
}
