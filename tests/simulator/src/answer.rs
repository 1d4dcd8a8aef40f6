//! What is sent back: an answer, or one of the ways in which none arrives whole.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::identifier;

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `None` where there is no body.
    content_type: Option<&'static str>,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Now(Answer),
    Late(Duration, Answer),
    /// Half of the body, under the length of the whole, and then the end of the connection.
    Cut(Answer),
    /// No answer while the client waits.
    Never,
    /// The end of the connection, without an answer.
    Reset,
}

impl Answer {
    fn new(status: u16, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, Some("application/json"), body.to_string())
    }

    pub(crate) fn amz_json(status: u16, body: &Value) -> Self {
        Self::new(status, Some("application/x-amz-json-1.1"), body.to_string())
    }

    pub(crate) fn amz_json_1_0(status: u16, body: &Value) -> Self {
        Self::new(status, Some("application/x-amz-json-1.0"), body.to_string())
    }

    pub(crate) fn cbor(status: u16, body: &Value) -> Self {
        let mut bytes = Vec::new();
        ciborium::into_writer(body, &mut bytes).expect("writing to memory cannot fail");
        Self::new(status, Some("application/cbor"), bytes).header("smithy-protocol", "rpc-v2-cbor")
    }

    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self::new(status, Some("text/xml"), body)
    }

    /// The query protocol's answer to an action.
    pub(crate) fn query(action: &str, namespace: &str, result: &str) -> Self {
        let request_id = identifier::uuid();
        let body = format!(
            "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
        );
        Self::xml(200, body)
    }

    pub(crate) fn html(status: u16, title: &str) -> Self {
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, Some("text/html"), body)
    }

    pub(crate) fn no_content() -> Self {
        Self::empty(204)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, None, Bytes::new())
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn into_response(self) -> Response<Payload> {
        let body = self.body.clone();
        self.response(Payload {
            data: Some(body),
            end: End::Whole,
        })
    }

    /// Promises the whole and sends half.
    pub(crate) fn into_cut_response(self) -> Response<Payload> {
        let (whole, half) = (self.body.len(), self.body.slice(..self.body.len() / 2));
        let mut response = self.response(Payload {
            data: Some(half),
            end: End::Flush,
        });
        // An empty body cannot be cut; one byte that never comes can.
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(whole.max(1)));
        response
    }

    fn response(self, payload: Payload) -> Response<Payload> {
        let mut response = Response::builder()
            .status(self.status)
            .header("x-amzn-requestid", identifier::uuid());
        if let Some(content_type) = self.content_type {
            response = response.header(CONTENT_TYPE, content_type);
        }
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response
            .body(payload)
            .expect("statuses and headers are the simulator's own constants")
    }
}

/// A body, whole or cut.
pub(crate) struct Payload {
    data: Option<Bytes>,
    end: End,
}

/// How a body ends.
enum End {
    Whole,
    /// Let what was sent reach the client, then break.
    Flush,
    Break,
}

/// The reason for which the server breaks a connection.
#[derive(Debug)]
pub(crate) struct Broken;

impl Body for Payload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            // hyper flushes when a body has nothing ready; an error at once would drop what is buffered.
            End::Flush => {
                self.end = End::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(Broken))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.end, End::Whole) && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self.end {
            End::Whole => {
                let length = self.data.as_ref().map_or(0, Bytes::len);
                hyper::body::SizeHint::with_exact(length as u64)
            }
            End::Flush | End::Break => hyper::body::SizeHint::default(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the simulator broke the connection, as a fault asked")
    }
}

impl std::error::Error for Broken {}
