//! The connections to AWS.

use std::error::Error;

use aws_sdk_lambda::{
    config::{
        ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder, SharedHttpClient,
        http::{HttpRequest, HttpResponse},
    },
    primitives::SdkBody,
};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

type BoxError = Box<dyn Error + Send + Sync>;

/// The longest answer that is read, in bytes: fifty functions with all that AWS tells of them have less than one
/// megabyte, and an endless answer would take all memory within seconds.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// One connection pool for all services, accounts and regions. Unlike the SDK's own default it
/// honours `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and it brings ring instead of aws-lc: two
/// megabytes and a minute of compilation less. No answer is longer than [`MAX_ANSWER`].
pub(super) fn http_client() -> SharedHttpClient {
    let client = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build()
    });
    SharedHttpClient::new(Bounded(client))
}

/// What reads through it reads at most [`MAX_ANSWER`] of an answer.
#[derive(Debug)]
struct Bounded<T>(T);

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Bounded(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.0, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.0, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async { answer.await.map(bounded) })
    }
}

fn bounded(answer: HttpResponse) -> HttpResponse {
    answer.map(|body| {
        let body = Limited::new(body, MAX_ANSWER).map_err(|error| {
            if error.is::<LengthLimitError>() {
                "the answer is longer than 8 MB".into()
            } else {
                error
            }
        });
        SdkBody::from_body_1_x(body)
    })
}
