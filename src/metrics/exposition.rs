//! A fleet as exposition text.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    OwnMetrics,
    families::{FUNCTION_FAMILIES, SCOPE_FAMILIES, Scope, TARGET_FAMILIES, Target},
    text::Samples,
};
use crate::{domain::Fleet, poll::SharedFleet};

/// Everything that a scrape shows.
#[derive(Clone)]
pub struct Exposition {
    fleet: SharedFleet,
    stale_after: Duration,
    own: Arc<OwnMetrics>,
}

impl Exposition {
    /// Shows the fleet as it is at each scrape. Asks AWS nothing.
    #[must_use]
    pub fn new(fleet: SharedFleet, stale_after: Duration, own: Arc<OwnMetrics>) -> Self {
        Self {
            fleet,
            stale_after,
            own,
        }
    }

    /// The text as of `now`.
    #[must_use]
    pub fn render(&self, now: Instant) -> String {
        let mut out = String::new();
        render_fleet(&self.fleet.load(), now, self.stale_after, &mut out);
        self.own.render(&mut out);
        out
    }

    /// Whether the first sweep of every account and region has ended.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.fleet.load().is_swept()
    }

    /// The exporter's own metrics.
    #[must_use]
    pub fn own(&self) -> &OwnMetrics {
        &self.own
    }
}

/// Appends every family of the table, each in one piece.
fn render_fleet(fleet: &Fleet, now: Instant, stale_after: Duration, out: &mut String) {
    for family in TARGET_FAMILIES {
        let mut samples = Samples::gauges(out, family.name, family.help);
        each_target(fleet, now, stale_after, |target, labels| {
            (family.samples)(target, labels, &mut samples);
        });
    }
    for family in FUNCTION_FAMILIES {
        let mut samples = Samples::gauges(out, family.name, family.help);
        for (scope, readings) in &fleet.scopes {
            for (name, reading) in &readings.functions {
                if let Some(function) = reading.current_function(now, stale_after) {
                    let labels = [
                        ("account_id", scope.account_label()),
                        ("region", scope.region.as_str()),
                        ("function_name", name.as_str()),
                    ];
                    (family.samples)(function, &labels, &mut samples);
                }
            }
        }
    }
    for family in SCOPE_FAMILIES {
        let mut samples = Samples::gauges(out, family.name, family.help);
        for (scope, readings) in &fleet.scopes {
            let labels = [
                ("account_id", scope.account_label()),
                ("region", scope.region.as_str()),
            ];
            let view = Scope {
                readings,
                now,
                stale_after,
            };
            (family.samples)(&view, &labels, &mut samples);
        }
    }
}

fn each_target(
    fleet: &Fleet,
    now: Instant,
    stale_after: Duration,
    mut visit: impl FnMut(&Target<'_>, &[(&str, &str)]),
) {
    for (scope, readings) in &fleet.scopes {
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
                    settings: target.current_settings(now, stale_after),
                };
                visit(&view, &labels);
            }
        }
    }
}
