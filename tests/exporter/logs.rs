//! Log lines: one when something changes, never one at every poll, never a credential.

use exporter_harness::{ACCOUNT, Exporter, REGION, Scratch, wait_until};
use lambda_simulator::{Fault, FaultKind, Function, Operation};

use crate::process::{aws, command_on, watching};

#[test]
fn one_line_at_start_says_what_is_watched() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let exporter = watching(command_on(&aws), &["f", "111122223333:function:g"]);
    let line = exporter.wait_for_log(" started");
    for part in [
        " INFO ",
        "accounts=1",
        "discovering=0",
        "functions=2",
        "interval_seconds=0.3",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
}

#[test]
fn a_shard_that_nothing_tells_apart_is_warned_of() {
    let aws = aws();
    for (arguments, warned) in [
        (&["--total-shards=2"][..], true),
        (&["--total-shards=2", "--shard=0"], false),
    ] {
        let mut command = command_on(&aws);
        command.arg("--lambda.function=f").args(arguments);
        let exporter = Exporter::start(command);
        exporter.wait_for_log(" started");
        exporter.wait_for_log("the credentials are those");
        let warnings = exporter.logged("so it is shard 0");
        assert_eq!(warnings, usize::from(warned), "{arguments:?}");
    }
}

#[test]
fn one_line_when_a_state_changes_with_all_that_aws_said() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let exporter = watching(command_on(&aws), &["f"]);
    let fault = Fault::on(Operation::GetFunctionEventInvokeConfig).always();
    aws.inject(fault.kind(FaultKind::ServiceException));
    let line = exporter.wait_for_log("target cannot be read");
    for part in [
        " WARN ",
        "account_id=\"111122223333\"",
        "region=\"us-east-1\"",
        "count=1",
        "targets=\"f:$LATEST\"",
        "state=\"failed\"",
        "operation=\"GetFunctionEventInvokeConfig\"",
        "code=\"ServiceException\"",
        "error=\"",
        "request_id=\"",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    let before = aws.count(Operation::GetFunctionEventInvokeConfig);
    wait_until(|| aws.count(Operation::GetFunctionEventInvokeConfig) >= before + 5);
    aws.clear_faults();
    exporter.wait_for_log("target recovered");
    assert_eq!(exporter.logged("target cannot be read"), 1);
    assert_eq!(exporter.logged("target recovered"), 1);
}

/// Whatever fails, it is one line for all of them; and so is their recovery.
#[test]
fn one_line_for_many_targets_that_change_in_one_sweep() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..30 {
        region.put_function(Function::new(format!("f{n:02}").as_str()));
    }
    let fault = Fault::on(Operation::ListFunctionEventInvokeConfigs).always();
    aws.inject(fault.kind(FaultKind::ServiceException));
    let exporter = Exporter::start(command_on(&aws));
    let line = exporter.wait_for_log("target cannot be read");
    for part in [
        " WARN ",
        "count=30",
        "targets=\"f00:$LATEST, f01:$LATEST, f02:$LATEST, f03:$LATEST, f04:$LATEST, …\"",
        "operation=\"ListFunctionEventInvokeConfigs\"",
        "code=\"ServiceException\"",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    aws.clear_faults();
    exporter.scrape_until(|text| text.contains("state=\"ok\"} 30"));
    exporter.wait_for_log("sweep complete again");
    assert_eq!(exporter.logged("target cannot be read"), 1);
    // Some of them may recover at the end of one sweep and others in the next.
    assert!(exporter.logged("target recovered") <= 2);
}

#[test]
fn one_warning_for_credentials_that_all_targets_share() {
    let aws = aws();
    for name in ["f", "g"] {
        aws.region(ACCOUNT, REGION)
            .put_function(Function::new(name));
    }
    let exporter = watching(command_on(&aws), &["f", "g"]);
    aws.inject(
        Fault::on(Operation::GetFunctionEventInvokeConfig)
            .always()
            .kind(FaultKind::ExpiredToken),
    );
    aws.inject(
        Fault::on(Operation::GetFunctionConfiguration)
            .always()
            .kind(FaultKind::ExpiredToken),
    );
    exporter.scrape_until(|text| text.contains("state=\"denied\"} 2"));
    let log = exporter.log();
    let warnings: Vec<&String> = log
        .iter()
        .filter(|line| line.contains("AWS refuses the credentials"))
        .collect();
    // One for each operation, and none for each target.
    assert_eq!(warnings.len(), 2, "{log:#?}");
    assert!(
        warnings
            .iter()
            .all(|line| line.contains("code=\"ExpiredTokenException\""))
    );
}

#[test]
fn json_lines() {
    let aws = aws();
    let mut command = command_on(&aws);
    command.args(["--lambda.function=f", "--log.format=json"]);
    let exporter = Exporter::start(command);
    exporter.wait_for_log("no such function");
    for line in exporter.log() {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        for key in ["timestamp", "level", "message"] {
            assert!(line[key].is_string(), "{key} is not in {line}");
        }
    }
}

/// At the highest level, with everything that can go wrong going wrong.
#[test]
fn never_a_credential() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let mut command = command_on(&aws);
    let secret = "c2VjcmV0LWtleS1vZi10aGUtdGVzdA";
    let token = "dG9rZW4tb2YtdGhlLXRlc3Q";
    command
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_SESSION_TOKEN", token)
        .args(["--lambda.function=f", "--log.level=trace"]);
    for kind in [
        FaultKind::AccessDenied,
        FaultKind::ExpiredToken,
        FaultKind::Reset,
    ] {
        aws.inject(
            Fault::on(Operation::GetFunctionConfiguration)
                .times(2)
                .kind(kind),
        );
    }
    let exporter = Exporter::start(command);
    exporter.wait_for_log("target recovered");
    let log = exporter.log().join("\n");
    for forbidden in [secret, token, "Signature=", "AWS4-HMAC-SHA256"] {
        assert!(!log.contains(forbidden), "{forbidden:?} is in\n{log}");
    }
}

#[test]
fn one_warning_with_the_arithmetic_where_a_sweep_does_not_fit() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    // Two pages.
    for n in 0..51 {
        region.put_function(Function::new(format!("f{n:03}").as_str()));
    }
    let exporter = Exporter::start(command_on(&aws));
    let line = exporter.wait_for_log("a sweep does not fit");
    for part in [
        " WARN ",
        "functions=51",
        "calls=53",
        "max_requests_per_second=15",
        "sweep_minutes=\"0.1\"",
        "interval_minutes=\"0.0\"",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    // Two sweeps later it was said once.
    exporter.scrape_until(|text| text.contains("sweep_duration_seconds{"));
    let calls = aws.count(Operation::ListFunctions);
    wait_until(|| aws.count(Operation::ListFunctions) >= calls + 4);
    assert_eq!(exporter.logged("a sweep does not fit"), 1);
}

/// The SDK warns of such a file on several lines of its own.
#[test]
fn every_event_is_one_line_of_the_exporters_own() {
    let aws = aws();
    let scratch = Scratch::new();
    let mut command = command_on(&aws);
    command.env(
        "AWS_CONFIG_FILE",
        scratch.write("config", "[default\nregion = us-east-1\n"),
    );
    let exporter = watching(command, &["f"]);
    exporter.wait_for_log("first sweep ended");
    for line in exporter.log() {
        assert!(
            line.starts_with("20") && !line.contains("aws_config"),
            "{line}"
        );
    }
}
