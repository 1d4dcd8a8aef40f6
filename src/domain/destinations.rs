//! Whether destinations, dead-letter queues and event sources exist, as far as it is known.

use std::{collections::BTreeMap, time::Instant};

use super::Destination;

/// What is known of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// It is there.
    Exists {
        /// Whether a queue has a redrive policy; `None` for all that are no queues.
        redrive: Option<bool>,
    },
    /// It is not there, which was first seen then.
    Gone {
        /// The first of the answers in a row that said so.
        since: Instant,
    },
}

/// Those of which anything is known now. What cannot be known (access denied, another account, Kafka) is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destinations(BTreeMap<Destination, Existence>);

/// Nothing is known of any.
pub(super) static NOTHING_KNOWN: Destinations = Destinations(BTreeMap::new());

impl Destinations {
    /// Whether it exists.
    #[must_use]
    pub fn exists(&self, destination: &Destination) -> Option<bool> {
        let existence = self.0.get(destination)?;
        Some(matches!(existence, Existence::Exists { .. }))
    }

    /// Since when it is known to be gone, if it is.
    #[must_use]
    pub fn gone_since(&self, destination: &Destination) -> Option<Instant> {
        match self.0.get(destination)? {
            Existence::Gone { since } => Some(*since),
            Existence::Exists { .. } => None,
        }
    }

    /// Whether a queue that exists has a redrive policy.
    #[must_use]
    pub fn has_redrive(&self, queue: &Destination) -> Option<bool> {
        match self.0.get(queue)? {
            Existence::Exists { redrive } => *redrive,
            Existence::Gone { .. } => None,
        }
    }

    /// What is known of one.
    #[must_use]
    pub fn get(&self, destination: &Destination) -> Option<Existence> {
        self.0.get(destination).copied()
    }

    /// Forgets one; gives what was known of it.
    pub fn remove(&mut self, destination: &Destination) -> Option<Existence> {
        self.0.remove(destination)
    }
}

impl FromIterator<(Destination, Existence)> for Destinations {
    fn from_iter<I: IntoIterator<Item = (Destination, Existence)>>(known: I) -> Self {
        Self(known.into_iter().collect())
    }
}
