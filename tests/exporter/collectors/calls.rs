//! What all of it costs of the 15 requests a second that AWS has for all callers of Lambda's control plane.

use exporter_harness::{ACCOUNT, Exporter, REGION, wait_until};
use lambda_simulator::{EventInvokeConfig, EventSourceMapping, Function, Operation};

use super::{COLLECTORS, RECEIVED, arn};
use crate::process::{aws, command_on};

#[test]
fn a_sweep_takes_a_call_for_each_function_and_one_more_for_those_with_qualifiers() {
    const FUNCTIONS: u64 = 20;
    const WITH_ALIASES: u64 = 5;
    const SWEEPS: u64 = 4;
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..FUNCTIONS {
        let name = format!("f{n:02}");
        let function = Function::new(name.as_str()).dead_letter(&arn("sqs", "dead"));
        region.put_function(function.alias("live", "1"));
        if n < WITH_ALIASES {
            region.put_event_invoke_config(&name, "live", EventInvokeConfig::new());
        }
        let mapping = EventSourceMapping::new(&name, &name, &arn("kinesis", "stream/s"));
        region.put_event_source_mapping(mapping);
        region.receive_async_events(&name, "");
    }
    region.put_queue("dead");
    let mut command = command_on(&aws);
    command.env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "2s");
    for collector in COLLECTORS {
        let section = collector.to_uppercase();
        let key = format!("LAMBDA_ASYNC_EXPORTER_COLLECTORS__{section}__INTERVAL");
        command.env(key, "2s");
    }
    let exporter = Exporter::start(command);
    let targets = usize::try_from(FUNCTIONS + WITH_ALIASES).unwrap();
    exporter.scrape_until(|page| page.samples(RECEIVED).len() == targets);
    exporter.scrape_for("lambda_async_exporter_sweep_duration_seconds{");
    // The versions' queues are asked for once.
    wait_until(|| region.count(Operation::GetFunctionConfiguration) >= WITH_ALIASES);
    region.reset_counters();
    wait_until(|| region.count(Operation::ListFunctions) > SWEEPS);
    let of_lambda = [
        Operation::ListFunctions,
        Operation::ListFunctionEventInvokeConfigs,
        Operation::GetFunctionEventInvokeConfig,
        Operation::GetFunctionConfiguration,
        Operation::ListAliases,
        Operation::ListEventSourceMappings,
    ];
    let counts = of_lambda.map(|operation| (operation, region.count(operation)));
    let calls: u64 = counts.iter().map(|(_, count)| count).sum();
    // One page of functions and one of mappings.
    let sweep = FUNCTIONS + 1 + 1 + WITH_ALIASES;
    // Each sweep has one listing, and a part of one more may have been counted.
    let sweeps = counts[0].1 + 1;
    assert!(calls <= sweeps * sweep, "{counts:?}");
    assert!(counts[1].1 >= FUNCTIONS, "they were read: {counts:?}");
    assert_eq!(region.count(Operation::GetFunctionConfiguration), 0);
}
