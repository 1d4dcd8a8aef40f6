//! The credentials that the SDK's default chain finds: environment, profile, SSO, credential
//! process, web identity, container, instance.

use std::{error::Error, time::Duration};

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::{
    config::{Credentials, IdentityCache, ProvideCredentials, http::HttpResponse},
    error::SdkError,
    operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    },
};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use super::{
    classify::{chain, classify},
    credentials::{FetchError, Fetching, Source},
    environment, keys,
    profiles::ProfileFiles,
    settings::Settings,
};
use crate::domain::{CallError, CallFailure, FailureKind, Operation};

/// Where credentials can come from.
const NO_CREDENTIALS: &str = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                              AWS_PROFILE, or give the pod, container or instance a role";

/// How long the whole chain may take: a credential process can ask a person or another service. `request_timeout`
/// bounds single attempts within it.
const CHAIN_TIMEOUT: Duration = Duration::from_mins(1);

/// The default chain's settings, with which it can be built again.
#[derive(Debug, Clone)]
pub(super) struct Ambient {
    /// None: the chain looks for one.
    pub(super) region: Option<aws_config::Region>,
    /// Bounds one attempt of a call.
    pub(super) request_timeout: Duration,
    pub(super) settings: Settings,
}

impl Ambient {
    /// The chain, and with it all else that the SDK takes from environment and profile.
    ///
    /// # Errors
    /// If a file that the environment names can no longer be read.
    pub(super) async fn load(&self) -> Result<SdkConfig, String> {
        let config = self.loader().await?.load().await;
        Ok(environment::without_empty(config))
    }

    async fn loader(&self) -> Result<ConfigLoader, String> {
        let environment = self.settings.environment.clone();
        let read = move || match environment.unusable_token_files().pop() {
            Some(problem) => Err(problem),
            None => ProfileFiles::read(&environment),
        };
        let profiles = spawn_blocking(read).await;
        let profiles = profiles.map_err(|error| error.to_string())??;
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(self.request_timeout)
            .operation_attempt_timeout(self.request_timeout)
            .build();
        let loader = ConfigLoader::default()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.settings.http_client.clone())
            .retry_config(RetryConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .timeout_config(timeouts)
            .profile_files(profiles.for_sdk())
            .env(self.settings.environment.for_sdk());
        Ok(match &self.region {
            Some(region) => loader.region(region.clone()),
            None => loader,
        })
    }

    /// A chain reads the profile files once: only a new one sees that they have changed.
    async fn credentials(&self) -> Result<Credentials, CallFailure> {
        let loader = self.loader().await.map_err(|message| CallFailure {
            message,
            ..no_credentials()
        })?;
        // A task of its own: a profile's role can be assumed with a key that the SDK panics at.
        let mut chain = JoinSet::new();
        chain.spawn(async move {
            let config = loader.load().await;
            match config.credentials_provider() {
                Some(provider) => provider.provide_credentials().await.map(Some),
                None => Ok(None),
            }
        });
        let bound = CHAIN_TIMEOUT.max(self.request_timeout);
        match timeout(bound, chain.join_next()).await {
            Ok(Some(Ok(answer))) => checked(answer),
            Ok(Some(Err(_)) | None) => Err(CallFailure {
                message: "the SDK failed at the credentials; does a key of environment or profile \
                          have a character that it cannot have?"
                    .to_owned(),
                ..no_credentials()
            }),
            Err(_) => Err(CallFailure {
                kind: FailureKind::TimedOut,
                message: format!(
                    "no credentials within {}",
                    humantime::format_duration(bound)
                ),
                ..no_credentials()
            }),
        }
    }
}

impl Source for Ambient {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async { self.credentials().await.map_err(FetchError::Refused) })
    }

    fn may_change(&self) -> bool {
        true
    }
}

/// The chain's answer, if calls can be signed with it.
fn checked(
    answer: Result<Option<Credentials>, CredentialsError>,
) -> Result<Credentials, CallFailure> {
    let credentials = answer
        .map_err(|error| failure(&error))?
        .ok_or_else(no_credentials)?;
    match keys::flaw(&credentials) {
        Some(message) => Err(CallFailure {
            message,
            ..no_credentials()
        }),
        None => Ok(credentials),
    }
}

fn no_credentials() -> CallFailure {
    CallFailure {
        operation: None,
        kind: FailureKind::Error,
        code: None,
        message: NO_CREDENTIALS.to_owned(),
        request_id: None,
        retry_after: None,
    }
}

/// What kept the chain from giving credentials.
fn failure(error: &CredentialsError) -> CallFailure {
    if let CredentialsError::CredentialsNotLoaded(_) = error {
        return no_credentials();
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(failure) = sts_failure(error) {
            return failure;
        }
        cause = error.source();
    }
    let chain = chain(error);
    CallFailure {
        // The instance is asked last: a machine that refuses the question has no credentials at all.
        message: if chain.contains("IMDS") {
            format!("{NO_CREDENTIALS} ({chain})")
        } else {
            chain
        },
        ..no_credentials()
    }
}

/// STS's own words, where the chain assumes a role: with a pod's web identity or a profile's.
fn sts_failure(error: &(dyn Error + 'static)) -> Option<CallFailure> {
    type Sts<E> = SdkError<E, HttpResponse>;
    // Only for the message: the failure is the chain's.
    let operation = Operation::AssumeRole;
    let error = if let Some(error) = error.downcast_ref::<Sts<AssumeRoleWithWebIdentityError>>() {
        classify(operation, error, None)
    } else {
        classify(
            operation,
            error.downcast_ref::<Sts<AssumeRoleError>>()?,
            None,
        )
    };
    match error {
        CallError::Failed(failure) => Some(CallFailure {
            operation: None,
            ..failure
        }),
        CallError::NotFound => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::primitives::SdkBody;
    use aws_sdk_sts::error::ErrorMetadata;

    use super::*;

    #[test]
    fn where_nothing_is_set_it_says_what_could_be() {
        for error in [
            CredentialsError::not_loaded_no_source(),
            CredentialsError::provider_error("failed to load IMDS session token"),
        ] {
            let failure = failure(&error);
            assert_eq!(
                (failure.operation, failure.kind),
                (None, FailureKind::Error)
            );
            assert!(failure.message.starts_with(NO_CREDENTIALS), "{failure}");
        }
        let error = CredentialsError::provider_error("the SSO session has expired");
        assert_eq!(
            failure(&error).message,
            "an error occurred while loading credentials: the SSO session has expired"
        );
    }

    #[test]
    fn an_odd_key_is_refused_by_name() {
        let keys = |id: &str| Credentials::new(id, "secret", None, None, "test");
        assert!(checked(Ok(Some(keys("AKIAEXAMPLE")))).is_ok());
        let failure = checked(Ok(Some(keys("AKIAEXAMPLE\n")))).unwrap_err();
        assert_eq!(
            (failure.operation, failure.kind),
            (None, FailureKind::Error)
        );
        let said = "the access key id has a control character";
        assert!(failure.message.starts_with(said), "{failure}");
    }

    #[test]
    fn what_sts_says_to_the_chain_is_passed_on() {
        let metadata = ErrorMetadata::builder()
            .code("AccessDenied")
            .message("Not authorized to perform sts:AssumeRoleWithWebIdentity")
            .build();
        let response = HttpResponse::new(403.try_into().unwrap(), SdkBody::empty());
        let error = AssumeRoleWithWebIdentityError::generic(metadata);
        let error = SdkError::service_error(error, response);
        let failure = failure(&CredentialsError::provider_error(error));
        assert_eq!(
            (failure.operation, failure.kind),
            (None, FailureKind::Denied)
        );
        let said =
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (does the";
        assert!(failure.to_string().starts_with(said), "{failure}");
    }
}
