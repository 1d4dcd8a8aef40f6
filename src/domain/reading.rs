//! What is known about a function, and how one more read changes it. The rule for each single fact is
//! [`super::last_good`]'s.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Answers, Condition, Destination, FailureKind, Function, NotListed, Outcome, Qualifier,
    Settings, TargetAnswer, TargetState, Timestamp, last_good::facts,
};

facts! {
    /// What is known about a function as a whole.
    pub struct FunctionFacts, read as FunctionOutcomes {
        /// What `GetFunctionConfiguration` or a listing says about it.
        configuration: Function,
    }
}

facts! {
    /// What is known about one target.
    pub struct TargetFacts, read as TargetOutcomes {
        /// The event invoke config in force.
        settings: Settings,
        /// The versions that an alias stands for: one, or two where it is weighted.
        versions: Arc<[Qualifier]>,
    }
}

/// What is known about one target, and how the last read of it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetReading {
    /// What is known.
    pub facts: TargetFacts,
    /// How the last read ended.
    pub state: TargetState,
}

/// What is known about one function and its selected qualifiers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The function as a whole.
    pub function: FunctionFacts,
    /// The dead-letter queue of each published version that a target stands for. It is locked in when the version is
    /// published, so that it is read once and kept.
    pub versions: BTreeMap<Qualifier, Option<Destination>>,
    /// Its targets. Most functions have one, and a map makes room for eleven: in boxes they take a fourth
    /// of the memory.
    pub targets: BTreeMap<Qualifier, Box<TargetReading>>,
}

impl From<Outcome<Function>> for FunctionOutcomes {
    /// What a read or a listing says about the function itself.
    fn from(configuration: Outcome<Function>) -> Self {
        Self {
            configuration: Some(configuration),
        }
    }
}

impl Reading {
    /// What is known after one more read, which ended `now`.
    ///
    /// Targets that AWS did not mention because it did not answer stay, each with its last good settings, until
    /// these are stale; then they are dropped.
    #[must_use]
    pub fn updated_with(self, answers: Answers, now: Timestamp, stale_after: Duration) -> Self {
        let Self {
            mut function,
            mut versions,
            targets: mut known,
        } = self;
        function.update(answers.function, now);
        let mut targets: BTreeMap<Qualifier, Box<TargetReading>> = BTreeMap::new();
        for (qualifier, answer) in answers.targets {
            let target = match known.remove(&qualifier) {
                Some(mut target) => {
                    target.update(answer, now);
                    target
                }
                None => Box::new(TargetReading::new(answer, now)),
            };
            targets.insert(qualifier, target);
        }
        if let NotListed::Failed(kind) = answers.not_listed {
            for (qualifier, mut target) in known {
                target.update(TargetAnswer::failed(kind), now);
                let settings = &target.facts.settings;
                if settings.current(now.instant, stale_after).is_some() {
                    targets.insert(qualifier, target);
                }
            }
        }
        versions.extend(answers.versions);
        versions.retain(|version, _| {
            let mut targets = targets.iter();
            targets.any(|(qualifier, target)| stands_for(qualifier, target, version))
        });
        Self {
            function,
            versions,
            targets,
        }
    }

    /// What is known after a listing of functions, or after one that failed.
    #[must_use]
    pub fn listed(mut self, outcomes: FunctionOutcomes, now: Timestamp) -> Self {
        self.function.update(outcomes, now);
        self
    }

    /// What is known once it is clear that nothing of it can be read.
    #[must_use]
    pub fn failed(self, kind: FailureKind, now: Timestamp, stale_after: Duration) -> Self {
        let targets: Vec<Qualifier> = self.targets.keys().cloned().collect();
        self.updated_with(Answers::failed(kind, targets), now, stale_after)
    }

    /// Whether a target stands for a published version.
    #[must_use]
    pub fn has_versions(&self) -> bool {
        !self.versions.is_empty()
    }

    /// Every destination and dead-letter queue that it names, stale or not; some more than once.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let targets = self.targets.values();
        let settings = targets.filter_map(|target| target.facts.settings.last());
        let of_configs = settings.flat_map(|settings| {
            let conditions = Condition::ALL.into_iter();
            conditions.filter_map(|condition| settings.destination(condition))
        });
        let function = self.function.configuration.last();
        let queue = function.and_then(|function| function.dead_letter_queue.as_ref());
        let of_versions = self.versions.values().flatten();
        of_configs.chain(queue).chain(of_versions)
    }

    /// Whether another one differs at most in when it was read.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let mut targets = self.targets.iter().zip(&other.targets);
        self.function.same_content(&other.function)
            && self.versions == other.versions
            && self.targets.len() == other.targets.len()
            && targets.all(|((qualifier, target), (other_qualifier, other))| {
                qualifier == other_qualifier
                    && target.state == other.state
                    && target.facts.same_content(&other.facts)
            })
    }

    /// When the next of its values will be stale if nothing is read, after `now`.
    #[must_use]
    pub fn next_stale(&self, now: Instant, stale_after: Duration) -> Option<Instant> {
        let targets = self.targets.values();
        targets
            .filter_map(|target| target.facts.next_stale(now, stale_after))
            .chain(self.function.next_stale(now, stale_after))
            .min()
    }

    /// Whether AWS answered the last read of every target in full.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.targets
            .values()
            .all(|target| target.state.is_answered())
    }
}

/// Whether a target is this version, or an alias of it.
fn stands_for(qualifier: &Qualifier, target: &TargetReading, version: &Qualifier) -> bool {
    let versions = target.facts.versions.last();
    qualifier == version || versions.is_some_and(|versions| versions.contains(version))
}

impl TargetReading {
    fn new(answer: TargetAnswer, now: Timestamp) -> Self {
        let mut facts = TargetFacts::default();
        facts.update(answer.outcomes, now);
        Self {
            facts,
            state: answer.state,
        }
    }

    fn update(&mut self, answer: TargetAnswer, now: Timestamp) {
        self.facts.update(answer.outcomes, now);
        self.state = answer.state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventInvokeConfig, timestamp::clock};

    const STALE_AFTER: Duration = Duration::from_mins(30);

    fn retries(attempts: i32) -> Settings {
        Settings::Configured(EventInvokeConfig {
            maximum_retry_attempts: Some(attempts),
            ..EventInvokeConfig::default()
        })
    }

    fn answers(targets: &[(&str, TargetAnswer)], not_listed: NotListed) -> Answers {
        Answers {
            function: FunctionOutcomes::failed(FailureKind::Error),
            versions: BTreeMap::new(),
            targets: targets
                .iter()
                .map(|(qualifier, answer)| (qualifier.parse().unwrap(), answer.clone()))
                .collect(),
            not_listed,
        }
    }

    fn known(settings: Settings) -> TargetAnswer {
        TargetAnswer::ok(settings)
    }

    fn failed() -> Answers {
        Answers::failed(FailureKind::Error, [Qualifier::latest()])
    }

    fn latest(reading: &Reading, now: Timestamp) -> Option<Settings> {
        let target = &reading.targets[&Qualifier::latest()];
        let settings = &target.facts.settings;
        settings.current(now.instant, STALE_AFTER).cloned()
    }

    fn good() -> Answers {
        answers(&[("$LATEST", known(retries(1)))], NotListed::Deleted)
    }

    #[test]
    fn the_last_good_value_stays_until_stale_after_then_goes() {
        let at = clock();
        let reading = Reading::default()
            .updated_with(good(), at(0), STALE_AFTER)
            // An hour without any read makes nothing stale; the first failure starts the clock.
            .updated_with(failed(), at(3600), STALE_AFTER)
            // A second failure does not restart it.
            .updated_with(failed(), at(4000), STALE_AFTER);
        assert_eq!(latest(&reading, at(3600 + 1799)), Some(retries(1)));
        assert_eq!(latest(&reading, at(3600 + 1800)), None);
        assert_eq!(
            reading.targets[&Qualifier::latest()].state,
            TargetState::Failed
        );
    }

    #[test]
    fn content_is_the_same_until_a_value_a_state_or_its_clock_differs() {
        let at = clock();
        let first = Reading::default().updated_with(good(), at(0), STALE_AFTER);
        let again = first.clone().updated_with(good(), at(100), STALE_AFTER);
        assert_ne!(first, again);
        assert!(first.same_content(&again));
        assert_eq!(again.next_stale(at(100).instant, STALE_AFTER), None);

        let failing = again.clone().updated_with(failed(), at(200), STALE_AFTER);
        assert!(!again.same_content(&failing));
        assert_eq!(
            failing.next_stale(at(200).instant, STALE_AFTER),
            Some(at(2000).instant)
        );
        assert_eq!(failing.next_stale(at(2000).instant, STALE_AFTER), None);
        assert!(failing.same_content(&failing.clone().updated_with(
            failed(),
            at(300),
            STALE_AFTER
        )));

        let changed = answers(&[("$LATEST", known(retries(2)))], NotListed::Deleted);
        assert!(!again.same_content(&again.clone().updated_with(changed, at(200), STALE_AFTER)));
        let gone = again.clone().listed(Outcome::NotFound.into(), at(200));
        assert!(gone.same_content(&again), "it never knew the function");
        let other = answers(&[("BLUE", known(retries(1)))], NotListed::Deleted);
        assert!(!again.same_content(&again.clone().updated_with(other, at(200), STALE_AFTER)));
    }

    #[test]
    fn a_good_read_stops_the_clock() {
        let at = clock();
        let reading = Reading::default()
            .updated_with(good(), at(0), STALE_AFTER)
            .updated_with(failed(), at(100), STALE_AFTER)
            .updated_with(good(), at(200), STALE_AFTER)
            .updated_with(failed(), at(1000), STALE_AFTER);
        assert_eq!(latest(&reading, at(2799)), Some(retries(1)));
        assert_eq!(latest(&reading, at(2800)), None);
        let target = &reading.targets[&Qualifier::latest()];
        assert_eq!(target.facts.settings.read_at(), Some(at(200)));
    }

    #[test]
    fn not_found_is_an_answer_at_once() {
        let at = clock();
        let gone = answers(
            &[("$LATEST", TargetAnswer::not_found())],
            NotListed::Deleted,
        );
        let reading = Reading::default()
            .updated_with(good(), at(0), STALE_AFTER)
            .updated_with(gone, at(1), STALE_AFTER)
            // A failure after it does not bring the old value back.
            .updated_with(failed(), at(2), STALE_AFTER);
        assert_eq!(latest(&reading, at(2)), None);
    }

    #[test]
    fn what_was_never_read_is_never_published() {
        let at = clock();
        let reading = Reading::default().updated_with(failed(), at(0), STALE_AFTER);
        assert_eq!(latest(&reading, at(0)), None);
        assert_eq!(reading.targets.len(), 1);
        assert!(!reading.is_answered());
    }

    #[test]
    fn targets_that_are_not_listed_go_with_a_complete_answer_and_stay_with_a_failed_one() {
        let at = clock();
        let blue: Qualifier = "BLUE".parse().unwrap();
        let both = answers(
            &[("$LATEST", known(retries(1))), ("BLUE", known(retries(0)))],
            NotListed::Deleted,
        );
        let first = Reading::default().updated_with(both, at(0), STALE_AFTER);

        let complete = first.clone().updated_with(good(), at(1), STALE_AFTER);
        assert!(!complete.targets.contains_key(&blue));

        let throttled = Answers::failed(FailureKind::Throttled, [Qualifier::latest()]);
        let kept = first.updated_with(throttled, at(1), STALE_AFTER);
        assert_eq!(kept.targets[&blue].state, TargetState::Throttled);
        assert_eq!(
            kept.targets[&blue]
                .facts
                .settings
                .current(at(1).instant, STALE_AFTER),
            Some(&retries(0))
        );
        let long_after = kept.updated_with(failed(), at(1801), STALE_AFTER);
        assert!(!long_after.targets.contains_key(&blue));
        assert!(long_after.targets.contains_key(&Qualifier::latest()));
    }
}
