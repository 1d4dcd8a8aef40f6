//! Each permission is optional: without it nothing that was there before is different.

use std::collections::BTreeSet;

use exporter_harness::{ACCOUNT, Aws, Exporter, Page, REGION, wait_until};
use lambda_simulator::{
    EventInvokeConfig, EventSourceMapping, Fault, FaultKind, Function, Operation, Region,
};

use super::{COLLECTORS, command, success};
use crate::process::{aws, command_on};

/// Functions that name something of every kind.
fn fleet() -> Aws {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("queue");
    region.put_topic("topic");
    region.put_event_bus("bus");
    region.put_bucket("bucket");
    let arns: [fn(&Region) -> String; 4] = [
        |region| region.queue_arn("queue"),
        |region| region.topic_arn("topic"),
        |region| region.event_bus_arn("bus"),
        |region| region.bucket_arn("bucket"),
    ];
    for (n, arn) in arns.iter().enumerate() {
        let name = format!("f{n}");
        region.put_function(Function::new(name.as_str()).dead_letter(&region.queue_arn("queue")));
        let config = EventInvokeConfig::new().on_failure(arn(&region).as_str());
        region.put_event_invoke_config(&name, "$LATEST", config);
        region.receive_async_events(&name, "");
    }
    region.put_function(Function::new("bare"));
    let mapping = EventSourceMapping::new("uuid", "bare", &region.queue_arn("queue"));
    region.put_event_source_mapping(mapping);
    aws
}

/// All that is known without the collectors.
fn without_collectors(aws: &Aws) -> BTreeSet<String> {
    let mut command = command_on(aws);
    for collector in COLLECTORS {
        let section = collector.to_uppercase();
        let key = format!("LAMBDA_ASYNC_EXPORTER_COLLECTORS__{section}__ENABLED");
        command.env(key, "false");
    }
    let exporter = Exporter::start(command);
    let page = exporter.scrape_until(|page| page.contains("state=\"ok\"} 5\n"));
    lines(&page).collect()
}

fn lines(page: &Page) -> impl Iterator<Item = String> {
    let about_functions = page
        .lines()
        .filter(|line| line.contains("function_name=") || line.contains("exporter_targets{"));
    about_functions.map(str::to_owned)
}

fn nothing_else_changes(operation: Operation, collector: &str, absent: &str) {
    let aws = fleet();
    let old = without_collectors(&aws);
    aws.inject(Fault::on(operation).always().kind(FaultKind::AccessDenied));
    let exporter = Exporter::start(command(&aws));
    let page = exporter.scrape_until(|page| {
        page.contains("state=\"ok\"} 5\n")
            && COLLECTORS
                .iter()
                .all(|other| success(page, other) == Some(*other != collector))
            && aws.count(operation) >= 3
    });
    let now: BTreeSet<String> = lines(&page).collect();
    let changed: Vec<&String> = old.difference(&now).collect();
    assert!(changed.is_empty(), "{operation}: {changed:#?}\n{page}");
    assert!(!page.lines().any(|line| line.starts_with(absent)), "{page}");
    let warning = format!("AWS denies the IAM action {}", operation.iam_action());
    assert!(exporter.wait_for_log(&warning).contains(" WARN "));
    // Sweeps are shorter than a collector's rounds: what one of them did not ask for is refused all the same.
    wait_until(|| aws.count(operation) >= 6);
    assert_eq!(exporter.logged("AWS denies"), 1, "{:#?}", exporter.log());
}

macro_rules! optional {
    ($($name:ident: $operation:ident, $collector:literal, $absent:expr;)*) => {$(
        #[test]
        fn $name() {
            nothing_else_changes(Operation::$operation, $collector, $absent);
        }
    )*};
}

optional! {
    cloudwatch_list_metrics: ListMetrics, "async_events", "aws_lambda_function_async_events_received{";
    lambda_list_event_source_mappings: ListEventSourceMappings, "event_source_mappings",
        "aws_lambda_event_source_mapping_";
    sqs_get_queue_attributes: GetQueueAttributes, "destinations", "aws_lambda_function_dead_letter_queue_exists{";
    sns_get_topic_attributes: GetTopicAttributes, "destinations",
        "aws_lambda_event_invoke_config_destination_exists{account_id=\"111122223333\",region=\"us-east-1\",function_name=\"f1\"";
    events_describe_event_bus: DescribeEventBus, "destinations",
        "aws_lambda_event_invoke_config_destination_exists{account_id=\"111122223333\",region=\"us-east-1\",function_name=\"f2\"";
    s3_list_bucket: HeadBucket, "destinations",
        "aws_lambda_event_invoke_config_destination_exists{account_id=\"111122223333\",region=\"us-east-1\",function_name=\"f3\"";
}
