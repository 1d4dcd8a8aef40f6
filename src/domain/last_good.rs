//! The last good value of a fact, and the rule by which the next outcome of reading it succeeds.
//!
//! An answer replaces what was known, and "not found" is an answer. A failure leaves the last good value in place
//! and starts a clock, once; when the clock passes `stale_after`, the value is no longer published. The clock
//! counts from the first failure after the last good read, so a long sweep makes nothing stale.
//!
//! A fact is one field of a struct that [`facts!`](super::facts) declares. What holds for every fact is written
//! there once, so that a new fact cannot be forgotten anywhere.

use std::time::{Duration, Instant};

use super::{Outcome, Timestamp};

/// The last good value of a fact, if there is one, and since when reading it fails.
#[derive(Debug, Clone, PartialEq)]
pub struct LastGood<T>(Option<Known<T>>);

#[derive(Debug, Clone, PartialEq)]
struct Known<T> {
    value: T,
    read_at: Timestamp,
    failing_since: Option<Instant>,
}

impl<T> Default for LastGood<T> {
    /// Never read.
    fn default() -> Self {
        Self(None)
    }
}

impl<T> LastGood<T> {
    /// The value, unless reading it has failed for `stale_after`.
    pub fn current(&self, now: Instant, stale_after: Duration) -> Option<&T> {
        let stale = self.stale_at(stale_after).is_some_and(|at| at <= now);
        self.0.as_ref().filter(|_| !stale).map(|known| &known.value)
    }

    /// The value, stale or not: for comparing, never for publishing.
    pub fn last(&self) -> Option<&T> {
        self.0.as_ref().map(|known| &known.value)
    }

    /// Whether there is a value, stale or not.
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// When the value will be stale if reading it still fails then.
    pub fn stale_at(&self, stale_after: Duration) -> Option<Instant> {
        self.0.as_ref()?.failing_since?.checked_add(stale_after)
    }

    /// When the value was read.
    pub fn read_at(&self) -> Option<Timestamp> {
        self.0.as_ref().map(|known| known.read_at)
    }

    /// Whether another one differs at most in when it was read.
    pub fn same_content(&self, other: &Self) -> bool
    where
        T: PartialEq,
    {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => {
                one.failing_since == other.failing_since && one.value == other.value
            }
            (None, None) => true,
            _ => false,
        }
    }

    /// Takes the next outcome. An equal value leaves the old one in its place, so that memory that lives for
    /// years is not allocated again with every sweep.
    pub fn update(&mut self, outcome: Outcome<T>, now: Timestamp)
    where
        T: PartialEq,
    {
        match (outcome, &mut self.0) {
            (Outcome::Ok(value), Some(known)) => {
                if known.value != value {
                    known.value = value;
                }
                known.read_at = now;
                known.failing_since = None;
            }
            (Outcome::Ok(value), empty) => {
                *empty = Some(Known {
                    value,
                    read_at: now,
                    failing_since: None,
                });
            }
            (Outcome::NotFound, known) => *known = None,
            (Outcome::Failed(_), _) => self.mark_failed(now),
        }
    }

    /// Reading it failed: the clock starts, if it does not run already.
    pub fn mark_failed(&mut self, now: Timestamp) {
        if let Some(known) = &mut self.0 {
            known.failing_since.get_or_insert(now.instant);
        }
    }
}

/// Declares a struct whose every field is the [`LastGood`] value of one fact, and beside it a struct for what one
/// read says about them.
///
/// This is the one place that visits every fact. To add a fact is to add a field to a declaration.
macro_rules! facts {
    (
        $(#[$attribute:meta])*
        pub struct $Facts:ident, read as $Outcomes:ident {
            $($(#[$field_attribute:meta])* $field:ident: $Value:ty,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $Facts {
            $($(#[$field_attribute])* pub $field: $crate::domain::LastGood<$Value>,)+
        }

        /// What one read says about these facts; `None` where it did not ask.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $Outcomes {
            $($(#[$field_attribute])* pub $field: Option<$crate::domain::Outcome<$Value>>,)+
        }

        impl $Facts {
            /// Takes what a read says.
            pub fn update(&mut self, outcomes: $Outcomes, now: $crate::domain::Timestamp) {
                $(if let Some(outcome) = outcomes.$field {
                    self.$field.update(outcome, now);
                })+
            }

            /// Reading every one of them failed.
            pub fn mark_failed(&mut self, now: $crate::domain::Timestamp) {
                $(self.$field.mark_failed(now);)+
            }

            /// Whether others differ at most in when they were read.
            #[must_use]
            pub fn same_content(&self, other: &Self) -> bool {
                $(self.$field.same_content(&other.$field))&&+
            }

            /// When the next of them will be stale if nothing is read, after `now`.
            #[must_use]
            pub fn next_stale(
                &self,
                now: ::std::time::Instant,
                stale_after: ::std::time::Duration,
            ) -> Option<::std::time::Instant> {
                [$(self.$field.stale_at(stale_after)),+]
                    .into_iter()
                    .flatten()
                    .filter(|&at| at > now)
                    .min()
            }
        }

        impl $Outcomes {
            /// Every one of them was asked for, and no answer came.
            #[must_use]
            pub fn failed(kind: $crate::domain::FailureKind) -> Self {
                Self {
                    $($field: Some($crate::domain::Outcome::Failed(kind)),)+
                }
            }
        }
    };
}

pub(super) use facts;

#[cfg(test)]
#[expect(
    unreachable_pub,
    reason = "the macro declares what the domain publishes"
)]
mod tests {
    use super::*;
    use crate::domain::{FailureKind, timestamp::clock};

    const STALE_AFTER: Duration = Duration::from_mins(30);

    facts! {
        /// Two facts that no other code knows: what holds for every fact holds for them.
        pub struct MadeUp, read as MadeUpOutcomes {
            /// How many.
            count: u32,
            /// What it is called.
            name: String,
        }
    }

    fn read(count: u32) -> MadeUpOutcomes {
        MadeUpOutcomes {
            count: Some(Outcome::Ok(count)),
            name: Some(Outcome::Ok("one".to_owned())),
        }
    }

    fn made_up(count: u32, now: Timestamp) -> MadeUp {
        let mut facts = MadeUp::default();
        facts.update(read(count), now);
        facts
    }

    #[test]
    fn a_fact_that_was_not_asked_for_stays_as_it_was() {
        let at = clock();
        let mut facts = made_up(1, at(0));
        facts.update(
            MadeUpOutcomes {
                count: Some(Outcome::Ok(2)),
                ..MadeUpOutcomes::default()
            },
            at(9),
        );
        assert_eq!(facts.count.current(at(9).instant, STALE_AFTER), Some(&2));
        assert_eq!(facts.count.read_at(), Some(at(9)));
        assert_eq!(facts.name.read_at(), Some(at(0)));
    }

    #[test]
    fn every_fact_fails_with_a_clock_of_its_own() {
        let at = clock();
        let mut facts = made_up(1, at(0));
        facts.update(
            MadeUpOutcomes {
                name: Some(Outcome::Failed(FailureKind::Denied)),
                ..MadeUpOutcomes::default()
            },
            at(10),
        );
        facts.mark_failed(at(60));
        facts.update(MadeUpOutcomes::failed(FailureKind::Error), at(90));
        let stale = |seconds: u64| Some(at(seconds).instant);
        assert_eq!(facts.next_stale(at(0).instant, STALE_AFTER), stale(1810));
        assert_eq!(facts.next_stale(at(1810).instant, STALE_AFTER), stale(1860));
        assert_eq!(facts.next_stale(at(1860).instant, STALE_AFTER), None);
        assert_eq!(facts.name.current(at(1810).instant, STALE_AFTER), None);
        assert_eq!(facts.count.current(at(1859).instant, STALE_AFTER), Some(&1));
        assert_eq!(facts.count.current(at(1860).instant, STALE_AFTER), None);
    }

    #[test]
    fn content_is_the_same_until_a_value_or_a_clock_differs() {
        let at = clock();
        let first = made_up(1, at(0));
        assert!(first.same_content(&made_up(1, at(100))));
        assert!(!first.same_content(&made_up(2, at(0))));
        assert!(!first.same_content(&MadeUp::default()));
        let mut failing = first.clone();
        failing.mark_failed(at(1));
        assert!(!first.same_content(&failing));
    }

    #[test]
    fn not_found_is_an_answer_at_once() {
        let at = clock();
        let mut facts = made_up(1, at(0));
        facts.count.update(Outcome::NotFound, at(1));
        assert!(!facts.count.is_known());
        // A failure after it does not bring the old value back.
        facts.mark_failed(at(2));
        assert_eq!(facts.count.current(at(2).instant, STALE_AFTER), None);
    }

    #[test]
    fn an_equal_value_keeps_its_memory() {
        let at = clock();
        let mut facts = made_up(1, at(0));
        let address = |facts: &MadeUp| {
            let name = facts.name.current(at(5).instant, STALE_AFTER).unwrap();
            name.as_ptr()
        };
        let before = address(&facts);
        facts.update(read(1), at(5));
        assert_eq!(address(&facts), before);
        assert_eq!(facts.name.read_at(), Some(at(5)));
    }
}
