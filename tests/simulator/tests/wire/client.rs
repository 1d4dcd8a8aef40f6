//! A small HTTP client that claims an account and a region, as a signature would.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::response::Parts;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use lambda_simulator::Simulator;
use serde_json::Value;
use tokio::net::TcpStream;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";

/// Who asks; each request has a connection of its own.
#[derive(Clone)]
pub(crate) struct Client {
    address: std::net::SocketAddr,
    pub(crate) access_key_id: String,
    pub(crate) region: String,
}

/// An answer that arrived whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Any way of not getting an answer.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    pub(crate) fn new(simulator: &Simulator, account: &str, region: &str) -> Self {
        let (access_key_id, _) = simulator.credentials(account);
        Self {
            address: simulator.address(),
            access_key_id,
            region: region.to_owned(),
        }
    }

    /// A simulator without a quota for the default client, with its client.
    pub(crate) async fn start() -> (Simulator, Self) {
        let simulator = Simulator::start().await.expect("a free port on loopback");
        simulator.set_quota(ACCOUNT, REGION, None);
        let client = Self::new(&simulator, ACCOUNT, REGION);
        (simulator, client)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_ask(method, path, body).await.expect("an answer")
    }

    pub(crate) async fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, Failure> {
        self.send(&[], method, path, body).await
    }

    /// Asks a service of the query protocol.
    pub(crate) async fn query(&self, form: &str) -> Answer {
        self.ask("POST", "/", form).await
    }

    pub(crate) async fn get_resources(&self, body: &Value) -> Answer {
        self.target("ResourceGroupsTaggingAPI_20170126.GetResources", body)
            .await
    }

    /// Asks a service that tells its operations apart by a header.
    pub(crate) async fn target(&self, target: &str, body: &Value) -> Answer {
        self.send(&[("x-amz-target", target)], "POST", "/", &body.to_string())
            .await
            .expect("an answer")
    }

    pub(crate) async fn organizations(&self, operation: &str, body: &Value) -> Answer {
        self.target(&format!("AWSOrganizationsV20161128.{operation}"), body)
            .await
    }

    pub(crate) async fn list_regions(&self, body: &Value) -> Answer {
        self.ask("POST", "/listRegions", &body.to_string()).await
    }

    pub(crate) async fn send(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, Failure> {
        let mut sender = self.connect().await?;
        self.send_on(&mut sender, headers, method, path, body).await
    }

    pub(crate) async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = TcpStream::connect(self.address).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    pub(crate) async fn send_on(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, Failure> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let request = self.request(headers, method, path, body)?;
        let (head, body) = receive(sender, request).await?;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec())?,
        })
    }

    /// Sends and receives bytes that are no text.
    pub(crate) async fn exchange(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: Bytes,
    ) -> Result<(Parts, Bytes), Failure> {
        let request = self.request(headers, method, path, body)?;
        receive(&mut self.connect().await?, request).await
    }

    fn request(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        if !self.access_key_id.is_empty() {
            let scope = format!(
                "{}/20260101/{}/lambda/aws4_request",
                self.access_key_id, self.region
            );
            let authorization =
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.body(Full::new(body))?)
    }
}

async fn receive(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<(Parts, Bytes), Failure> {
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok((head, body.collect().await?.to_bytes()))
}

impl Answer {
    /// The body; none is null.
    pub(crate) fn json(&self) -> Value {
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text).expect("a JSON body")
    }

    /// A header's value, or the empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// What Lambda says went wrong.
    pub(crate) fn error_type(&self) -> &str {
        self.header("x-amzn-errortype")
    }

    /// The text of an XML element.
    pub(crate) fn element(&self, name: &str) -> &str {
        let (_, rest) = self
            .text
            .split_once(&format!("<{name}>"))
            .unwrap_or_default();
        rest.split_once("</").map_or("", |(text, _)| text)
    }
}

/// The path of a function's event invoke config.
pub(crate) fn config_path(function: &str) -> String {
    format!("/2019-09-25/functions/{function}/event-invoke-config")
}

/// The path of a function.
pub(crate) fn function_path(function: &str) -> String {
    format!("/2015-03-31/functions/{function}")
}
