//! Whether destinations exist, and what follows for the events that are sent to them.

use exporter_harness::{ACCOUNT, Page, REGION};
use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation, Region};

use super::{EXISTS, RETAINED, arn, flag, of, start, success};
use crate::process::{aws, command_on};

const OTHER: &str = "999988887777";
const ELSEWHERE: &str = "eu-west-1";

/// A function whose failed events go there.
fn put(region: &Region, function: &str, destination: &str) {
    region.put_function(Function::new(function));
    let config = EventInvokeConfig::new().on_failure(destination);
    region.put_event_invoke_config(function, "$LATEST", config);
}

fn exists(page: &Page, function: &str) -> Option<bool> {
    let labels = [("function_name", function), ("condition", "on_failure")];
    flag(page, EXISTS, &labels)
}

fn retained(page: &Page, function: &str) -> Option<bool> {
    of(page, RETAINED, function, "$LATEST")
}

#[test]
fn a_queue_that_is_deleted_retains_nothing_until_it_is_back() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("failed");
    put(&region, "f", &region.queue_arn("failed"));
    let exporter = start(&aws);
    let both = |expected| {
        exporter.scrape_until(|page| {
            (exists(page, "f"), retained(page, "f")) == (Some(expected), Some(expected))
        });
    };
    both(true);
    region.remove_queue("failed");
    both(false);
    let line = exporter.wait_for_log("a destination does not exist any more");
    assert!(line.contains(&region.queue_arn("failed")), "{line}");
    region.put_queue("failed");
    both(true);
}

#[test]
fn each_service_says_missing_in_its_own_words() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("there");
    region.put_topic("there");
    region.put_event_bus("there");
    region.put_bucket("there");
    let mut expected = Vec::new();
    for (name, exists) in [("there", true), ("missing", false)] {
        for (service, destination) in [
            ("sqs", region.queue_arn(name)),
            ("sns", region.topic_arn(name)),
            ("events", region.event_bus_arn(name)),
            ("s3", region.bucket_arn(name)),
        ] {
            let function = format!("{service}-{name}");
            put(&region, &function, &destination);
            expected.push((function, exists));
        }
    }
    put(&region, "default-bus", &region.event_bus_arn("default"));
    expected.push(("default-bus".to_owned(), true));
    let exporter = start(&aws);
    exporter.scrape_until(|page| {
        expected.iter().all(|(function, there)| {
            (exists(page, function), retained(page, function)) == (Some(*there), Some(*there))
        })
    });
}

#[test]
fn what_is_refused_or_throttled_is_not_missing() {
    for (kind, collector) in [
        (FaultKind::AccessDenied, Some(false)),
        (FaultKind::Throttling400, Some(false)),
        (FaultKind::ValidationException, Some(false)),
    ] {
        let aws = aws();
        let region = aws.region(ACCOUNT, REGION);
        let destinations = [
            (Operation::GetQueueAttributes, region.queue_arn("gone")),
            (Operation::GetTopicAttributes, region.topic_arn("gone")),
            (Operation::DescribeEventBus, region.event_bus_arn("gone")),
            (Operation::HeadBucket, region.bucket_arn("gone")),
        ];
        for (operation, destination) in &destinations {
            put(&region, operation.as_str(), destination);
            aws.inject(Fault::on(*operation).always().kind(kind));
        }
        let exporter = start(&aws);
        let asked = |count| destinations.iter().all(|(op, _)| aws.count(*op) >= count);
        let page = exporter.scrape_until(|page| {
            success(page, "destinations") == collector
                && asked(3)
                && retained(page, "HeadBucket").is_some()
        });
        assert!(page.samples(EXISTS).is_empty(), "{kind:?}\n{page}");
        for (operation, _) in &destinations {
            let retained = retained(&page, operation.as_str());
            assert_eq!(retained, Some(true), "{kind:?} {operation}\n{page}");
        }
    }
}

#[test]
fn of_another_accounts_only_existence_is_believed() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    let theirs = aws.region(OTHER, REGION);
    theirs.put_bucket("theirs");
    let foreign = |service: &str, name: &str| arn(service, name).replace(ACCOUNT, OTHER);
    for (function, destination) in [
        ("queue", foreign("sqs", "q")),
        ("topic", foreign("sns", "t")),
        ("bus", foreign("events", "event-bus/b")),
        ("function", foreign("lambda", "function:f")),
        ("bucket", "arn:aws:s3:::theirs".to_owned()),
        ("topic-of-kafka", "kafka://failed".to_owned()),
    ] {
        put(&region, function, &destination);
    }
    region.put_queue("ours");
    put(&region, "ours", &region.queue_arn("ours"));
    let exporter = start(&aws);
    let page = exporter.scrape_until(|page| {
        exists(page, "ours") == Some(true)
            && [
                Operation::GetQueueAttributes,
                Operation::GetTopicAttributes,
                Operation::DescribeEventBus,
                Operation::HeadBucket,
            ]
            .iter()
            .all(|operation| aws.count(*operation) >= 3)
            && page.samples(RETAINED).len() == 7
    });
    assert_eq!(page.samples(EXISTS).len(), 1, "{page}");
    assert!(
        page.samples(RETAINED)
            .iter()
            .all(|sample| sample.value > 0.5),
        "{page}"
    );
}

#[test]
fn each_is_asked_for_in_its_own_region() {
    let aws = aws();
    aws.set_quota(ACCOUNT, ELSEWHERE, None);
    let region = aws.region(ACCOUNT, REGION);
    let elsewhere = aws.region(ACCOUNT, ELSEWHERE);
    elsewhere.put_queue("queue");
    elsewhere.put_bucket("bucket");
    put(&region, "queue", &elsewhere.queue_arn("queue"));
    put(&region, "bucket", &elsewhere.bucket_arn("bucket"));
    // Of the same name, where nobody asks.
    region.put_queue("missing");
    put(&region, "missing", &elsewhere.queue_arn("missing"));
    let exporter = start(&aws);
    exporter.scrape_until(|page| {
        exists(page, "queue") == Some(true)
            && exists(page, "bucket") == Some(true)
            && exists(page, "missing") == Some(false)
    });
    assert_eq!(region.count(Operation::GetQueueAttributes), 0);
}

#[test]
fn a_listed_function_costs_no_call_and_a_qualifier_one() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("worker").alias("live", "1"));
    put(&region, "whole", &arn("lambda", "function:worker"));
    let exporter = start(&aws);
    exporter.scrape_until(|page| exists(page, "whole") == Some(true));
    assert_eq!(aws.count(Operation::GetFunctionConfiguration), 0);
    for (function, name) in [
        ("alias", "function:worker:live"),
        ("missing-alias", "function:worker:old"),
        ("missing", "function:nowhere"),
    ] {
        put(&region, function, &arn("lambda", name));
    }
    exporter.scrape_until(|page| {
        exists(page, "alias") == Some(true)
            && exists(page, "missing-alias") == Some(false)
            && exists(page, "missing") == Some(false)
    });
}

#[test]
fn one_that_many_functions_name_is_asked_for_once() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("shared");
    for n in 0..30 {
        put(&region, &format!("f{n}"), &region.queue_arn("shared"));
    }
    let exporter = exporter_harness::Exporter::start(command_on(&aws));
    exporter.scrape_until(|page| page.samples(EXISTS).len() == 30);
    assert_eq!(aws.count(Operation::GetQueueAttributes), 1);
}

#[test]
fn a_success_destination_that_is_gone_loses_no_failure() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("failed");
    region.put_function(Function::new("f"));
    let config = EventInvokeConfig::new()
        .on_failure(region.queue_arn("failed").as_str())
        .on_success(region.queue_arn("gone").as_str());
    region.put_event_invoke_config("f", "$LATEST", config);
    let exporter = start(&aws);
    let of_success = [("function_name", "f"), ("condition", "on_success")];
    let page = exporter.scrape_until(|page| {
        flag(page, EXISTS, &of_success) == Some(false) && exists(page, "f") == Some(true)
    });
    assert_eq!(retained(&page, "f"), Some(true), "{page}");
}

#[test]
fn switched_off_nothing_is_asked_or_published() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    put(&region, "f", &region.queue_arn("gone"));
    region.receive_async_events("f", "");
    let mapping = lambda_simulator::EventSourceMapping::new("u", "f", &region.queue_arn("gone"));
    region.put_event_source_mapping(mapping);
    let mut command = command_on(&aws);
    for collector in super::COLLECTORS {
        let section = collector.to_uppercase();
        let key = format!("LAMBDA_ASYNC_EXPORTER_COLLECTORS__{section}__ENABLED");
        command.env(key, "false");
    }
    let exporter = exporter_harness::Exporter::start(command);
    let page = exporter.scrape_until(|page| {
        retained(page, "f") == Some(true) && aws.count(Operation::ListFunctions) >= 5
    });
    for operation in [
        Operation::ListMetrics,
        Operation::ListEventSourceMappings,
        Operation::GetQueueAttributes,
    ] {
        assert_eq!(aws.count(operation), 0, "{operation}");
    }
    for family in [
        EXISTS,
        super::RECEIVED,
        "lambda_async_exporter_collector_success",
    ] {
        assert!(page.samples(family).is_empty(), "{family}\n{page}");
    }
    assert!(
        !page.contains("aws_lambda_event_source_mapping_info{"),
        "{page}"
    );
}
