//! AWS, in this process.

use std::ops::Deref;

use lambda_simulator::{EventInvokeConfig, Function, Region, Simulator};
use tokio::runtime::{Builder, Runtime};

/// The account whose credentials the exporter is given.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The region that is not hindered in any benchmark.
pub(crate) const REGION: &str = "us-east-1";
/// The role in every other account.
pub(crate) const ROLE: &str = "lambda-async-exporter";

/// A simulator that answers in the background.
pub(crate) struct Aws {
    simulator: Simulator,
    // Dropped last: the simulator runs on it.
    _runtime: Runtime,
}

impl Aws {
    /// Starts it, without functions.
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let simulator = runtime.block_on(Simulator::start()).unwrap();
        Self {
            simulator,
            _runtime: runtime,
        }
    }
}

impl Deref for Aws {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}

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
