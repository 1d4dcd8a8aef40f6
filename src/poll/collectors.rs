//! What is asked for a scope as a whole, beside its functions: who receives asynchronous events, which event source
//! mappings there are, whether destinations exist. A plain value that says what to ask next and takes what AWS
//! answered; each collector has its own times, and one that fails leaves the others alone.

mod checks;
mod rounds;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use self::{checks::Checks, rounds::Rounds};
use crate::{
    domain::{
        AsyncEvents, CallError, CallFailure, CollectorsSettings, Destination, DestinationType,
        Destinations, EventSourceMappings, FunctionName, Operation, Qualifier,
    },
    port::{DestinationAnswer, ListedMapping, Page},
    tasks::Panicked,
};

/// How many destinations are asked for at a time: one that hangs holds up no other.
const DESTINATIONS_AT_ONCE: usize = 4;

/// Something to ask of AWS.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// A page of metrics, by its token.
    AsyncEvents(Option<String>),
    /// A page of event source mappings, by its marker.
    Mappings(Option<String>),
    /// Whether this exists.
    Destination(Destination),
}

/// What AWS answered.
#[derive(Debug)]
pub(super) enum Answer {
    AsyncEvents(Result<Page<(FunctionName, Qualifier)>, CallError>),
    Mappings(Result<Page<ListedMapping>, CallError>),
    Destination(Destination, Result<DestinationAnswer, CallError>),
}

/// What is known once a round has ended.
#[derive(Debug)]
pub(super) enum Collected {
    /// All that CloudWatch has.
    AsyncEvents(Result<Arc<AsyncEvents>, CallFailure>),
    /// All mappings, and the UUIDs of those that cannot be read.
    Mappings(Result<(Arc<EventSourceMappings>, BTreeSet<String>), CallFailure>),
    /// One destination.
    Destination {
        /// Which one.
        destination: Destination,
        /// Why it was not answered.
        failure: Option<CallFailure>,
        /// Whether it is news that it is gone.
        gone: bool,
    },
}

/// The collectors that are switched on.
#[derive(Debug)]
pub(super) struct Collectors {
    async_events: Option<Rounds<(FunctionName, Qualifier)>>,
    mappings: Option<Rounds<ListedMapping>>,
    checks: Option<Checks>,
    in_flight: usize,
}

impl Question {
    /// The answer to one that could not be asked.
    pub(super) fn failed(self, panicked: &Panicked) -> Answer {
        match self {
            Self::AsyncEvents(_) => Answer::AsyncEvents(failed(Operation::ListMetrics, panicked)),
            Self::Mappings(_) => {
                Answer::Mappings(failed(Operation::ListEventSourceMappings, panicked))
            }
            Self::Destination(destination) => {
                let operation = operation_of(&destination);
                Answer::Destination(destination, failed(operation, panicked))
            }
        }
    }
}

fn failed<T>(operation: Operation, panicked: &Panicked) -> Result<T, CallError> {
    let failure = CallFailure::error(operation, panicked.to_string());
    Err(CallError::Failed(failure))
}

/// What a destination is asked for with.
pub(super) fn operation_of(destination: &Destination) -> Operation {
    match destination.destination_type() {
        DestinationType::Sns => Operation::GetTopicAttributes,
        DestinationType::Events => Operation::DescribeEventBus,
        DestinationType::S3 => Operation::HeadBucket,
        DestinationType::Lambda => Operation::GetFunctionConfiguration,
        DestinationType::Sqs | DestinationType::Kafka | DestinationType::Other => {
            Operation::GetQueueAttributes
        }
    }
}

impl Collectors {
    /// All begin now. `before` is what was known of destinations; what is known holds for `stale_after` while asking
    /// again fails.
    pub(super) fn new(
        settings: &CollectorsSettings,
        stale_after: Duration,
        before: &Arc<Destinations>,
        now: Instant,
    ) -> Self {
        let CollectorsSettings {
            async_events,
            destinations,
            event_source_mappings,
        } = *settings;
        Self {
            async_events: async_events
                .enabled
                .then(|| Rounds::new(Operation::ListMetrics, async_events.interval, now)),
            mappings: event_source_mappings.enabled.then(|| {
                let operation = Operation::ListEventSourceMappings;
                Rounds::new(operation, event_source_mappings.interval, now)
            }),
            checks: destinations.enabled.then(|| {
                let before = Destinations::clone(before);
                Checks::new(destinations.interval, stale_after, before, now)
            }),
            in_flight: 0,
        }
    }

    /// When something is to be done next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let rounds = self.async_events.as_ref().and_then(Rounds::next_due);
        let mappings = self.mappings.as_ref().and_then(Rounds::next_due);
        let checks = self.checks.as_ref();
        let may_ask = self.in_flight < DESTINATIONS_AT_ONCE;
        let due = checks.and_then(Checks::next_due).filter(|_| may_ask);
        let gathering = checks.map(Checks::gathers_at);
        [rounds, mappings, due, gathering]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether it must be told which destinations are named, with [`Self::want`].
    pub(super) fn gathers(&self, now: Instant) -> bool {
        let checks = self.checks.as_ref();
        checks.is_some_and(|checks| checks.gathers_at() <= now)
    }

    /// These destinations are named; soon they may be others, if a sweep is the first.
    pub(super) fn want(&mut self, wanted: &BTreeSet<&Destination>, soon: bool, now: Instant) {
        if let Some(checks) = &mut self.checks {
            checks.want(wanted, soon, now);
        }
    }

    /// What to ask now, if anything is due. What `is_listed` exists, without asking.
    pub(super) fn next(
        &mut self,
        is_listed: impl Fn(&Destination) -> bool,
        now: Instant,
    ) -> Option<Question> {
        if let Some(rounds) = &mut self.async_events
            && rounds.begin(now)
        {
            return Some(Question::AsyncEvents(rounds.marker()));
        }
        if let Some(rounds) = &mut self.mappings
            && rounds.begin(now)
        {
            return Some(Question::Mappings(rounds.marker()));
        }
        let checks = self.checks.as_mut()?;
        while self.in_flight < DESTINATIONS_AT_ONCE {
            let destination = checks.begin(now)?;
            if is_listed(&destination) {
                let exists = DestinationAnswer::Exists { redrive: None };
                checks.take(destination, &Ok(exists), now);
                continue;
            }
            self.in_flight += 1;
            return Some(Question::Destination(destination));
        }
        None
    }

    /// Takes an answer; gives what is known now, where a round has ended.
    pub(super) fn take(&mut self, answer: Answer, now: Instant) -> Option<Collected> {
        match answer {
            Answer::AsyncEvents(page) => {
                let ended = self.async_events.as_mut()?.take(page, now)?;
                let events = ended.map(|events| Arc::new(events.into_iter().collect()));
                Some(Collected::AsyncEvents(events))
            }
            Answer::Mappings(page) => {
                let ended = self.mappings.as_mut()?.take(page, now)?;
                Some(Collected::Mappings(ended.map(sorted)))
            }
            Answer::Destination(destination, answer) => {
                self.in_flight -= 1;
                let operation = operation_of(&destination);
                let answer = answer.map_err(|error| error.into_failure(operation));
                let gone = self
                    .checks
                    .as_mut()?
                    .take(destination.clone(), &answer, now);
                Some(Collected::Destination {
                    destination,
                    failure: answer.err(),
                    gone,
                })
            }
        }
    }

    /// Which destinations exist, as far as is known, if that has changed since the last time.
    pub(super) fn changed_destinations(&mut self) -> Option<Arc<Destinations>> {
        self.checks.as_mut()?.changed().map(Arc::new)
    }

    /// Whether each destination was answered the last time it was asked for; `None` before each was.
    pub(super) fn destinations_answered(&self) -> Option<bool> {
        self.checks.as_ref()?.success()
    }
}

/// The mappings, and the names of those that cannot be read.
fn sorted(listed: Vec<ListedMapping>) -> (Arc<EventSourceMappings>, BTreeSet<String>) {
    let mut known = Vec::new();
    let mut unreadable = BTreeSet::new();
    for mapping in listed {
        match mapping {
            ListedMapping::Known(function, mapping) => known.push((function, mapping)),
            ListedMapping::Unreadable(uuid) => {
                unreadable.insert(uuid);
            }
        }
    }
    (Arc::new(known.into_iter().collect()), unreadable)
}
