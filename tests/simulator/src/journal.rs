//! The log of requests: the latest ones, up to a bound.

use std::collections::VecDeque;
use std::time::Instant;

use crate::operation::Operation;

/// How many requests the log keeps unless told otherwise; the counts go on beyond.
pub const LOG_BOUND: usize = 100_000;

/// One request, as logged when its reply was decided.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it had been read.
    pub at: Instant,
    /// The caller's account; empty for a request that was not signed.
    pub account: String,
    /// The region of the credential scope.
    pub region: String,
    /// What was asked.
    pub operation: Operation,
    /// The function's name, without the rest of an ARN.
    pub function: Option<String>,
    /// The qualifier, if one was given.
    pub qualifier: Option<String>,
    /// The ARN of the queue, topic, event bus or bucket, if it was about one.
    pub resource: Option<String>,
    /// The answer's status; `None` where none is sent.
    pub status: Option<u16>,
    /// How many requests were in flight then, this one included.
    pub in_flight: usize,
}

pub(crate) struct Journal {
    requests: VecDeque<Request>,
    bound: usize,
}

impl Journal {
    pub(crate) fn record(&mut self, request: Request) {
        self.requests.push_back(request);
        self.trim();
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
    }

    pub(crate) fn set_bound(&mut self, bound: usize) {
        self.bound = bound;
        self.trim();
    }

    fn trim(&mut self) {
        let surplus = self.requests.len().saturating_sub(self.bound);
        self.requests.drain(..surplus);
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            requests: VecDeque::new(),
            bound: LOG_BOUND,
        }
    }
}
