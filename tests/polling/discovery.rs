//! Functions that AWS lists: what is asked, who comes, who goes, and who stays.

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{
        Discovery, EventInvokeConfig, FailureKind, Operation, PollSettings, Settings, TargetState,
    },
};
use tokio::time::sleep;

use crate::{
    aws::ACCOUNT,
    fake_aws::FakeAws,
    polling::{Polling, SECOND, config, poll_config},
};

const INTERVAL: Duration = Duration::from_mins(5);

fn fleet_of(functions: usize) -> FakeAws {
    let aws = FakeAws::default();
    for number in 0..functions {
        aws.set(&format!("f{number:04}"), |_| {});
    }
    aws.state().page_size = 50;
    aws
}

/// Discovery as the change leaves it.
fn discovering(change: impl FnOnce(&mut Discovery)) -> Config {
    let mut config = config(&[], poll_config());
    change(config.accounts[0].discovery.as_mut().unwrap());
    config
}

fn tags(team: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("team".to_owned(), team.to_owned())])
}

#[tokio::test(start_paused = true)]
async fn a_sweep_costs_one_call_for_each_function_and_each_page() {
    let aws = fleet_of(120);
    let polling = Polling::run(&aws, discovering(|_| {}));
    polling.first_sweep().await;
    assert_eq!(polling.names().len(), 120);
    assert_eq!(polling.settings("f0119"), Some(Settings::Unconfigured));
    let first = [
        (Operation::ListFunctions, 3),
        (Operation::ListFunctionEventInvokeConfigs, 120),
    ];
    for (operation, expected) in first {
        assert_eq!(aws.count(operation), expected, "{operation:?}");
    }
    // By then each has waited for its slot once.
    sleep(2 * INTERVAL).await;
    let before = aws.calls().len();
    sleep(2 * INTERVAL).await;
    assert_eq!(aws.calls().len() - before, 2 * (120 + 3));
    assert_eq!(aws.count(Operation::GetResources), 0);
    assert_eq!(aws.count(Operation::ListAliases), 0);
    assert_eq!(aws.count(Operation::GetFunctionConfiguration), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_or_breaks_off_erases_nothing() {
    for pages in [0, 1, 2] {
        for kind in [
            FailureKind::Throttled,
            FailureKind::Denied,
            FailureKind::Error,
        ] {
            let aws = fleet_of(120);
            let polling = Polling::run(&aws, discovering(|_| {}));
            sleep(60 * SECOND).await;
            assert_eq!(polling.discovered(), Some(true));

            aws.fail_after(Operation::ListFunctions, pages, kind);
            sleep(2 * INTERVAL).await;
            assert_eq!(polling.names().len(), 120, "{kind:?} after {pages} pages");
            assert_eq!(polling.discovered(), Some(false));
            assert_eq!(polling.state("f0119"), Some(TargetState::Ok));

            aws.heal(Operation::ListFunctions);
            aws.state().functions.remove("f0007");
            sleep(2 * INTERVAL).await;
            assert_eq!(polling.discovered(), Some(true));
            assert_eq!(polling.names().len(), 119);
        }
    }
}

/// Pages that came are not asked for again.
#[tokio::test(start_paused = true)]
async fn a_page_that_is_throttled_is_asked_for_later_and_the_listing_goes_on() {
    let aws = fleet_of(120);
    aws.fail_after(Operation::ListFunctions, 2, FailureKind::Throttled);
    let polling = Polling::run(&aws, discovering(|_| {}));
    while aws.count(Operation::ListFunctions) < 3 {
        sleep(SECOND / 10).await;
    }
    sleep(4 * SECOND).await;
    assert_eq!(aws.count(Operation::ListFunctions), 3, "not at once");
    aws.heal(Operation::ListFunctions);
    polling.first_sweep().await;
    assert_eq!(aws.count(Operation::ListFunctions), 4);
    assert_eq!(polling.names().len(), 120);
    assert_eq!(polling.discovered(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_function_leaves_as_soon_as_aws_says_so() {
    let aws = fleet_of(10);
    let polling = Polling::run(&aws, discovering(|_| {}));
    sleep(2 * INTERVAL).await;
    aws.state().functions.remove("f0003");
    let listings = aws.count(Operation::ListFunctions);
    // Its own read or the listing, whichever comes first.
    for _ in 0..300 {
        sleep(SECOND).await;
        assert_ne!(polling.state("f0003"), Some(TargetState::Denied));
        if polling.settings("f0003").is_none() {
            break;
        }
    }
    assert_eq!(polling.settings("f0003"), None);
    sleep(SECOND).await;
    assert_eq!(polling.names().len(), 9);
    assert!(aws.count(Operation::ListFunctions) - listings <= 2);
}

/// Where only its own read tells that it is gone, no listing confirms it, and it does not leave: but
/// what it was is no longer published.
#[tokio::test(start_paused = true)]
async fn no_function_leaves_without_a_complete_listing() {
    let aws = fleet_of(10);
    let polling = Polling::run(&aws, discovering(|_| {}));
    sleep(INTERVAL).await;
    aws.fail_after(Operation::ListFunctions, 0, FailureKind::Error);
    aws.state().functions.remove("f0003");
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.names().len(), 10);
    assert_eq!(polling.state("f0003"), Some(TargetState::NotFound));
    assert_eq!(polling.settings("f0003"), None);
}

#[tokio::test(start_paused = true)]
async fn a_new_function_is_read_first() {
    let aws = fleet_of(200);
    let slow = PollSettings {
        max_requests_per_second: 0.2,
        max_in_flight: 1,
        ..poll_config()
    };
    let mut config = discovering(|_| {});
    config.poll = slow;
    let polling = Polling::run(&aws, config);
    // The sweep takes 1000 s and more, so others wait at any time.
    sleep(4 * INTERVAL).await;
    aws.set("f0100-new", |_| {});
    while !polling.names().contains(&"f0100-new".to_owned()) {
        sleep(SECOND).await;
    }
    // The rest of the pages, and then its turn.
    sleep(30 * SECOND).await;
    assert_eq!(polling.settings("f0100-new"), Some(Settings::Unconfigured));
}

/// 400 functions need 408 calls, 408 s at one a second; and meanwhile they are listed once more.
#[tokio::test(start_paused = true)]
async fn a_sweep_that_does_not_fit_takes_longer_and_asks_nothing_twice() {
    let aws = fleet_of(400);
    let mut config = discovering(|_| {});
    config.poll.max_requests_per_second = 1.0;
    let polling = Polling::run(&aws, config);
    sleep(450 * SECOND).await;
    let status = |polling: &Polling| {
        let fleet = polling.fleet.load();
        fleet.scopes.values().next().unwrap().status.clone()
    };
    let first = status(&polling).sweep_duration.unwrap();
    assert!(first.abs_diff(416 * SECOND) < 12 * SECOND, "{first:?}");
    aws.state().calls.clear();
    sleep(408 * SECOND).await;
    let mut read = BTreeMap::new();
    let reads = aws.calls().into_iter();
    for call in reads.filter(|call| call.operation != Operation::ListFunctions) {
        *read.entry(call.about).or_insert(0) += 1;
    }
    // A sweep's time is the end of one sweep and the beginning of the next.
    let thrice = read.iter().find(|(_, times)| **times > 2);
    assert_eq!(thrice, None);
    let missed = 400 - read.len();
    assert!(missed < 120, "{missed}");
    // Even so, nothing is stale and nothing is missing.
    sleep(8 * INTERVAL).await;
    assert_eq!(polling.names().len(), 400);
    assert_eq!(polling.settings("f0399"), Some(Settings::Unconfigured));
}

#[tokio::test(start_paused = true)]
async fn names_are_filtered_by_patterns() {
    let aws = FakeAws::default();
    for name in ["prod-a", "prod-a-canary", "dev-a"] {
        aws.set(name, |_| {});
    }
    let polling = Polling::run(
        &aws,
        discovering(|discovery| {
            discovery.include = vec!["^prod-".parse().unwrap()];
            discovery.exclude = vec!["-canary$".parse().unwrap()];
        }),
    );
    polling.first_sweep().await;
    assert_eq!(polling.names(), ["prod-a"]);
    assert_eq!(aws.count(Operation::ListFunctionEventInvokeConfigs), 1);
}

#[tokio::test(start_paused = true)]
async fn tags_are_a_filter_on_the_listing() {
    let aws = FakeAws::default();
    aws.set("payments", |f| f.tags = tags("payments"));
    aws.set("search", |f| f.tags = tags("search"));
    aws.set("untagged", |_| {});
    aws.set("deleted", |f| {
        f.tags = tags("payments");
        f.missing = true;
    });
    let only_payments = discovering(|discovery| {
        let values = ["payments".to_owned()].into();
        discovery.tags = BTreeMap::from([("team".to_owned(), values)]);
    });
    let polling = Polling::run(&aws, only_payments);
    sleep(10 * SECOND).await;
    assert_eq!(polling.names(), ["payments"]);

    // Without tags it cannot be told who is wanted: nobody comes and nobody goes but who is deleted.
    aws.fail_after(Operation::GetResources, 0, FailureKind::Error);
    aws.set("search", |f| f.tags = tags("payments"));
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.names(), ["payments"]);
    assert_eq!(polling.discovered(), Some(false));

    aws.heal(Operation::GetResources);
    aws.set("payments", |f| f.tags = tags("other"));
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.names(), ["search"]);
    assert_eq!(polling.discovered(), Some(true));
}

/// The first answer decides: before it, a filter by tags lets nobody in.
#[tokio::test(start_paused = true)]
async fn without_the_permission_to_read_tags_nobody_is_let_in() {
    let aws = FakeAws::default();
    aws.set("payments", |f| f.tags = tags("payments"));
    aws.fail_after(Operation::GetResources, 0, FailureKind::Denied);
    let tagged = discovering(|discovery| {
        discovery.tags = BTreeMap::from([("team".to_owned(), [].into())]);
    });
    let polling = Polling::run(&aws, tagged);
    sleep(10 * SECOND).await;
    assert!(polling.names().is_empty());
    assert!(polling.fleet.load().is_ready());
    assert_eq!(polling.discovered(), Some(false));
    aws.heal(Operation::GetResources);
    sleep(INTERVAL).await;
    assert_eq!(polling.names(), ["payments"]);
}

/// Where tags are only labels, they are not needed.
#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_once_is_tried_again_soon_though_tags_are_denied() {
    let aws = fleet_of(10);
    aws.fail_after(Operation::GetResources, 0, FailureKind::Denied);
    aws.fail_after(Operation::ListFunctions, 0, FailureKind::Error);
    let mut config = discovering(|_| {});
    config.labels.tags = vec!["team".parse().unwrap()];
    let polling = Polling::run(&aws, config);
    sleep(SECOND).await;
    assert!(polling.names().is_empty());
    aws.heal(Operation::ListFunctions);
    sleep(10 * SECOND).await;
    assert_eq!(polling.names().len(), 10);
    // The refusal alone is no reason to try again.
    let tried = aws.count(Operation::GetResources);
    sleep(60 * SECOND).await;
    assert!(aws.count(Operation::GetResources) <= tried + 1);
}

#[tokio::test(start_paused = true)]
async fn every_alias_is_published_configured_or_not() {
    let aws = FakeAws::default();
    let config = EventInvokeConfig {
        maximum_retry_attempts: Some(0),
        ..EventInvokeConfig::default()
    };
    aws.set("f", |f| {
        f.set_aliases(["BLUE", "GREEN"]);
        f.versions.insert("7".to_owned(), None);
        f.configs = ["BLUE", "DELETED", "7"]
            .map(|qualifier| (qualifier.to_owned(), config.clone()))
            .into();
    });
    let polling = Polling::run(&aws, discovering(|discovery| discovery.aliases = true));
    polling.first_sweep().await;
    let published = |polling: &Polling| {
        let reading = polling.reading("f").unwrap();
        let targets = reading.targets.iter();
        let retries = targets.map(|(qualifier, target)| {
            let settings = target.facts.settings.current(
                tokio::time::Instant::now().into_std(),
                poll_config().stale_after,
            );
            (
                qualifier.to_string(),
                settings.map(Settings::maximum_retry_attempts),
            )
        });
        retries.collect::<Vec<_>>()
    };
    let all = [
        ("$LATEST".to_owned(), Some(2)),
        ("7".to_owned(), Some(0)),
        ("BLUE".to_owned(), Some(0)),
        ("GREEN".to_owned(), Some(2)),
    ];
    assert_eq!(published(&polling), all, "a deleted alias's config is none");
    assert_eq!(aws.count(Operation::ListAliases), 1);

    aws.fail_after(Operation::ListAliases, 0, FailureKind::Error);
    aws.set("f", |f| {
        f.aliases.remove("GREEN");
    });
    sleep(2 * INTERVAL).await;
    assert_eq!(published(&polling), all, "nothing new was told");
    aws.heal(Operation::ListAliases);
    sleep(INTERVAL + SECOND).await;
    assert_eq!(published(&polling), all[..3]);
}

/// A config may be a deleted alias's; who cannot tell does not publish it as new.
#[tokio::test(start_paused = true)]
async fn an_alias_is_not_believed_before_aliases_are_listed() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        f.configs = BTreeMap::from([("BLUE".to_owned(), EventInvokeConfig::default())]);
    });
    aws.fail_after(Operation::ListAliases, 0, FailureKind::Error);
    let polling = Polling::run(&aws, discovering(|discovery| discovery.aliases = true));
    sleep(3 * SECOND).await;
    let reading = polling.reading("f").unwrap();
    let targets: Vec<_> = reading.targets.keys().map(ToString::to_string).collect();
    assert_eq!(targets, ["$LATEST"]);
    assert_eq!(polling.settings("f"), Some(Settings::Unconfigured));
    assert_eq!(
        polling.state("f"),
        Some(TargetState::Failed),
        "not all was read"
    );
}

#[tokio::test(start_paused = true)]
async fn named_and_discovered_is_one_and_named_alone_is_missed() {
    let aws = FakeAws::default();
    aws.set("f", |f| f.set_aliases(["BLUE"]));
    let mut config = config(&["f", "f:BLUE", "g"], poll_config());
    config.accounts[0].discovery = Some(Discovery::default());
    aws.set("g", |g| g.missing = true);
    let polling = Polling::run(&aws, config);
    polling.first_sweep().await;
    let reading = polling.reading("f").unwrap();
    let qualifiers: Vec<_> = reading.targets.keys().map(ToString::to_string).collect();
    assert_eq!(qualifiers, ["$LATEST", "BLUE"]);
    // One of g, which does not exist.
    assert_eq!(aws.count(Operation::GetFunctionEventInvokeConfig), 1);
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.state("g"), Some(TargetState::NotFound));
    // From now on one listing of configs, and one of the aliases, of which one was named.
    aws.state().calls.clear();
    sleep(INTERVAL).await;
    let calls = aws.calls();
    let of_f: Vec<_> = calls.iter().filter(|call| call.about == "f").collect();
    assert_eq!(of_f.len(), 2, "{of_f:?}");

    // Found later, it is read at once as what it is.
    let listings = aws.count(Operation::ListFunctions);
    aws.set("g", |g| {
        g.missing = false;
        g.versions = BTreeMap::from([("7".to_owned(), None)]);
        g.configs = BTreeMap::from([("7".to_owned(), EventInvokeConfig::default())]);
    });
    while aws.count(Operation::ListFunctions) == listings {
        sleep(SECOND).await;
    }
    sleep(2 * SECOND).await;
    assert_eq!(polling.reading("g").unwrap().targets.len(), 2);

    // Deleted, it is one that was named and does not exist.
    aws.set("f", |f| f.missing = true);
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.names(), ["f", "g"]);
    assert_eq!(polling.state("f"), Some(TargetState::NotFound));
}

/// Its config is known, and it was asked for by itself: that other aliases are not known says nothing
/// about it.
#[tokio::test(start_paused = true)]
async fn a_named_alias_keeps_its_config_where_aliases_cannot_be_listed() {
    let aws = FakeAws::default();
    let config_of_blue = EventInvokeConfig {
        maximum_retry_attempts: Some(0),
        ..EventInvokeConfig::default()
    };
    aws.set("f", |f| {
        f.set_aliases(["BLUE"]);
        f.configs = BTreeMap::from([("BLUE".to_owned(), config_of_blue)]);
    });
    aws.fail_after(Operation::ListAliases, 0, FailureKind::Error);
    let mut config = config(&["f:BLUE"], poll_config());
    config.accounts[0].discovery = Some(Discovery {
        aliases: true,
        ..Discovery::default()
    });
    let polling = Polling::run(&aws, config);
    polling.first_sweep().await;
    let reading = polling.reading("f").unwrap();
    let now = tokio::time::Instant::now().into_std();
    let settings = reading.targets[&"BLUE".parse().unwrap()]
        .facts
        .settings
        .current(now, poll_config().stale_after)
        .map(Settings::maximum_retry_attempts);
    assert_eq!(settings, Some(0));
}

/// Where the tags would decide about aliases and are not known, none appears.
#[tokio::test(start_paused = true)]
async fn aliases_that_tags_decide_about_wait_for_the_tags() {
    let aws = FakeAws::default();
    aws.set("f", |f| f.set_aliases(["BLUE"]));
    aws.fail_after(Operation::GetResources, 0, FailureKind::Error);
    let mut config = discovering(|_| {});
    let mut tagged = config.accounts[0].clone();
    tagged.discovery = Some(Discovery {
        tags: BTreeMap::from([("team".to_owned(), [].into())]),
        aliases: true,
        ..Discovery::default()
    });
    config.accounts.push(tagged);
    let polling = Polling::run(&aws, config);
    sleep(2 * INTERVAL).await;
    assert_eq!(polling.reading("f").unwrap().targets.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_panics_is_one_that_failed() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let polling = Polling::start(&aws, &[], poll_config());
    polling.first_sweep().await;
    aws.state().panicking.insert(Operation::ListFunctions);
    sleep(2 * poll_config().interval).await;
    assert_eq!(polling.names(), ["f"]);
    let discovered = |polling: &Polling| {
        let fleet = polling.fleet.load();
        fleet.scopes[&Polling::scope(Some(ACCOUNT))]
            .status
            .discovered
    };
    assert_eq!(discovered(&polling), Some(false));
    aws.state().panicking.clear();
    sleep(2 * poll_config().interval).await;
    assert_eq!(discovered(&polling), Some(true));
}
