//! What is true of a function, and what was.

use std::{collections::BTreeSet, time::Duration};

use lambda_async_exporter::domain::Tags;

use crate::aws::Existing;

/// Since the start of the run.
pub(super) type Time = Duration;

/// What is true of a name at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Truth {
    /// The function, if there is one of that name.
    pub(super) function: Option<Existing>,
    /// The numbers of its versions, deleted ones among them.
    pub(super) published: BTreeSet<String>,
    /// Tags outlive their function, as on AWS.
    pub(super) tags: Tags,
}

/// Everything that was ever true of a name, with the time since when.
#[derive(Debug)]
pub(super) struct History(Vec<(Time, Truth)>);

impl History {
    pub(super) fn new() -> Self {
        Self(vec![(Time::ZERO, Truth::default())])
    }

    pub(super) fn last(&self) -> &Truth {
        &self.0.last().unwrap().1
    }

    pub(super) fn change(&mut self, at: Time, change: impl FnOnce(&mut Truth)) {
        let mut truth = self.last().clone();
        change(&mut truth);
        self.0.push((at, truth));
    }

    /// Everything that was true at some time from `from` on.
    pub(super) fn since(&self, from: Time) -> impl Iterator<Item = &Truth> {
        let ends = self.0[1..].iter().map(|(at, _)| *at).chain([Time::MAX]);
        self.0
            .iter()
            .zip(ends)
            .filter(move |(_, end)| *end >= from)
            .map(|((_, truth), _)| truth)
    }

    /// Since when something has been true without interruption.
    pub(super) fn holds_since(&self, is_so: impl Fn(&Truth) -> bool) -> Option<Time> {
        let all = self.0.iter().rev();
        let held = all.take_while(|(_, truth)| is_so(truth));
        held.last().map(|(at, _)| *at)
    }
}
