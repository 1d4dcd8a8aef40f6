//! What the answers of one read say together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    domain::{
        Answers, AsOf, EventInvokeConfig, FailureKind, Function, NotListed, Outcome, Qualifier,
        Reading, Settings, TargetAnswer, TargetState,
    },
    poll::{
        now,
        progress::{Aliases, Configs},
    },
};

/// The answers about qualifiers that have a config, and about `$LATEST` in any case.
pub(super) fn configured(
    mut configs: Configs,
    state: TargetState,
) -> impl Iterator<Item = (Qualifier, TargetAnswer)> {
    let latest = configs
        .remove(&Qualifier::latest())
        .map_or(Settings::Unconfigured, Settings::Configured);
    let others = configs
        .into_iter()
        .map(|(qualifier, config)| (qualifier, Settings::Configured(config)));
    others
        .chain([(Qualifier::latest(), latest)])
        .map(move |(qualifier, settings)| {
            let answer = TargetAnswer {
                state,
                ..TargetAnswer::ok(settings)
            };
            (qualifier, answer)
        })
}

/// The aliases that are wanted, configured or not, and those that have a config. A config of one that is not listed is
/// what a deleted alias left behind: it is about nothing.
pub(super) fn resolve_aliases(
    aliases: &Aliases,
    wanted: impl Fn(&Qualifier) -> bool,
    configs: &mut Configs,
) -> BTreeMap<Qualifier, TargetAnswer> {
    let mut targets = BTreeMap::new();
    for (alias, versions) in aliases {
        let config = configs.remove(alias);
        if config.is_none() && !wanted(alias) {
            continue;
        }
        let config = config.map_or(Outcome::NotFound, Outcome::Ok);
        let mut answer = TargetAnswer::resolve(config, &Outcome::Ok(()));
        answer.outcomes.versions = Some(Outcome::Ok(Arc::clone(versions)));
        targets.insert(alias.clone(), answer);
    }
    configs.retain(|qualifier, _| !qualifier.is_alias());
    targets
}

/// What is said of configs of aliases where AWS did not list these. A config may be a deleted alias's, so it is not
/// believed this time. Where AWS never lists them, for want of a permission, it is published all the same, but nobody
/// knows which version it is about.
pub(super) fn unlisted_aliases(
    kind: FailureKind,
    configs: &mut Configs,
) -> BTreeMap<Qualifier, TargetAnswer> {
    let of_aliases: Vec<_> = configs
        .extract_if(.., |qualifier, _| qualifier.is_alias())
        .collect();
    let mut targets = BTreeMap::new();
    for (alias, config) in of_aliases {
        if kind == FailureKind::Denied {
            let mut answer = TargetAnswer::ok(Settings::Configured(config));
            answer.outcomes.versions = Some(Outcome::Failed(kind));
            targets.insert(alias, answer);
        }
    }
    targets
}

/// What the qualifiers tell about the function: the first one that exists does, `$LATEST` where it is
/// selected. If reading that one failed, so did reading the function: another version's dead-letter
/// queue must not stand in for it.
pub(super) fn first_existing(owners: Vec<Outcome<Function>>) -> Outcome<Function> {
    owners
        .into_iter()
        .find(|owner| *owner != Outcome::NotFound)
        .unwrap_or(Outcome::NotFound)
}

/// There is no such function.
pub(super) fn not_found(selected: BTreeSet<Qualifier>) -> Answers {
    Answers {
        function: Outcome::NotFound.into(),
        versions: BTreeMap::new(),
        targets: selected
            .into_iter()
            .map(|qualifier| (qualifier, TargetAnswer::not_found()))
            .collect(),
        not_listed: NotListed::Deleted,
    }
}

/// Whether a config is asked for once more, after what it belongs to: where that exists and the answers together say
/// something worse than what was known before. Both may have come between the two calls, or the one for the other:
/// a version created with its config, a failure destination in place of a dead-letter queue.
pub(super) fn is_in_doubt(
    before: &Reading,
    qualifier: &Qualifier,
    config: &Outcome<EventInvokeConfig>,
    owner: &Outcome<Function>,
) -> bool {
    let Outcome::Ok(function) = owner else {
        return false;
    };
    let has_destination = match config {
        Outcome::Ok(config) => config.on_failure.is_some(),
        Outcome::NotFound => false,
        Outcome::Failed(_) => return false,
    };
    let is_lossy = !has_destination && function.dead_letter_queue.is_none();
    let known = before.targets.get(qualifier);
    let known = known.and_then(|target| target.facts.settings.last());
    let has_come = *config == Outcome::NotFound && known != Some(&Settings::Unconfigured);
    let last_read = AsOf::last_read(now().instant);
    has_come || (is_lossy && before.failures_retained(qualifier, &last_read) != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Destination, NotListed, Timestamp};
    use std::time::{Duration, Instant, SystemTime};

    fn described(has_queue: bool) -> Function {
        let queue = has_queue.then_some("arn:aws:sqs:us-east-1:111122223333:dead");
        Function {
            arn: "arn:aws:lambda:us-east-1:111122223333:function:f".into(),
            runtime: None,
            package_type: "Zip".into(),
            dead_letter_queue: Destination::from_wire(queue),
        }
    }

    fn config(has_destination: bool) -> EventInvokeConfig {
        let arn = has_destination.then_some("arn:aws:sqs:us-east-1:111122223333:failed");
        EventInvokeConfig {
            on_failure: Destination::from_wire(arn),
            ..EventInvokeConfig::default()
        }
    }

    fn known(settings: Settings, has_queue: bool) -> Reading {
        let now = Timestamp {
            instant: Instant::now(),
            wall: SystemTime::UNIX_EPOCH,
        };
        let answers = Answers {
            function: Outcome::Ok(described(has_queue)).into(),
            versions: BTreeMap::new(),
            targets: BTreeMap::from([(Qualifier::latest(), TargetAnswer::ok(settings))]),
            not_listed: NotListed::Deleted,
        };
        Reading::default().updated_with(answers, now, Duration::from_mins(30))
    }

    #[test]
    fn what_is_worse_than_it_was_is_in_doubt_once() {
        let unconfigured = |queue| known(Settings::Unconfigured, queue);
        let configured = |has, queue| known(Settings::Configured(config(has)), queue);
        let exists = |queue| Outcome::Ok(described(queue));
        let has = |destination| Outcome::Ok(config(destination));
        for (before, config, owner, expected) in [
            // New: it may have come with its config.
            (Reading::default(), Outcome::NotFound, exists(false), true),
            (Reading::default(), Outcome::NotFound, exists(true), true),
            (Reading::default(), has(false), exists(false), true),
            (Reading::default(), has(true), exists(false), false),
            (Reading::default(), has(false), exists(true), false),
            // Deleted and created anew.
            (
                configured(true, true),
                Outcome::NotFound,
                exists(true),
                true,
            ),
            // The destination may have come for the queue.
            (unconfigured(true), Outcome::NotFound, exists(false), true),
            (configured(false, true), has(false), exists(false), true),
            (configured(true, false), has(false), exists(false), true),
            // As it was.
            (unconfigured(false), Outcome::NotFound, exists(false), false),
            (unconfigured(true), Outcome::NotFound, exists(true), false),
            (configured(false, false), has(false), exists(false), false),
            // Nothing was said.
            (
                Reading::default(),
                Outcome::NotFound,
                Outcome::NotFound,
                false,
            ),
            (
                Reading::default(),
                Outcome::Failed(FailureKind::Error),
                exists(false),
                false,
            ),
        ] {
            let doubted = is_in_doubt(&before, &Qualifier::latest(), &config, &owner);
            assert_eq!(doubted, expected, "{before:?} {config:?} {owner:?}");
        }
    }

    #[test]
    fn no_qualifier_stands_in_for_one_that_could_not_be_read() {
        let known = |arn: &str| {
            Outcome::Ok(Function {
                arn: arn.into(),
                runtime: None,
                package_type: "Zip".into(),
                dead_letter_queue: None,
            })
        };
        let failed = || Outcome::Failed(FailureKind::Error);
        for (owners, expected) in [
            (vec![known("a"), known("b")], known("a")),
            (vec![Outcome::NotFound, known("b")], known("b")),
            (vec![Outcome::NotFound, failed()], failed()),
            (vec![failed(), known("b")], failed()),
            (
                vec![Outcome::NotFound, Outcome::NotFound],
                Outcome::NotFound,
            ),
        ] {
            assert_eq!(first_existing(owners), expected);
        }
    }
}
