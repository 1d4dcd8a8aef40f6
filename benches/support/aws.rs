//! Functions like those of real accounts.

use exporter_harness::Page;
use lambda_simulator::{EventInvokeConfig, Function, Region};

/// The role in every other account.
pub(crate) const ROLE: &str = "lambda-async-exporter";

/// The id of one of many accounts.
pub(crate) fn account(number: usize) -> String {
    format!("2{number:011}")
}

/// The ARN of the role in an account.
pub(crate) fn role_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/{ROLE}")
}

/// Puts functions: every second one has an event invoke config with a failure destination, every
/// tenth a dead-letter queue, every tenth an alias with a config of its own.
pub(crate) fn put_functions(region: &Region, functions: usize) {
    for number in 0..functions {
        put_function(region, number);
    }
}

/// Puts one of them, and gives its name.
pub(crate) fn put_function(region: &Region, number: usize) -> String {
    let name = function_name(number);
    let mut function = Function::new(name.as_str());
    if number % 10 == 3 {
        function = function.dead_letter(&queue(region, "dead"));
    }
    if number % 10 == 1 {
        function = function.alias("live", "1");
        region.put_event_invoke_config(&name, "live", config(region));
    }
    region.put_function(function);
    if number.is_multiple_of(2) {
        region.put_event_invoke_config(&name, "$LATEST", config(region));
    }
    name
}

/// A name like those of real functions.
pub(crate) fn function_name(number: usize) -> String {
    format!("orders-production-handle-event-{number:05}")
}

fn config(region: &Region) -> EventInvokeConfig {
    EventInvokeConfig::new()
        .retries(1)
        .on_failure(queue(region, "failed").as_str())
}

/// The ARN of a queue.
pub(crate) fn queue(region: &Region, what: &str) -> String {
    let (account, region) = (region.account_id(), region.region_name());
    format!("arn:aws:sqs:{region}:{account}:orders-production-{what}-events")
}

/// How many functions and qualifiers show what becomes of their events.
pub(crate) fn published(page: &Page) -> usize {
    let conditions = page.samples("aws_lambda_event_invoke_config_destination_present");
    conditions.len() / 2
}
