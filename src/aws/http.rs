//! The connections to AWS.

use aws_sdk_lambda::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// One connection pool for all services, accounts and regions. Unlike the SDK's own default it
/// honours `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and it brings ring instead of aws-lc: two
/// megabytes and a minute of compilation less.
pub(super) fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build()
    })
}
