//! The section `collectors`: what is read beside the event invoke configs, and how often.

use super::{
    mapping::{Mapping, Section},
    node::Node,
    poll::length,
    problem::Problem,
};
use crate::domain::{Collector, CollectorSettings, CollectorsSettings};

/// The keys of the section.
pub(super) const SECTION: Section = Section {
    keys: &["async_events", "event_source_mappings", "destinations"],
};

/// The keys of one collector.
pub(super) const COLLECTOR: Section = Section {
    keys: &["enabled", "interval"],
};

/// Reads the section; what is absent has its default.
pub(super) fn read(root: &Mapping, problems: &mut Vec<Problem>) -> CollectorsSettings {
    let mapping = root.section("collectors", &SECTION, problems);
    let default = CollectorsSettings::default();
    let mut of = |collector: Collector, default| one(&mapping, collector, default, problems);
    CollectorsSettings {
        async_events: of(Collector::AsyncEvents, default.async_events),
        event_source_mappings: of(
            Collector::EventSourceMappings,
            default.event_source_mappings,
        ),
        destinations: of(Collector::Destinations, default.destinations),
    }
}

fn one(
    collectors: &Mapping,
    collector: Collector,
    default: CollectorSettings,
    problems: &mut Vec<Problem>,
) -> CollectorSettings {
    let mapping = collectors.section(collector.as_str(), &COLLECTOR, problems);
    let enabled = mapping.read("enabled", problems, Node::boolean);
    let interval = mapping.read("interval", problems, length);
    CollectorSettings {
        enabled: enabled.unwrap_or(default.enabled),
        interval: interval.unwrap_or(default.interval),
    }
}
