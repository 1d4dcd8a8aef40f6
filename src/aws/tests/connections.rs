//! Connections that are closed in between, and servers that an authority of one's own vouches for.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{environment::chain, *};
use crate::{
    domain::{CallError, CallFailure, FailureKind},
    port::Lambda,
};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"Functions\":[]}";

/// Serves one connection after another on a thread, the nth with `serve(stream, n)`.
fn server(serve: impl Fn(TcpStream, usize) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            serve(stream.unwrap(), n);
        }
    });
    format!("localhost:{port}")
}

/// Answers so many requests and closes the connection on the next one, unread if there is none.
fn answer_and_close(mut stream: impl Read + Write, requests: usize) {
    let mut request = [0; 16 * 1024];
    for _ in 0..requests {
        if stream.read(&mut request).unwrap_or(0) == 0 {
            return;
        }
        stream.write_all(ANSWER).unwrap();
    }
    let _ = stream.read(&mut request);
}

struct Client {
    lambda: LambdaClient,
    metrics: ExporterMetrics,
}

impl Client {
    async fn new(variables: &[(&str, &str)]) -> Self {
        let mut all = vec![
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("HOME", "/nowhere"),
        ];
        all.extend(variables);
        let chain = chain(&all).await;
        let config = chain.load().await.unwrap();
        let metrics = ExporterMetrics::new();
        let session = Session::new(&config, Box::new(chain), metrics.api());
        let scope = scope(OWN, "us-east-1");
        let lambda = session.lambda(&scope, &Credentials::Ambient, false);
        Self { lambda, metrics }
    }

    async fn call(&self) -> Result<(), CallFailure> {
        match self.lambda.list_functions(None).await {
            Ok(_) => Ok(()),
            Err(CallError::Failed(failure)) => Err(failure),
            Err(CallError::NotFound) => panic!("not found"),
        }
    }

    /// How many attempts ended so, as it is published.
    fn attempts(&self, outcome: &str) -> u64 {
        let all = self.metrics.render();
        let outcome = format!("outcome=\"{outcome}\"");
        let lines = all.lines().filter(|line| {
            line.starts_with("lambda_async_exporter_api_requests_total") && line.contains(&outcome)
        });
        let count = |line: &str| line.rsplit(' ').next()?.parse::<u64>().ok();
        lines.filter_map(count).sum()
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_when_it_is_used_again_costs_one_attempt() {
    let address = server(|stream, _| answer_and_close(stream, 1));
    let client = Client::new(&[("AWS_ENDPOINT_URL", &format!("http://{address}"))]).await;
    for _ in 0..2 {
        client.call().await.unwrap();
    }
    assert_eq!((client.attempts("ok"), client.attempts("error")), (2, 1));
}

#[tokio::test]
async fn a_server_that_closes_every_connection_is_asked_twice() {
    let address = server(|stream, _| answer_and_close(stream, 0));
    let client = Client::new(&[("AWS_ENDPOINT_URL", &format!("http://{address}"))]).await;
    let failure = client.call().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Error);
    assert_eq!((client.attempts("ok"), client.attempts("error")), (0, 2));
}

/// With a certificate for `localhost` that the authority in `tls/authority.pem` has signed.
fn tls_server() -> String {
    let pem = include_bytes!("tls/server.pem");
    let chain = CertificateDer::pem_slice_iter(pem).map(Result::unwrap);
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect(), PrivateKeyDer::from_pem_slice(pem).unwrap())
        .unwrap();
    let config = Arc::new(config);
    server(move |stream, _| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        answer_and_close(StreamOwned::new(connection, stream), 1);
    })
}

#[tokio::test]
async fn the_authorities_of_a_bundle_are_believed_and_no_others() {
    let bundle = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/aws/tests/tls/authority.pem"
    );
    let address = format!("https://{}", tls_server());
    let variables = [("AWS_ENDPOINT_URL", &*address), ("AWS_CA_BUNDLE", bundle)];
    Client::new(&variables).await.call().await.unwrap();
    let address = format!("https://{}", tls_server());
    let client = Client::new(&[("AWS_ENDPOINT_URL", &address)]).await;
    let failure = client.call().await.unwrap_err();
    assert!(failure.message.contains("certificate"), "{failure}");
}

#[tokio::test]
async fn debug_output_holds_no_password_of_a_proxy() {
    let proxies = [
        ("HTTPS_PROXY", "http://user:hunter2@proxy.example.com"),
        ("HTTP_PROXY", "http://user:hunter2@proxy.example.com"),
    ];
    let client = Client::new(&proxies).await;
    let chain = chain(&proxies).await;
    let said = format!("{:?} {:?}", client.lambda, chain.settings.http_client);
    assert!(!said.contains("hunter2"), "{said}");
}
