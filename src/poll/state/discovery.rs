//! Taking the pages of a listing: functions that come and functions that go.

use std::{collections::BTreeSet, sync::Arc};

use tracing::{info, warn};

use super::{ScopeState, Task};
use crate::{
    domain::{
        CallError, CallFailure, Collector, FailureKind, Function, FunctionName, Operation, Outcome,
        Reading, Tags, TagsByFunction, Timestamp,
    },
    poll::{
        listing::{Listing, Step},
        log::some_of,
    },
    port::{ListedFunction, Page},
};

impl ScopeState {
    /// Takes a page of tags.
    pub(in crate::poll) fn accept_tags(
        &mut self,
        result: Result<Page<(FunctionName, Tags)>, CallError>,
        now: Timestamp,
    ) {
        let Some(mut in_progress) = self.listing.take() else {
            return;
        };
        let listing = &mut in_progress.listing;
        let step = match result.and_then(|page| listing.take_tags(page)) {
            Ok(tags) => {
                if let Some(tags) = tags {
                    self.keep_tags(Outcome::Ok(tags), now);
                }
                listing.step()
            }
            Err(error) => self.fail_page(listing, error, Operation::GetResources, now),
        };
        self.resume(in_progress.listing, step, now);
    }

    /// Takes a page of functions. A new one is read before all others.
    pub(in crate::poll) fn accept_functions(
        &mut self,
        result: Result<Page<ListedFunction>, CallError>,
        now: Timestamp,
    ) {
        let Some(mut in_progress) = self.listing.take() else {
            return;
        };
        let listing = &mut in_progress.listing;
        let step = match result.and_then(|page| listing.take_functions(page)) {
            Ok(functions) => {
                for listed in functions {
                    match listed {
                        ListedFunction::Known(name, function) => {
                            self.list(listing, name, function, now);
                        }
                        ListedFunction::Unreadable(arn) => {
                            listing.unreadable.insert(arn);
                        }
                    }
                }
                listing.step()
            }
            Err(error) => self.fail_page(listing, error, Operation::ListFunctions, now),
        };
        self.resume(in_progress.listing, step, now);
    }

    fn keep_tags(&mut self, outcome: Outcome<Arc<TagsByFunction>>, now: Timestamp) {
        self.readings.facts.tags.update(outcome, now);
    }

    fn list(
        &mut self,
        listing: &mut Listing,
        name: FunctionName,
        function: Function,
        now: Timestamp,
    ) {
        let known = self.target_set.is_discovered(&name);
        let stale_after = self.settings.stale_after;
        let tags = self.readings.facts.tags.current(now.instant, stale_after);
        if !self.target_set.list(&name, tags.map(AsRef::as_ref)) {
            return;
        }
        let before = self.reading(&name);
        let task = Task::Read(name.clone());
        let configuration = &before.function.configuration;
        let current = configuration.current(now.instant, stale_after);
        let known_as = current.filter(|_| known);
        let believed = self.confirmations.believed(&name, known_as, function);
        if self.confirmations.is_pending(&name) {
            self.schedule.run_by(&task, now.instant);
        }
        let reading = Reading::clone(&before).listed(Outcome::Ok(believed).into(), now);
        self.keep(&name, &before, reading);
        if !known {
            // It may be named, too, and then was read as no more than that.
            self.schedule.remove(&task);
        }
        self.schedule.add(task);
        self.read_again_if_worse(&name, &before, false, now);
        listing.seen.insert(name);
    }

    fn fail_page(
        &mut self,
        listing: &mut Listing,
        error: CallError,
        operation: Operation,
        now: Timestamp,
    ) -> Step {
        let failure = error.into_failure(operation);
        if failure.is_about_credentials() {
            self.lose_credentials(failure.kind, now);
        }
        self.refusals.warn(&self.scope, None, &failure);
        let step = listing.fail(&failure);
        if !matches!(step, Step::Again(_)) {
            self.log_failure(&failure);
            if operation == Operation::ListFunctions {
                self.mark_unlisted_failed(&listing.seen, failure.kind, now);
            } else {
                self.keep_tags(Outcome::Failed(failure.kind), now);
            }
        }
        step
    }

    /// Nothing leaves after a failed listing, but what the functions are was not told this time.
    fn mark_unlisted_failed(
        &mut self,
        seen: &BTreeSet<FunctionName>,
        kind: FailureKind,
        now: Timestamp,
    ) {
        for (name, reading) in &mut self.readings.functions {
            if self.target_set.is_discovered(name) && !seen.contains(name) {
                let failed = Reading::clone(reading).listed(Outcome::Failed(kind).into(), now);
                *reading = Arc::new(failed);
            }
        }
    }

    /// Warns when listing begins to fail; refusals are warned of where they are counted.
    fn log_failure(&self, failure: &CallFailure) {
        let news = self.readings.status.discovered != Some(false);
        if news && failure.kind != FailureKind::Denied {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                operation = failure.operation_label(),
                code = failure.code,
                error = failure.message,
                request_id = failure.request_id,
                "the listing of functions broke off; the known ones are still read, none leaves"
            );
        }
    }

    fn resume(&mut self, listing: Listing, step: Step, now: Timestamp) {
        let ask_at = match step {
            Step::Next => Some(now.instant),
            Step::Again(pause) => Some(now.instant + pause),
            Step::End => {
                self.end_listing(&listing, now);
                return;
            }
        };
        self.listing = Some(super::InProgress { listing, ask_at });
    }

    fn end_listing(&mut self, listing: &Listing, now: Timestamp) {
        let complete = listing.tags_complete() && listing.functions_complete();
        self.listed_at = Some(now.instant);
        if !self.listing_spec.tag_keys.is_empty() {
            self.end_round(Collector::Tags, listing.tags_complete(), now);
        }
        if self.listing_spec.functions {
            if listing.functions_complete() {
                self.pages = listing.pages();
                self.remove_unseen(&listing.seen);
                self.warn_of_unreadable(&listing.unreadable);
                // Without tags it is not known who is wanted where these decide it.
                let tags_decide = self.target_set.tag_keys().next().is_some();
                self.readings.status.listed |= listing.tags_complete() || !tags_decide;
            }
            let before = self.readings.status.discovered.replace(complete);
            if complete && before == Some(false) {
                info!(
                    account_id = self.scope.account_label(),
                    region = self.scope.region.as_str(),
                    "functions are listed again"
                );
            }
        }
        for name in self.target_set.names() {
            self.schedule.add(Task::Read(name));
        }
        self.end_task(&Task::Discover, listing.may_succeed_soon(), now);
        if complete {
            self.warn_of_overload();
        }
    }

    /// Names each once, for as long as it is listed.
    fn warn_of_unreadable(&mut self, arns: &BTreeSet<String>) {
        for arn in arns.difference(&self.unreadable) {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                function_arn = arn,
                "AWS lists a function with a name that this version does not know how to read; it is left out"
            );
        }
        self.unreadable.clone_from(arns);
        self.readings.status.unreadable = arns.len();
    }

    fn remove_unseen(&mut self, seen: &BTreeSet<FunctionName>) {
        let gone = self.target_set.retain(seen);
        for name in &gone {
            self.schedule.remove(&Task::Read(name.clone()));
            self.confirmations.forget(name);
            self.rereads.forget(name);
            self.unfinished.remove(name);
            self.versions_asked.remove(name);
            self.readings.functions.remove(name);
        }
        if !gone.is_empty() {
            info!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                count = gone.len(),
                functions = some_of(gone.iter()),
                "function is no longer listed, or no longer wanted"
            );
        }
    }
}
