//! The release binary, and what a process takes of the machine.

use std::{
    fmt::Display,
    fs,
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::{ACCOUNT, Aws, Exporter, command_on};

/// How often the exporter is asked whether it is ready. To answer takes as much processor time as a
/// call of AWS, and that is measured.
const READY_STEP: Duration = Duration::from_secs(1);

/// The path of the binary.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_lambda-async-exporter");

/// Starts it with a configuration file and waits until it listens.
pub(crate) fn launch(aws: &Aws, config: &str) -> Exporter {
    launch_as(aws, ACCOUNT, config)
}

/// The same with the credentials of an account.
pub(crate) fn launch_as(aws: &Aws, account: &str, config: &str) -> Exporter {
    Exporter::configured(command_on(PROGRAM, aws, account), config)
}

/// Waits until the first sweep of every scope has ended, well or badly, however long that takes.
pub(crate) fn wait_until_ready(exporter: &Exporter) {
    while exporter.get("/-/ready").status != 200 {
        sleep(READY_STEP);
    }
}

/// The bytes of a scrape by a client that takes gzip.
pub(crate) fn compressed(exporter: &Exporter) -> Vec<u8> {
    let answer = exporter.request("GET", "/metrics", &["Accept-Encoding: gzip"]);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    answer.bytes
}

/// User and system time of a process (`self` is this one) so far, in steps of 10 ms.
pub(crate) fn processor_time(pid: impl Display) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the program's name, which may hold spaces, in parentheses: fields 3 and on.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let fields: Vec<&str> = fields.collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// The most megabytes of 1,000,000 bytes that a process had in memory so far.
pub(crate) fn peak_memory(pid: u32) -> f64 {
    memory(pid, "VmHWM:")
}

/// Megabytes in memory now.
pub(crate) fn resident_memory(pid: u32) -> f64 {
    memory(pid, "VmRSS:")
}

/// The part of the memory that no file backs: heap and stacks.
pub(crate) fn anonymous_memory(pid: u32) -> f64 {
    memory(pid, "RssAnon:")
}

/// How many threads it has.
pub(crate) fn threads(pid: u32) -> f64 {
    status(pid, "Threads:")
}

/// How many files and sockets it has open.
pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

fn memory(pid: u32, field: &str) -> f64 {
    status(pid, field) * 1024.0 / 1e6
}

fn status(pid: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Milliseconds that have passed.
pub(crate) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
