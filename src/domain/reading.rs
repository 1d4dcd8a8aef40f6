//! What is known about a function, and the rule by which a new read succeeds an old one.
//!
//! The rule: an answer replaces what was known, and "not found" is an answer. A failure leaves the
//! last good value in place and starts a clock, once; when the clock passes `stale_after` the value
//! is no longer published. The clock counts from the first failure after the last good read, so a
//! long sweep makes nothing stale.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    Answer, Answers, FailureKind, Function, NotListed, Qualifier, Settings, TargetAnswer,
    TargetState, Timestamp,
};

/// The last good value of something, and since when reading it fails.
#[derive(Debug, Clone, PartialEq)]
pub struct LastGood<T> {
    value: T,
    read_at: Timestamp,
    failing_since: Option<Instant>,
}

/// What is known about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetReading {
    /// The settings last read.
    pub settings: Option<LastGood<Settings>>,
    /// How the last read ended.
    pub state: TargetState,
}

/// What is known about one function and its watched qualifiers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The function as last read.
    pub function: Option<LastGood<Function>>,
    /// Its targets. Most functions have one, and a map makes room for eleven: in boxes they take a fourth
    /// of the memory.
    pub targets: BTreeMap<Qualifier, Box<TargetReading>>,
}

impl<T> LastGood<T> {
    /// The value, unless reading it has failed for `stale_after`.
    pub fn current(&self, now: Instant, stale_after: Duration) -> Option<&T> {
        let stale = self.stale_at(stale_after).is_some_and(|at| at <= now);
        (!stale).then_some(&self.value)
    }

    /// When the value will be stale if reading it goes on failing.
    pub fn stale_at(&self, stale_after: Duration) -> Option<Instant> {
        self.failing_since?.checked_add(stale_after)
    }

    /// Whether another one differs at most in when it was read.
    pub fn same_content(&self, other: &Self) -> bool
    where
        T: PartialEq,
    {
        self.failing_since == other.failing_since && self.value == other.value
    }

    /// When the value was read.
    pub fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// The value after one more answer. One that says the same leaves the old one in its place, so that
    /// memory that lives for years is not taken anew with every sweep.
    #[must_use]
    pub fn updated_with(previous: Option<Self>, answer: Answer<T>, now: Timestamp) -> Option<Self>
    where
        T: PartialEq,
    {
        match answer {
            Answer::Known(value) => Some(Self {
                value: match previous {
                    Some(held) if held.value == value => held.value,
                    _ => value,
                },
                read_at: now,
                failing_since: None,
            }),
            Answer::NotFound => None,
            Answer::Failed(_) => previous.map(|held| Self {
                failing_since: held.failing_since.or(Some(now.instant)),
                ..held
            }),
        }
    }
}

impl Reading {
    /// What is known after one more read, which ended `now`.
    ///
    /// Targets that AWS did not mention because it did not answer stay, each with its last good
    /// settings, until these are stale; then they are dropped.
    #[must_use]
    pub fn updated_with(self, answers: Answers, now: Timestamp, stale_after: Duration) -> Self {
        let mut known = self.targets;
        let mut targets: BTreeMap<Qualifier, Box<TargetReading>> = answers
            .targets
            .into_iter()
            .map(|(qualifier, answer)| {
                let previous = known.remove(&qualifier).map(|previous| *previous);
                let target = TargetReading::updated_with(previous, answer, now);
                (qualifier, Box::new(target))
            })
            .collect();
        if let NotListed::Failed(kind) = answers.not_listed {
            targets.extend(known.into_iter().filter_map(|(qualifier, previous)| {
                let kept = previous.fail(kind, now);
                kept.current_settings(now.instant, stale_after)?;
                Some((qualifier, Box::new(kept)))
            }));
        }
        let function = match answers.function {
            Some(answer) => LastGood::updated_with(self.function, answer, now),
            None => self.function,
        };
        Self { function, targets }
    }

    /// What is known after a listing of functions, or after one that failed.
    #[must_use]
    pub fn listed(self, answer: Answer<Function>, now: Timestamp) -> Self {
        Self {
            function: LastGood::updated_with(self.function, answer, now),
            ..self
        }
    }

    /// What is known once it is clear that nothing of it can be read.
    #[must_use]
    pub fn failed(self, kind: FailureKind, now: Timestamp, stale_after: Duration) -> Self {
        let targets: Vec<Qualifier> = self.targets.keys().cloned().collect();
        self.updated_with(Answers::failed(kind, targets), now, stale_after)
    }

    /// The function, unless it is stale.
    #[must_use]
    pub fn current_function(&self, now: Instant, stale_after: Duration) -> Option<&Function> {
        self.function.as_ref()?.current(now, stale_after)
    }

    /// Whether another one differs at most in when it was read.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let mut targets = self.targets.iter().zip(&other.targets);
        both_same_content(self.function.as_ref(), other.function.as_ref())
            && self.targets.len() == other.targets.len()
            && targets.all(|((qualifier, a), (other, b))| {
                qualifier == other
                    && a.state == b.state
                    && both_same_content(a.settings.as_ref(), b.settings.as_ref())
            })
    }

    /// When the next of its values will be stale if nothing is read, after `now`.
    #[must_use]
    pub fn next_stale(&self, now: Instant, stale_after: Duration) -> Option<Instant> {
        let settings = self
            .targets
            .values()
            .filter_map(|target| target.settings.as_ref());
        let settings = settings.filter_map(|held| held.stale_at(stale_after));
        let function = self
            .function
            .as_ref()
            .and_then(|held| held.stale_at(stale_after));
        settings.chain(function).filter(|&at| at > now).min()
    }

    /// Whether AWS answered the last read of every target in full.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.targets
            .values()
            .all(|target| target.state.is_answered())
    }
}

fn both_same_content<T: PartialEq>(a: Option<&LastGood<T>>, b: Option<&LastGood<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same_content(b),
        (None, None) => true,
        _ => false,
    }
}

impl TargetReading {
    /// The settings, unless they are stale.
    #[must_use]
    pub fn current_settings(&self, now: Instant, stale_after: Duration) -> Option<&Settings> {
        self.settings.as_ref()?.current(now, stale_after)
    }

    fn updated_with(previous: Option<Self>, answer: TargetAnswer, now: Timestamp) -> Self {
        Self {
            settings: LastGood::updated_with(
                previous.and_then(|reading| reading.settings),
                answer.settings,
                now,
            ),
            state: answer.state,
        }
    }

    fn fail(self, kind: FailureKind, now: Timestamp) -> Self {
        Self::updated_with(Some(self), TargetAnswer::failed(kind), now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::domain::EventInvokeConfig;

    const STALE_AFTER: Duration = Duration::from_mins(30);

    /// A moment, and others so many seconds after it.
    fn clock() -> impl Fn(u64) -> Timestamp {
        let start = Timestamp {
            instant: Instant::now(),
            wall: SystemTime::now(),
        };
        move |seconds| Timestamp {
            instant: start.instant + Duration::from_secs(seconds),
            wall: start.wall + Duration::from_secs(seconds),
        }
    }

    fn retries(attempts: i32) -> Settings {
        Settings::Configured(EventInvokeConfig {
            maximum_retry_attempts: Some(attempts),
            ..EventInvokeConfig::default()
        })
    }

    fn answers(targets: &[(&str, TargetAnswer)], not_listed: NotListed) -> Answers {
        Answers {
            function: Some(Answer::Failed(FailureKind::Error)),
            targets: targets
                .iter()
                .map(|(qualifier, answer)| (qualifier.parse().unwrap(), answer.clone()))
                .collect(),
            not_listed,
        }
    }

    fn known(settings: Settings) -> TargetAnswer {
        TargetAnswer {
            settings: Answer::Known(settings),
            state: TargetState::Ok,
        }
    }

    fn failed() -> Answers {
        Answers::failed(FailureKind::Error, [Qualifier::latest()])
    }

    fn latest(reading: &Reading, now: Timestamp) -> Option<Settings> {
        reading.targets[&Qualifier::latest()]
            .current_settings(now.instant, STALE_AFTER)
            .cloned()
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
            // A second failure does not start it anew.
            .updated_with(failed(), at(4000), STALE_AFTER);
        assert_eq!(latest(&reading, at(3600 + 1799)), Some(retries(1)));
        assert_eq!(latest(&reading, at(3600 + 1800)), None);
        assert_eq!(
            reading.targets[&Qualifier::latest()].state,
            TargetState::Failed
        );
    }

    #[test]
    fn a_reading_says_the_same_until_a_value_a_state_or_its_clock_differs() {
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
        let gone = again.clone().listed(Answer::NotFound, at(200));
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
        let held = reading.targets[&Qualifier::latest()]
            .settings
            .as_ref()
            .unwrap();
        assert_eq!(held.read_at(), at(200));
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
    fn unmentioned_targets_go_with_a_complete_answer_and_stay_with_a_failed_one() {
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
            kept.targets[&blue].current_settings(at(1).instant, STALE_AFTER),
            Some(&retries(0))
        );
        let long_after = kept.updated_with(failed(), at(1801), STALE_AFTER);
        assert!(!long_after.targets.contains_key(&blue));
        assert!(long_after.targets.contains_key(&Qualifier::latest()));
    }
}
