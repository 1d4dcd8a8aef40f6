//! One who calls AWS: credentials before the call, and what a refusal means after it.

use std::{future::Future, sync::Arc};

use aws_sdk_sts::{
    config::{Credentials, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
};

use super::{
    classify::{classify, refusal},
    credentials::{Cache, Issued},
    pace::Refusals,
};
use crate::{
    domain::Region,
    domain::{CallError, CallFailure, Operation},
};

/// One who calls with these credentials: a scope, or a role to be assumed with them.
#[derive(Debug)]
pub(super) struct Caller {
    credentials: Arc<Cache>,
    /// What this one's refusals may cause; others' are counted apart.
    refusals: Arc<Refusals>,
}

impl Caller {
    /// One who calls in one place, for long.
    pub(super) fn new(credentials: Arc<Cache>) -> Self {
        Self {
            credentials,
            refusals: Arc::default(),
        }
    }

    /// One for a single call. All such callers with the same credentials count as one.
    pub(super) fn passing_by(credentials: Arc<Cache>) -> Self {
        let refusals = Arc::clone(credentials.refusals());
        Self {
            credentials,
            refusals,
        }
    }

    /// It will call in this region.
    pub(super) fn wanted_in(&self, region: &Region) {
        self.credentials.wanted_in(region);
    }

    /// Makes sure that there are credentials.
    pub(super) async fn ready(&self) -> Result<Issued, CallFailure> {
        self.credentials.get().await
    }

    /// One attempt on the wire, signed with whatever credentials there are; where there are none,
    /// it fails as fetching them did.
    pub(super) async fn call<T, E, F>(
        &self,
        operation: Operation,
        send: impl FnOnce(Credentials) -> F,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let held = self.ready().await.map_err(CallError::Failed)?;
        self.call_with(&held, operation, send).await.0
    }

    /// The same with given credentials; and whether the answer has them replaced.
    pub(super) async fn call_with<T, E, F>(
        &self,
        held: &Issued,
        operation: Operation,
        send: impl FnOnce(Credentials) -> F,
    ) -> (Result<T, CallError>, bool)
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let error = match send(held.credentials.clone()).await {
            Ok(output) => {
                self.refusals.answered();
                return (Ok(output), false);
            }
            Err(error) => error,
        };
        let replaced = refusal(&error).is_some_and(|refusal| {
            let replace = || self.credentials.refuse(held.generation, refusal);
            self.refusals.refused(replace)
        });
        let error = classify(operation, &error);
        if error == CallError::NotFound {
            self.refusals.answered();
        }
        (Err(error), replaced)
    }
}
