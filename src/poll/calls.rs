//! One scope's way to AWS: every attempt passes the limiter and is counted.

use std::{future::Future, sync::Arc};

use tokio::time::Instant;
use tracing::trace;

use super::{CallError, Lambda, Limiter, Operation, Page};
use crate::{
    domain::{
        EventInvokeConfig, FailureKind, Function, FunctionName, Outcome, Qualifier, ScopeId, Tags,
    },
    metrics::ApiMetrics,
};

/// Lambda in one scope, behind the scope's limiter.
#[derive(Debug)]
pub(super) struct Calls<L> {
    scope: ScopeId,
    lambda: L,
    limiter: Arc<Limiter>,
    metrics: Arc<ApiMetrics>,
}

impl<L: Lambda> Calls<L> {
    /// The limiter is given, since it outlives a poller that is started anew.
    pub(super) fn new(
        scope: ScopeId,
        lambda: L,
        limiter: Arc<Limiter>,
        metrics: Arc<ApiMetrics>,
    ) -> Self {
        Self {
            scope,
            lambda,
            limiter,
            metrics,
        }
    }

    /// The limiter.
    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(super) async fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let call = self.lambda.get_event_invoke_config(function, qualifier);
        self.attempt(Operation::GetFunctionEventInvokeConfig, call)
            .await
    }

    pub(super) async fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
        let call = self.lambda.list_event_invoke_configs(function, marker);
        self.attempt(Operation::ListFunctionEventInvokeConfigs, call)
            .await
    }

    pub(super) async fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let call = self.lambda.get_function(function, qualifier);
        self.attempt(Operation::GetFunctionConfiguration, call)
            .await
    }

    pub(super) async fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<(FunctionName, Function)>, CallError> {
        let call = self.lambda.list_functions(marker);
        self.attempt(Operation::ListFunctions, call).await
    }

    pub(super) async fn list_aliases(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<Qualifier>, CallError> {
        let call = self.lambda.list_aliases(function, marker);
        self.attempt(Operation::ListAliases, call).await
    }

    pub(super) async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        let call = self.lambda.list_tags(token);
        self.attempt(Operation::GetResources, call).await
    }

    async fn attempt<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        // First, since those who wait for credentials would then all go at once. Without them nothing
        // goes out and nothing is counted, but the pace is kept.
        let ready = self.lambda.ready().await;
        self.limiter.admit().await;
        ready.map_err(CallError::Failed)?;
        let started = Instant::now();
        let result = call.await;
        let outcome = outcome(&result);
        trace!(
            account_id = self.scope.account_label(),
            region = self.scope.region.as_str(),
            operation = operation.as_str(),
            outcome = outcome.as_str(),
            seconds = started.elapsed().as_secs_f64(),
            "call ended"
        );
        self.metrics
            .observe(&self.scope, operation, outcome, started.elapsed());
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

/// How an attempt ended.
pub(super) fn outcome<T>(result: &Result<T, CallError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Ok,
        Err(error) => error.outcome(),
    }
}
