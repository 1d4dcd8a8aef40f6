//! A fleet as exposition text.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    OwnMetrics,
    families::{
        FUNCTION_FAMILIES, Function, ORGANIZATION_FAMILIES, SCOPE_FAMILIES, Scope, TARGET_FAMILIES,
        Target,
    },
    text::Samples,
};
use crate::{
    domain::{AccountId, Fleet, TagLabel},
    poll::SharedFleet,
};

/// Everything that a scrape shows.
#[derive(Clone)]
pub struct Exposition {
    fleet: SharedFleet,
    stale_after: Duration,
    tag_labels: Arc<[TagLabel]>,
    own: Arc<OwnMetrics>,
}

impl Exposition {
    /// Shows the fleet as it is at each scrape. Asks AWS nothing.
    #[must_use]
    pub fn new(
        fleet: SharedFleet,
        stale_after: Duration,
        tag_labels: Arc<[TagLabel]>,
        own: Arc<OwnMetrics>,
    ) -> Self {
        Self {
            fleet,
            stale_after,
            tag_labels,
            own,
        }
    }

    /// The text as of `now`.
    #[must_use]
    pub fn render(&self, now: Instant) -> String {
        let mut out = String::new();
        let view = View {
            fleet: &self.fleet.load(),
            now,
            stale_after: self.stale_after,
            tag_labels: &self.tag_labels,
        };
        view.render(&mut out);
        self.own.render(&mut out);
        out
    }

    /// Whether the first sweep of every account and region has ended.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.fleet.is_ready()
    }

    /// The exporter's own metrics.
    #[must_use]
    pub fn own(&self) -> &OwnMetrics {
        &self.own
    }
}

/// The fleet at a point in time.
struct View<'a> {
    fleet: &'a Fleet,
    now: Instant,
    stale_after: Duration,
    tag_labels: &'a [TagLabel],
}

impl View<'_> {
    /// Appends every family of the table, each in one piece.
    fn render(&self, out: &mut String) {
        for family in TARGET_FAMILIES {
            let mut samples = Samples::gauges(out, family.name, family.help);
            self.each_target(|target, labels| (family.samples)(target, labels, &mut samples));
        }
        for family in FUNCTION_FAMILIES {
            let mut samples = Samples::gauges(out, family.name, family.help);
            self.each_function(|function, labels| (family.samples)(function, labels, &mut samples));
        }
        for family in SCOPE_FAMILIES {
            let mut samples = Samples::gauges(out, family.name, family.help);
            self.each_scope(|scope, labels| (family.samples)(scope, labels, &mut samples));
        }
        for family in ORGANIZATION_FAMILIES {
            let mut samples = Samples::gauges(out, family.name, family.help);
            for (account, &listed) in &self.fleet.organizations {
                let account = account.as_ref().map_or("", AccountId::as_str);
                (family.samples)(listed, &[("account_id", account)], &mut samples);
            }
        }
    }

    fn each_target(&self, mut visit: impl FnMut(&Target<'_>, &[(&str, &str)])) {
        for (scope, readings) in &self.fleet.scopes {
            for (function_name, reading) in &readings.functions {
                for (qualifier, target) in &reading.targets {
                    let labels = [
                        ("account_id", scope.account_label()),
                        ("region", scope.region.as_str()),
                        ("function_name", function_name.as_str()),
                        ("qualifier", qualifier.as_str()),
                    ];
                    let view = Target {
                        reading: target,
                        settings: target.current_settings(self.now, self.stale_after),
                    };
                    visit(&view, &labels);
                }
            }
        }
    }

    fn each_function(&self, mut visit: impl FnMut(&Function<'_>, &[(&str, &str)])) {
        for (scope, readings) in &self.fleet.scopes {
            let tags = readings.current_tags(self.now, self.stale_after);
            for (name, reading) in &readings.functions {
                let Some(function) = reading.current_function(self.now, self.stale_after) else {
                    continue;
                };
                let labels = [
                    ("account_id", scope.account_label()),
                    ("region", scope.region.as_str()),
                    ("function_name", name.as_str()),
                ];
                let view = Function {
                    function,
                    tags: tags.and_then(|tags| tags.get(name)),
                    tag_labels: self.tag_labels,
                };
                visit(&view, &labels);
            }
        }
    }

    fn each_scope(&self, mut visit: impl FnMut(&Scope<'_>, &[(&str, &str)])) {
        for (scope, readings) in &self.fleet.scopes {
            let labels = [
                ("account_id", scope.account_label()),
                ("region", scope.region.as_str()),
            ];
            let view = Scope {
                readings,
                now: self.now,
                stale_after: self.stale_after,
            };
            visit(&view, &labels);
        }
    }
}
