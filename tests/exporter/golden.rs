//! One golden file: all that a scrape shows, but for values that differ from run to run.

use exporter_harness::{ACCOUNT, Exporter, REGION};
use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation};

use crate::process::{aws, command_on};

/// Families whose values are times, counts of time or of this process.
const VARYING: [&str; 8] = [
    "lambda_async_exporter_api_request_duration_seconds",
    "lambda_async_exporter_api_requests_total",
    "lambda_async_exporter_build_info",
    "lambda_async_exporter_config_last_reload_success_timestamp_seconds",
    "lambda_async_exporter_http_requests_total",
    "lambda_async_exporter_last_success_timestamp_seconds",
    "lambda_async_exporter_oldest_reading_timestamp_seconds",
    "lambda_async_exporter_sweep_duration_seconds",
];

#[test]
fn metrics_page() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}");
    region.put_function(
        Function::new("checkout")
            .runtime("nodejs22.x")
            .dead_letter(&arn("sqs", "checkout-dead"))
            .alias("live", "1"),
    );
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
    region.put_function(Function::new("forbidden").runtime("python3.13"));
    let denied = Fault::on(Operation::GetFunctionEventInvokeConfig).function("forbidden");
    aws.inject(denied.always().kind(FaultKind::AccessDenied));

    let mut command = command_on(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "1h")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "1h")
        .args([
            "--lambda.function=checkout:*",
            "--lambda.function=thumbnails",
        ])
        .args([
            "--lambda.function=forbidden",
            "--lambda.function=missing:live",
        ]);
    let exporter = Exporter::start(command);
    exporter.scrape_for("lambda_async_exporter_sweep_duration_seconds");
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
