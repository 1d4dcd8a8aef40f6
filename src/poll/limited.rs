//! Lambda in one scope, behind the scope's limiters: every attempt passes one, and its outcome sets the pace.

use std::{future::Future, sync::Arc};

use super::limiter::Limiters;
use crate::{
    domain::{CallError, FailureKind, Operation},
    port::Lambda,
};

/// Lambda in one scope, behind the scope's limiters.
#[derive(Debug)]
pub(super) struct Limited<L> {
    lambda: L,
    limiters: Arc<Limiters>,
}

impl<L: Lambda> Limited<L> {
    /// The limiters are given, since they outlive a poller that is restarted.
    pub(super) fn new(lambda: L, limiters: Arc<Limiters>) -> Self {
        Self { lambda, limiters }
    }

    /// The limiters.
    pub(super) fn limiters(&self) -> &Limiters {
        &self.limiters
    }

    /// Makes one call of an operation when its turn comes.
    pub(super) async fn call<'a, T, F>(
        &'a self,
        operation: Operation,
        call: impl FnOnce(&'a L) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let limiter = self.limiters.of(operation);
        // First, since those who wait for credentials would then all go at once. Without them nothing
        // goes out, but the pace is kept.
        let ready = self.lambda.ready().await;
        limiter.admit().await;
        ready.map_err(CallError::Failed)?;
        let result = call(&self.lambda).await;
        match &result {
            Ok(_) | Err(CallError::NotFound) => limiter.answered(),
            // Another operation was throttled where the credentials had to be fetched again: this one never went
            // out.
            Err(CallError::Failed(failure))
                if failure.kind == FailureKind::Throttled
                    && failure.operation == Some(operation) =>
            {
                limiter.throttled(failure.retry_after);
            }
            // A refusal or no answer says nothing about how busy AWS is.
            Err(CallError::Failed(_)) => {}
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{CallFailure, EventInvokeConfig, Function, FunctionName, Qualifier, Tags},
        port::{ListedFunction, Page},
    };

    /// Whose every call is throttled, as this operation.
    #[derive(Debug)]
    struct Throttled(Operation);

    impl Throttled {
        fn fail<T>(&self) -> Result<T, CallError> {
            Err(CallError::Failed(CallFailure {
                kind: FailureKind::Throttled,
                retry_after: Some(Duration::from_secs(7)),
                ..CallFailure::error(self.0, "as the test wants it")
            }))
        }
    }

    impl Lambda for Throttled {
        async fn ready(&self) -> Result<(), CallFailure> {
            Ok(())
        }

        async fn get_event_invoke_config(
            &self,
            _: &FunctionName,
            _: &Qualifier,
        ) -> Result<EventInvokeConfig, CallError> {
            self.fail()
        }

        async fn list_event_invoke_configs(
            &self,
            _: &FunctionName,
            _: Option<&str>,
        ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
            self.fail()
        }

        async fn get_function(
            &self,
            _: &FunctionName,
            _: &Qualifier,
        ) -> Result<Function, CallError> {
            self.fail()
        }

        async fn list_functions(&self, _: Option<&str>) -> Result<Page<ListedFunction>, CallError> {
            self.fail()
        }

        async fn list_aliases(
            &self,
            _: &FunctionName,
            _: Option<&str>,
        ) -> Result<Page<Qualifier>, CallError> {
            self.fail()
        }

        async fn list_tags(
            &self,
            _: Option<&str>,
        ) -> Result<Page<(FunctionName, Tags)>, CallError> {
            self.fail()
        }
    }

    /// What Lambda and tagging may still get, after one call of each operation that is throttled as `thrown`.
    async fn after(operation: Operation, thrown: Operation) -> (f64, f64) {
        let limited = Limited::new(Throttled(thrown), Arc::new(Limiters::new(8.0)));
        match operation {
            Operation::GetResources => {
                let _ = limited
                    .call(operation, |lambda| lambda.list_tags(None))
                    .await;
            }
            _ => {
                let _ = limited
                    .call(operation, |lambda| lambda.list_functions(None))
                    .await;
            }
        }
        let of = |operation| limited.limiters().of(operation).per_second();
        (of(Operation::ListFunctions), of(Operation::GetResources))
    }

    #[tokio::test(start_paused = true)]
    async fn the_throttling_of_one_quota_slows_no_other() {
        use Operation::{AssumeRole, GetResources, ListFunctions};
        for (operation, thrown, expected) in [
            (ListFunctions, ListFunctions, (4.0, 8.0)),
            (GetResources, GetResources, (8.0, 4.0)),
            // STS was throttled; the call itself never went out.
            (ListFunctions, AssumeRole, (8.0, 8.0)),
            (GetResources, AssumeRole, (8.0, 8.0)),
        ] {
            assert_eq!(
                after(operation, thrown).await,
                expected,
                "{operation:?} {thrown:?}"
            );
        }
    }
}
