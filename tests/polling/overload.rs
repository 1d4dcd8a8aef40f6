//! A scope whose sweep is ten times as long as the interval: it is slower, and no less right.

use std::{collections::BTreeSet, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{Destination, EventInvokeConfig, FailureKind, Operation, PollSettings, TargetState},
};
use tokio::time::{Instant, sleep};

use crate::{
    aws::LATEST,
    fake_aws::FakeAws,
    polling::{Polling, SECOND, config, poll_config, retains},
};

const INTERVAL: Duration = Duration::from_mins(5);

/// How many pages a listing has.
const PAGES: usize = 12;

/// At one call in five seconds.
const SLOT: Duration = Duration::from_secs(5);

/// 600 functions at one call in five seconds: without listings a sweep takes 50 minutes.
fn overload(max_in_flight: usize) -> (FakeAws, Polling) {
    let aws = FakeAws::default();
    for number in 0..600 {
        aws.set(&format!("f{number:04}"), |_| {});
    }
    aws.state().page_size = 50;
    let config = Config {
        poll: PollSettings {
            max_requests_per_second: 0.2,
            max_in_flight,
            ..poll_config()
        },
        ..config(&[], poll_config())
    };
    let polling = Polling::run(&aws, config);
    (aws, polling)
}

/// The same after the first sweep.
async fn overloaded() -> (FakeAws, Polling) {
    let (aws, polling) = overload(1);
    polling.first_sweep().await;
    sleep(100 * SECOND).await;
    (aws, polling)
}

#[tokio::test(start_paused = true)]
async fn what_comes_and_goes_shows_within_the_interval() {
    let (aws, polling) = overloaded().await;
    aws.set("f0000-new", |_| {});
    aws.state().functions.remove("f0400");
    // Twelve pages, and the new one's turn.
    sleep(INTERVAL + 130 * SECOND).await;
    assert!(polling.settings("f0000-new").is_some());
    assert!(!polling.names().contains(&"f0400".to_owned()));
}

/// However many may be in flight, what is asked next is decided when a slot is free.
#[tokio::test(start_paused = true)]
async fn listings_keep_to_the_interval_and_every_function_has_its_turn() {
    for max_in_flight in [1, 64, 1000] {
        let (aws, _polling) = overload(max_in_flight);
        let start = Instant::now();
        sleep(12 * INTERVAL).await;
        let calls = aws.calls();
        let pages = calls
            .iter()
            .filter(|call| call.operation == Operation::ListFunctions);
        let begun: Vec<Instant> = pages.step_by(PAGES).map(|call| call.at).collect();
        assert!(
            begun.len() >= 12,
            "{max_in_flight}: {} listings",
            begun.len()
        );
        for pair in begun.windows(2) {
            let apart = pair[1] - pair[0];
            assert!(apart <= INTERVAL + 2 * SLOT, "{max_in_flight}: {apart:?}");
        }
        let read: BTreeSet<&str> = calls.iter().map(|call| call.about.as_str()).collect();
        // All slots of the hour but those of the listings.
        let slots = usize::try_from(start.elapsed().as_secs() / 5).unwrap();
        let expected = (slots - 12 * PAGES).min(600);
        assert!(
            read.len() + 12 >= expected,
            "{max_in_flight}: {}",
            read.len()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_function_waits_behind_none_of_those_that_may_be_in_flight() {
    let (aws, polling) = overload(1000);
    sleep(INTERVAL).await;
    aws.set("f0000-new", |_| {});
    // Then its turn; the listing goes on at every second slot.
    while !polling.names().contains(&"f0000-new".to_owned()) {
        sleep(SECOND).await;
    }
    sleep(2 * SLOT + SECOND).await;
    assert!(polling.settings("f0000-new").is_some());
}

/// A read of two calls ends before many others begin.
#[tokio::test(start_paused = true)]
async fn what_has_begun_goes_before_what_is_new() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..100).map(|number| format!("f{number:03}")).collect();
    let arn = "arn:aws:sqs:us-east-1:123456789012:failed";
    let config = EventInvokeConfig {
        on_failure: Destination::from_wire(Some(arn)),
        ..EventInvokeConfig::default()
    };
    for name in &names {
        aws.set(name, |f| {
            f.configs.insert(LATEST.to_owned(), config.clone());
        });
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = PollSettings {
        max_in_flight: 1000,
        ..poll_config()
    };
    let polling = Polling::start(&aws, &names, many);
    polling.first_sweep().await;
    let mut begun = BTreeSet::new();
    for call in aws.calls() {
        if !begun.remove(&call.about) {
            begun.insert(call.about);
        }
        assert!(begun.len() <= 2, "{begun:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_is_tried_again_soon() {
    let (aws, polling) = overloaded().await;
    aws.set("f0200", |f| f.fails = Some(FailureKind::Throttled));
    while polling.state("f0200") != Some(TargetState::Throttled) {
        sleep(SECOND).await;
    }
    aws.set("f0200", |f| f.fails = None);
    sleep(60 * SECOND).await;
    assert_eq!(polling.state("f0200"), Some(TargetState::Ok));
}

/// However long a sweep is, one reading of something worse does not stand alone for it.
#[tokio::test(start_paused = true)]
async fn what_is_new_or_became_worse_is_read_again_a_minute_later() {
    let (aws, polling) = overloaded().await;
    let arn = "arn:aws:sqs:us-east-1:123456789012:failed";
    let config = EventInvokeConfig {
        on_failure: Destination::from_wire(Some(arn)),
        ..EventInvokeConfig::default()
    };
    let is_read = |name: &'static str| {
        let reading = polling.reading(name);
        let reading = reading.unwrap_or_default();
        retains(&reading, LATEST)
    };
    // Its config comes a moment after the function.
    aws.set("f0000-new", |_| {});
    while is_read("f0000-new") != Some(false) {
        sleep(SECOND).await;
    }
    aws.set("f0000-new", |f| {
        f.configs.insert(LATEST.to_owned(), config.clone());
    });
    sleep(60 * SECOND + 4 * SLOT).await;
    assert_eq!(is_read("f0000-new"), Some(true));

    // Its config is replaced, and read just then.
    aws.set("f0000-new", |f| f.configs.clear());
    while is_read("f0000-new") != Some(false) {
        sleep(SECOND).await;
    }
    aws.set("f0000-new", |f| {
        f.configs.insert(LATEST.to_owned(), config.clone());
    });
    sleep(60 * SECOND + 6 * SLOT).await;
    assert_eq!(is_read("f0000-new"), Some(true));
}

/// 600 functions that lose events cost no call more than others do.
#[tokio::test(start_paused = true)]
async fn a_fleet_that_loses_events_anyway_costs_no_more() {
    let (aws, polling) = overload(8);
    polling.first_sweep().await;
    let count = |operation| aws.count(operation);
    assert!(count(Operation::ListFunctionEventInvokeConfigs) <= 602);
    assert_eq!(count(Operation::GetFunctionConfiguration), 0);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_credentials_do_not_all_go_at_once() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..200).map(|number| format!("f{number:03}")).collect();
    for name in &names {
        aws.set(name, |_| {});
    }
    aws.state().ready_at = Some(Instant::now() + 4 * SECOND);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = PollSettings {
        max_requests_per_second: 12.0,
        max_in_flight: 16,
        ..poll_config()
    };
    let polling = Polling::start(&aws, &names, many);
    polling.first_sweep().await;
    let calls = aws.calls();
    assert!(aws.count(Operation::GetFunctionConfiguration) >= 200);
    for window in calls.windows(14) {
        let span = window[13].at - window[0].at;
        assert!(span > Duration::from_millis(990), "14 calls in {span:?}");
    }
}
