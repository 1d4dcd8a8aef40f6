//! What is read beside the event invoke configs: who receives asynchronous events, event source mappings, whether
//! destinations exist, the dead-letter queues of versions, and what all of it makes of the verdict.

mod async_events;
mod calls;
mod destinations;
mod event_source_mappings;
mod permissions;
mod versions;

use std::process::Command;

use exporter_harness::{ACCOUNT, Aws, Exporter, Page, REGION};

use crate::process::command_on;

const RETAINED: &str = "aws_lambda_function_async_failures_retained";
const RECEIVED: &str = "aws_lambda_function_async_events_received";
const EXISTS: &str = "aws_lambda_event_invoke_config_destination_exists";
const QUEUE_EXISTS: &str = "aws_lambda_function_dead_letter_queue_exists";
const COLLECTORS: [&str; 3] = ["async_events", "destinations", "event_source_mappings"];

/// The binary whose collectors ask often.
fn command(aws: &Aws) -> Command {
    let mut command = command_on(aws);
    for collector in COLLECTORS {
        let section = collector.to_uppercase();
        let key = format!("LAMBDA_ASYNC_EXPORTER_COLLECTORS__{section}__INTERVAL");
        command.env(key, "700ms");
    }
    command
}

fn start(aws: &Aws) -> Exporter {
    Exporter::start(command(aws))
}

/// The value of the only series of a family with these labels, which is 1 or 0.
fn flag(page: &Page, family: &str, labels: &[(&str, &str)]) -> Option<bool> {
    let mut samples = page.samples(family);
    samples.retain(|sample| {
        let mut labels = labels.iter();
        labels.all(|(name, value)| sample.label(name) == Some(value))
    });
    assert!(
        samples.len() < 2,
        "{family}{labels:?} is not one but {samples:?}"
    );
    samples.first().map(|sample| sample.value > 0.5)
}

/// That of a function and qualifier.
fn of(page: &Page, family: &str, function: &str, qualifier: &str) -> Option<bool> {
    let labels = [("function_name", function), ("qualifier", qualifier)];
    flag(page, family, &labels)
}

fn success(page: &Page, collector: &str) -> Option<bool> {
    let family = "lambda_async_exporter_collector_success";
    flag(page, family, &[("collector", collector)])
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}")
}
