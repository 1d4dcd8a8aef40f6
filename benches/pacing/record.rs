//! What AWS saw of one account.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use lambda_simulator::{Operation, Request, Simulator};

use crate::support::spread::Spread;

/// What the exporter asks of Lambda here; of STS it asks once whose the credentials are.
const LAMBDA: [Operation; 2] = [
    Operation::ListFunctions,
    Operation::ListFunctionEventInvokeConfigs,
];

/// The status of a call that a quota refused.
const THROTTLED: u16 = 429;

/// Calls, in their order.
#[derive(Clone)]
pub(crate) struct Calls(Vec<Request>);

impl Calls {
    /// The calls of an account that are still in the log and count against Lambda's quota.
    pub(crate) fn of(simulator: &Simulator, account: &str) -> Self {
        let mut calls = simulator.requests();
        calls.retain(|call| call.account == account && LAMBDA.contains(&call.operation));
        Self(calls)
    }

    /// Those from one time to before another.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> Self {
        let calls = self.0.iter().filter(|call| from <= call.at && call.at < to);
        Self(calls.cloned().collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn count_of(&self, operation: Operation) -> usize {
        let calls = self.0.iter();
        calls.filter(|call| call.operation == operation).count()
    }

    pub(crate) fn throttled(&self) -> usize {
        let calls = self.0.iter();
        calls.filter(|call| call.status == Some(THROTTLED)).count()
    }

    pub(crate) fn first(&self) -> Instant {
        self.0.first().unwrap().at
    }

    /// How often each function was read.
    pub(crate) fn reads(&self) -> BTreeMap<&str, usize> {
        let mut reads = BTreeMap::new();
        for function in self.0.iter().filter_map(|call| call.function.as_deref()) {
            *reads.entry(function).or_default() += 1;
        }
        reads
    }

    /// Milliseconds from each call to the next.
    pub(crate) fn gaps(&self) -> Spread {
        let pairs = self.0.windows(2);
        pairs
            .map(|pair| (pair[1].at - pair[0].at).as_secs_f64() * 1000.0)
            .collect()
    }

    /// The calls in each of so many seconds.
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    pub(crate) fn per_second(&self, from: Instant, seconds: u64) -> Spread {
        let second = |n| from + Duration::from_secs(n);
        (0..seconds)
            .map(|n| self.between(second(n), second(n + 1)).count() as f64)
            .collect()
    }

    /// The most calls in less than a second, wherever it begins.
    pub(crate) fn peak(&self) -> usize {
        let mut begin = 0;
        let mut peak = 0;
        for (end, call) in self.0.iter().enumerate() {
            while call.at - self.0[begin].at >= Duration::from_secs(1) {
                begin += 1;
            }
            peak = peak.max(end + 1 - begin);
        }
        peak
    }

    /// The middle of the widest gap that begins within a time, so that no call is near it.
    pub(crate) fn quiet_moment(&self, from: Instant, within: Duration) -> Instant {
        let pairs = self.0.windows(2);
        let pairs = pairs.filter(|pair| from <= pair[0].at && pair[0].at < from + within);
        let widest = pairs.max_by_key(|pair| pair[1].at - pair[0].at).unwrap();
        widest[0].at + (widest[1].at - widest[0].at) / 2
    }

    /// When the last page of a listing was asked for before a time.
    pub(crate) fn last_page(&self, before: Instant) -> Option<Instant> {
        let pages = self.0.iter().filter(|call| call.function.is_none());
        pages
            .map(|call| call.at)
            .take_while(|&at| at < before)
            .last()
    }
}
