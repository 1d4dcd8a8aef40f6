//! One golden file: all that a scrape shows, but for values that differ from run to run.

use exporter_harness::{ACCOUNT, Exporter, REGION};
use lambda_simulator::{
    EventInvokeConfig, EventSourceMapping, Fault, FaultKind, Function, Operation,
};

use crate::process::{aws, command_on};

/// Families whose values are times, counts of time or of this process.
const VARYING: [&str; 9] = [
    "lambda_async_exporter_api_request_duration_seconds",
    "lambda_async_exporter_api_requests_total",
    "lambda_async_exporter_build_info",
    "lambda_async_exporter_collector_last_success_timestamp_seconds",
    "lambda_async_exporter_config_last_reload_success_timestamp_seconds",
    "lambda_async_exporter_http_requests_total",
    "lambda_async_exporter_last_success_timestamp_seconds",
    "lambda_async_exporter_oldest_reading_timestamp_seconds",
    "lambda_async_exporter_sweep_duration_seconds",
];

/// What is named in the account, which has a name.
const ACCOUNTS: &str =
    "[{name=\"Shop\",functions=[\"checkout:*\",thumbnails,forbidden,\"missing:live\"]}]";

#[test]
fn metrics_page() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}");
    region.put_function(
        Function::new("checkout")
            .runtime("nodejs22.x")
            .dead_letter(&arn("sqs", "checkout-old"))
            .alias("live", "1")
            .dead_letter(&arn("sqs", "checkout-dead")),
    );
    // The queue that the version was published with is gone.
    region.put_queue("checkout-dead");
    region.put_bucket("failed-events");
    region.receive_async_events("checkout", "live");
    region.put_event_invoke_config(
        "checkout",
        "live",
        EventInvokeConfig::new()
            .retries(0)
            .event_age(60)
            .on_failure("arn:aws:s3:::failed-events")
            .on_success(arn("events", "event-bus/orders").as_str())
            .last_modified(1_573_687_896.493),
    );
    region.put_function(Function::new("thumbnails").image());
    let on_failure = arn("sns", "given-up");
    region.put_topic("given-up");
    region.put_queue("uploads");
    region.put_queue_with_redrive("orders", &arn("sqs", "orders-dead"), 3);
    let mapping = |uuid: &str, function: &str, source: &str| {
        EventSourceMapping::new(uuid, function, source).last_modified(1_573_687_896.5)
    };
    for mapping in [
        mapping("uuid-1", "thumbnails", &arn("kinesis", "stream/clicks")),
        mapping("uuid-2", "thumbnails", &arn("dynamodb", "table/t/stream/s"))
            .retries(3)
            .record_age(3600)
            .bisect(true)
            .on_failure(on_failure.as_str())
            .state("Disabled"),
        mapping("uuid-3", "thumbnails", &arn("sqs", "uploads")),
        mapping("uuid-4", "checkout", &arn("sqs", "orders")).qualifier("live"),
        EventSourceMapping::self_managed_kafka("uuid-5", "thumbnails", "kafka:9092", "t")
            .last_modified(1_573_687_896.5),
        mapping("uuid-6", "elsewhere", &arn("kinesis", "stream/clicks")),
    ] {
        region.put_event_source_mapping(mapping);
    }
    region.put_function(Function::new("forbidden").runtime("python3.13"));
    let denied = Fault::on(Operation::GetFunctionEventInvokeConfig).function("forbidden");
    aws.inject(denied.always().kind(FaultKind::AccessDenied));

    let mut command = command_on(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "1h")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "1h")
        .env("LAMBDA_ASYNC_EXPORTER_ACCOUNTS", ACCOUNTS);
    let exporter = Exporter::start(command);
    exporter.scrape_until(|page| {
        let gone = page.samples("aws_lambda_function_dead_letter_queue_exists");
        let mappings = page.samples("aws_lambda_event_source_mapping_queue_redrive_present");
        let events = page.samples("aws_lambda_function_async_events_received");
        let there = page.samples("aws_lambda_event_invoke_config_destination_exists");
        page.contains("\nlambda_async_exporter_sweep_duration_seconds{")
            && (gone.len(), there.len(), mappings.len(), events.len()) == (2, 2, 2, 3)
            && page.contains("collector_success{account_id=\"111122223333\",region=\"us-east-1\",collector=\"destinations\"} 1")
    });
    // The second scrape sees the first one counted.
    let text = exporter.scrape();
    // `process_*` is there on Linux only.
    let lines = text.lines().filter(|line| !line.contains("process_"));
    let seen: String = lines.map(masked).collect();

    let golden = include_str!("golden.txt");
    assert!(
        seen == golden,
        "the page is not tests/exporter/golden.txt but\n{seen}"
    );
}

fn masked(line: &str) -> String {
    let varies = VARYING.iter().any(|family| line.starts_with(family));
    match line.rsplit_once(' ') {
        Some((series, _)) if varies => {
            // The revision is that of the commit.
            let series = series.split("revision=").next().unwrap_or(series);
            format!("{series} ~\n")
        }
        _ => format!("{line}\n"),
    }
}
