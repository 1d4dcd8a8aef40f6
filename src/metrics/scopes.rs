//! The part of the page about accounts, regions and organisations.

use std::{
    collections::BTreeMap,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    families::{ORGANIZATION_FAMILIES, SCOPE_FAMILIES, Scope},
    text::{Samples, write_header},
};
use crate::domain::{AccountId, Fleet, ScopeId, ScopeReadings};

/// Renders that part, and counts a scope's targets again only when something of it was read.
pub(super) struct Scopes {
    stale_after: Duration,
    kept: BTreeMap<ScopeId, ScopeSamples>,
}

/// One scope's samples.
struct ScopeSamples {
    readings: Arc<ScopeReadings>,
    /// When something of the scope will be stale.
    next_stale: Option<Instant>,
    /// By family, in their order.
    texts: [String; SCOPE_FAMILIES.len()],
}

impl Scopes {
    pub(super) fn new(stale_after: Duration) -> Self {
        Self {
            stale_after,
            kept: BTreeMap::new(),
        }
    }

    /// The text as of `now`.
    pub(super) fn render(&mut self, fleet: &Fleet, now: Instant) -> String {
        let mut before = mem::take(&mut self.kept);
        for (scope, readings) in &fleet.scopes {
            let samples = before.remove(scope);
            let samples = samples
                .filter(|samples| samples.is_of(readings, now))
                .unwrap_or_else(|| ScopeSamples::new(scope, readings, now, self.stale_after));
            self.kept.insert(scope.clone(), samples);
        }
        let mut text = String::new();
        for (number, family) in SCOPE_FAMILIES.iter().enumerate() {
            let texts = self.kept.values().map(|samples| &*samples.texts[number]);
            let mut texts = texts.filter(|text| !text.is_empty()).peekable();
            if texts.peek().is_some() {
                write_header(&mut text, family.name, family.help);
            }
            text.extend(texts);
        }
        for family in ORGANIZATION_FAMILIES {
            let mut samples = Samples::gauges(&mut text, family.name, family.help);
            for (account, &listed) in &fleet.organizations {
                let account = account.as_ref().map_or("", AccountId::as_str);
                (family.samples)(listed, &[("account_id", account)], &mut samples);
            }
        }
        text
    }

    /// When something of the fleet that was rendered last will be stale.
    pub(super) fn next_stale(&self) -> Option<Instant> {
        let each = self.kept.values().filter_map(|samples| samples.next_stale);
        each.min()
    }
}

impl ScopeSamples {
    fn new(
        scope: &ScopeId,
        readings: &Arc<ScopeReadings>,
        now: Instant,
        stale_after: Duration,
    ) -> Self {
        let labels = [
            ("account_id", scope.account_label()),
            ("region", scope.region.as_str()),
        ];
        let view = Scope {
            readings,
            now,
            stale_after,
        };
        let texts = SCOPE_FAMILIES.each_ref().map(|family| {
            let mut text = String::new();
            let mut samples = Samples::more(&mut text, family.name);
            (family.samples)(&view, &labels, &mut samples);
            text
        });
        Self {
            readings: Arc::clone(readings),
            next_stale: readings.next_stale(now, stale_after),
            texts,
        }
    }

    /// Whether they are what would be rendered of these readings.
    fn is_of(&self, readings: &Arc<ScopeReadings>, now: Instant) -> bool {
        Arc::ptr_eq(&self.readings, readings) && self.next_stale.is_none_or(|at| now < at)
    }
}
