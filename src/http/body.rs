//! Bodies of responses: bytes that are shared, and sent without a copy.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::metrics::Scrape;

/// A body of known length, so it is sent with `Content-Length`.
#[derive(Debug)]
pub struct Body {
    /// The part that other responses share; `None` once it is sent.
    shared: Option<Arc<[Bytes]>>,
    /// How many items of `shared` are sent.
    sent: usize,
    end: Option<Bytes>,
    remaining: u64,
}

impl From<Scrape> for Body {
    fn from(Scrape { page, end }: Scrape) -> Self {
        let length = page.iter().chain([&end]).map(|bytes| bytes.len() as u64);
        Self {
            remaining: length.sum(),
            shared: Some(page),
            sent: 0,
            end: Some(end),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self {
            remaining: bytes.len() as u64,
            shared: None,
            sent: 0,
            end: Some(bytes),
        }
    }
}

impl Body {
    fn next(&mut self) -> Option<Bytes> {
        if let Some(shared) = &self.shared {
            if let Some(bytes) = shared.get(self.sent) {
                self.sent += 1;
                return Some(bytes.clone());
            }
            // A slow reader's last bytes must not keep a page in memory that was replaced meanwhile.
            self.shared = None;
        }
        self.end.take()
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.next();
        self.remaining -= bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
