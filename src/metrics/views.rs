//! What samples are made of: the parts of a fleet as they are published at one time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::surroundings::Surroundings;
use crate::domain::{
    AccountId, AsOf, DeadLetterQueues, Destination, EventSourceMapping, Fleet, FunctionFacts,
    FunctionName, LastGood, Qualifier, Reading, ScopeId, ScopeReadings, TagLabel, TargetFacts,
    TargetReading, TargetState, Timestamp,
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
    /// What is known of the whole scope.
    surroundings: &'a Surroundings,
}

/// One function and qualifier.
pub(super) struct TargetView<'a> {
    function: &'a FunctionView<'a>,
    qualifier: &'a Qualifier,
    reading: &'a TargetReading,
}

/// One event source mapping of a function.
pub(super) struct MappingView<'a> {
    function: &'a FunctionView<'a>,
    pub(super) mapping: &'a EventSourceMapping,
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

pub(super) struct AccountView<'a> {
    pub(super) account: AccountId,
    /// What people call it.
    pub(super) name: &'a str,
}

/// A function as it was in an earlier fleet, to be compared with what it is now.
pub(super) struct CachedView {
    scope: ScopeId,
    name: FunctionName,
    reading: Arc<Reading>,
    surroundings: Surroundings,
}

impl Context<'_> {
    /// The value of a fact, where it is known and not stale.
    pub(super) fn current<'f, T>(&self, fact: &'f LastGood<T>) -> Option<&'f T> {
        fact.current(self.now, self.stale_after)
    }

    fn as_of<'s>(&self, surroundings: &'s Surroundings) -> AsOf<'s> {
        AsOf {
            now: self.now,
            stale_after: self.stale_after,
            destinations: &surroundings.destinations,
        }
    }
}

impl<'a> FunctionView<'a> {
    /// A fleet's functions, in their order; `surroundings` are those of its scopes, in theirs.
    pub(super) fn all(
        fleet: &'a Fleet,
        surroundings: &'a [Surroundings],
        context: &'a Context<'a>,
    ) -> impl Iterator<Item = FunctionView<'a>> {
        let scopes = fleet.scopes.iter().zip(surroundings);
        scopes.flat_map(move |((scope, readings), surroundings)| {
            readings.functions.iter().map(move |(name, reading)| Self {
                context,
                scope,
                name,
                reading,
                surroundings,
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

    pub(super) fn mappings(&self) -> impl Iterator<Item = MappingView<'_>> {
        let mappings = self.surroundings.mappings_of(self.name);
        mappings.map(|mapping| MappingView {
            function: self,
            mapping,
        })
    }

    fn as_of(&self) -> AsOf<'_> {
        self.context.as_of(self.surroundings)
    }

    /// Whether each of its targets keeps what fails for good.
    fn verdicts(&self) -> impl Iterator<Item = Option<bool>> {
        verdicts(self.reading, self.as_of())
    }

    /// The labels that the configuration asks for; empty where the function has no such tag. None while it is not
    /// known which tags it has: "no such tag" would undo whatever a tag says.
    pub(super) fn tag_labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tags = self.surroundings.tags_of(self.name);
        let are_known = self.surroundings.tags.is_some();
        let labels = are_known.then_some(self.context.tag_labels);
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

    /// Whether the configuration names it and AWS says that there is no such thing.
    pub(super) fn is_missing(&self) -> bool {
        let function = self.function;
        self.state() == TargetState::NotFound
            && function.surroundings.names(function.name, self.qualifier)
    }

    /// The value of a fact, where it is known and not stale.
    pub(super) fn current<T>(&self, fact: impl Fn(&TargetFacts) -> &LastGood<T>) -> Option<&T> {
        self.function.context.current(fact(&self.reading.facts))
    }

    /// The dead-letter queues in force.
    pub(super) fn dead_letter_queues(&self) -> Option<DeadLetterQueues<'_>> {
        let reading = self.function.reading;
        reading.dead_letter_queues(self.qualifier, &self.function.as_of())
    }

    /// Whether what fails for good is kept.
    pub(super) fn failures_retained(&self) -> Option<bool> {
        let reading = self.function.reading;
        reading.failures_retained(self.qualifier, &self.function.as_of())
    }

    /// Whether it received asynchronous events, unless nothing else is known of it.
    pub(super) fn async_events_received(&self) -> Option<bool> {
        let surroundings = self.function.surroundings;
        let received = surroundings.receives_events(self.function.name, self.qualifier)?;
        self.current(|facts| &facts.settings).map(|_| received)
    }

    /// Whether a destination that it names exists.
    pub(super) fn exists(&self, destination: &Destination) -> Option<bool> {
        self.function.surroundings.destinations.exists(destination)
    }

    pub(super) fn label_values(&self) -> [&str; 4] {
        let [account, region, name] = self.function.label_values();
        [account, region, name, self.qualifier.as_str()]
    }
}

impl MappingView<'_> {
    /// Whether its destination exists.
    pub(super) fn exists(&self, destination: &Destination) -> Option<bool> {
        self.function.surroundings.destinations.exists(destination)
    }

    /// Whether the queue that it reads from has a redrive policy.
    pub(super) fn has_redrive(&self) -> Option<bool> {
        let source = self.mapping.source.as_ref()?;
        self.function.surroundings.destinations.has_redrive(source)
    }

    pub(super) fn label_values(&self) -> [&str; 5] {
        let [account, region, name] = self.function.label_values();
        let mapping = self.mapping;
        [
            account,
            region,
            name,
            mapping.qualifier.as_str(),
            &mapping.uuid,
        ]
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

impl AccountView<'_> {
    pub(super) fn label_values(&self) -> [&str; 1] {
        [self.account.as_str()]
    }
}

impl From<&FunctionView<'_>> for CachedView {
    fn from(view: &FunctionView<'_>) -> Self {
        Self {
            scope: view.scope.clone(),
            name: view.name.clone(),
            reading: Arc::clone(view.reading),
            surroundings: view.surroundings.clone(),
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
            && self.surroundings.are(view.surroundings)
            && self.name == *view.name
            && self.scope == *view.scope
    }

    /// Whether the same is published, whatever was read since.
    pub(super) fn has_same_content_as(&self, view: &FunctionView<'_>) -> bool {
        self.name == *view.name
            && self.scope == *view.scope
            && (Arc::ptr_eq(&self.reading, view.reading) || self.reading.same_content(view.reading))
            && (self.surroundings.are(view.surroundings)
                || self.surroundings.same_for(view.surroundings, view.name, view.reading))
            // They depend on when something was read, too.
            && self.verdicts(view.context).eq(view.verdicts())
    }

    fn verdicts(&self, context: &Context<'_>) -> impl Iterator<Item = Option<bool>> {
        verdicts(&self.reading, context.as_of(&self.surroundings))
    }
}

fn verdicts<'a>(reading: &'a Reading, as_of: AsOf<'a>) -> impl Iterator<Item = Option<bool>> {
    let targets = reading.targets.keys();
    targets.map(move |qualifier| reading.failures_retained(qualifier, &as_of))
}

fn label_values(scope: &ScopeId) -> [&str; 2] {
    [scope.account_label(), scope.region.as_str()]
}
