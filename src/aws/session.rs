//! One set of credentials, one HTTP connection pool, and the clients made from them.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_lambda::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::{LambdaClient, classify::classify, translate::senseless};
use crate::{
    domain::{AccountId, InvalidAccountId, InvalidRegion, Region, ScopeId},
    poll::{Aws, CallError},
};

/// Credentials, region, proxies and endpoint from the SDK's default chain.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
}

impl Session {
    /// Loads the default chain. `request_timeout` bounds one attempt, credentials included.
    ///
    /// Without a region the chain looks for one, too: `AWS_REGION`, the profile's, the instance's.
    /// That may ask the instance metadata service, which takes seconds where there is none.
    pub async fn load(region: Option<&Region>, request_timeout: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(request_timeout)
            .operation_attempt_timeout(request_timeout)
            .build();
        let mut loader = ConfigLoader::default()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Some(region) = region {
            loader = loader.region(aws_config::Region::new(region.to_string()));
        }
        Self {
            config: loader.load().await,
        }
    }

    /// The region of the default chain, if there is one.
    ///
    /// # Errors
    /// If what the chain holds is no region.
    pub fn region(&self) -> Result<Option<Region>, InvalidRegion> {
        let region = self.config.region();
        region.map(|region| region.as_ref().parse()).transpose()
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
        account
            .parse()
            .map_err(|error: InvalidAccountId| senseless(&error.to_string()))
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
