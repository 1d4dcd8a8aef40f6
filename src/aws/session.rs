//! One set of credentials, one HTTP connection pool, and the clients made from them.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, meta::region::RegionProviderChain,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_lambda::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::{LambdaClient, classify::classify};
use crate::{
    domain::{AccountId, FailureKind, Region, ScopeId},
    poll::{Aws, CallError, CallFailure},
};

/// Credentials, region, proxies and endpoint from the SDK's default chain.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
}

/// The region of the SDK's default chain: `AWS_REGION`, the profile's, or the instance's.
///
/// May ask the instance metadata service, so it can take seconds where there is none.
pub async fn default_region() -> Option<Region> {
    let region = RegionProviderChain::default_provider().region().await?;
    region.as_ref().parse().ok()
}

impl Session {
    /// Loads the default chain. `request_timeout` bounds one attempt, credentials included.
    pub async fn load(region: &Region, request_timeout: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(request_timeout)
            .operation_attempt_timeout(request_timeout)
            .build();
        let config = ConfigLoader::default()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client())
            // Also spares the chain from asking the instance metadata service for a region.
            .region(aws_config::Region::new(region.to_string()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .load()
            .await;
        Self { config }
    }
}

impl Aws for Session {
    type Lambda = LambdaClient;

    /// Needs no permission: AWS answers `sts:GetCallerIdentity` even where a policy denies it.
    async fn own_account(&self, region: &Region) -> Result<AccountId, CallError> {
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .region(aws_config::Region::new(region.to_string()))
            .build();
        let identity = aws_sdk_sts::Client::from_conf(config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| classify(&error))?;
        let account = identity.account().unwrap_or_default();
        account.parse().map_err(|error| {
            CallError::Failed(CallFailure {
                kind: FailureKind::Error,
                code: None,
                message: format!("the answer makes no sense: {error}"),
                request_id: None,
            })
        })
    }

    fn lambda(&self, scope: &ScopeId, own: Option<AccountId>) -> LambdaClient {
        let config = aws_sdk_lambda::config::Builder::from(&self.config)
            .region(aws_config::Region::new(scope.region.to_string()))
            .build();
        // A bare name means a function of the caller's own account.
        let foreign = scope.account.filter(|account| own != Some(*account));
        LambdaClient::new(aws_sdk_lambda::Client::from_conf(config), foreign)
    }
}

/// One connection pool for all clients. Unlike the SDK's own default it honours `HTTPS_PROXY`,
/// `HTTP_PROXY` and `NO_PROXY`, and it brings ring instead of aws-lc: two megabytes and a minute of
/// compilation less.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build()
    })
}
