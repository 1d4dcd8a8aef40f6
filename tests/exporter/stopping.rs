//! Stopping: by signal, with code 0, not held up by AWS or by a client.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use exporter_harness::{ACCOUNT, Exporter, REGION, wait_until};
use lambda_simulator::{Fault, FaultKind, Function};

use crate::process::{aws, command_on, watching};

#[test]
fn both_signals_end_it_with_code_0() {
    for signal in ["TERM", "INT"] {
        let aws = aws();
        let mut exporter = watching(command_on(&aws), &["f"]);
        exporter.signal(signal);
        assert_eq!(exporter.wait().code(), Some(0), "SIG{signal}");
        let refused = TcpStream::connect(exporter.address());
        assert!(refused.is_err(), "nothing listens any more");
        exporter.wait_for_log("stopped");
    }
}

#[test]
fn a_hangup_ends_nothing() {
    let aws = aws();
    let mut exporter = watching(command_on(&aws), &["f"]);
    for _ in 0..2 {
        exporter.signal("HUP");
        exporter.wait_for_log("SIGHUP received: reloading is not supported yet");
    }
    assert_eq!(exporter.get("/-/healthy").status, 200);
    exporter.signal("TERM");
    assert_eq!(exporter.wait().code(), Some(0));
}

#[test]
fn a_call_that_hangs_does_not_hold_it_up() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    aws.inject(Fault::any().function("f").always().kind(FaultKind::Hang));
    let mut command = command_on(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1h")
        .arg("--lambda.function=f");
    let mut exporter = Exporter::start(command);
    wait_until(|| aws.max_in_flight() > 0);
    exporter.signal("TERM");
    assert_eq!(exporter.wait().code(), Some(0));
}

#[test]
fn an_idle_connection_is_closed() {
    let aws = aws();
    let mut exporter = watching(command_on(&aws), &["f"]);
    let mut idle = TcpStream::connect(exporter.address()).unwrap();
    // Answered, so that the server has accepted the one before it.
    assert_eq!(exporter.get("/-/healthy").status, 200);
    exporter.signal("TERM");
    assert_eq!(exporter.wait().code(), Some(0));
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    assert!(rest.is_empty());
    let waited = exporter
        .log()
        .iter()
        .any(|line| line.contains("did not finish in time"));
    assert!(!waited, "nobody was being answered");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let aws = aws();
    let mut exporter = watching(command_on(&aws), &["f"]);
    // Half a request keeps the first signal waiting.
    let mut half = TcpStream::connect(exporter.address()).unwrap();
    half.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    assert_eq!(exporter.get("/-/healthy").status, 200);
    exporter.signal("TERM");
    exporter.wait_for_log("stopping");
    exporter.signal("TERM");
    assert_eq!(exporter.wait().code(), Some(1));
    exporter.wait_for_log("second signal");
}
