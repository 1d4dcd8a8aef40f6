//! Which functions receive asynchronous events, as far as CloudWatch tells.

use std::collections::{BTreeMap, BTreeSet};

use super::{FunctionName, Qualifier};

/// Those for which CloudWatch has `AsyncEventsReceived` within the past two weeks, by the qualifier that was
/// invoked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsyncEvents(BTreeMap<FunctionName, BTreeSet<Qualifier>>);

impl AsyncEvents {
    /// The qualifiers of a function that received any, in order.
    #[must_use]
    pub fn of(&self, function: &FunctionName) -> Option<&BTreeSet<Qualifier>> {
        self.0.get(function)
    }
}

impl FromIterator<(FunctionName, Qualifier)> for AsyncEvents {
    fn from_iter<I: IntoIterator<Item = (FunctionName, Qualifier)>>(received: I) -> Self {
        let mut events = Self::default();
        for (function, qualifier) in received {
            events.0.entry(function).or_default().insert(qualifier);
        }
        events
    }
}
