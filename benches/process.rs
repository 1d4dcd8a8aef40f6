//! What a person sees of the whole process: how soon it listens, the memory it takes, how it stops.
//!
//! `cargo bench --bench process` starts the release binary on 100 functions of the simulator,
//! several times, and prints the median and the worst of each figure. Linux only: memory is read
//! from `/proc`.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "support/lib.rs"]
mod support;

use std::{
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::{ACCOUNT, Aws, Exporter, REGION, command_on};
use lambda_simulator::{EventInvokeConfig, Function};
use support::{
    exporter::{PROGRAM, milliseconds, peak_memory},
    spread::Spread,
};

const FUNCTIONS: usize = 100;
const ROUNDS: usize = 5;

fn main() {
    let aws = Aws::start();
    aws.set_quota(ACCOUNT, REGION, None);
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..FUNCTIONS {
        let name = name(n);
        region.put_function(Function::new(name.as_str()));
        let config = EventInvokeConfig::new().on_failure("arn:aws:sqs:us-east-1:111122223333:q");
        region.put_event_invoke_config(&name, "$LATEST", config);
    }
    let rounds: Vec<Figures> = (0..ROUNDS).map(|_| round(&aws)).collect();
    println!("{:<42} {:>8} {:>8}", "", "median", "worst");
    row("start to listening, ms", &rounds, |figures| {
        figures.listening
    });
    row("peak resident memory, MB", &rounds, |figures| {
        figures.peak_memory
    });
    row("SIGTERM to exit, ms", &rounds, |figures| figures.stopping);
}

fn name(n: usize) -> String {
    format!("function-{n:03}")
}

fn row(name: &str, rounds: &[Figures], figure: fn(&Figures) -> f64) {
    let values: Spread = rounds.iter().map(figure).collect();
    let (median, worst) = (values.median(), values.max());
    println!("{name:<42} {median:>8.1} {worst:>8.1}");
}

struct Figures {
    listening: f64,
    peak_memory: f64,
    stopping: f64,
}

fn round(aws: &Aws) -> Figures {
    let started = Instant::now();
    let mut exporter = Exporter::start(command(aws));
    let listening = milliseconds(started);
    exporter.wait_until_ready();
    // More sweeps and scrapes, so that the peak has been reached.
    for _ in 0..50 {
        let page = exporter.scrape();
        let success = page.samples("lambda_async_exporter_target_success");
        let success = success.iter().filter(|sample| sample.value > 0.5);
        assert_eq!(success.count(), FUNCTIONS);
        sleep(Duration::from_millis(20));
    }
    let peak_memory = peak_memory(exporter.pid());
    let asked = Instant::now();
    exporter.signal("TERM");
    assert_eq!(exporter.wait().code(), Some(0));
    Figures {
        listening,
        peak_memory,
        stopping: milliseconds(asked),
    }
}

fn command(aws: &Aws) -> Command {
    let mut command = command_on(PROGRAM, aws, ACCOUNT);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "500ms")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__MAX_REQUESTS_PER_SECOND", "15")
        .args((0..FUNCTIONS).map(|n| format!("--lambda.function={}", name(n))));
    command
}
