//! The release binary as a process of its own.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use lambda_simulator::Simulator;

use super::{
    aws::{ACCOUNT, REGION},
    page::Page,
};

/// How often the exporter is asked whether it is ready. To answer takes as much processor time as a
/// call of AWS, and that is measured.
const READY_STEP: Duration = Duration::from_secs(1);

/// A running exporter; it ends with this value.
pub(crate) struct Exporter {
    process: Child,
    address: SocketAddr,
    config: Option<PathBuf>,
}

impl Exporter {
    /// Starts it with a configuration file and waits until it listens.
    pub(crate) fn start(simulator: &Simulator, config: &str) -> Self {
        Self::start_as(simulator, ACCOUNT, config)
    }

    /// The same with the credentials of an account.
    pub(crate) fn start_as(simulator: &Simulator, account: &str, config: &str) -> Self {
        let path = file(config);
        let address = free_address();
        let mut command = command(simulator, account, address);
        command.arg("--config.file").arg(&path);
        let mut exporter = Self::spawn(command, address);
        exporter.config = Some(path);
        exporter.wait_until_listening();
        exporter
    }

    /// Starts a command that is to listen on an address.
    pub(crate) fn spawn(mut command: Command, address: SocketAddr) -> Self {
        Self {
            process: command.spawn().unwrap(),
            address,
            config: None,
        }
    }

    /// Waits until connections are accepted.
    pub(crate) fn wait_until_listening(&mut self) {
        while TcpStream::connect(self.address).is_err() {
            assert_eq!(self.process.try_wait().unwrap(), None, "it has ended");
            sleep(Duration::from_micros(200));
        }
    }

    /// Waits until the first sweep of every scope has ended, well or badly.
    pub(crate) fn wait_until_ready(&self) {
        while self.get("/-/ready", "identity").status != 200 {
            sleep(READY_STEP);
        }
    }

    /// What a scrape shows.
    pub(crate) fn scrape(&self) -> Page {
        Page::new(self.get("/metrics", "identity").text())
    }

    /// The bytes of a scrape by a client that takes gzip; `None` if they come uncompressed.
    pub(crate) fn compressed(&self) -> Option<Vec<u8>> {
        let answer = self.get("/metrics", "gzip");
        let compressed = answer.head.contains("content-encoding: gzip");
        compressed.then_some(answer.body)
    }

    /// Where it answers.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str, encoding: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::parse(bytes)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// User and system time so far, in steps of 10 ms.
    pub(crate) fn processor_time(&self) -> Duration {
        processor_time(&self.process.id().to_string())
    }

    /// Megabytes of 1,000,000 bytes in memory now.
    pub(crate) fn resident_memory(&self) -> f64 {
        memory(self.process.id(), "VmRSS:")
    }

    /// The most so far.
    pub(crate) fn peak_memory(&self) -> f64 {
        peak_memory(self.process.id())
    }

    /// The part of the memory that no file backs: heap and stacks.
    pub(crate) fn anonymous_memory(&self) -> f64 {
        memory(self.process.id(), "RssAnon:")
    }

    /// How many threads it has.
    pub(crate) fn threads(&self) -> f64 {
        status(self.process.id(), "Threads:")
    }

    /// How many files and sockets it has open.
    pub(crate) fn open_files(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        files.unwrap().count()
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        self.process.wait().unwrap()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(config) = &self.config {
            let _ = fs::remove_file(config);
        }
    }
}

struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn parse(mut bytes: Vec<u8>) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let body = bytes.split_off(end.unwrap() + 4);
        let head = String::from_utf8(bytes).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body }
    }

    fn text(self) -> String {
        assert_eq!(self.status, 200, "{}", self.head);
        String::from_utf8(self.body).unwrap()
    }
}

/// The binary with the simulator as its AWS, and nothing else of this process's environment.
pub(crate) fn command(simulator: &Simulator, account: &str, address: SocketAddr) -> Command {
    let (key, secret) = simulator.credentials(account);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-async-exporter"));
    command
        .env_clear()
        .env("AWS_ENDPOINT_URL", simulator.endpoint_url())
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", REGION)
        .arg(format!("--web.listen-address={address}"))
        .arg("--log.level=error")
        .stdin(Stdio::null());
    command
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// User and system time of a process (`self` is this one), in steps of 10 ms.
pub(crate) fn processor_time(pid: &str) -> Duration {
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

/// A temporary file with this content.
fn file(content: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("lambda-async-exporter-bench-{}-{number}", process::id());
    let path = env::temp_dir().join(name);
    fs::write(&path, content).unwrap();
    path
}
