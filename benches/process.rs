//! What a person sees of the whole process: how soon it listens, the memory it takes, how it stops.
//!
//! `cargo bench --bench process` starts the release binary on 100 functions of the simulator,
//! several times, and prints the median and the worst of each figure. Linux only: memory is read
//! from `/proc`.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use lambda_simulator::{EventInvokeConfig, Function, Simulator};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
const FUNCTIONS: usize = 100;
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulator = runtime.block_on(Simulator::start()).unwrap();
    simulator.set_quota(ACCOUNT, REGION, None);
    let region = simulator.region(ACCOUNT, REGION);
    for n in 0..FUNCTIONS {
        let name = format!("function-{n:03}");
        region.put_function(Function::new(name.as_str()));
        let config = EventInvokeConfig::new().on_failure("arn:aws:sqs:us-east-1:111122223333:q");
        region.put_event_invoke_config(&name, "$LATEST", config);
    }
    let rounds: Vec<Figures> = (0..ROUNDS).map(|_| round(&simulator)).collect();
    println!("{:<42} {:>8} {:>8}", "", "median", "worst");
    row("start to listening, ms", &rounds, |figures| {
        figures.listening
    });
    row("peak resident memory, MB", &rounds, |figures| {
        figures.peak_memory
    });
    row("SIGTERM to exit, ms", &rounds, |figures| figures.stopping);
}

fn row(name: &str, rounds: &[Figures], figure: fn(&Figures) -> f64) {
    let mut values: Vec<f64> = rounds.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    println!(
        "{name:<42} {:>8.1} {:>8.1}",
        values[values.len() / 2],
        values[values.len() - 1]
    );
}

struct Figures {
    listening: f64,
    peak_memory: f64,
    stopping: f64,
}

fn round(simulator: &Simulator) -> Figures {
    let address = free_address();
    let started = Instant::now();
    let mut exporter = start(simulator, address);
    while TcpStream::connect(address).is_err() {
        sleep(Duration::from_micros(200));
    }
    let listening = milliseconds(started);
    while !get(address, "/-/ready").starts_with("HTTP/1.1 200") {
        sleep(Duration::from_millis(20));
    }
    // More sweeps and scrapes, so that the peak has been reached.
    for _ in 0..50 {
        let page = get(address, "/metrics");
        let success = page.lines().filter(|line| {
            line.starts_with("lambda_async_exporter_target_success{") && line.ends_with(" 1")
        });
        assert_eq!(success.count(), FUNCTIONS);
        sleep(Duration::from_millis(20));
    }
    let peak_memory = peak_memory(&exporter);
    let asked = Instant::now();
    let pid = exporter.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    let status = exporter.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    Figures {
        listening,
        peak_memory,
        stopping: milliseconds(asked),
    }
}

fn start(simulator: &Simulator, address: SocketAddr) -> Child {
    let (key, secret) = simulator.credentials(ACCOUNT);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-async-exporter"));
    command
        .env("AWS_ENDPOINT_URL", simulator.endpoint_url())
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", REGION)
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "500ms")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__MAX_REQUESTS_PER_SECOND", "15")
        .arg(format!("--web.listen-address={address}"))
        .stderr(Stdio::null());
    for n in 0..FUNCTIONS {
        command.arg(format!("--lambda.function=function-{n:03}"));
    }
    command.spawn().unwrap()
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// In megabytes of 1,000,000 bytes.
fn peak_memory(process: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024.0 / 1e6
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
