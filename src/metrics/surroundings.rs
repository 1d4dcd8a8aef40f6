//! What is known of a whole scope, as its functions see it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::views::Context;
use crate::domain::{
    AsyncEvents, Destination, Destinations, EventSourceMapping, EventSourceMappings, FunctionName,
    Qualifier, Qualifiers, Reading, ScopeReadings, Tags, TagsByFunction,
};

/// What is known of a scope now, apart from its functions; `None` is not known.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// What the configuration names.
    named: Arc<BTreeMap<FunctionName, Qualifiers>>,
    pub(super) tags: Option<Arc<TagsByFunction>>,
    async_events: Option<Arc<AsyncEvents>>,
    mappings: Option<Arc<EventSourceMappings>>,
    pub(super) destinations: Arc<Destinations>,
}

impl Surroundings {
    pub(super) fn of(readings: &ScopeReadings, context: &Context<'_>) -> Self {
        let facts = &readings.facts;
        Self {
            named: Arc::clone(&readings.named),
            tags: context.current(&facts.tags).cloned(),
            async_events: context.current(&facts.async_events).cloned(),
            mappings: context.current(&facts.mappings).cloned(),
            destinations: Arc::clone(&readings.destinations),
        }
    }

    /// Whether the configuration names a target.
    pub(super) fn names(&self, name: &FunctionName, qualifier: &Qualifier) -> bool {
        let qualifiers = self.named.get(name);
        qualifiers.is_some_and(|qualifiers| qualifiers.always().contains(qualifier))
    }

    /// A function's tags, if it has any and they are known.
    pub(super) fn tags_of(&self, name: &FunctionName) -> Option<&Tags> {
        self.tags.as_ref()?.get(name)
    }

    /// Whether a target receives asynchronous events.
    pub(super) fn receives_events(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Option<bool> {
        let qualifiers = self.async_events.as_ref()?.of(name);
        Some(qualifiers.is_some_and(|qualifiers| qualifiers.contains(qualifier)))
    }

    /// A function's event source mappings.
    pub(super) fn mappings_of(
        &self,
        name: &FunctionName,
    ) -> impl Iterator<Item = &EventSourceMapping> {
        self.mappings.iter().flat_map(|mappings| mappings.of(name))
    }

    /// Whether they are these very ones.
    pub(super) fn are(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.named, &other.named)
            && same_arc(self.tags.as_ref(), other.tags.as_ref())
            && same_arc(self.async_events.as_ref(), other.async_events.as_ref())
            && same_arc(self.mappings.as_ref(), other.mappings.as_ref())
            && Arc::ptr_eq(&self.destinations, &other.destinations)
    }

    /// Whether a function looks the same with others, though they are others.
    pub(super) fn same_for(&self, other: &Self, name: &FunctionName, reading: &Reading) -> bool {
        // A function without tags has none, or none that are known.
        self.tags.is_some() == other.tags.is_some()
            && self.named.get(name) == other.named.get(name)
            && self.tags_of(name) == other.tags_of(name)
            && self.async_events.is_some() == other.async_events.is_some()
            && self.events_of(name) == other.events_of(name)
            && self.mappings_of(name).eq(other.mappings_of(name))
            && reading
                .destinations()
                .chain(self.mappings_of(name).flat_map(destinations_of_mapping))
                .all(|named| self.destinations.get(named) == other.destinations.get(named))
    }

    fn events_of(&self, name: &FunctionName) -> Option<&BTreeSet<Qualifier>> {
        self.async_events.as_ref()?.of(name)
    }
}

fn destinations_of_mapping(mapping: &EventSourceMapping) -> impl Iterator<Item = &Destination> {
    mapping
        .source
        .iter()
        .chain(mapping.on_failure.destination())
}

fn same_arc<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
