//! Dead-letter queues of versions, and aliases: which queue is in force, what is kept, and what changes between calls.

use std::time::Duration;

use lambda_async_exporter::{
    config::Config,
    domain::{
        Destination, Discovery, EventInvokeConfig, FailureKind, Operation, PollSettings, Reading,
    },
};
use tokio::time::{Instant, sleep};

use crate::{
    aws::LATEST,
    fake_aws::{Behaviour, FakeAws},
    polling::{Polling, SECOND, config, poll_config, retains},
};

const INTERVAL: Duration = Duration::from_mins(5);

fn queue(name: &str) -> Option<Destination> {
    Destination::from_wire(Some(&format!("arn:aws:sqs:us-east-1:123456789012:{name}")))
}

fn with_destination() -> EventInvokeConfig {
    EventInvokeConfig {
        on_failure: queue("failed"),
        ..EventInvokeConfig::default()
    }
}

/// Version 1 has a queue, version 2 none.
fn publish(f: &mut Behaviour) {
    f.versions.insert("1".to_owned(), queue("dead"));
    f.versions.insert("2".to_owned(), None);
}

fn point(f: &mut Behaviour, alias: &str, versions: &[&str]) {
    let versions = versions.iter().map(|&version| version.to_owned());
    f.aliases.insert(alias.to_owned(), versions.collect());
}

fn configure(f: &mut Behaviour, qualifier: &str, config: EventInvokeConfig) {
    f.configs.insert(qualifier.to_owned(), config);
}

/// One call a second.
fn slow() -> PollSettings {
    PollSettings {
        max_requests_per_second: 1.0,
        ..poll_config()
    }
}

/// Each way to read an alias of `f`: it has a config, all are wanted, it is named, and named of what is listed.
fn ways() -> [Config; 4] {
    let discovering = |aliases| Discovery {
        aliases,
        ..Discovery::default()
    };
    let mut every_alias = config(&[], slow());
    every_alias.accounts[0].discovery = Some(discovering(true));
    let mut both = config(&["f:live"], slow());
    both.accounts[0].discovery = Some(discovering(false));
    [
        config(&[], slow()),
        every_alias,
        config(&["f:live"], slow()),
        both,
    ]
}

fn qualifiers(polling: &Polling) -> Vec<String> {
    let reading = polling.reading("f").unwrap_or_default();
    reading.targets.keys().map(ToString::to_string).collect()
}

fn verdict(polling: &Polling, qualifier: &str) -> Option<bool> {
    let reading = polling.reading("f")?;
    retains(&reading, qualifier)
}

#[tokio::test(start_paused = true)]
async fn an_alias_has_the_queue_of_its_version_and_a_weighted_one_the_lower() {
    for (versions, expected) in [
        (&["1"][..], Some(true)),
        (&["2"], Some(false)),
        (&[LATEST], Some(false)),
        (&["1", "2"], Some(false)),
        (&["2", "1"], Some(false)),
        (&["1", "3"], Some(true)),
    ] {
        for config in ways() {
            let aws = FakeAws::default();
            aws.set("f", |f| {
                publish(f);
                f.versions.insert("3".to_owned(), queue("other"));
                point(f, "live", versions);
                configure(f, "live", EventInvokeConfig::default());
            });
            let polling = Polling::run(&aws, config);
            polling.first_sweep().await;
            assert_eq!(verdict(&polling, "live"), expected, "{versions:?}");
        }
    }
}

/// `$LATEST` has another queue by now.
#[tokio::test(start_paused = true)]
async fn a_version_that_is_listed_or_named_has_the_queue_it_was_published_with() {
    for references in [&[][..], &["f:1", "f:2"]] {
        let aws = FakeAws::default();
        aws.set("f", |f| {
            publish(f);
            for version in ["1", "2"] {
                configure(f, version, EventInvokeConfig::default());
            }
        });
        let polling = Polling::start(&aws, references, poll_config());
        polling.first_sweep().await;
        assert_eq!(verdict(&polling, "1"), Some(true));
        assert_eq!(verdict(&polling, "2"), Some(false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_is_asked_for_once_and_kept() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        point(f, "live", &["1"]);
        configure(f, "live", EventInvokeConfig::default());
        configure(f, "1", EventInvokeConfig::default());
    });
    let polling = Polling::start(&aws, &[], poll_config());
    sleep(9 * INTERVAL).await;
    assert_eq!(aws.count(Operation::GetFunctionConfiguration), 1);
    assert!(aws.count(Operation::ListAliases) >= 9);
    assert_eq!(verdict(&polling, "live"), Some(true));
    assert_eq!(verdict(&polling, "1"), Some(true));
    // And once an hour, whether it is still the same.
    sleep(3 * INTERVAL).await;
    assert_eq!(aws.count(Operation::GetFunctionConfiguration), 2);
}

#[tokio::test(start_paused = true)]
async fn the_config_of_a_deleted_version_leaves_within_the_hour() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        configure(f, "1", EventInvokeConfig::default());
        configure(f, "7", EventInvokeConfig::default());
    });
    let polling = Polling::start(&aws, &[], poll_config());
    polling.first_sweep().await;
    assert_eq!(qualifiers(&polling), [LATEST, "1"], "7 never was");
    aws.set("f", |f| drop(f.versions.remove("1")));
    sleep(Duration::from_hours(1)).await;
    assert_eq!(qualifiers(&polling), [LATEST]);
}

/// Its version 1 is not the one that was known.
#[tokio::test(start_paused = true)]
async fn a_function_created_anew_has_other_versions_of_the_same_number() {
    for config in ways() {
        let aws = FakeAws::default();
        aws.set("f", |f| {
            publish(f);
            point(f, "live", &["1"]);
            configure(f, "live", EventInvokeConfig::default());
        });
        let polling = Polling::run(&aws, config);
        polling.first_sweep().await;
        assert_eq!(verdict(&polling, "live"), Some(true));
        aws.set("f", |f| drop(f.versions.insert("1".to_owned(), None)));
        sleep(Duration::from_hours(1)).await;
        assert_eq!(verdict(&polling, "live"), Some(false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_alias_leaves_no_target_behind() {
    for config in ways().into_iter().take(2) {
        let aws = FakeAws::default();
        aws.set("f", |f| {
            point(f, "live", &[LATEST]);
            configure(f, "live", EventInvokeConfig::default());
            configure(f, "orphan", EventInvokeConfig::default());
        });
        let polling = Polling::run(&aws, config);
        polling.first_sweep().await;
        assert_eq!(qualifiers(&polling), [LATEST, "live"]);
        aws.set("f", |f| drop(f.aliases.remove("live")));
        sleep(INTERVAL + 2 * SECOND).await;
        assert_eq!(qualifiers(&polling), [LATEST]);
        sleep(2 * INTERVAL).await;
        assert_eq!(qualifiers(&polling), [LATEST]);
    }
}

/// An orphan costs one more call a sweep, not two.
#[tokio::test(start_paused = true)]
async fn a_function_with_configs_of_aliases_costs_one_listing_of_these() {
    for alias in ["live", "orphan"] {
        let aws = FakeAws::default();
        aws.set("f", |f| {
            point(f, "live", &[LATEST]);
            configure(f, alias, with_destination());
        });
        let polling = Polling::start(&aws, &[], poll_config());
        polling.first_sweep().await;
        aws.state().calls.clear();
        sleep(10 * INTERVAL).await;
        // The last turn may have ended halfway.
        for operation in [
            Operation::ListFunctionEventInvokeConfigs,
            Operation::ListAliases,
        ] {
            let calls = aws.count(operation);
            assert!((9..=10).contains(&calls), "{alias}: {operation:?} {calls}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_to_list_aliases_configs_are_published_and_their_queue_is_not() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        point(f, "live", &["1"]);
        point(f, "safe", &["2"]);
        configure(f, "live", EventInvokeConfig::default());
        configure(f, "safe", with_destination());
    });
    aws.fail_after(Operation::ListAliases, 0, FailureKind::Denied);
    let polling = Polling::start(&aws, &[], poll_config());
    for _ in 0..3 {
        sleep(INTERVAL).await;
        assert_eq!(qualifiers(&polling), [LATEST, "live", "safe"]);
        assert_eq!(verdict(&polling, LATEST), Some(false));
        assert_eq!(verdict(&polling, "live"), None);
        assert_eq!(verdict(&polling, "safe"), Some(true));
    }
}

/// What `GetFunctionConfiguration` tells of an alias is enough, unless it is weighted, which nobody knows then.
#[tokio::test(start_paused = true)]
async fn a_named_alias_is_read_without_the_permission_to_list_aliases() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        point(f, "live", &["2"]);
    });
    aws.fail_after(Operation::ListAliases, 0, FailureKind::Denied);
    let polling = Polling::start(&aws, &["f:live"], poll_config());
    polling.first_sweep().await;
    assert_eq!(verdict(&polling, "live"), Some(false));
    aws.set("f", |f| point(f, "live", &["1"]));
    sleep(INTERVAL + SECOND).await;
    assert_eq!(verdict(&polling, "live"), Some(true));
}

/// Nothing leaves, and nothing is believed that was not known before.
#[tokio::test(start_paused = true)]
async fn while_listing_aliases_fails_all_stays_as_it_was() {
    for kind in [FailureKind::Throttled, FailureKind::Error] {
        for config in ways() {
            let aws = FakeAws::default();
            aws.set("f", |f| {
                publish(f);
                point(f, "live", &["1", "2"]);
                configure(f, "live", EventInvokeConfig::default());
            });
            let polling = Polling::run(&aws, config);
            polling.first_sweep().await;
            let before = qualifiers(&polling);
            assert_eq!(verdict(&polling, "live"), Some(false));
            aws.fail_after(Operation::ListAliases, 0, kind);
            aws.set("f", |f| {
                configure(f, "orphan", EventInvokeConfig::default());
            });
            for _ in 0..4 {
                sleep(INTERVAL).await;
                assert_eq!(qualifiers(&polling), before, "{kind:?}");
                // Of the two versions only the first one would be told.
                assert_eq!(verdict(&polling, "live"), Some(false), "{kind:?}");
            }
        }
    }
}

/// An alias that cannot be asked for has no queue of long ago.
#[tokio::test(start_paused = true)]
async fn the_queue_of_a_named_alias_that_cannot_be_read_is_stale_in_its_time() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        point(f, "live", &["1"]);
    });
    let polling = Polling::start(&aws, &["f:live"], poll_config());
    polling.first_sweep().await;
    aws.fail_after(Operation::GetFunctionConfiguration, 0, FailureKind::Error);
    sleep(poll_config().stale_after + 2 * INTERVAL).await;
    let reading = polling.reading("f").unwrap();
    let versions = &reading.targets[&"live".parse().unwrap()].facts.versions;
    let now = Instant::now().into_std();
    assert_eq!(versions.current(now, poll_config().stale_after), None);
}

/// The steps of a deployment after each of which failures are kept.
type Step = fn(&mut Behaviour);

fn move_to_1(f: &mut Behaviour) {
    point(f, "live", &["1"]);
}

fn move_to_2(f: &mut Behaviour) {
    point(f, "live", &["2"]);
}

fn weight_1_and_2(f: &mut Behaviour) {
    point(f, "live", &["1", "2"]);
}

fn set_destination(f: &mut Behaviour) {
    configure(f, "live", with_destination());
}

fn remove_destination(f: &mut Behaviour) {
    configure(f, "live", EventInvokeConfig::default());
}

/// Whichever calls lie before the first step and between the two: failures are kept all the time, and are never said
/// to be lost.
#[tokio::test(start_paused = true)]
async fn an_alias_that_moves_while_its_destination_comes_or_goes_loses_nothing() {
    let begin: [(Step, Step); 3] = [
        (move_to_1, remove_destination),
        (move_to_2, set_destination),
        (weight_1_and_2, set_destination),
    ];
    let steps: [[Step; 2]; 4] = [
        [set_destination, move_to_2],
        [move_to_1, remove_destination],
        [move_to_1, remove_destination],
        [set_destination, weight_1_and_2],
    ];
    let begins = [0, 1, 2, 0];
    for (steps, begins) in steps.into_iter().zip(begins) {
        for config in ways() {
            for first in 1..4 {
                for second in 0..2 {
                    interleave(&config, begin[begins], steps, first, second).await;
                }
            }
        }
    }
}

async fn interleave(
    config: &Config,
    begin: (Step, Step),
    steps: [Step; 2],
    first: usize,
    second: usize,
) {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        publish(f);
        (begin.0)(f);
        (begin.1)(f);
    });
    let polling = Polling::run(&aws, config.clone());
    polling.first_sweep().await;
    sleep(2 * SECOND).await;
    assert_eq!(verdict(&polling, "live"), Some(true));
    let calls = aws.calls().len();
    until_calls(&aws, &polling, calls + first).await;
    aws.set("f", steps[0]);
    until_calls(&aws, &polling, calls + first + second).await;
    aws.set("f", steps[1]);
    until_calls(&aws, &polling, calls + first + second + 4).await;
    sleep(2 * INTERVAL).await;
    assert_eq!(verdict(&polling, "live"), Some(true));
}

/// Waits for so many calls, and looks at what is published all the time.
async fn until_calls(aws: &FakeAws, polling: &Polling, calls: usize) {
    while aws.calls().len() < calls {
        sleep(SECOND / 2).await;
        let lost = |reading: &Reading| retains(reading, "live") == Some(false);
        let reading = polling.reading("f").unwrap();
        assert!(!lost(&reading), "{reading:?} {:?}", aws.calls());
    }
}
