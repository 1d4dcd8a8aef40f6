//! Taking in the pages of a listing: functions that come and functions that go.

use std::{collections::BTreeSet, sync::Arc};

use tokio::time::Instant;
use tracing::{info, warn};

use super::{ScopeState, Task};
use crate::{
    domain::{
        Answer, FailureKind, Function, FunctionName, LastGood, Reading, Tags, TagsByFunction,
        Timestamp,
    },
    poll::{
        CallError, CallFailure, Operation, Page,
        listing::{Listing, Step},
    },
};

impl ScopeState {
    /// Takes in a page of tags.
    pub(in crate::poll) fn accept_tags(
        &mut self,
        result: Result<Page<(FunctionName, Tags)>, CallError>,
        now: Timestamp,
        instant: Instant,
    ) {
        let Some(mut under_way) = self.listing.take() else {
            return;
        };
        let listing = &mut under_way.listing;
        let checked = result.and_then(|page| listing.check(page, Operation::GetResources));
        let step = match checked {
            Ok(page) => {
                if let Some(tags) = listing.accept_tags(page) {
                    self.keep_tags(Answer::Known(tags), now);
                }
                listing.step()
            }
            Err(error) => self.fail_page(listing, error, Operation::GetResources, now),
        };
        self.go_on(under_way.listing, step, now, instant);
    }

    /// Takes in a page of functions. A new one is read before all others.
    pub(in crate::poll) fn accept_functions(
        &mut self,
        result: Result<Page<(FunctionName, Function)>, CallError>,
        now: Timestamp,
        instant: Instant,
    ) {
        let Some(mut under_way) = self.listing.take() else {
            return;
        };
        let listing = &mut under_way.listing;
        let checked = result.and_then(|page| listing.check(page, Operation::ListFunctions));
        let step = match checked {
            Ok(page) => {
                for (name, function) in page.items {
                    self.list(listing, name, function, now);
                }
                listing.accept_functions(page.next);
                listing.step()
            }
            Err(error) => self.fail_page(listing, error, Operation::ListFunctions, now),
        };
        self.go_on(under_way.listing, step, now, instant);
    }

    fn keep_tags(&mut self, answer: Answer<Arc<TagsByFunction>>, now: Timestamp) {
        self.readings.tags = LastGood::updated_with(self.readings.tags.take(), answer, now);
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
        let tags = self.readings.current_tags(now.instant, stale_after);
        if !self.target_set.list(&name, tags.map(AsRef::as_ref)) {
            return;
        }
        let before = self.reading(&name);
        let reading = Reading::clone(&before).listed(Answer::Known(function), now);
        self.keep(&name, &before, reading);
        let task = Task::Read(name.clone());
        if !known {
            // It may be named, too, and then was read as no more than that.
            self.schedule.remove(&task);
        }
        self.schedule.add(task);
        listing.seen.insert(name);
    }

    fn fail_page(
        &mut self,
        listing: &mut Listing,
        error: CallError,
        operation: Operation,
        now: Timestamp,
    ) -> Step {
        let failure = match error {
            CallError::Failed(failure) => failure,
            // A listing knows no such answer.
            CallError::NotFound => CallFailure::error(operation, "not found"),
        };
        if failure.is_about_credentials() {
            self.lose_credentials(failure.kind, now);
        }
        self.refusals.warn(&self.scope, None, &failure);
        let step = listing.fail(&failure);
        if !matches!(step, Step::Again(_)) {
            self.tell_failure(&failure);
            if operation == Operation::ListFunctions {
                self.mark_unlisted_failed(&listing.seen, failure.kind, now);
            } else {
                self.keep_tags(Answer::Failed(failure.kind), now);
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
                let doubted = Reading::clone(reading).listed(Answer::Failed(kind), now);
                *reading = Arc::new(doubted);
            }
        }
    }

    /// Warns when listing begins to fail; refusals are warned of where they are counted.
    fn tell_failure(&self, failure: &CallFailure) {
        let news = self.readings.status.discovered != Some(false);
        if news && failure.kind != FailureKind::Denied {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                operation = failure.operation_label(),
                code = failure.code,
                error = failure.message,
                request_id = failure.request_id,
                "the listing of functions broke off; those known go on being read, none leaves"
            );
        }
    }

    fn go_on(&mut self, listing: Listing, step: Step, now: Timestamp, instant: Instant) {
        let ask_at = match step {
            Step::Next => Some(instant),
            Step::Again(pause) => Some(instant + pause),
            Step::End => {
                self.end_listing(&listing, now, instant);
                return;
            }
        };
        self.listing = Some(super::UnderWay { listing, ask_at });
    }

    fn end_listing(&mut self, listing: &Listing, now: Timestamp, instant: Instant) {
        let complete = listing.tags_complete && listing.functions_complete;
        self.listed_at = Some(instant);
        if self.wanted.functions {
            if listing.functions_complete {
                self.pages = listing.pages();
                self.remove_unseen(&listing.seen);
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
        let again_soon = !complete && !listing.denied;
        self.end_task(&Task::Discover, again_soon, now, instant);
        if complete {
            self.warn_of_overload();
        }
    }

    fn remove_unseen(&mut self, seen: &BTreeSet<FunctionName>) {
        for name in self.target_set.retain(seen) {
            self.schedule.remove(&Task::Read(name.clone()));
            self.readings.functions.remove(&name);
            info!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                function_name = name.as_str(),
                "function is no longer listed, or no longer wanted"
            );
        }
    }
}
