//! Dead-letter queues and what else a function tells.

use super::{Area, Check, is_clear, is_own, well_until};
use crate::random::{
    scenario::NAMES,
    shown::{ShownFunction, function},
    truth::{Time, Truth},
    wants::TAG,
};

impl Check<'_> {
    pub(super) fn functions(&mut self, area: &Area<'_>) {
        for (name, shown) in &area.shown.functions {
            self.function_is_true(area, name, shown);
            self.team_is_true(area, name, shown);
        }
        for name in NAMES {
            if self.owes_function(area, name) && !area.shown.functions.contains_key(name) {
                self.problem(area, format!("{name} itself is missing"));
            }
        }
    }

    /// Whatever is shown was true within the promised time, and was told within it.
    fn function_is_true(&mut self, area: &Area<'_>, name: &str, shown: &ShownFunction) {
        let from = self.ago(self.function_window(area, name));
        let was_true = self.history(area, name).since(from).any(|truth| {
            let existing = truth.function.as_ref();
            existing.is_some_and(|existing| function(area.scope, name, existing) == shown.facts)
        });
        if !was_true {
            let why = format!("{name} itself was not so since {from:.1?}: {shown:?}");
            self.problem(area, why);
        }
        let told = self.world.scopes[area.scope].told_functions.get(name);
        if told.is_none_or(|told| *told < from) {
            let why = format!("{name} itself was last told {told:.1?}: {shown:?}");
            self.problem(area, why);
        }
    }

    /// Listings tell it, or reads where the function is only named.
    fn function_window(&self, area: &Area<'_>, name: &str) -> Time {
        let windows = self.windows;
        let from = self.ago(windows.listed);
        let is_read = is_clear(&self.read_troubles(area, name), from, self.now);
        let is_listed = is_clear(&self.listing_troubles(area, name), from, self.now);
        let is_named = area.wants.named.contains_key(name);
        match (is_named, area.wants.may_be_discovered(name)) {
            (true, false) if is_read => windows.fresh,
            (true, false) => windows.stale,
            (false, _) if is_listed => windows.listed,
            (false, _) => windows.stale_listing,
            // Now the one tells it, now the other.
            (true, true) if is_read && is_listed => windows.listed + windows.fresh,
            (true, true) => windows.stale_listing + windows.fresh,
        }
    }

    /// The label tells a tag that the function had when tags could last be read.
    fn team_is_true(&mut self, area: &Area<'_>, name: &str, shown: &ShownFunction) {
        let troubles = self.all_listing_troubles(area);
        let listed = well_until(&troubles, self.windows.listed, self.now);
        let window = if listed == Some(self.now) {
            self.windows.listed
        } else {
            self.windows.stale_listing
        };
        let from = self.ago(window);
        // Whose tags they are is only known with the account of the credentials.
        let is_unasked = is_own(area) && !self.world.scenario.asks_whose_credentials();
        let stale_after = self.windows.stale_after;
        let is_stale = listed.is_none_or(|at| self.now.saturating_sub(at) >= stale_after);
        let Some(team) = &shown.team else {
            if self.world.scenario.labels && !is_stale && !is_unasked {
                self.problem(area, format!("{name} has no label for its tag"));
            }
            return;
        };
        let had = |truth: &Truth| truth.tags.get(TAG).map_or("", String::as_str) == team;
        if !self.history(area, name).since(from).any(had) {
            let why = format!("{name} was not tagged so since {from:.1?}: {shown:?}");
            self.problem(area, why);
        }
    }

    /// Whether it must be there.
    fn owes_function(&self, area: &Area<'_>, name: &str) -> bool {
        let (wants, windows) = (area.wants, self.windows);
        let history = self.history(area, name);
        let named = wants.named.get(name);
        // Only a qualifier that exists tells anything about the function.
        let tells = |truth: &Truth| {
            let (Some(function), Some(named)) = (&truth.function, named) else {
                return false;
            };
            named.every || named.qualifiers.iter().any(|named| function.has(named))
        };
        let reads = self.read_troubles(area, name);
        let listings = self.listing_troubles(area, name);
        let (since, troubles, window) = match (named.is_some(), wants.may_be_discovered(name)) {
            (true, false) => (history.holds_since(tells), reads, windows.fresh),
            (false, _) => {
                let since = history.holds_since(|truth| wants.discovers(name, truth));
                (since, listings, windows.listed)
            }
            (true, true) => {
                let both = [reads, listings].concat();
                (
                    history.holds_since(tells),
                    both,
                    windows.listed + windows.fresh,
                )
            }
        };
        let Some((since, well)) = since.zip(well_until(&troubles, window, self.now)) else {
            return false;
        };
        let is_held = self.now.saturating_sub(well) < windows.stale_after;
        since <= well.saturating_sub(window) && is_held
    }
}
