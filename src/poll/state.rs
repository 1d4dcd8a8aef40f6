//! What the poller of one scope knows, and what it does next: synchronous, told what time it is.
//!
//! The loop around it is [`super::poller`]; which functions there are is in the submodule.

mod confirmations;
mod discovery;
mod questions;
mod rereads;
mod sweeps;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use self::{confirmations::Confirmations, rereads::Rereads};
use super::{
    TargetSet,
    collectors::Collectors,
    listing::{Listing, ListingSpec, PageRequest},
    log::{Changes, Refusals},
    progress::Progress,
    read::{FailedCall, ReadReport, ReadRequest},
    schedule::{Schedule, Task, Turn},
};
use crate::domain::{
    AsOf, Collector, FailureKind, FunctionName, Outcome, PollSettings, Reading, ScopeId,
    ScopeReadings, Selection, Timestamp, stable_hash,
};

/// The least time between the end of a listing and one that is not in its turn: a listing may still
/// show what is deleted for a while.
const LISTINGS_APART: Duration = Duration::from_secs(30);

/// How long what is known of versions is kept: that a deleted one's config stays behind costs nobody an event, but it
/// leaves within the hour.
const VERSIONS_KEPT: Duration = Duration::from_mins(50);

/// Before a read of many pages goes on, where some of them came.
const NEXT_TRY: Duration = Duration::from_secs(5);

/// What one scope's poller knows.
pub(super) struct ScopeState {
    scope: ScopeId,
    settings: PollSettings,
    target_set: TargetSet,
    listing_spec: ListingSpec,
    schedule: Schedule,
    listing: Option<InProgress>,
    /// How many pages the last complete listing had.
    pages: usize,
    readings: ScopeReadings,
    /// Whether AWS answered for every target in the last sweep.
    complete: bool,
    confirmations: Confirmations,
    rereads: Rereads,
    /// Reads to go on with.
    unfinished: BTreeMap<FunctionName, Progress>,
    /// Whether there were no credentials at the last read.
    without_credentials: bool,
    /// The ARNs on the last complete listing that this version cannot read.
    unreadable: BTreeSet<String>,
    /// When the last listing ended.
    listed_at: Option<Instant>,
    collectors: Collectors,
    /// The UUIDs on the last complete listing that this version cannot read.
    unreadable_mappings: BTreeSet<String>,
    /// When the versions of a function were last asked for.
    versions_asked: BTreeMap<FunctionName, Instant>,
    /// Whether it was logged that a sweep does not fit into the interval.
    warned_of_overload: bool,
    refusals: Refusals,
    /// Those that collectors met since their last good round.
    refused_collectors: BTreeMap<Collector, Refusals>,
    changes: Changes,
}

/// A listing in progress.
struct InProgress {
    listing: Listing,
    /// When to ask for its next page; `None` while one is being asked for.
    ask_at: Option<Instant>,
}

/// Something to ask of AWS.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// A page of a listing.
    Page(PageRequest),
    /// One function.
    Read(Box<ReadRequest>),
}

impl ScopeState {
    /// Resumes from readings that were taken before, as far as they are still wanted. The tags with
    /// these keys are published.
    pub(super) fn new(
        scope: ScopeId,
        selection: Selection,
        tag_keys: &BTreeSet<String>,
        settings: PollSettings,
        before: ScopeReadings,
        now: Timestamp,
    ) -> Self {
        let mut readings = before;
        readings.named = Arc::new(selection.functions.clone());
        let tags = readings
            .facts
            .tags
            .current(now.instant, settings.stale_after);
        let read = readings.functions.iter();
        // Not those that were named and never found.
        let existing = read.filter(|(_, reading)| reading.function.configuration.is_known());
        let target_set = TargetSet::new(
            selection,
            existing.map(|(name, _)| name.clone()),
            tags.map(AsRef::as_ref),
        );
        let names = target_set.names();
        readings.functions.retain(|name, _| names.contains(name));
        let tag_keys: BTreeSet<String> = target_set.tag_keys().chain(tag_keys).cloned().collect();
        let listing_spec = ListingSpec {
            tag_keys,
            functions: target_set.discovers(),
        };
        let status = &mut readings.status;
        status.request_limit = settings.max_requests_per_second;
        if !listing_spec.functions {
            status.discovered = None;
            status.unreadable = 0;
        }
        let mut schedule = Schedule::new(settings.interval, phase(&scope), now.instant);
        if listing_spec.functions || !listing_spec.tag_keys.is_empty() {
            schedule.add(Task::Discover);
        }
        // Those that are named are perhaps listed, too, and then read with fewer calls.
        if !listing_spec.functions {
            for name in names {
                schedule.add(Task::Read(name));
            }
        }
        let collectors = Collectors::new(
            &settings.collectors,
            settings.stale_after,
            &readings.destinations,
            now.instant,
        );
        Self {
            collectors,
            unreadable_mappings: BTreeSet::new(),
            versions_asked: BTreeMap::new(),
            scope,
            settings,
            target_set,
            listing_spec,
            schedule,
            listing: None,
            pages: 0,
            readings,
            complete: false,
            confirmations: Confirmations::default(),
            rereads: Rereads::default(),
            unfinished: BTreeMap::new(),
            without_credentials: false,
            unreadable: BTreeSet::new(),
            listed_at: None,
            warned_of_overload: false,
            refusals: Refusals::default(),
            refused_collectors: BTreeMap::new(),
            changes: Changes::default(),
        }
    }

    /// The readings, to publish.
    pub(super) fn readings(&mut self, request_budget: f64) -> ScopeReadings {
        self.readings.status.request_budget = request_budget;
        self.readings.clone()
    }

    /// The page of a listing to ask for now, if one is due.
    pub(super) fn next_page(&mut self, now: Instant) -> Option<Work> {
        if self.listing.is_none() && self.schedule.take_discovery(now) {
            self.listing = Some(InProgress {
                listing: Listing::new(self.listing_spec.clone()),
                ask_at: Some(now),
            });
        }
        let in_progress = self.listing.as_mut()?;
        in_progress.ask_at.take_if(|at| *at <= now)?;
        Some(Work::Page(in_progress.listing.request()))
    }

    /// When a page is due next; `None` while one is being asked for.
    pub(super) fn next_page_due(&self) -> Option<Instant> {
        match &self.listing {
            Some(in_progress) => in_progress.ask_at,
            None => self.schedule.discovery_due(),
        }
    }

    /// Whether a page is being asked for.
    pub(super) fn asks_for_page(&self) -> bool {
        let in_progress = self.listing.as_ref();
        in_progress.is_some_and(|listing| listing.ask_at.is_none())
    }

    /// The function to read now, if one is due.
    pub(super) fn next_read(&mut self, now: Instant) -> Option<Work> {
        let name = self.schedule.take_read(now)?;
        let mut spec = self.target_set.spec(&name);
        let rereads = self.confirmations.are_possible() && self.rereads.is_due(&name, now);
        spec.confirm = spec.listed && (rereads || self.confirmations.is_pending(&name));
        spec.asks_versions = self.asks_versions(&name, now) || spec.confirm;
        let turn = self.schedule.turn(&Task::Read(name.clone()))?;
        let unfinished = self.unfinished.remove(&name);
        // Of what confirms something nothing may be older than what it confirms.
        let usable =
            |progress: &Progress| !spec.confirm && progress.is_usable(now, self.settings.interval);
        Some(Work::Read(Box::new(ReadRequest {
            before: self.reading(&name),
            progress: unfinished
                .filter(usable)
                .unwrap_or_else(|| Progress::new(now)),
            name,
            spec,
            turn,
        })))
    }

    /// Whether it is time to ask for a function's versions, known or not.
    fn asks_versions(&mut self, name: &FunctionName, now: Instant) -> bool {
        let asked = self.versions_asked.get(name);
        let is_time = asked.is_none_or(|asked| now >= *asked + VERSIONS_KEPT);
        if is_time {
            self.versions_asked.remove(name);
        }
        is_time
    }

    /// When a function is due next.
    pub(super) fn next_read_due(&self) -> Option<Instant> {
        self.schedule.read_due()
    }

    /// Takes what a read gave.
    pub(super) fn accept_read(
        &mut self,
        name: &FunctionName,
        turn: Turn,
        mut report: ReadReport,
        now: Timestamp,
    ) {
        let task = Task::Read(name.clone());
        if self.schedule.turn(&task) != Some(turn) {
            // A listing showed meanwhile that it is gone, or that there is more to read of it: what this read says
            // is older than that.
            return;
        }
        self.accept_failures(name, &report.failed_calls, now);
        // A missing permission does not come back within seconds; all else may.
        let mut again_soon = report
            .failed_calls
            .iter()
            .any(|call| !call.failure.is_missing_permission());
        // What the first sweep finds was there before, and is not new.
        let counts_new = self.readings.status.first_sweep_complete;
        let advances = report.progress.as_ref();
        let advances = advances.is_some_and(Progress::has_advanced);
        if let Some(progress) = report.progress.take() {
            self.unfinished.insert(name.clone(), progress);
        }
        let is_gone = report.answers.function.configuration == Some(Outcome::NotFound);
        let before = self.reading(name);
        if self.target_set.is_discovered(name)
            && self
                .confirmations
                .defers_read(name, &before, &mut report.answers, now)
        {
            self.end_task(&task, again_soon, now);
            self.schedule.run_by(&task, now.instant);
            return;
        }
        let reading =
            Reading::clone(&before).updated_with(report.answers, now, self.settings.stale_after);
        if !again_soon && reading.has_versions() {
            let asked = self.versions_asked.entry(name.clone());
            asked.or_insert(now.instant);
        }
        if is_gone && self.target_set.is_discovered(name) {
            // It was listed a while ago; only the next listing shows whether it leaves.
            let is_long_ago = |at| now.instant >= at + LISTINGS_APART;
            if self.listed_at.is_none_or(is_long_ago) {
                self.schedule.run_by(&Task::Discover, now.instant);
            }
            again_soon = true;
        } else {
            self.changes
                .note(&self.scope, name, &before, &reading, &report.failed_calls);
        }
        self.keep(name, &before, reading);
        self.end_task(&task, again_soon, now);
        if let Some(at) = self.rereads.after_read(name, again_soon, now.instant) {
            self.schedule.run_by(&task, at);
        }
        self.read_again_if_worse(name, &before, counts_new, now);
        if advances {
            self.schedule.run_by(&task, now.instant + NEXT_TRY);
        }
    }

    fn accept_failures(
        &mut self,
        name: &FunctionName,
        failed_calls: &[FailedCall],
        now: Timestamp,
    ) {
        let mut failures = failed_calls.iter().map(|call| &call.failure);
        match failures.find(|failure| failure.is_about_credentials()) {
            Some(failure) => self.lose_credentials(failure.kind, now),
            None => self.without_credentials = false,
        }
        for call in failed_calls {
            self.refusals.warn(&self.scope, Some(name), &call.failure);
        }
    }

    fn reading(&self, name: &FunctionName) -> Arc<Reading> {
        let reading = self.readings.functions.get(name);
        reading.cloned().unwrap_or_default()
    }

    fn keep(&mut self, name: &FunctionName, before: &Reading, reading: Reading) {
        if *before != reading {
            self.readings
                .functions
                .insert(name.clone(), Arc::new(reading));
        }
    }

    fn read_again_if_worse(
        &mut self,
        name: &FunctionName,
        before: &Reading,
        counts_new: bool,
        now: Timestamp,
    ) {
        let as_of = AsOf {
            now: now.instant,
            stale_after: self.settings.stale_after,
            destinations: &self.readings.destinations,
        };
        if self.reading(name).is_worse_than(before, counts_new, &as_of) {
            let at = self.rereads.add(name, now.instant);
            self.schedule.run_by(&Task::Read(name.clone()), at);
        }
    }

    /// A refused role, or no answer about it, is a failed read of everything that is read with it.
    fn lose_credentials(&mut self, kind: FailureKind, now: Timestamp) {
        if std::mem::replace(&mut self.without_credentials, true) {
            return;
        }
        for reading in self.readings.functions.values_mut() {
            let failed = Reading::clone(reading).failed(kind, now, self.settings.stale_after);
            *reading = Arc::new(failed);
        }
    }

    fn end_task(&mut self, task: &Task, again_soon: bool, now: Timestamp) {
        if let Some(duration) = self.schedule.ended(task, again_soon, now.instant) {
            self.end_sweep(duration, now);
        }
    }
}

/// Where in the interval a scope's slots begin, 0 to 1, so that scopes do not all call at once.
fn phase(scope: &ScopeId) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "any fraction will do")]
    let share = stable_hash(scope) as f64 / u64::MAX as f64;
    share.fract()
}

#[cfg(test)]
mod tests;
