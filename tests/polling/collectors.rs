//! What is asked for a scope as a whole: who receives asynchronous events, event source mappings, destinations.

use std::{sync::Arc, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{
        AsOf, Collector, CollectorsSettings, Destination, EventInvokeConfig, FailureKind,
        Operation, PollSettings, ScopeReadings, TargetState,
    },
    port::DestinationAnswer,
};
use tokio::time::sleep;

use crate::{
    aws::{ACCOUNT, LATEST},
    fake_aws::FakeAws,
    polling::{Polling, SECOND, config, poll_config},
};

const MINUTE: Duration = Duration::from_mins(1);

/// All collectors, each in its usual time.
fn collecting(change: impl FnOnce(&mut PollSettings)) -> Config {
    let mut poll = PollSettings {
        collectors: CollectorsSettings::default(),
        ..poll_config()
    };
    change(&mut poll);
    config(&[], poll)
}

fn queue(name: &str) -> Destination {
    let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
    Destination::from_wire(Some(&arn)).unwrap()
}

fn create_queue(aws: &FakeAws, name: &str) {
    let exists = DestinationAnswer::Exists {
        redrive: Some(false),
    };
    aws.state().destinations.insert(queue(name), exists);
}

fn delete_queue(aws: &FakeAws, name: &str) {
    aws.state().destinations.remove(&queue(name));
}

/// Makes this queue the failure destination of `f`.
fn send_to(aws: &FakeAws, name: &str) {
    let config = EventInvokeConfig {
        on_failure: Some(queue(name)),
        ..EventInvokeConfig::default()
    };
    aws.set("f", |f| drop(f.configs.insert(LATEST.to_owned(), config)));
}

fn scope(polling: &Polling) -> Arc<ScopeReadings> {
    let fleet = polling.fleet.load();
    Arc::clone(&fleet.scopes[&Polling::scope(Some(ACCOUNT))])
}

fn exists(polling: &Polling, name: &str) -> Option<bool> {
    scope(polling).destinations.exists(&queue(name))
}

/// Whether `f` keeps what fails for good, as it is published.
fn retained(polling: &Polling) -> Option<bool> {
    let scope = scope(polling);
    let as_of = AsOf {
        now: tokio::time::Instant::now().into_std(),
        stale_after: poll_config().stale_after,
        destinations: &scope.destinations,
    };
    let reading = scope.functions.get(&"f".parse().unwrap())?;
    reading.failures_retained(&LATEST.parse().unwrap(), &as_of)
}

fn success(polling: &Polling, collector: Collector) -> Option<bool> {
    let scope = scope(polling);
    let status = scope.status.collectors.get(&collector)?;
    Some(status.success)
}

/// A function whose failures go to the queue `a`, and its destinations were asked for.
async fn settled(aws: &FakeAws, config: Config) -> Polling {
    create_queue(aws, "a");
    create_queue(aws, "b");
    send_to(aws, "a");
    let polling = Polling::run(aws, config);
    polling.first_sweep().await;
    sleep(2 * MINUTE).await;
    assert_eq!(exists(&polling, "a"), Some(true));
    assert_eq!(retained(&polling), Some(true));
    polling
}

/// Looks at what is published every second.
async fn watch(polling: &Polling, time: Duration, mut look: impl FnMut(&Polling)) {
    for _ in 0..time.as_secs() {
        sleep(SECOND).await;
        look(polling);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_is_gone_after_two_answers_and_back_after_one() {
    let aws = FakeAws::default();
    let polling = settled(&aws, collecting(|_| {})).await;
    let before = aws.count(Operation::GetQueueAttributes);
    delete_queue(&aws, "a");
    watch(&polling, 20 * MINUTE, |polling| {
        let answers = aws.count(Operation::GetQueueAttributes) - before;
        if exists(polling, "a") == Some(false) {
            assert!(answers >= 2);
        } else {
            assert_eq!(retained(polling), Some(true));
        }
    })
    .await;
    assert_eq!(exists(&polling, "a"), Some(false));
    assert_eq!(retained(&polling), Some(false));
    create_queue(&aws, "a");
    sleep(MINUTE + 2 * SECOND).await;
    assert_eq!(exists(&polling, "a"), Some(true));
    assert_eq!(retained(&polling), Some(true));
}

/// As Terraform replaces a queue.
#[tokio::test(start_paused = true)]
async fn a_destination_that_is_made_anew_within_a_minute_is_never_gone() {
    for seconds in [0, 30, 58] {
        let aws = FakeAws::default();
        let polling = settled(&aws, collecting(|_| {})).await;
        let before = aws.count(Operation::GetQueueAttributes);
        delete_queue(&aws, "a");
        while aws.count(Operation::GetQueueAttributes) == before {
            sleep(SECOND / 2).await;
        }
        sleep(seconds * SECOND).await;
        create_queue(&aws, "a");
        watch(&polling, 40 * MINUTE, |polling| {
            assert_eq!(exists(polling, "a"), Some(true));
            assert_eq!(retained(polling), Some(true));
        })
        .await;
    }
}

/// The reading is up to an hour old then, and is taken again at once.
#[tokio::test(start_paused = true)]
async fn a_config_that_was_moved_away_from_what_is_gone_loses_nothing() {
    let aws = FakeAws::default();
    let hourly = collecting(|poll| {
        poll.interval = 60 * MINUTE;
        poll.stale_after = 120 * MINUTE;
    });
    let polling = settled(&aws, hourly).await;
    send_to(&aws, "b");
    delete_queue(&aws, "a");
    watch(&polling, 100 * MINUTE, |polling| {
        assert_eq!(retained(polling), Some(true));
    })
    .await;
    assert_eq!(exists(&polling, "b"), Some(true));
    assert_eq!(exists(&polling, "a"), None, "nobody names it any more");
}

/// The verdict waits for no sweep: not for that of the configs, nor for the listing that tells dead-letter queues.
#[tokio::test(start_paused = true)]
async fn what_names_a_destination_that_is_gone_is_read_again_at_once() {
    for is_queue in [false, true] {
        let aws = FakeAws::default();
        if is_queue {
            aws.set("f", |f| f.dead_letter_queue = Some(queue("b")));
        }
        let hourly = collecting(|poll| {
            poll.interval = 60 * MINUTE;
            poll.stale_after = 120 * MINUTE;
        });
        let polling = settled(&aws, hourly).await;
        delete_queue(&aws, "a");
        delete_queue(&aws, "b");
        sleep(18 * MINUTE).await;
        assert_eq!(exists(&polling, "a"), Some(false));
        assert_eq!(retained(&polling), Some(false), "{is_queue}");
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_are_believed_once_all_pages_came() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let received = ["a", "f", "z"].map(|name| (name.parse().unwrap(), LATEST.parse().unwrap()));
    aws.state().async_events = received.to_vec();
    aws.state().collector_page_size = 1;
    aws.fail_after(Operation::ListMetrics, 1, FailureKind::Error);
    let polling = Polling::run(&aws, collecting(|_| {}));
    let known = |polling: &Polling| {
        let scope = scope(polling);
        let events = scope.facts.async_events.last()?;
        Some(events.of(&"z".parse().unwrap()).is_some())
    };
    polling.first_sweep().await;
    watch(&polling, 2 * MINUTE, |polling| {
        assert_eq!(known(polling), None);
    })
    .await;
    assert_eq!(success(&polling, Collector::AsyncEvents), Some(false));
    assert_eq!(polling.state("f"), Some(TargetState::Ok));
    aws.heal(Operation::ListMetrics);
    sleep(5 * MINUTE).await;
    assert_eq!(known(&polling), Some(true));
    assert_eq!(success(&polling, Collector::AsyncEvents), Some(true));
    // What was known stays while a page fails in the middle of the next round.
    aws.fail_after(Operation::ListMetrics, 1, FailureKind::Throttled);
    aws.state().async_events.truncate(2);
    watch(&polling, 80 * MINUTE, |polling| {
        assert_eq!(known(polling), Some(true));
    })
    .await;
}

/// A sweep takes an hour.
#[tokio::test(start_paused = true)]
async fn collectors_keep_to_their_times_however_long_a_sweep_is() {
    let aws = FakeAws::default();
    create_queue(&aws, "a");
    send_to(&aws, "a");
    for number in 0..1800 {
        aws.set(&format!("g{number}"), |_| {});
    }
    let slow = collecting(|poll| poll.max_requests_per_second = 0.5);
    let _polling = Polling::run(&aws, slow);
    sleep(180 * MINUTE).await;
    assert_eq!(aws.count(Operation::ListMetrics), 3);
    let mappings = aws.count(Operation::ListEventSourceMappings);
    assert!((34..=36).contains(&mappings), "{mappings}");
    let queues = aws.count(Operation::GetQueueAttributes);
    assert!((9..=12).contains(&queues), "{queues}");
    // Those that have quotas of their own cost nothing of Lambda's.
    let of_lambda = aws.calls().len() - queues - aws.count(Operation::ListMetrics);
    assert!((5395..=5401).contains(&of_lambda), "{of_lambda}");
}

/// One after the other and all together.
#[tokio::test(start_paused = true)]
async fn a_collector_that_hangs_or_panics_leaves_all_else_alone() {
    let of_collectors = [
        (Operation::ListMetrics, Collector::AsyncEvents),
        (
            Operation::ListEventSourceMappings,
            Collector::EventSourceMappings,
        ),
        (Operation::GetQueueAttributes, Collector::Destinations),
    ];
    for broken in [
        &of_collectors[..1],
        &of_collectors[1..2],
        &of_collectors[2..],
        &of_collectors,
    ] {
        for hangs in [true, false] {
            let aws = FakeAws::default();
            create_queue(&aws, "a");
            send_to(&aws, "a");
            for (operation, _) in broken {
                let mut state = aws.state();
                if hangs {
                    state.hanging.insert(*operation);
                } else {
                    state.panicking.insert(*operation);
                }
            }
            let polling = Polling::run(&aws, collecting(|_| {}));
            sleep(12 * MINUTE).await;
            assert_eq!(polling.state("f"), Some(TargetState::Ok));
            assert!(scope(&polling).status.first_sweep_complete);
            assert_eq!(retained(&polling), Some(true));
            assert!((3..=4).contains(&aws.count(Operation::ListFunctions)));
            for collector in &of_collectors {
                let works = !broken.contains(collector);
                assert_eq!(success(&polling, collector.1), Some(works), "{collector:?}");
            }
            aws.state().hanging.clear();
            aws.state().panicking.clear();
            sleep(6 * MINUTE).await;
            for (_, collector) in of_collectors {
                assert_eq!(success(&polling, collector), Some(true), "{collector:?}");
            }
        }
    }
}

/// The poller starts anew when it is known whose the ambient credentials are.
#[tokio::test(start_paused = true)]
async fn what_was_gone_stays_gone_when_the_poller_starts_anew() {
    let aws = FakeAws::default();
    aws.set("by-name", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    send_to(&aws, "a");
    let arn = format!("{ACCOUNT}:function:f");
    let poll = PollSettings {
        collectors: CollectorsSettings::default(),
        ..poll_config()
    };
    let polling = Polling::start(&aws, &["by-name", &arn], poll);
    sleep(2 * MINUTE).await;
    assert_eq!(exists(&polling, "a"), Some(false));
    assert_eq!(retained(&polling), Some(false));
    aws.set_identity(None);
    watch(&polling, 3 * MINUTE, |polling| {
        assert_eq!(exists(polling, "a"), Some(false));
        assert_eq!(retained(polling), Some(false));
    })
    .await;
    assert_eq!(polling.state("by-name"), Some(TargetState::Ok));
}
