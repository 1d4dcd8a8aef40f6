//! What `CloudWatch` knows of asynchronous events.

use super::Region;

impl Region {
    /// Events invoke a function asynchronously, at a qualifier or, where that is empty, without one: `CloudWatch` lists
    /// their metrics from now on, whatever becomes of the function. An alias leads to the versions that it has now.
    pub fn receive_async_events(&self, function: &str, qualifier: &str) {
        self.with(|region| {
            let found = region.functions.get(function);
            region.metrics.receive(function, qualifier, found);
        });
    }

    /// Two weeks pass without events of a function: `CloudWatch` lists none of its metrics any more.
    pub fn forget_async_events(&self, function: &str) {
        self.with(|region| region.metrics.forget(function));
    }

    /// Sets how many metrics `CloudWatch` sends in a page here: 500 until told otherwise.
    pub fn set_metrics_per_page(&self, metrics: usize) {
        self.with(|region| region.metrics.per_page = metrics);
    }
}
