//! Nothing becomes lossy on facts of different ages.
//!
//! What retains the failures of a function is told by several calls: a listing tells its dead-letter queue, a read of
//! its own the failure destinations, aliases and versions. Where one of them goes, the other may have come since it was
//! last read. The function is then read again at once, all of it, before the loss is believed.

use std::collections::BTreeSet;

use crate::domain::{
    Answers, FailureKind, Function, FunctionName, FunctionOutcomes, Outcome, Reading, Timestamp,
};

/// The functions whose loss is to be confirmed.
#[derive(Debug, Default)]
pub(super) struct Confirmations {
    pending: BTreeSet<FunctionName>,
    /// AWS does not let a function itself be asked for: what the listing shows must do.
    denied: bool,
}

impl Confirmations {
    /// Whether all of the function must be read.
    pub(super) fn is_pending(&self, name: &FunctionName) -> bool {
        self.pending.contains(name)
    }

    /// Whether the function itself may be asked for, as far as is known.
    pub(super) fn are_possible(&self) -> bool {
        !self.denied
    }

    /// The function is no longer read.
    pub(super) fn forget(&mut self, name: &FunctionName) {
        self.pending.remove(name);
    }

    /// A listing shows a function that was known as `known` before; gives what to believe. Where that waits for a
    /// confirmation, all stays as it was until then, or until the next listing: one that cannot be read does not keep
    /// its queue for long.
    pub(super) fn believed(
        &mut self,
        name: &FunctionName,
        known: Option<&Function>,
        listed: Function,
    ) -> Function {
        let with_queue = known.filter(|known| known.dead_letter_queue.is_some());
        match with_queue {
            Some(known)
                if !self.denied
                    && listed.dead_letter_queue.is_none()
                    && self.pending.insert(name.clone()) =>
            {
                known.clone()
            }
            _ => listed,
        }
    }

    /// A listed function was read; whether that waits for a confirmation. An answer that confirms nothing, since
    /// AWS refuses it, leaves what the listing shows.
    pub(super) fn defers_read(
        &mut self,
        name: &FunctionName,
        before: &Reading,
        answers: &mut Answers,
        now: Timestamp,
    ) -> bool {
        if let Some(Outcome::Failed(kind)) = answers.function.configuration {
            if kind == FailureKind::Denied {
                self.denied = true;
                self.pending.clear();
            } else if self.is_pending(name) {
                // Neither is believed without the other: nothing was read.
                *answers = Answers::failed(kind, answers.targets.keys().cloned());
                return false;
            }
            // What the listing shows stays.
            answers.function = FunctionOutcomes::default();
        }
        if answers.function.configuration.is_some() {
            self.forget(name);
        } else if !self.denied && before.loses_failures_with(answers, now) {
            self.pending.insert(name.clone());
        }
        self.is_pending(name)
    }
}
