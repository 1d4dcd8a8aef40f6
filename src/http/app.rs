//! Paths, methods and responses.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS},
};

use super::{
    body::Body,
    encoding::{Encoding, NotAcceptable},
    landing_page,
};
use crate::metrics::Exposition;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The exposition format that every version of Prometheus reads, also where it prefers `OpenMetrics` or
/// protobuf.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// A browser takes every answer for what its type says.
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

const NOT_ACCEPTABLE: &str = "406 not acceptable; let Accept-Encoding allow gzip or identity\n";

/// Makes the response to a `GET` of one path, given the request's headers.
type Handler = fn(&App, &HeaderMap) -> Response<Body>;

/// The service: one response for each request. Clones are handles on the same.
#[derive(Clone)]
pub struct App {
    exposition: Exposition,
    telemetry_path: Arc<str>,
    landing_page: Bytes,
    stopping: Arc<AtomicBool>,
}

impl App {
    /// Serves the exposition at `telemetry_path`, which begins with a slash.
    #[must_use]
    pub fn new(exposition: Exposition, telemetry_path: &str) -> Self {
        Self {
            exposition,
            telemetry_path: telemetry_path.into(),
            landing_page: landing_page::html(telemetry_path).into(),
            stopping: Arc::default(),
        }
    }

    /// Makes `/-/ready` fail from now on, because the program is stopping.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Responds to one request and counts it.
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let (path, response) =
            self.route(request.method(), request.uri().path(), request.headers());
        let code = response.status().as_u16();
        self.exposition
            .exporter_metrics()
            .count_http_request(path, code);
        response
    }

    /// The path as it is counted, and the response. hyper drops the body of a response to `HEAD`.
    fn route(&self, method: &Method, path: &str, headers: &HeaderMap) -> (&str, Response<Body>) {
        let (route, handler): (&str, Handler) = match path {
            "/" => ("/", |app, _| {
                response(StatusCode::OK, HTML, app.landing_page.clone())
            }),
            "/-/healthy" => ("/-/healthy", |_, _| text(StatusCode::OK, "healthy\n")),
            "/-/ready" => ("/-/ready", |app, _| app.ready()),
            path if path == &*self.telemetry_path => (&self.telemetry_path, Self::metrics),
            // Browsers ask for it unasked.
            "/favicon.ico" => ("/favicon.ico", |_, _| no_content()),
            _ => return ("other", text(StatusCode::NOT_FOUND, "404 not found\n")),
        };
        if method != Method::GET && method != Method::HEAD {
            let body = "405 method not allowed; use GET or HEAD\n";
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, body);
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return (route, response);
        }
        (route, handler(self, headers))
    }

    fn metrics(&self, headers: &HeaderMap) -> Response<Body> {
        let mut response = match Encoding::negotiate(headers) {
            Ok(Encoding::Identity) => response(StatusCode::OK, METRICS, self.exposition.plain()),
            Ok(Encoding::Gzip) => {
                let mut response = response(StatusCode::OK, METRICS, self.exposition.gzip());
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(CONTENT_ENCODING, gzip);
                response
            }
            Err(NotAcceptable) => text(StatusCode::NOT_ACCEPTABLE, NOT_ACCEPTABLE),
        };
        let vary = HeaderValue::from_static("accept-encoding");
        response.headers_mut().insert(VARY, vary);
        response
    }

    fn ready(&self) -> Response<Body> {
        if self.stopping.load(Ordering::Relaxed) {
            text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        } else if self.exposition.is_ready() {
            text(StatusCode::OK, "ready\n")
        } else {
            let reason = "the first sweep of every account and region has not ended yet\n";
            text(StatusCode::SERVICE_UNAVAILABLE, reason)
        }
    }
}

fn text(status: StatusCode, body: &'static str) -> Response<Body> {
    response(status, TEXT, Bytes::from_static(body.as_bytes()))
}

fn response(
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<Body>,
) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    response
}

fn no_content() -> Response<Body> {
    let mut response = text(StatusCode::NO_CONTENT, "");
    response.headers_mut().remove(CONTENT_TYPE);
    response
}
