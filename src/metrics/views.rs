//! What samples are made of: the parts of a fleet as they are published at one time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::domain::{
    AccountId, Fleet, FunctionFacts, FunctionName, LastGood, Qualifier, Reading, ScopeId,
    ScopeReadings, TagLabel, Tags, TagsByFunction, TargetFacts, TargetReading, TargetState,
    Timestamp,
};

/// How many functions a group of the page has on average. The fewer, the less one change costs; the
/// more, the better they compress.
const GROUP_SIZE: u32 = 128;

/// What decides, beside the readings, what is published of them.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    /// How long values whose reads fail stay.
    pub(super) stale_after: Duration,
    pub(super) tag_labels: &'a [TagLabel],
}

/// A function in a fleet.
pub(super) struct FunctionView<'a> {
    context: &'a Context<'a>,
    scope: &'a ScopeId,
    name: &'a FunctionName,
    reading: &'a Arc<Reading>,
    /// Those of the whole scope, unless they are stale.
    tags: Option<&'a Arc<TagsByFunction>>,
}

/// One function and qualifier.
pub(super) struct TargetView<'a> {
    function: &'a FunctionView<'a>,
    qualifier: &'a Qualifier,
    reading: &'a TargetReading,
}

pub(super) struct ScopeView<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) scope: &'a ScopeId,
    pub(super) readings: &'a ScopeReadings,
}

pub(super) struct OrganizationView {
    /// `None` stands for the ambient credentials.
    pub(super) account: Option<AccountId>,
    /// Whether its accounts could be listed.
    pub(super) listed: bool,
}

/// A function as it was in an earlier fleet, to be compared with what it is now.
pub(super) struct CachedView {
    scope: ScopeId,
    name: FunctionName,
    reading: Arc<Reading>,
    tags: Option<Arc<TagsByFunction>>,
}

impl Context<'_> {
    /// The value of a fact, where it is known and not stale.
    pub(super) fn current<'f, T>(&self, fact: &'f LastGood<T>) -> Option<&'f T> {
        fact.current(self.now, self.stale_after)
    }
}

impl<'a> FunctionView<'a> {
    /// A fleet's functions, in their order.
    pub(super) fn all(
        fleet: &'a Fleet,
        context: &'a Context<'a>,
    ) -> impl Iterator<Item = FunctionView<'a>> {
        fleet.scopes.iter().flat_map(move |(scope, readings)| {
            let tags = context.current(&readings.facts.tags);
            readings.functions.iter().map(move |(name, reading)| Self {
                context,
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

    /// Identifies it, and orders it among the others.
    pub(super) fn key(&self) -> (&'a ScopeId, &'a FunctionName) {
        (self.scope, self.name)
    }

    pub(super) fn label_values(&self) -> [&'a str; 3] {
        let [account, region] = label_values(self.scope);
        [account, region, self.name.as_str()]
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = TargetView<'_>> {
        let targets = self.reading.targets.iter();
        targets.map(move |(qualifier, reading)| TargetView {
            function: self,
            qualifier,
            reading,
        })
    }

    /// The value of a fact, where it is known and not stale.
    pub(super) fn current<T>(&self, fact: impl Fn(&FunctionFacts) -> &LastGood<T>) -> Option<&T> {
        self.context.current(fact(&self.reading.function))
    }

    /// The labels that the configuration asks for; empty where the function has no such tag. None while it is not
    /// known which tags it has: "no such tag" would undo whatever a tag says.
    pub(super) fn tag_labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tags = tags_of(self.name, self.tags);
        let labels = self.tags.map(|_| self.context.tag_labels);
        labels.into_iter().flatten().map(move |tag| {
            let value = tags.and_then(|tags| tags.get(&tag.key));
            (tag.label.as_str(), value.map_or("", String::as_str))
        })
    }

    /// When one of its values will be stale.
    pub(super) fn next_stale(&self) -> Option<Instant> {
        self.reading
            .next_stale(self.context.now, self.context.stale_after)
    }
}

impl TargetView<'_> {
    /// How the last read ended.
    pub(super) fn state(&self) -> TargetState {
        self.reading.state
    }

    /// The value of a fact, where it is known and not stale.
    pub(super) fn current<T>(&self, fact: impl Fn(&TargetFacts) -> &LastGood<T>) -> Option<&T> {
        self.function.context.current(fact(&self.reading.facts))
    }

    pub(super) fn label_values(&self) -> [&str; 4] {
        let [account, region, name] = self.function.label_values();
        [account, region, name, self.qualifier.as_str()]
    }
}

impl ScopeView<'_> {
    pub(super) fn label_values(&self) -> [&str; 2] {
        label_values(self.scope)
    }

    /// When the oldest of the settings that are published was read.
    pub(super) fn oldest_reading(&self) -> Option<Timestamp> {
        self.readings
            .oldest_reading(self.context.now, self.context.stale_after)
    }

    /// When one of its values will be stale.
    pub(super) fn next_stale(&self) -> Option<Instant> {
        self.readings
            .next_stale(self.context.now, self.context.stale_after)
    }
}

impl OrganizationView {
    pub(super) fn label_values(&self) -> [&str; 1] {
        [self.account.as_ref().map_or("", AccountId::as_str)]
    }
}

impl From<&FunctionView<'_>> for CachedView {
    fn from(view: &FunctionView<'_>) -> Self {
        Self {
            scope: view.scope.clone(),
            name: view.name.clone(),
            reading: Arc::clone(view.reading),
            tags: view.tags.cloned(),
        }
    }
}

impl CachedView {
    pub(super) fn key(&self) -> (&ScopeId, &FunctionName) {
        (&self.scope, &self.name)
    }

    /// Whether nothing was read since.
    pub(super) fn is_unchanged(&self, view: &FunctionView<'_>) -> bool {
        Arc::ptr_eq(&self.reading, view.reading)
            && self.has_tags_of(view)
            && self.name == *view.name
            && self.scope == *view.scope
    }

    /// Whether the same is published, whatever was read since.
    pub(super) fn has_same_content_as(&self, view: &FunctionView<'_>) -> bool {
        // A function without tags has none, or none that are known.
        let same_tags = || {
            self.tags.is_some() == view.tags.is_some()
                && tags_of(&self.name, self.tags.as_ref()) == tags_of(view.name, view.tags)
        };
        self.name == *view.name
            && self.scope == *view.scope
            && (Arc::ptr_eq(&self.reading, view.reading) || self.reading.same_content(view.reading))
            && (self.has_tags_of(view) || same_tags())
    }

    fn has_tags_of(&self, view: &FunctionView<'_>) -> bool {
        match (&self.tags, view.tags) {
            (Some(before), Some(tags)) => Arc::ptr_eq(before, tags),
            (None, None) => true,
            _ => false,
        }
    }
}

fn label_values(scope: &ScopeId) -> [&str; 2] {
    [scope.account_label(), scope.region.as_str()]
}

fn tags_of<'a>(name: &FunctionName, tags: Option<&'a Arc<TagsByFunction>>) -> Option<&'a Tags> {
    tags?.get(name)
}
