//! Whether an event that fails for good is kept. This is decided here and nowhere else.
//!
//! A failure destination keeps it, and so does a dead-letter queue, each by itself. What is known of both has three
//! values, and only what settles it is believed: one that keeps events settles it, however little is known of the
//! other. A destination that is gone keeps nothing; but it is no reason to call events lost until the config that
//! names it was read again, since it may have been replaced before it was deleted.

use std::time::{Duration, Instant};

use super::{
    Answers, Condition, Destination, Destinations, Qualifier, Reading, Timestamp,
    destinations::NOTHING_KNOWN,
};

/// What a verdict depends on, beside the readings.
#[derive(Debug, Clone, Copy)]
pub struct AsOf<'a> {
    /// When it is asked for.
    pub now: Instant,
    /// How long values whose reads fail count.
    pub stale_after: Duration,
    /// Which destinations exist.
    pub destinations: &'a Destinations,
}

impl AsOf<'_> {
    /// Whatever was last read counts, however long ago, and no destination is known to be gone.
    #[must_use]
    pub fn last_read(now: Instant) -> Self {
        Self {
            now,
            stale_after: Duration::MAX,
            destinations: &NOTHING_KNOWN,
        }
    }
}

/// The dead-letter queues in force for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterQueues<'a> {
    /// One for each version that the target stands for: two for a weighted alias.
    of_versions: Vec<Option<&'a Destination>>,
    /// When this was read; `None` for what can never change.
    read_at: Option<Instant>,
}

impl<'a> DeadLetterQueues<'a> {
    /// Whether every version has one.
    #[must_use]
    pub fn are_present(&self) -> bool {
        self.of_versions.iter().all(Option::is_some)
    }

    /// Each of them once, in the order of the versions.
    pub fn distinct(&self) -> impl Iterator<Item = &'a Destination> {
        let queues = &self.of_versions;
        queues.iter().enumerate().filter_map(|(number, queue)| {
            let is_new = !queues[..number].contains(queue);
            queue.filter(|_| is_new)
        })
    }

    fn retain(&self, destinations: &Destinations) -> bool {
        let mut queues = self.of_versions.iter();
        queues.all(|queue| keeps(*queue, self.read_at, destinations))
    }
}

impl Reading {
    /// The dead-letter queues in force for a qualifier; `None` while they are not known. A version's was locked in
    /// when it was published, an alias has that of the version it points to.
    #[must_use]
    pub fn dead_letter_queues(
        &self,
        qualifier: &Qualifier,
        as_of: &AsOf<'_>,
    ) -> Option<DeadLetterQueues<'_>> {
        let AsOf {
            now, stale_after, ..
        } = *as_of;
        let itself = [qualifier.clone()];
        let mut read_at = None;
        let versions = if qualifier.is_alias() {
            let versions = &self.targets.get(qualifier)?.facts.versions;
            read_at = versions.read_at().map(|at| at.instant);
            &**versions.current(now, stale_after)?
        } else {
            &itself[..]
        };
        let mut of_versions = Vec::with_capacity(versions.len());
        for version in versions {
            if version.is_latest() {
                let configuration = &self.function.configuration;
                let function = configuration.current(now, stale_after)?;
                of_versions.push(function.dead_letter_queue.as_ref());
                let listed_at = configuration.read_at().map(|at| at.instant);
                read_at = [read_at, listed_at].into_iter().flatten().min();
            } else {
                of_versions.push(self.versions.get(version)?.as_ref());
            }
        }
        Some(DeadLetterQueues {
            of_versions,
            read_at,
        })
    }

    /// Whether the failures of a target are lost by this reading and were retained by the one before; or, where
    /// `counts_new`, it was not known before.
    #[must_use]
    pub fn is_worse_than(&self, before: &Self, counts_new: bool, as_of: &AsOf<'_>) -> bool {
        self.targets.keys().any(|qualifier| {
            self.failures_retained(qualifier, as_of) == Some(false)
                && before
                    .failures_retained(qualifier, as_of)
                    .unwrap_or(counts_new)
        })
    }

    /// Whether a target kept what fails for good, and does not any more by these answers. What is gone is no matter of
    /// what was read when.
    #[must_use]
    pub fn loses_failures_with(&self, answers: &Answers, now: Timestamp) -> bool {
        let after = self
            .clone()
            .updated_with(answers.clone(), now, Duration::MAX);
        after.is_worse_than(self, false, &AsOf::last_read(now.instant))
    }

    /// Whether an event that fails for good is kept; `None` where that is not known.
    #[must_use]
    pub fn failures_retained(&self, qualifier: &Qualifier, as_of: &AsOf<'_>) -> Option<bool> {
        let AsOf {
            now,
            stale_after,
            destinations,
        } = *as_of;
        let settings = &self.targets.get(qualifier)?.facts.settings;
        let read_at = settings.read_at().map(|at| at.instant);
        let by_destination = settings.current(now, stale_after).map(|settings| {
            let destination = settings.destination(Condition::OnFailure);
            keeps(destination, read_at, destinations)
        });
        let queues = self.dead_letter_queues(qualifier, as_of);
        let by_queue = queues.map(|queues| queues.retain(destinations));
        match (by_destination, by_queue) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }
}

/// Whether a destination, which was named at that time, keeps what it is sent.
fn keeps(
    destination: Option<&Destination>,
    named_at: Option<Instant>,
    destinations: &Destinations,
) -> bool {
    destination.is_some_and(|destination| {
        let gone_since = destinations.gone_since(destination);
        gone_since.is_none_or(|since| named_at.is_some_and(|named_at| named_at < since))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{
        EventInvokeConfig, Existence, FailureKind, Function, FunctionOutcomes, NotListed, Outcome,
        Settings, TargetAnswer, TargetOutcomes, TargetState, timestamp::clock,
    };

    const STALE_AFTER: Duration = Duration::from_mins(30);

    fn queue(name: &str) -> Option<Destination> {
        Destination::from_wire(Some(&format!("arn:aws:sqs:us-east-1:123456789012:{name}")))
    }

    fn function(dead_letter_queue: Option<Destination>) -> Outcome<Function> {
        Outcome::Ok(Function {
            arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
            runtime: None,
            package_type: "Zip".into(),
            dead_letter_queue,
        })
    }

    fn settings(on_failure: Option<Destination>) -> Outcome<Settings> {
        Outcome::Ok(Settings::Configured(EventInvokeConfig {
            on_failure,
            ..EventInvokeConfig::default()
        }))
    }

    fn qualifier(text: &str) -> Qualifier {
        text.parse().unwrap()
    }

    /// A target of a function whose versions 1 and 2 have the queues `old` and none.
    fn reading(
        target: &str,
        settings: Outcome<Settings>,
        versions: Option<&[&str]>,
        configuration: Outcome<Function>,
        now: Timestamp,
    ) -> Reading {
        let versions =
            versions.map(|versions| versions.iter().map(|text| qualifier(text)).collect());
        let answers = Answers {
            function: FunctionOutcomes {
                configuration: Some(configuration),
            },
            versions: BTreeMap::from([(qualifier("1"), queue("old")), (qualifier("2"), None)]),
            targets: BTreeMap::from([(
                qualifier(target),
                TargetAnswer {
                    outcomes: TargetOutcomes {
                        settings: Some(settings),
                        versions: versions.map(Outcome::Ok),
                    },
                    state: TargetState::Ok,
                },
            )]),
            not_listed: NotListed::Deleted,
        };
        Reading::default().updated_with(answers, now, STALE_AFTER)
    }

    fn as_of(destinations: &Destinations) -> AsOf<'_> {
        AsOf {
            now: Instant::now(),
            stale_after: STALE_AFTER,
            destinations,
        }
    }

    fn verdict(reading: &Reading, target: &str, destinations: &Destinations) -> Option<bool> {
        reading.failures_retained(&qualifier(target), &as_of(destinations))
    }

    #[test]
    fn either_keeps_them_and_only_both_together_lose_them() {
        let now = clock()(0);
        let nothing = Destinations::default();
        for (on_failure, dead_letters, expected) in [
            (Some(queue("q")), Some(queue("d")), Some(true)),
            (Some(queue("q")), Some(None), Some(true)),
            (Some(queue("q")), None, Some(true)),
            (Some(None), Some(queue("d")), Some(true)),
            (None, Some(queue("d")), Some(true)),
            (Some(None), Some(None), Some(false)),
            (Some(None), None, None),
            (None, Some(None), None),
            (None, None, None),
        ] {
            let settings = on_failure
                .clone()
                .map_or(Outcome::Failed(FailureKind::Denied), settings);
            let function = dead_letters
                .clone()
                .map_or(Outcome::Failed(FailureKind::Denied), function);
            let reading = reading("$LATEST", settings, None, function, now);
            let verdict = verdict(&reading, "$LATEST", &nothing);
            assert_eq!(verdict, expected, "{on_failure:?} {dead_letters:?}");
        }
    }

    #[test]
    fn a_version_has_the_queue_it_was_published_with() {
        let now = clock()(0);
        let nothing = Destinations::default();
        for (target, versions, latest, expected) in [
            ("$LATEST", None, queue("new"), Some(true)),
            ("1", None, None, Some(true)),
            ("2", None, queue("new"), Some(false)),
            ("3", None, queue("new"), None),
            ("live", Some(&["1"][..]), None, Some(true)),
            ("live", Some(&["2"][..]), queue("new"), Some(false)),
            ("live", Some(&["$LATEST"][..]), queue("new"), Some(true)),
            ("live", Some(&["$LATEST"][..]), None, Some(false)),
            // The lower of the two.
            ("live", Some(&["1", "2"][..]), queue("new"), Some(false)),
            (
                "live",
                Some(&["1", "$LATEST"][..]),
                queue("new"),
                Some(true),
            ),
            ("live", None, queue("new"), None),
        ] {
            let reading = reading(target, settings(None), versions, function(latest), now);
            assert_eq!(
                verdict(&reading, target, &nothing),
                expected,
                "{target} {versions:?}"
            );
        }
    }

    #[test]
    fn what_is_gone_keeps_nothing_once_the_config_was_read_again() {
        let at = clock();
        let gone = |name: &str| {
            let since = at(10).instant;
            Destinations::from_iter([(queue(name).unwrap(), Existence::Gone { since })])
        };
        let there = Existence::Exists { redrive: None };
        let there = Destinations::from_iter([(queue("q").unwrap(), there)]);
        let at_time = |seconds| {
            reading(
                "$LATEST",
                settings(queue("q")),
                None,
                function(None),
                at(seconds),
            )
        };
        assert_eq!(verdict(&at_time(0), "$LATEST", &there), Some(true));
        assert_eq!(verdict(&at_time(0), "$LATEST", &gone("other")), Some(true));
        assert_eq!(verdict(&at_time(0), "$LATEST", &gone("q")), Some(true));
        assert_eq!(verdict(&at_time(10), "$LATEST", &gone("q")), Some(false));
        // The queue of a version is what it was, whenever that was read.
        let version = reading("1", settings(None), None, function(None), at(0));
        assert_eq!(verdict(&version, "1", &gone("old")), Some(false));
        // Another one keeps them.
        let both = reading(
            "$LATEST",
            settings(queue("q")),
            None,
            function(queue("d")),
            at(20),
        );
        assert_eq!(verdict(&both, "$LATEST", &gone("q")), Some(true));
    }

    #[test]
    fn each_queue_is_named_once() {
        let now = clock()(0);
        for (versions, queues, present) in [
            (&["1", "1"][..], 1, true),
            (&["1", "2"][..], 1, false),
            (&["1", "$LATEST"][..], 2, true),
            (&["2"][..], 0, false),
        ] {
            let reading = reading(
                "live",
                settings(None),
                Some(versions),
                function(queue("new")),
                now,
            );
            let of_live =
                reading.dead_letter_queues(&qualifier("live"), &as_of(&Destinations::default()));
            let of_live = of_live.unwrap();
            assert_eq!(
                (of_live.distinct().count(), of_live.are_present()),
                (queues, present),
                "{versions:?}"
            );
        }
    }

    #[test]
    fn worse_is_what_lost_its_destination_or_is_new_without_one() {
        let now = clock()(0);
        let failed = || Outcome::Failed(FailureKind::Error);
        let read = |settings| reading("$LATEST", settings, None, function(None), now);
        let (good, lossy, unknown) = (
            read(settings(queue("q"))),
            read(settings(None)),
            read(failed()),
        );
        for (before, after, with_new, without_new) in [
            (&good, &lossy, true, true),
            (&lossy, &lossy, false, false),
            (&lossy, &good, false, false),
            (&good, &unknown, false, false),
            (&unknown, &lossy, true, false),
            (&Reading::default(), &lossy, true, false),
            (&Reading::default(), &good, false, false),
        ] {
            let nothing = Destinations::default();
            let worse = [true, false]
                .map(|counts_new| after.is_worse_than(before, counts_new, &as_of(&nothing)));
            assert_eq!(worse, [with_new, without_new], "{before:?} {after:?}");
        }
    }
}
