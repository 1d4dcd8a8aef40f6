//! The binary under test: in a hurry, on an AWS without a quota.

use std::process::Command;

use exporter_harness::{ACCOUNT, Aws, Exporter, REGION};

/// The binary without anything of this process's environment.
pub(crate) fn command() -> Command {
    exporter_harness::command(env!("CARGO_BIN_EXE_lambda-async-exporter"))
}

/// The binary with the simulator as its AWS: reads often.
pub(crate) fn command_on(aws: &Aws) -> Command {
    let program = env!("CARGO_BIN_EXE_lambda-async-exporter");
    let mut command = exporter_harness::command_on(program, aws, ACCOUNT);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "300ms")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "1m")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__MAX_REQUESTS_PER_SECOND", "15");
    command
}

/// The binary for an AWS that does not always answer: gives up soon, but not on a busy machine.
pub(crate) fn impatient_command_on(aws: &Aws) -> Command {
    let mut command = command_on(aws);
    command.env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1s");
    command
}

/// Watches these functions, all in one region, after the first sweep.
pub(crate) fn watching(mut command: Command, functions: &[&str]) -> Exporter {
    let flags = functions.iter();
    command.args(flags.map(|function| format!("--lambda.function={function}")));
    let exporter = Exporter::start(command);
    exporter.wait_until_ready();
    exporter
}

/// An AWS without a quota.
pub(crate) fn aws() -> Aws {
    let aws = Aws::start();
    aws.set_quota(ACCOUNT, REGION, None);
    aws
}

/// The samples about one function, in their order, without account and region.
pub(crate) fn samples_of(page: &str, function: &str) -> Vec<String> {
    let common =
        format!("account_id=\"{ACCOUNT}\",region=\"{REGION}\",function_name=\"{function}\"");
    page.lines()
        .filter(|line| line.contains(&common))
        .map(|line| line.replace(&format!("{common},"), "").replace(&common, ""))
        .collect()
}
