//! The command line and its exit codes.

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Output, Stdio},
};

use crate::process::command;

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn version_and_help() {
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    let said = stdout(&version);
    let start = concat!(
        "lambda-async-exporter ",
        env!("CARGO_PKG_VERSION"),
        " (revision "
    );
    let revision = said
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix(")\n"));
    assert!(
        revision.is_some_and(|revision| !revision.is_empty()),
        "{said}"
    );
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for flag in [
        "--config.file",
        "--config.check",
        "--aws.region",
        "--lambda.function",
        "--shard",
        "--total-shards",
        "--web.listen-address",
        "--web.telemetry-path",
        "--log.level",
        "--log.format",
    ] {
        assert!(stdout(&help).contains(flag), "{flag}");
    }
    let longest = stdout(&help).lines().map(str::len).max();
    assert!(longest <= Some(100), "{}", stdout(&help));
}

#[test]
fn wrong_usage_is_code_2() {
    for arguments in [
        &["--no-such-flag"][..],
        &["--log.level=loud", "--lambda.function=f"],
        &["--lambda.function=a b"],
        &["--config.file=/no/such/file.yaml"],
        &["--shard=2", "--total-shards=2"],
    ] {
        let output = run(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
        assert!(stdout(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn config_check_says_ok_or_what_is_wrong() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["config/minimal.yaml", "config/example.yaml"] {
        let path = root.join(file);
        let output = run(&["--config.check", "--config.file", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", stderr(&output));
        assert_eq!(stdout(&output), "ok\n");
    }
    let output = run(&["--config.check", "--lambda.function=a b"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("function name `a b`"),
        "{}",
        stderr(&output)
    );
}

/// A device that is always full, as a disk may be and as a pipe without a reader nearly is.
fn full() -> Stdio {
    File::create("/dev/full").unwrap().into()
}

#[test]
fn what_cannot_be_written_has_its_exit_code() {
    for (arguments, code) in [
        (&["--config.check"][..], 1),
        (&["--help"], 1),
        (&["--version"], 1),
        (&["--config.check", "--lambda.function=a b"], 2),
        (&["--no-such-flag"], 2),
    ] {
        let status = command()
            .args(arguments)
            .stdout(full())
            .stderr(full())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments:?}");
    }
    let output = command()
        .arg("--config.check")
        .stdout(full())
        .stderr(Stdio::piped())
        .spawn();
    let output = output.unwrap().wait_with_output().unwrap();
    let region_is_missing = ["--lambda.function=f", "--web.listen-address=127.0.0.1:0"];
    let status = command().args(region_is_missing).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(2), "the log cannot be written");
    let expected = "cannot write to the standard output: ";
    assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
}

#[test]
fn variables_that_are_ignored_are_named() {
    let mut command = command();
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL_INTERVAL", "1m")
        .env("LAMBDA_ASYNC_EXPORTER_PORT", "tcp://10.0.0.1:10046");
    let expected = "LAMBDA_ASYNC_EXPORTER_POLL_INTERVAL is ignored: \
                    did you mean LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL?";
    command.arg("--web.listen-address=127.0.0.1:0");
    let started = command.output().unwrap();
    assert_eq!(
        stderr(&started).matches(expected).count(),
        1,
        "{}",
        stderr(&started)
    );
    command.arg("--config.check");
    let checked = command.output().unwrap();
    assert_eq!(checked.status.code(), Some(0));
    assert_eq!(stdout(&checked), "ok\n");
    assert_eq!(stderr(&checked), format!("warning: {expected}\n"));
}

#[test]
fn no_region_anywhere_is_code_2() {
    let output = run(&["--lambda.function=f", "--web.listen-address=127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("no region: set --aws.region"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_address_in_use_is_code_1_and_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let listen = format!("--web.listen-address={address}");
    let output = run(&["--lambda.function=f", "--aws.region=us-east-1", &listen]);
    assert_eq!(output.status.code(), Some(1));
    let expected = format!("cannot listen on {address}");
    assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
}
