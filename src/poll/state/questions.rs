//! What is asked for the scope as a whole, beside its functions.

use std::{collections::BTreeSet, time::Instant};

use tracing::warn;

use super::{ScopeState, Task};
use crate::{
    domain::{
        CallFailure, Collector, Destination, DestinationType, EventSourceType, FailureKind,
        FunctionReference, Outcome, ScopeReadings, Timestamp,
    },
    poll::collectors::{Answer, Collected, Question},
};

impl ScopeState {
    /// When something is to be asked next.
    pub(in crate::poll) fn next_question_due(&self) -> Option<Instant> {
        self.collectors.next_due()
    }

    /// What to ask now, if anything is due.
    pub(in crate::poll) fn next_question(&mut self, now: Timestamp) -> Option<Question> {
        if self.collectors.gathers(now.instant) {
            let wanted = named_destinations(&self.readings).collect();
            let soon = !self.readings.status.first_sweep_complete;
            self.collectors.want(&wanted, soon, now.instant);
            self.end_destinations(now);
        }
        let (target_set, scope) = (&self.target_set, &self.scope);
        let is_listed = |destination: &Destination| {
            let reference: Option<FunctionReference> = destination.arn().parse().ok();
            reference.is_some_and(|function| {
                function.account() == scope.account
                    && function.region() == Some(&scope.region)
                    && function.is_unqualified()
                    && target_set.is_discovered(function.name())
            })
        };
        self.collectors.next(is_listed, now.instant)
    }

    /// Takes an answer.
    pub(in crate::poll) fn accept_answer(&mut self, answer: Answer, now: Timestamp) {
        match self.collectors.take(answer, now.instant) {
            None => {}
            Some(Collected::AsyncEvents(events)) => {
                let events = self.outcome(Collector::AsyncEvents, events, now);
                self.readings.facts.async_events.update(events, now);
            }
            Some(Collected::Mappings(mappings)) => {
                let mappings = mappings.map(|(mappings, unreadable)| {
                    self.warn_of_unreadable_mappings(unreadable);
                    mappings
                });
                let mappings = self.outcome(Collector::EventSourceMappings, mappings, now);
                self.readings.facts.mappings.update(mappings, now);
            }
            Some(Collected::Destination {
                destination,
                failure,
                gone,
            }) => {
                if let Some(failure) = failure {
                    self.warn_of(Collector::Destinations, &failure);
                }
                self.end_destinations(now);
                if gone {
                    self.destination_is_gone(&destination, now);
                }
            }
        }
        if let Some(destinations) = self.collectors.changed_destinations() {
            self.readings.destinations = destinations;
        }
    }

    fn outcome<T>(
        &mut self,
        collector: Collector,
        result: Result<T, CallFailure>,
        now: Timestamp,
    ) -> Outcome<T> {
        if let Err(failure) = &result {
            self.warn_of(collector, failure);
        }
        self.end_round(collector, result.is_ok(), now);
        match result {
            Ok(value) => Outcome::Ok(value),
            Err(failure) => Outcome::Failed(failure.kind),
        }
    }

    /// Destinations have no rounds of their own: one has ended whenever each was asked for.
    fn end_destinations(&mut self, now: Timestamp) {
        if let Some(success) = self.collectors.destinations_answered() {
            self.end_round(Collector::Destinations, success, now);
        }
    }

    pub(super) fn end_round(&mut self, collector: Collector, success: bool, now: Timestamp) {
        if success {
            self.refused_collectors.remove(&collector);
        }
        let status = self.readings.status.collectors.entry(collector);
        status.or_default().ended(success, now);
    }

    /// A refusal is warned of once until a round succeeds, however many sweeps end meanwhile; of anything else, the
    /// first one.
    fn warn_of(&mut self, collector: Collector, failure: &CallFailure) {
        let refusals = self.refused_collectors.entry(collector).or_default();
        refusals.warn(&self.scope, None, failure);
        let known = self.readings.status.collectors.get(&collector);
        if failure.kind != FailureKind::Denied && known.is_none_or(|known| known.success) {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                collector = collector.as_str(),
                operation = failure.operation_label(),
                code = failure.code,
                error = failure.message,
                request_id = failure.request_id,
                "a collector was not answered; what it told before stays until poll.stale_after, then is absent"
            );
        }
    }

    /// Names each once, for as long as it is listed.
    fn warn_of_unreadable_mappings(&mut self, uuids: BTreeSet<String>) {
        for uuid in uuids.difference(&self.unreadable_mappings) {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                uuid,
                "AWS lists an event source mapping that this version does not know how to read; it is left out"
            );
        }
        self.unreadable_mappings = uuids;
    }

    /// Whatever names it may name another one by now: it is read again before events are said to be lost.
    fn destination_is_gone(&mut self, destination: &Destination, now: Timestamp) {
        warn!(
            account_id = self.scope.account_label(),
            region = self.scope.region.as_str(),
            destination_arn = destination.arn(),
            "a destination does not exist any more; what is sent to it is lost"
        );
        let naming = self.readings.functions.iter();
        let naming: Vec<_> = naming
            .filter(|(_, reading)| reading.destinations().any(|named| named == destination))
            .map(|(name, _)| name.clone())
            .collect();
        for name in naming {
            // All of it: its dead-letter queue is what the listing told.
            self.rereads.add_now(&name, now.instant);
            self.schedule.run_by(&Task::Read(name), now.instant);
        }
    }
}

/// Everything that functions and their event source mappings name and that can be asked for.
fn named_destinations(readings: &ScopeReadings) -> impl Iterator<Item = &Destination> {
    let functions = readings.functions.values();
    let of_functions = functions.flat_map(|reading| reading.destinations());
    let mappings = readings.facts.mappings.last();
    let names = readings.functions.keys();
    let of_mappings = names
        .flat_map(move |name| mappings.into_iter().flat_map(|mappings| mappings.of(name)))
        .flat_map(|mapping| {
            let queue = mapping.source.as_ref();
            let queue = queue.filter(|_| mapping.source_type == EventSourceType::Sqs);
            queue.into_iter().chain(mapping.on_failure.destination())
        });
    of_functions.chain(of_mappings).filter(|destination| {
        let kind = destination.destination_type();
        !matches!(kind, DestinationType::Kafka | DestinationType::Other)
    })
}
