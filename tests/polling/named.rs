//! Functions that are named: what fails, what is spread, what waits for what.

use std::time::Duration;

use lambda_async_exporter::domain::{
    EventInvokeConfig, FailureKind, Operation, PollSettings, Qualifier, Settings, TargetState,
};
use tokio::time::{Instant, sleep};

use crate::{
    aws::{ACCOUNT, LATEST, REQUEST_TIMEOUT},
    fake_aws::FakeAws,
    polling::{Polling, SECOND, poll_config},
};

#[tokio::test(start_paused = true)]
async fn every_kind_of_failure_stays_with_its_function() {
    for kind in [
        FailureKind::Throttled,
        FailureKind::Denied,
        FailureKind::TimedOut,
        FailureKind::Error,
    ] {
        let aws = FakeAws::default();
        aws.set("good", |_| {});
        aws.set("bad", |_| {});
        let polling = Polling::start(&aws, &["good", "bad", "gone"], poll_config());
        sleep(10 * SECOND).await;
        assert_eq!(polling.state("bad"), Some(TargetState::Ok));
        assert_eq!(polling.state("gone"), Some(TargetState::NotFound));
        assert_eq!(
            polling.settings("gone"),
            None,
            "no function is not a function without a config"
        );

        aws.set("bad", |bad| bad.fails = Some(kind));
        sleep(6 * 60 * SECOND).await;
        assert_eq!(polling.state("bad"), Some(kind.into()), "{kind:?}");
        assert_eq!(
            polling.settings("bad"),
            Some(Settings::Unconfigured),
            "the last good value stays"
        );
        assert_eq!(polling.state("good"), Some(TargetState::Ok), "{kind:?}");

        sleep(31 * 60 * SECOND).await;
        assert_eq!(
            polling.settings("bad"),
            None,
            "{kind:?}: after stale_after it goes"
        );
        assert_eq!(polling.settings("good"), Some(Settings::Unconfigured));

        aws.set("bad", |bad| bad.fails = None);
        sleep(6 * 60 * SECOND).await;
        assert_eq!(
            polling.state("bad"),
            Some(TargetState::Ok),
            "{kind:?} recovers by itself"
        );
        assert_eq!(polling.settings("bad"), Some(Settings::Unconfigured));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_function_goes_at_once_and_comes_back() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let polling = Polling::start(&aws, &["f:*"], poll_config());
    sleep(SECOND).await;
    assert_eq!(polling.settings("f"), Some(Settings::Unconfigured));
    aws.set("f", |f| f.missing = true);
    sleep(5 * 60 * SECOND).await;
    assert_eq!(polling.settings("f"), None);
    assert_eq!(polling.state("f"), Some(TargetState::NotFound));
    aws.set("f", |f| f.missing = false);
    sleep(5 * 60 * SECOND).await;
    assert_eq!(polling.state("f"), Some(TargetState::Ok));
}

#[tokio::test(start_paused = true)]
async fn one_hanging_function_delays_the_others_by_one_time_limit() {
    let aws = FakeAws::default();
    aws.set("a-hangs", |f| f.hangs = true);
    aws.set("b", |_| {});
    let one_at_a_time = PollSettings {
        max_in_flight: 1,
        ..poll_config()
    };
    let polling = Polling::start(&aws, &["a-hangs", "b"], one_at_a_time);
    sleep(REQUEST_TIMEOUT + SECOND).await;
    assert_eq!(polling.state("b"), Some(TargetState::Ok));
    assert_eq!(polling.state("a-hangs"), Some(TargetState::Failed));
}

#[tokio::test(start_paused = true)]
async fn the_first_sweep_takes_the_allowance_and_later_ones_are_spread() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..50).map(|n| format!("f{n}")).collect();
    for name in &names {
        aws.set(name, |f| {
            f.configs
                .insert(LATEST.to_owned(), EventInvokeConfig::default());
        });
    }
    let references: Vec<&str> = names.iter().map(String::as_str).collect();
    let start = Instant::now();
    let _polling = Polling::start(&aws, &references, poll_config());
    sleep(25 * SECOND).await;
    let first_sweep = aws.calls();
    assert!(
        first_sweep.len() >= 100,
        "two calls each in {} s",
        first_sweep.len() / 5
    );

    sleep(start + 600 * SECOND - Instant::now()).await;
    let second_interval: Vec<Instant> = aws
        .calls()
        .into_iter()
        .map(|call| call.at)
        .filter(|&at| at > start + 300 * SECOND)
        .collect();
    // Each function once, give or take the one whose slot is the edge.
    assert!(
        (98..=102).contains(&second_interval.len()),
        "{}",
        second_interval.len()
    );
    for window in second_interval.windows(5) {
        // 50 slots in 300 s, two calls in each: never five calls within one slot's distance.
        assert!(window[4] - window[0] >= 6 * SECOND, "calls come in bursts");
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_sees_more_calls_than_allowed() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
    for name in &names {
        aws.set(name, |f| f.fails = Some(FailureKind::Error));
    }
    let references: Vec<&str> = names.iter().map(String::as_str).collect();
    let _polling = Polling::start(&aws, &references, poll_config());
    sleep(120 * SECOND).await;
    let calls = aws.calls();
    assert!(
        calls.len() > 500,
        "retries use the allowance: {}",
        calls.len()
    );
    for window in calls.windows(7) {
        let span = window[6].at - window[0].at;
        assert!(span >= SECOND, "7 calls in {span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn functions_with_an_account_do_not_wait_for_the_identity_of_others() {
    let aws = FakeAws::default();
    aws.set("by-name", |_| {});
    aws.set("by-arn", |_| {});
    aws.set_identity(Some(FailureKind::Denied));
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(10 * SECOND).await;
    assert_eq!(polling.state("by-arn"), Some(TargetState::Ok));
    let unknown = polling.fleet.load().scopes[&Polling::scope(None)].clone();
    let by_name = &unknown.functions[&"by-name".parse().unwrap()];
    let target = &by_name.targets[&Qualifier::latest()];
    assert_eq!(
        (target.state, target.facts.settings.is_known()),
        (TargetState::Denied, false)
    );
    assert!(
        polling.fleet.load().is_ready(),
        "a failed identity is a sweep that ended badly"
    );

    let calls_before = aws.calls().len();
    aws.set_identity(None);
    sleep(2 * 60 * SECOND).await;
    assert_eq!(polling.state("by-name"), Some(TargetState::Ok));
    assert_eq!(
        polling.state("by-arn"),
        Some(TargetState::Ok),
        "readings are kept"
    );
    assert!(
        !polling
            .fleet
            .load()
            .scopes
            .contains_key(&Polling::scope(None))
    );
    assert!(aws.calls().len() > calls_before);
}

#[tokio::test(start_paused = true)]
async fn nor_do_they_wait_for_an_identity_that_hangs() {
    let aws = FakeAws::default();
    aws.set("by-arn", |_| {});
    aws.state().identity_hangs = true;
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(SECOND).await;
    assert_eq!(polling.state("by-arn"), Some(TargetState::Ok));
    assert!(
        !polling.fleet.load().is_ready(),
        "nothing is known of the other scope yet"
    );
}

/// What was read of a scope stays, its sweep included, when another part of it joins.
#[tokio::test(start_paused = true)]
async fn learning_the_account_forgets_nothing() {
    let aws = FakeAws::default();
    aws.set("by-name", |_| {});
    aws.set("by-arn", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(10 * SECOND).await;
    aws.set("by-arn", |f| f.fails = Some(FailureKind::Throttled));
    aws.set_identity(None);
    while polling.state("by-name").is_none() {
        assert!(polling.fleet.load().is_ready(), "ready once, ready always");
        sleep(SECOND).await;
    }
    assert_eq!(polling.settings("by-arn"), Some(Settings::Unconfigured));
}

/// What is said of polling one selection does not hold for another.
#[tokio::test(start_paused = true)]
async fn another_selection_has_a_first_sweep_of_its_own() {
    let aws = FakeAws::default();
    aws.set("by-name", |f| f.hangs = true);
    aws.set("by-arn", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    let status = |polling: &Polling| {
        let fleet = polling.fleet.load();
        let scope = &fleet.scopes[&Polling::scope(Some(ACCOUNT))];
        scope.status.clone()
    };
    sleep(10 * SECOND).await;
    assert!(status(&polling).first_sweep_complete);
    assert!(status(&polling).last_success.is_some());
    aws.set_identity(None);
    while polling.reading("by-name").is_none() {
        sleep(SECOND / 10).await;
        if status(&polling).last_success.is_none() {
            break;
        }
    }
    let started = status(&polling);
    assert!(started.swept && !started.first_sweep_complete);
    assert_eq!((started.sweep_duration, started.last_success), (None, None));
    sleep(2 * REQUEST_TIMEOUT).await;
    let ended = status(&polling);
    assert!(ended.first_sweep_complete && ended.sweep_duration.is_some());
    assert_eq!(ended.last_success, None, "not all was read");
}

#[tokio::test(start_paused = true)]
async fn ready_once_is_ready_always() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    let polling = Polling::start(&aws, &["f"], poll_config());
    sleep(SECOND).await;
    assert!(polling.fleet.load().is_ready());
    aws.set_identity(None);
    while polling.state("f") != Some(TargetState::Ok) {
        assert!(polling.fleet.load().is_ready());
        sleep(Duration::from_millis(1)).await;
    }
}

/// One failure stays one failure, whatever panics.
#[tokio::test(start_paused = true)]
async fn a_read_that_panics_is_one_that_failed() {
    let aws = FakeAws::default();
    aws.set("good", |_| {});
    aws.set("bad", |bad| bad.panics = true);
    let polling = Polling::start(&aws, &["good", "bad"], poll_config());
    polling.first_sweep().await;
    assert_eq!(polling.state("good"), Some(TargetState::Ok));
    assert_eq!(polling.state("bad"), Some(TargetState::Failed));
    assert_eq!(polling.settings("bad"), None);
    aws.set("bad", |bad| bad.panics = false);
    sleep(10 * SECOND).await;
    assert_eq!(polling.state("bad"), Some(TargetState::Ok));
}

#[tokio::test(start_paused = true)]
async fn a_query_that_panics_is_asked_again() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    aws.state().panicking.insert(Operation::GetCallerIdentity);
    let polling = Polling::start(&aws, &["f"], poll_config());
    polling.first_sweep().await;
    assert_eq!(polling.state("f"), None, "the account is not known");
    aws.state().panicking.clear();
    sleep(10 * SECOND).await;
    assert_eq!(polling.state("f"), Some(TargetState::Ok));
}
