//! A scope whose sweep is ten times as long as the interval: it is slower, and no less right.

use std::time::Duration;

use lambda_async_exporter::{
    config::Config,
    domain::{FailureKind, Operation, PollSettings, TargetState},
};
use tokio::time::{Instant, sleep};

use crate::{
    fake_aws::FakeAws,
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
        poll: PollSettings {
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
