//! A function and what is known about it, as the page shows it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::families::{Function, Target};
use crate::domain::{Fleet, FunctionName, Reading, ScopeId, TagLabel, Tags, TagsByFunction};

/// How many functions a group of the page has on average. The fewer, the less one change costs; the
/// more, the better they compress.
const GROUP_SIZE: u32 = 128;

/// A function in a fleet.
pub(super) struct Shown<'a> {
    scope: &'a ScopeId,
    name: &'a FunctionName,
    pub(super) reading: &'a Arc<Reading>,
    /// Those of the whole scope, unless they are stale.
    tags: Option<&'a Arc<TagsByFunction>>,
}

/// A function as it was in a fleet, to be compared with it as it is.
pub(super) struct Item {
    pub(super) scope: ScopeId,
    pub(super) name: FunctionName,
    reading: Arc<Reading>,
    tags: Option<Arc<TagsByFunction>>,
}

impl<'a> Shown<'a> {
    /// A fleet's functions, in their order.
    pub(super) fn all(
        fleet: &'a Fleet,
        now: Instant,
        stale_after: Duration,
    ) -> impl Iterator<Item = Self> {
        fleet.scopes.iter().flat_map(move |(scope, readings)| {
            let tags = readings.current_tags(now, stale_after);
            readings.functions.iter().map(move |(name, reading)| Self {
                scope,
                name,
                reading,
                tags,
            })
        })
    }

    /// Whether a group begins with this function, if it is not the first of all.
    pub(super) fn begins_group(&self) -> bool {
        crc32fast::hash(self.name.as_str().as_bytes()).is_multiple_of(GROUP_SIZE)
    }

    /// What tells it from all others, and its place among them.
    pub(super) fn key(&self) -> (&'a ScopeId, &'a FunctionName) {
        (self.scope, self.name)
    }

    /// The labels that all its series have.
    pub(super) fn labels(&self) -> [(&str, &str); 3] {
        [
            ("account_id", self.scope.account_label()),
            ("region", self.scope.region.as_str()),
            ("function_name", self.name.as_str()),
        ]
    }

    /// Visits its targets with their labels.
    pub(super) fn each_target(
        &self,
        now: Instant,
        stale_after: Duration,
        mut visit: impl FnMut(&Target<'_>, &[(&str, &str)]),
    ) {
        let [account, region, name] = self.labels();
        for (qualifier, reading) in &self.reading.targets {
            let labels = [account, region, name, ("qualifier", qualifier.as_str())];
            let settings = reading.current_settings(now, stale_after);
            visit(&Target { reading, settings }, &labels);
        }
    }

    /// The function itself, where it is known.
    pub(super) fn function<'b>(
        &'b self,
        now: Instant,
        stale_after: Duration,
        tag_labels: &'b [TagLabel],
    ) -> Option<Function<'b>> {
        Some(Function {
            function: self.reading.current_function(now, stale_after)?,
            tags: tags_of(self.name, self.tags),
            tag_labels,
        })
    }
}

impl From<&Shown<'_>> for Item {
    fn from(shown: &Shown<'_>) -> Self {
        Self {
            scope: shown.scope.clone(),
            name: shown.name.clone(),
            reading: Arc::clone(shown.reading),
            tags: shown.tags.cloned(),
        }
    }
}

impl Item {
    /// Whether nothing was read since.
    pub(super) fn is(&self, shown: &Shown<'_>) -> bool {
        Arc::ptr_eq(&self.reading, shown.reading)
            && self.has_tags_of(shown)
            && self.name == *shown.name
            && self.scope == *shown.scope
    }

    /// Whether the same is to be seen of it, whatever was read since.
    pub(super) fn has_same_content_as(&self, shown: &Shown<'_>) -> bool {
        let same_tags =
            || tags_of(&self.name, self.tags.as_ref()) == tags_of(shown.name, shown.tags);
        self.name == *shown.name
            && self.scope == *shown.scope
            && (Arc::ptr_eq(&self.reading, shown.reading)
                || self.reading.same_content(shown.reading))
            && (self.has_tags_of(shown) || same_tags())
    }

    fn has_tags_of(&self, shown: &Shown<'_>) -> bool {
        match (&self.tags, shown.tags) {
            (Some(before), Some(tags)) => Arc::ptr_eq(before, tags),
            (None, None) => true,
            _ => false,
        }
    }
}

fn tags_of<'a>(name: &FunctionName, tags: Option<&'a Arc<TagsByFunction>>) -> Option<&'a Tags> {
    tags?.get(name)
}
