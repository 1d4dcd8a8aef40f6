//! The connections to AWS, and to wherever else the SDK looks for credentials.

use aws_sdk_lambda::{
    config::{
        HttpClient, RuntimeComponents, SharedHttpClient,
        http::{HttpRequest, HttpResponse},
    },
    primitives::SdkBody,
};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{
    lost,
    proxies::{Proxies, Route},
};

/// The longest answer that is read, in bytes: fifty functions with all that AWS tells of them have less than one
/// megabyte, and an endless answer would take all memory within seconds.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// One pool of connections for all services, accounts and regions; straight ones, and those through each proxy. Unlike
/// the SDK's own default it honours proxies, and it brings ring instead of aws-lc: two megabytes and a minute of
/// compilation less. No answer is longer than [`MAX_ANSWER`]. All that the SDK asks goes through it, the credential
/// chain included.
///
/// `tls` holds whose certificates are believed.
pub(super) fn http_client(proxies: Proxies, tls: &TlsContext) -> SharedHttpClient {
    let through = |proxy: &ProxyConfig| Way::new(proxy, tls);
    SharedHttpClient::new(Routed {
        direct: Way::new(&ProxyConfig::disabled(), tls),
        https: proxies.https.as_ref().map(through),
        http: proxies.http.as_ref().map(through),
        proxies,
    })
}

/// What is there for each route, and which one a request takes.
#[derive(Debug, Clone)]
struct Routed<T> {
    direct: Way<T>,
    https: Option<Way<T>>,
    http: Option<Way<T>>,
    proxies: Proxies,
}

/// What takes connections from its pool, and what makes one for each request.
#[derive(Debug, Clone)]
struct Way<T> {
    pooled: T,
    fresh: T,
}

impl Way<SharedHttpClient> {
    fn new(proxy: &ProxyConfig, tls: &TlsContext) -> Self {
        Self {
            pooled: client(proxy.clone(), tls.clone(), None),
            fresh: client(proxy.clone(), tls.clone(), Some(0)),
        }
    }

    fn connectors(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> Way<SharedHttpConnector> {
        Way {
            pooled: self.pooled.http_connector(settings, components),
            fresh: self.fresh.http_connector(settings, components),
        }
    }
}

/// The SDK's client, which makes one connector for each set of time limits.
fn client(proxy: ProxyConfig, tls: TlsContext, max_idle: Option<usize>) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector
            .set_connector_settings(settings.cloned())
            .set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl))
            .set_pool_max_idle_per_host(max_idle);
        connector
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .build()
    })
}

impl HttpClient for Routed<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let of = |way: &Way<SharedHttpClient>| way.connectors(settings, components);
        SharedHttpConnector::new(Routed {
            direct: of(&self.direct),
            https: self.https.as_ref().map(of),
            http: self.http.as_ref().map(of),
            proxies: self.proxies.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.direct.pooled.connector_metadata()
    }
}

impl HttpConnector for Routed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let route = request.uri().parse().map(|uri| self.proxies.route(&uri));
        let way = match route.unwrap_or(Route::Direct) {
            Route::Direct => None,
            Route::Https => self.https.as_ref(),
            Route::Http => self.http.as_ref(),
        };
        way.unwrap_or(&self.direct).call(request)
    }
}

impl HttpConnector for Way<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let again = lost::may_be_sent_again()
            .then(|| request.try_clone())
            .flatten();
        let answer = self.pooled.call(request);
        let fresh = self.fresh.clone();
        HttpConnectorFuture::new(async move {
            let answer = match (answer.await, again) {
                (Err(error), Some(again)) if lost::is_lost(&error) => {
                    lost::sent_again();
                    fresh.call(again).await
                }
                (answer, _) => answer,
            };
            answer.map(bounded)
        })
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
