//! What became worse is read again a minute later, whatever the sweep: a reading that was taken while something
//! changed, say a function that was created before its config, must not stand until the next turn.
//!
//! One more read for one change: a function that loses events anyway costs no more calls.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::domain::FunctionName;

/// How long after a change the function is read again.
const PAUSE: Duration = Duration::from_mins(1);

/// The functions that are read again, and when.
#[derive(Debug, Default)]
pub(super) struct Rereads(BTreeMap<FunctionName, Instant>);

impl Rereads {
    /// A function became worse now; gives when it is read again.
    pub(super) fn add(&mut self, name: &FunctionName, now: Instant) -> Instant {
        let at = now + PAUSE;
        self.0.insert(name.clone(), at);
        at
    }

    /// All of a function is to be read at once.
    pub(super) fn add_now(&mut self, name: &FunctionName, now: Instant) {
        self.0.insert(name.clone(), now);
    }

    /// Whether a read that begins now is the one.
    pub(super) fn is_due(&self, name: &FunctionName, now: Instant) -> bool {
        self.0.get(name).is_some_and(|at| *at <= now)
    }

    /// A read has ended, well or not; gives when the function is still to be read again.
    pub(super) fn after_read(
        &mut self,
        name: &FunctionName,
        failed: bool,
        now: Instant,
    ) -> Option<Instant> {
        let at = *self.0.get(name)?;
        if now < at {
            return Some(at);
        }
        // A failed read is repeated anyway.
        if !failed {
            self.forget(name);
        }
        None
    }

    /// The function is no longer read.
    pub(super) fn forget(&mut self, name: &FunctionName) {
        self.0.remove(name);
    }
}
