//! Event invoke configs: each is true, each that is owed is there, and no other.

use lambda_async_exporter::{domain::FailureKind, domain::Operation};

use super::{Area, Check, is_clear, well_since, well_until};
use crate::{
    aws::{Existing, LATEST},
    random::{
        fault::{Manner, Place},
        scenario::{ALIASES, NAMES, VERSIONS},
        shown::{ShownTarget, settings},
        truth::Time,
    },
};

impl Check<'_> {
    pub(super) fn targets(&mut self, area: &Area<'_>) {
        for ((name, qualifier), target) in &area.shown.targets {
            self.is_true(area, name, qualifier, target);
            self.is_wanted(area, name, qualifier, target);
        }
        for name in NAMES {
            for qualifier in [LATEST].iter().chain(&VERSIONS).chain(&ALIASES) {
                self.is_there(area, name, qualifier);
            }
        }
    }

    /// Whatever is shown was true within the promised time, and was read within it.
    fn is_true(&mut self, area: &Area<'_>, name: &str, qualifier: &str, shown: &ShownTarget) {
        let what = format!("{name}:{qualifier}");
        let succeeded = shown.success == Some(1.0);
        if shown.success.is_none() || (succeeded && shown.settings.is_empty()) {
            self.problem(area, format!("{what} is shown in part: {shown:?}"));
        }
        if shown.settings.is_empty() {
            return;
        }
        // The last read succeeded, so it was that one. Otherwise it is the last good one.
        let window = if succeeded {
            self.windows.told
        } else {
            self.windows.stale
        };
        let from = self.ago(window);
        let was_true = self.history(area, name).since(from).any(|truth| {
            truth.function.as_ref().is_some_and(|function| {
                let config = function.configs.get(qualifier);
                (config.is_some() || function.has(qualifier)) && settings(config) == shown.settings
            })
        });
        if !was_true {
            let why = format!("{what} was not so since {from:.1?}: {shown:?}");
            self.problem(area, why);
        }
        let told = self.world.scopes[area.scope].told_configs.get(name);
        if told.is_none_or(|told| *told < from) {
            self.problem(area, format!("{what} was last told {told:.1?}: {shown:?}"));
        }
        if !self.may_be_orphan(area, name, qualifier, from) {
            self.problem(area, format!("{what} did not exist since {from:.1?}"));
        }
    }

    /// Whether a config may be shown whose qualifier has not existed: only where nobody asked for that,
    /// or AWS refused to tell.
    fn may_be_orphan(&self, area: &Area<'_>, name: &str, qualifier: &str, from: Time) -> bool {
        let named = area.wants.named.get(name);
        let asks = named.is_some_and(|named| named.qualifiers.contains(qualifier))
            || (named.is_none() && area.wants.always_asks_for_aliases(name));
        let refused = self.world.faults.iter().any(|fault| {
            let concerns = match &fault.place {
                Place::Operation(operation) | Place::Call(operation, _) => matches!(
                    operation,
                    Operation::GetFunctionConfiguration | Operation::ListAliases
                ),
                _ => true,
            };
            let denies = matches!(&fault.manner,
                Manner::Refuses(refusal) if refusal.kind == FailureKind::Denied);
            concerns && denies && fault.felt_until(self.windows.latency) > from
        });
        let mut since = self.history(area, name).since(from);
        !asks
            || refused
            || since.any(|truth| {
                let function = truth.function.as_ref();
                function.is_some_and(|function| function.has(qualifier))
            })
    }

    /// Nothing is shown without a reason, were it with a failed read.
    fn is_wanted(&mut self, area: &Area<'_>, name: &str, qualifier: &str, shown: &ShownTarget) {
        let wants = area.wants;
        if wants.names(name, qualifier) {
            return;
        }
        let listings = self.listing_troubles(area, name);
        let listed = well_until(&listings, self.windows.listed, self.now);
        let listed = listed
            .unwrap_or_default()
            .saturating_sub(self.windows.listed);
        // What the listing tells of a function that is read already counts with the next read.
        let window = if shown.success == Some(1.0) {
            self.windows.told
        } else {
            self.windows.stale
        };
        let from = listed.saturating_sub(window);
        let history = self.history(area, name);
        let named = wants.named.get(name);
        let since = if named.is_some() { from } else { listed };
        // Tags outlive their function, and may be read before it is created anew with others.
        let existed = history.since(since).any(|truth| truth.function.is_some());
        let admitted = history
            .since(since)
            .any(|truth| wants.admits(name, &truth.tags));
        if !named.is_some_and(|named| named.every) && (!existed || !admitted) {
            let why = format!("{name}:{qualifier} was not wanted since {since:.1?}: {shown:?}");
            self.problem(area, why);
            return;
        }
        if !self.has_reason(area, name, qualifier, from) {
            let why = format!("{name}:{qualifier} has no reason since {from:.1?}: {shown:?}");
            self.problem(area, why);
        }
    }

    /// Whether there was a config for this qualifier, or an alias that is wanted without one, too.
    fn has_reason(&self, area: &Area<'_>, name: &str, qualifier: &str, from: Time) -> bool {
        let history = self.history(area, name);
        let had = |is_reason: &dyn Fn(&Existing) -> bool| {
            let mut since = history.since(from);
            since.any(|truth| truth.function.as_ref().is_some_and(is_reason))
        };
        let wants_aliases = || {
            let mut since = history.since(from);
            since.any(|truth| area.wants.aliases(name, &truth.tags))
        };
        qualifier == LATEST
            || had(&|function| function.configs.contains_key(qualifier))
            || (had(&|function| function.aliases.contains_key(qualifier)) && wants_aliases())
    }

    /// What is owed, and could be read, is there; what could be read before stays.
    fn is_there(&mut self, area: &Area<'_>, name: &str, qualifier: &str) {
        let Some(succeeds) = self.owes(area, name, qualifier) else {
            return;
        };
        let key = (name.to_owned(), qualifier.to_owned());
        let target = area.shown.targets.get(&key);
        if target.is_none_or(|target| target.settings.is_empty()) {
            let why = format!("{name}:{qualifier} is missing: {target:?}");
            self.problem(area, why);
        } else if succeeds && target.is_some_and(|target| target.success != Some(1.0)) {
            let why = format!("{name}:{qualifier} should be read: {target:?}");
            self.problem(area, why);
        }
    }

    /// Whether settings must be there, and if so, whether the last read must have succeeded.
    fn owes(&self, area: &Area<'_>, name: &str, qualifier: &str) -> Option<bool> {
        let (wants, windows, now) = (area.wants, self.windows, self.now);
        let history = self.history(area, name);
        let since = history.holds_since(|truth| wants.owes(name, qualifier, truth))?;
        let since_by_name = history.holds_since(|truth| wants.owes_named(name, qualifier, truth));
        let reads = self.read_troubles(area, name);
        let listings = self.listing_troubles(area, name);
        let is_calm = |window: Time| {
            let from = now.checked_sub(window);
            from.is_some_and(|from| since <= from && is_clear(&reads, from, now))
        };
        // Where a name is enough, no listing is needed.
        let known = match since_by_name {
            Some(since) => since,
            None => well_since(&listings, windows.listed, since),
        };
        let appear = match since_by_name {
            Some(since) if since <= self.ago(windows.fresh) => windows.fresh,
            // The listing tells that its aliases are wanted; then it is known already.
            _ if qualifier != LATEST || wants.named.contains_key(name) => {
                windows.listed + windows.fresh
            }
            _ => windows.appear,
        };
        if is_calm(appear) && (known == since || is_clear(&listings, self.ago(appear), now)) {
            return Some(true);
        }
        let read = well_until(&reads, windows.fresh, now)?;
        let is_held = now.saturating_sub(read) < windows.stale_after;
        (read.saturating_sub(windows.fresh) >= known && is_held).then_some(read == now)
    }
}
