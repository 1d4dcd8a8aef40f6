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
        // Credentials first, since calls that wait for them with a permit in hand would then all go at once; and once
        // more where AWS refused them meanwhile. Without them nothing goes out, but the pace is kept.
        loop {
            let ready = self.lambda.ready().await;
            match operation {
                Operation::ListFunctions | Operation::GetResources => limiter.admit_page().await,
                _ => limiter.admit().await,
            }
            ready.map_err(CallError::Failed)?;
            if self.lambda.is_ready() {
                break;
            }
        }
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
    use std::{sync::Mutex, time::Duration};

    use tokio::{
        task::JoinSet,
        time::{Instant, sleep_until},
    };

    use super::*;
    use crate::{
        domain::{
            Alias, CallFailure, Destination, EventInvokeConfig, Function, FunctionName, Qualifier,
            Tags,
        },
        port::{DestinationAnswer, ListedFunction, ListedMapping, Page},
    };

    /// Whose every call is throttled, as this operation; its credentials are refused at once, and there are none
    /// before this time.
    #[derive(Debug)]
    struct Throttled {
        operation: Operation,
        ready_at: Instant,
        calls: Mutex<Vec<Instant>>,
    }

    impl Throttled {
        fn new(operation: Operation) -> Self {
            Self {
                operation,
                ready_at: Instant::now(),
                calls: Mutex::default(),
            }
        }

        async fn fail<T>(&self) -> Result<T, CallError> {
            // Without credentials a call waits for them before it goes out.
            sleep_until(self.ready_at).await;
            self.calls.lock().unwrap().push(Instant::now());
            Err(CallError::Failed(CallFailure {
                kind: FailureKind::Throttled,
                retry_after: Some(Duration::from_secs(7)),
                ..CallFailure::error(self.operation, "as the test wants it")
            }))
        }
    }

    impl Lambda for Throttled {
        async fn ready(&self) -> Result<(), CallFailure> {
            // The first time they look good.
            if self.ready_at > Instant::now() + Duration::from_secs(5) {
                return Ok(());
            }
            sleep_until(self.ready_at).await;
            Ok(())
        }

        fn is_ready(&self) -> bool {
            Instant::now() >= self.ready_at
        }

        async fn get_event_invoke_config(
            &self,
            _: &FunctionName,
            _: &Qualifier,
        ) -> Result<EventInvokeConfig, CallError> {
            self.fail().await
        }

        async fn list_event_invoke_configs(
            &self,
            _: &FunctionName,
            _: Option<&str>,
        ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
            self.fail().await
        }

        async fn get_function(
            &self,
            _: &FunctionName,
            _: &Qualifier,
        ) -> Result<Function, CallError> {
            self.fail().await
        }

        async fn list_functions(&self, _: Option<&str>) -> Result<Page<ListedFunction>, CallError> {
            self.fail().await
        }

        async fn list_aliases(
            &self,
            _: &FunctionName,
            _: Option<&str>,
        ) -> Result<Page<Alias>, CallError> {
            self.fail().await
        }

        async fn list_event_source_mappings(
            &self,
            _: Option<&str>,
        ) -> Result<Page<ListedMapping>, CallError> {
            self.fail().await
        }

        async fn list_async_events(
            &self,
            _: Option<&str>,
        ) -> Result<Page<(FunctionName, Qualifier)>, CallError> {
            self.fail().await
        }

        async fn get_destination(&self, _: &Destination) -> Result<DestinationAnswer, CallError> {
            self.fail().await
        }

        async fn list_tags(
            &self,
            _: Option<&str>,
        ) -> Result<Page<(FunctionName, Tags)>, CallError> {
            self.fail().await
        }
    }

    /// What Lambda and tagging may still get, after one call of each operation that is throttled as `thrown`.
    async fn after(operation: Operation, thrown: Operation) -> (f64, f64) {
        let limited = Limited::new(Throttled::new(thrown), Arc::new(Limiters::new(8.0)));
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

    /// AWS refuses a role's session, and STS takes a while for the next one.
    #[tokio::test(start_paused = true)]
    async fn calls_that_waited_for_credentials_do_not_go_out_together() {
        let mut lambda = Throttled::new(Operation::AssumeRole);
        lambda.ready_at += Duration::from_secs(6);
        let limited = Arc::new(Limited::new(lambda, Arc::new(Limiters::new(5.0))));
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let limited = Arc::clone(&limited);
            calls.spawn(async move {
                let call = limited.call(Operation::ListFunctions, |lambda| {
                    lambda.list_functions(None)
                });
                let _ = call.await;
            });
        }
        calls.join_all().await;
        let times = limited.lambda.calls.lock().unwrap().clone();
        assert_eq!(times.len(), 20);
        for pair in times.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_millis(199), "{times:?}");
        }
    }
}
