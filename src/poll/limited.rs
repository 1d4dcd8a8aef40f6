//! Lambda in one scope, behind the scope's limiter: every attempt passes it, and its outcome sets the pace.

use std::{future::Future, sync::Arc};

use super::Limiter;
use crate::{
    domain::{CallError, FailureKind},
    port::Lambda,
};

/// Lambda in one scope, behind the scope's limiter.
#[derive(Debug)]
pub(super) struct Limited<L> {
    lambda: L,
    limiter: Arc<Limiter>,
}

impl<L: Lambda> Limited<L> {
    /// The limiter is given, since it outlives a poller that is started again.
    pub(super) fn new(lambda: L, limiter: Arc<Limiter>) -> Self {
        Self { lambda, limiter }
    }

    /// The limiter.
    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Makes one call when its turn comes.
    pub(super) async fn call<'a, T, F>(
        &'a self,
        call: impl FnOnce(&'a L) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        // First, since those who wait for credentials would then all go at once. Without them nothing
        // goes out, but the pace is kept.
        let ready = self.lambda.ready().await;
        self.limiter.admit().await;
        ready.map_err(CallError::Failed)?;
        let result = call(&self.lambda).await;
        match &result {
            Ok(_) | Err(CallError::NotFound) => self.limiter.answered(),
            Err(CallError::Failed(failure)) if failure.kind == FailureKind::Throttled => {
                self.limiter.throttled(failure.retry_after);
            }
            // A refusal or no answer says nothing about how busy AWS is.
            Err(CallError::Failed(_)) => {}
        }
        result
    }
}
