//! A scope whose sweep is ten times as long as the interval: it is slower, and no less right.

use std::time::Duration;

use lambda_async_exporter::{
    config::{Config, Poll},
    domain::{FailureKind, TargetState},
    poll::Operation,
};
use tokio::time::{Instant, sleep};

use crate::{
    fake_aws::{ACCOUNT, FakeAws},
    polling::{Polling, SECOND, config, poll_config},
};

const INTERVAL: Duration = Duration::from_mins(5);

/// 600 functions at one call in five seconds, after the first sweep of 51 minutes.
async fn overloaded() -> (FakeAws, Polling) {
    let aws = FakeAws::default();
    for number in 0..600 {
        aws.set(&format!("f{number:04}"), |_| {});
    }
    aws.state().page_size = 50;
    let config = Config {
        poll: Poll {
            max_requests_per_second: 0.2,
            max_in_flight: 1,
            ..poll_config()
        },
        ..config(&[], poll_config())
    };
    let polling = Polling::run(&aws, config);
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

#[tokio::test(start_paused = true)]
async fn credentials_that_were_away_for_seconds_make_nothing_stale() {
    let (aws, polling) = overloaded().await;
    aws.state().refused.insert(ACCOUNT.to_owned());
    sleep(20 * SECOND).await;
    aws.state().refused.clear();
    for _ in 0..60 {
        sleep(60 * SECOND).await;
        let fleet = polling.fleet.load();
        let readings = fleet.scopes.values().next().unwrap();
        let now = Instant::now().into_std();
        let stale_after = poll_config().stale_after;
        let published = readings.functions.values().filter(|reading| {
            let mut targets = reading.targets.values();
            reading.current_function(now, stale_after).is_some()
                && targets.all(|target| target.current_settings(now, stale_after).is_some())
        });
        assert_eq!(published.count(), 600);
    }
}

/// What became stale while credentials were away does not come back before it is read.
#[tokio::test(start_paused = true)]
async fn credentials_that_were_away_for_long_bring_nothing_stale_back() {
    let (aws, polling) = overloaded().await;
    aws.state().refused.insert(ACCOUNT.to_owned());
    sleep(40 * 60 * SECOND).await;
    assert_eq!(polling.settings("f0300"), None);
    aws.set("f0300", |f| f.fails = Some(FailureKind::Error));
    aws.state().refused.clear();
    sleep(60 * 60 * SECOND).await;
    assert_eq!(polling.settings("f0300"), None);
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
    let many = Poll {
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
