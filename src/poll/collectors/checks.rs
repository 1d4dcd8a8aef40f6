//! Whether each destination exists, asked once an interval. A plain value.
//!
//! Something is gone once two answers in a row say so: who replaces a queue deletes it first. While it is missing it is
//! asked for every minute, so that one that comes back is not called gone for long.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::{
    domain::{Backoff, CallFailure, Destination, Destinations, Existence},
    port::DestinationAnswer,
};

/// Before one that is missing is asked for again. SQS itself takes a minute until a name can be used again (SQS API
/// reference, `DeleteQueue`).
const WHILE_MISSING: Duration = Duration::from_mins(1);

/// Before the second answer where nothing was known: who deletes something first has had it.
const AT_FIRST: Duration = Duration::from_secs(5);

/// How often it is gathered which destinations are named.
const GATHER: Duration = Duration::from_mins(1);

/// The same while a first sweep finds new ones.
const GATHER_SOON: Duration = Duration::from_secs(5);

/// Before one that failed is asked for again.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(5),
};

/// The destinations of a scope, and what is known of them.
#[derive(Debug)]
pub(super) struct Checks {
    interval: Duration,
    /// How long an answer holds while asking again fails.
    stale_after: Duration,
    /// What was known before the first answer.
    before: Destinations,
    by_destination: BTreeMap<Destination, Check>,
    /// Those that are not being asked for.
    due: BTreeSet<(Instant, Destination)>,
    gathers_at: Instant,
    has_changed: bool,
}

#[derive(Debug, Default)]
struct Check {
    /// What is published.
    known: Option<Existence>,
    /// Since when answers say that it is missing.
    missing_since: Option<Instant>,
    /// Since when asking fails.
    failing_since: Option<Instant>,
    failures: u32,
    asked: bool,
    /// When it is asked for next; `None` while it is being asked for.
    due: Option<Instant>,
}

impl Checks {
    pub(super) fn new(
        interval: Duration,
        stale_after: Duration,
        before: Destinations,
        now: Instant,
    ) -> Self {
        Self {
            interval,
            stale_after,
            before,
            by_destination: BTreeMap::new(),
            due: BTreeSet::new(),
            gathers_at: now,
            has_changed: false,
        }
    }

    /// When it must be told which destinations are named.
    pub(super) fn gathers_at(&self) -> Instant {
        self.gathers_at
    }

    /// Makes these the ones that are asked for: new ones at once.
    pub(super) fn want(&mut self, wanted: &BTreeSet<&Destination>, soon: bool, now: Instant) {
        let pause = if soon { GATHER_SOON } else { GATHER };
        self.gathers_at = now + pause.min(self.interval);
        let count = self.by_destination.len();
        self.by_destination
            .retain(|destination, _| wanted.contains(destination));
        self.has_changed |= self.by_destination.len() < count;
        self.due
            .retain(|(_, destination)| wanted.contains(destination));
        for &destination in wanted {
            if !self.by_destination.contains_key(destination) {
                // What is named again later was not asked for meanwhile.
                let check = Check::known_as(self.before.remove(destination), now);
                self.by_destination.insert(destination.clone(), check);
                self.due.insert((now, destination.clone()));
            }
        }
    }

    /// When one is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The one that is due.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Destination> {
        let (at, _) = self.due.first()?;
        if *at > now {
            return None;
        }
        let (_, destination) = self.due.pop_first()?;
        self.by_destination.get_mut(&destination)?.due = None;
        Some(destination)
    }

    /// Takes an answer. Gives whether it is news that the destination is gone.
    pub(super) fn take(
        &mut self,
        destination: Destination,
        answer: &Result<DestinationAnswer, CallFailure>,
        now: Instant,
    ) -> bool {
        // Nobody names it any more.
        let Some(check) = self.by_destination.get_mut(&destination) else {
            return false;
        };
        // It was asked for before it was no longer named, and is named again.
        if check.due.is_some() {
            return false;
        }
        let before = check.known;
        check.asked = true;
        let pause = match answer {
            Ok(answer) => {
                check.failures = 0;
                check.failing_since = None;
                check.accept(*answer, now);
                match (check.missing_since, check.known) {
                    (None, _) => self.interval,
                    (Some(_), None) => AT_FIRST.min(self.interval),
                    (Some(_), Some(_)) => WHILE_MISSING.min(self.interval),
                }
            }
            Err(failure) => {
                check.failures += 1;
                let since = *check.failing_since.get_or_insert(now);
                if now >= since + self.stale_after {
                    check.known = None;
                    check.missing_since = None;
                }
                if failure.is_missing_permission() {
                    self.interval
                } else {
                    let pause = BACKOFF.after_asked(check.failures, failure.retry_after);
                    pause.min(self.interval)
                }
            }
        };
        let is_gone = |known| matches!(known, Some(Existence::Gone { .. }));
        let gone = is_gone(check.known) && !is_gone(before);
        self.has_changed |= check.known != before;
        check.due = Some(now + pause);
        self.due.insert((now + pause, destination));
        gone
    }

    /// All that is known now, if it has changed since the last time.
    pub(super) fn changed(&mut self) -> Option<Destinations> {
        std::mem::take(&mut self.has_changed).then(|| self.known())
    }

    fn known(&self) -> Destinations {
        let known = self.by_destination.iter();
        known
            .filter_map(|(destination, check)| Some((destination.clone(), check.known?)))
            .collect()
    }

    /// Whether the last answer about each was one; `None` before each was asked for.
    pub(super) fn success(&self) -> Option<bool> {
        let mut checks = self.by_destination.values();
        if checks.clone().any(|check| check.failing_since.is_some()) {
            return Some(false);
        }
        checks.all(|check| check.asked).then_some(true)
    }
}

impl Check {
    fn known_as(before: Option<Existence>, now: Instant) -> Self {
        let missing_since = match before {
            Some(Existence::Gone { since }) => Some(since),
            Some(Existence::Exists { .. }) | None => None,
        };
        Self {
            known: before,
            missing_since,
            due: Some(now),
            ..Self::default()
        }
    }

    fn accept(&mut self, answer: DestinationAnswer, now: Instant) {
        match answer {
            DestinationAnswer::Exists { redrive } => {
                self.known = Some(Existence::Exists { redrive });
                self.missing_since = None;
            }
            DestinationAnswer::Unknown => {
                self.known = None;
                self.missing_since = None;
            }
            DestinationAnswer::Gone => match self.missing_since {
                Some(since) => self.known = Some(Existence::Gone { since }),
                None => self.missing_since = Some(now),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FailureKind, Operation};

    const INTERVAL: Duration = Duration::from_mins(15);
    const STALE_AFTER: Duration = Duration::from_mins(30);
    const THERE: Result<DestinationAnswer, CallFailure> =
        Ok(DestinationAnswer::Exists { redrive: None });
    const MISSING: Result<DestinationAnswer, CallFailure> = Ok(DestinationAnswer::Gone);

    fn queue() -> Destination {
        Destination::from_wire(Some("arn:aws:sqs:us-east-1:123456789012:q")).unwrap()
    }

    fn checks(now: Instant) -> Checks {
        resumed(Destinations::default(), now)
    }

    fn resumed(before: Destinations, now: Instant) -> Checks {
        let mut checks = Checks::new(INTERVAL, STALE_AFTER, before, now);
        checks.want(&BTreeSet::from([&queue()]), false, now);
        checks
    }

    fn failed(kind: FailureKind) -> Result<DestinationAnswer, CallFailure> {
        Err(CallFailure {
            kind,
            code: (kind == FailureKind::Denied).then(|| "AccessDenied".to_owned()),
            ..CallFailure::error(Operation::GetQueueAttributes, "as the test wants it")
        })
    }

    /// Takes an answer to a question that is asked now.
    fn take(
        checks: &mut Checks,
        answer: &Result<DestinationAnswer, CallFailure>,
        now: Instant,
    ) -> bool {
        let destination = checks.begin(checks.next_due().unwrap()).unwrap();
        checks.take(destination, answer, now)
    }

    /// Takes one answer after the other, each when it is due; gives what is known after each.
    fn after(answers: &[Result<DestinationAnswer, CallFailure>]) -> Vec<Option<bool>> {
        let mut checks = checks(Instant::now());
        let mut known = Vec::new();
        for answer in answers {
            let now = checks.next_due().unwrap();
            let destination = checks.begin(now).unwrap();
            checks.take(destination, answer, now);
            known.push(checks.known().exists(&queue()));
        }
        known
    }

    #[test]
    fn gone_is_what_two_answers_in_a_row_miss() {
        let (there, gone) = (Some(true), Some(false));
        assert_eq!(after(&[MISSING]), [None]);
        assert_eq!(after(&[MISSING, MISSING]), [None, gone]);
        assert_eq!(after(&[THERE, MISSING, THERE, MISSING]), [there; 4]);
        assert_eq!(
            after(&[THERE, MISSING, MISSING, THERE]),
            [there, there, gone, there]
        );
        let unknown = Ok(DestinationAnswer::Unknown);
        assert_eq!(
            after(&[THERE, unknown.clone(), MISSING]),
            [there, None, None]
        );
        // A failure says nothing, and does not count as an answer between the two.
        let error = failed(FailureKind::Error);
        assert_eq!(
            after(&[THERE, MISSING, error, MISSING]),
            [there, there, there, gone]
        );
    }

    #[test]
    fn it_is_asked_once_an_interval_and_every_minute_while_it_is_missing() {
        let now = Instant::now();
        let mut checks = checks(now);
        for (answer, pause) in [
            (THERE, INTERVAL),
            (MISSING, WHILE_MISSING),
            (MISSING, WHILE_MISSING),
            (MISSING, WHILE_MISSING),
            (THERE, INTERVAL),
            (failed(FailureKind::Throttled), Duration::from_secs(5)),
            (failed(FailureKind::Throttled), Duration::from_secs(10)),
            (failed(FailureKind::Denied), INTERVAL),
        ] {
            let due = checks.next_due().unwrap();
            let destination = checks.begin(due).unwrap();
            assert_eq!(checks.next_due(), None, "it is being asked for");
            checks.take(destination, &answer, now);
            assert_eq!(checks.next_due(), Some(now + pause), "{answer:?}");
        }
    }

    #[test]
    fn what_was_never_seen_to_exist_is_asked_for_again_at_once() {
        let now = Instant::now();
        let mut checks = checks(now);
        for pause in [AT_FIRST, WHILE_MISSING] {
            take(&mut checks, &MISSING, now);
            assert_eq!(checks.next_due(), Some(now + pause));
        }
    }

    #[test]
    fn what_was_gone_before_a_restart_is_gone_until_an_answer_says_otherwise() {
        let now = Instant::now();
        let gone = || Destinations::from_iter([(queue(), Existence::Gone { since: now })]);
        let mut checks = resumed(gone(), now);
        assert_eq!(checks.known(), gone());
        assert!(!take(&mut checks, &MISSING, now), "no news");
        assert_eq!(checks.known(), gone());
        take(&mut checks, &THERE, now);
        assert_eq!(checks.known().exists(&queue()), Some(true));
    }

    #[test]
    fn only_changes_are_published() {
        let now = Instant::now();
        let mut checks = checks(now);
        let mut changed = |answer| {
            take(&mut checks, &answer, now);
            checks.changed().is_some()
        };
        let published = [THERE, THERE, MISSING, MISSING, MISSING, THERE].map(&mut changed);
        assert_eq!(published, [true, false, false, true, false, true]);
        checks.want(&BTreeSet::new(), false, now);
        assert!(checks.changed().is_some());
    }

    #[test]
    fn it_is_news_once_that_something_is_gone() {
        let now = Instant::now();
        let mut checks = checks(now);
        let news: Vec<bool> = [MISSING, MISSING, MISSING, THERE, MISSING, MISSING]
            .iter()
            .map(|answer| take(&mut checks, answer, now))
            .collect();
        assert_eq!(news, [false, true, false, false, false, true]);
    }

    #[test]
    fn what_cannot_be_asked_for_is_known_until_it_is_stale() {
        let now = Instant::now();
        let mut checks = checks(now);
        assert_eq!(checks.success(), None);
        take(&mut checks, &THERE, now);
        assert_eq!(checks.success(), Some(true));
        let denied = failed(FailureKind::Denied);
        for (after, known) in [(0, Some(true)), (1799, Some(true)), (1800, None)] {
            take(&mut checks, &denied, now + Duration::from_secs(after));
            assert_eq!(checks.known().exists(&queue()), known, "{after}");
            assert_eq!(checks.success(), Some(false));
        }
    }

    #[test]
    fn what_nobody_names_is_forgotten() {
        let now = Instant::now();
        let mut checks = checks(now);
        take(&mut checks, &THERE, now);
        checks.want(&BTreeSet::new(), false, now);
        assert_eq!(
            (checks.next_due(), checks.known()),
            (None, Destinations::default())
        );
        assert!(
            !checks.take(queue(), &MISSING, now),
            "it was being asked for"
        );
        assert_eq!(checks.next_due(), None);
        assert_eq!(checks.success(), Some(true));
    }

    #[test]
    fn what_is_named_again_while_it_is_asked_for_is_asked_for_once() {
        let now = Instant::now();
        let mut checks = checks(now);
        let asked = checks.begin(now).unwrap();
        checks.want(&BTreeSet::new(), false, now);
        checks.want(&BTreeSet::from([&queue()]), false, now);
        checks.take(asked, &MISSING, now);
        assert_eq!(checks.begin(now), Some(queue()), "it is new");
        checks.take(queue(), &MISSING, now);
        assert_eq!(checks.known().exists(&queue()), None, "one answer alone");
        checks.begin(checks.next_due().unwrap());
        assert_eq!(checks.next_due(), None);
    }

    #[test]
    fn what_is_named_again_later_is_not_what_it_was_before_a_restart() {
        let now = Instant::now();
        let gone = Destinations::from_iter([(queue(), Existence::Gone { since: now })]);
        let mut checks = resumed(gone, now);
        take(&mut checks, &THERE, now);
        checks.want(&BTreeSet::new(), false, now);
        checks.want(&BTreeSet::from([&queue()]), false, now);
        assert_eq!(checks.known().exists(&queue()), None);
    }
}
