//! What changes between two calls of one read, and reads of many calls some of which fail.

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{
        Destination, Discovery, EventInvokeConfig, Operation, PollSettings, Qualifier, Settings,
        TargetState,
    },
};
use tokio::time::{Instant, sleep};

use crate::{
    aws::LATEST,
    fake_aws::{Behaviour, FakeAws},
    polling::{Polling, SECOND, config, poll_config, retains},
};

/// One call a second.
fn slow() -> PollSettings {
    PollSettings {
        max_requests_per_second: 1.0,
        ..poll_config()
    }
}

fn with_destination() -> EventInvokeConfig {
    let arn = "arn:aws:sqs:us-east-1:123456789012:failed";
    EventInvokeConfig {
        on_failure: Destination::from_wire(Some(arn)),
        ..EventInvokeConfig::default()
    }
}

fn discovering_aliases() -> Config {
    let mut config = config(&[], slow());
    config.accounts[0].discovery = Some(Discovery {
        aliases: true,
        ..Discovery::default()
    });
    config
}

async fn until_called(aws: &FakeAws, operation: Operation, times: usize) {
    while aws.count(operation) < times {
        sleep(SECOND / 10).await;
    }
}

/// The settings of a qualifier, whatever they are, once there are some.
async fn first_settings(polling: &Polling, name: &str, qualifier: &str) -> Settings {
    let qualifier: Qualifier = qualifier.parse().unwrap();
    loop {
        let reading = polling.reading(name).unwrap_or_default();
        let target = reading.targets.get(&qualifier);
        if let Some(settings) = target.and_then(|target| target.facts.settings.last()) {
            return settings.clone();
        }
        sleep(SECOND / 10).await;
    }
}

fn configure(behaviour: &mut Behaviour, qualifier: &str) {
    let configs = BTreeMap::from([(qualifier.to_owned(), with_destination())]);
    behaviour.function.configs = configs;
}

#[tokio::test(start_paused = true)]
async fn a_function_created_between_two_calls_has_the_config_that_came_with_it() {
    let aws = FakeAws::default();
    let polling = Polling::start(&aws, &["f"], slow());
    until_called(&aws, Operation::GetFunctionEventInvokeConfig, 1).await;
    aws.set("f", |f| configure(f, LATEST));
    let expected = Settings::Configured(with_destination());
    assert_eq!(first_settings(&polling, "f", LATEST).await, expected);
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_is_named_has_the_config_that_came_with_it() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let mut config = config(&["f:BLUE"], slow());
    config.accounts[0].discovery = Some(Discovery::default());
    let polling = Polling::run(&aws, config);
    until_called(&aws, Operation::ListFunctionEventInvokeConfigs, 1).await;
    aws.set("f", |f| {
        f.set_aliases(["BLUE"]);
        configure(f, "BLUE");
    });
    let expected = Settings::Configured(with_destination());
    assert_eq!(first_settings(&polling, "f", "BLUE").await, expected);
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_is_listed_has_the_config_that_came_with_it() {
    // Whichever of the two is asked for first.
    for first in [
        Operation::ListAliases,
        Operation::ListFunctionEventInvokeConfigs,
    ] {
        let aws = FakeAws::default();
        aws.set("f", |_| {});
        let polling = Polling::run(&aws, discovering_aliases());
        until_called(&aws, first, 1).await;
        aws.set("f", |f| {
            f.set_aliases(["BLUE"]);
            configure(f, "BLUE");
        });
        let expected = Settings::Configured(with_destination());
        assert_eq!(first_settings(&polling, "f", "BLUE").await, expected);
    }
}

/// Both are named facts of one function, and both calls are of one read.
#[tokio::test(start_paused = true)]
async fn a_destination_that_comes_for_the_queue_between_two_calls_is_seen() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        let queue = "arn:aws:sqs:us-east-1:123456789012:dead";
        f.dead_letter_queue = Destination::from_wire(Some(queue));
    });
    let polling = Polling::start(&aws, &["f"], slow());
    polling.first_sweep().await;
    let before = aws.count(Operation::GetFunctionEventInvokeConfig);
    until_called(&aws, Operation::GetFunctionEventInvokeConfig, before + 1).await;
    aws.set("f", |f| {
        configure(f, LATEST);
        f.dead_letter_queue = None;
    });
    for _ in 0..400 {
        sleep(SECOND).await;
        let reading = polling.reading("f").unwrap();
        assert_eq!(retains(&reading, LATEST), Some(true));
    }
    let expected = Settings::Configured(with_destination());
    assert_eq!(polling.settings("f"), Some(expected));
}

/// What is known to be so is not asked twice.
#[tokio::test(start_paused = true)]
async fn a_function_without_a_config_costs_one_more_call_once() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let polling = Polling::start(&aws, &["f"], poll_config());
    polling.first_sweep().await;
    assert_eq!(aws.count(Operation::GetFunctionEventInvokeConfig), 2);
    sleep(10 * poll_config().interval).await;
    assert_eq!(aws.count(Operation::GetFunctionEventInvokeConfig), 12);
}

/// One in forty calls is throttled, and the aliases take sixty.
#[tokio::test(start_paused = true)]
async fn a_function_with_thousands_of_aliases_is_read_whole() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        let aliases: Vec<String> = (0..3000).map(|number| format!("A{number}")).collect();
        f.set_aliases(aliases.iter().map(String::as_str));
    });
    aws.state().inner_page_size = 50;
    aws.state().throttled_one_in = 40;
    let mut config = discovering_aliases();
    config.poll = poll_config();
    let polling = Polling::run(&aws, config);
    let start = Instant::now();
    while polling.state("f") != Some(TargetState::Ok) {
        sleep(SECOND).await;
        assert!(start.elapsed() < Duration::from_mins(2));
    }
    assert_eq!(polling.reading("f").unwrap().targets.len(), 3001);
    // No page twice, but the one that was throttled.
    assert!(aws.count(Operation::ListAliases) <= 62);
}

/// Pages that came before an outage are not joined with those that come after it.
#[tokio::test(start_paused = true)]
async fn pages_of_long_ago_are_asked_for_again() {
    let aws = FakeAws::default();
    aws.set("f", |f| {
        let aliases: Vec<String> = (0..200).map(|number| format!("A{number:03}")).collect();
        f.set_aliases(aliases.iter().map(String::as_str));
    });
    aws.state().inner_page_size = 50;
    let polling = Polling::run(&aws, discovering_aliases());
    until_called(&aws, Operation::ListAliases, 2).await;
    aws.state().throttled_one_in = 1;
    sleep(2 * poll_config().interval).await;
    aws.set("f", |f| {
        f.aliases.remove("A000");
    });
    aws.state().throttled_one_in = 0;
    sleep(2 * poll_config().interval).await;
    assert_eq!(polling.reading("f").unwrap().targets.len(), 200);
}
