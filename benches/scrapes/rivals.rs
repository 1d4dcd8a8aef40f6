//! Other programs that serve the same text.

use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::Scratch;

use crate::support::exporter::peak_memory;

/// How long one of them may take to take in the text.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that serves the text; it ends with this value.
pub(crate) struct Rival {
    pub(crate) url: String,
    process: Child,
    // Removed when the process has ended.
    _files: Scratch,
}

impl Rival {
    /// nginx with as many workers as the machine has cores, as the exporter has. The text is a file,
    /// and so is the same text compressed.
    pub(crate) fn nginx(plain: &[u8], gzip: &[u8]) -> Option<Self> {
        let (address, files) = (free_address(), Scratch::new());
        files.write("metrics", plain);
        files.write("metrics.gz", gzip);
        let config = nginx_config(address, files.path());
        let mut command = Command::new("nginx");
        command.arg("-c").arg(files.write("nginx.conf", config));
        Self::start(command, address, files)
    }

    /// `node_exporter` with the text in a file that its textfile collector reads.
    pub(crate) fn textfile(text: &str) -> Option<Self> {
        let (address, files) = (free_address(), Scratch::new());
        files.write("metrics.prom", text);
        let mut command = Command::new("prometheus-node-exporter");
        command
            .args(["--collector.disable-defaults", "--collector.textfile"])
            .arg("--web.disable-exporter-metrics")
            .arg(format!("--web.listen-address={address}"))
            .arg(format!(
                "--collector.textfile.directory={}",
                files.path().display()
            ));
        Self::start(command, address, files)
    }

    /// A Pushgateway to which the text was pushed.
    pub(crate) fn pushgateway(text: &str) -> Option<Self> {
        let (address, files) = (free_address(), Scratch::new());
        let mut command = Command::new("prometheus-pushgateway");
        command.arg(format!("--web.listen-address={address}"));
        let rival = Self::start(command, address, files)?;
        let mut stream = TcpStream::connect(address).unwrap();
        let length = text.len();
        let head = "PUT /metrics/job/bench HTTP/1.1\r\nHost: localhost\r\nConnection: close";
        write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{text}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Some(rival)
    }

    /// Python's `prometheus_client` with the text's samples as its gauges.
    pub(crate) fn python(text: &str) -> Option<Self> {
        let (address, files) = (free_address(), Scratch::new());
        let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(python);
        command
            .args(["-c", PYTHON])
            .arg(files.write("metrics.txt", text))
            .arg(address.port().to_string());
        Self::start(command, address, files)
    }

    fn start(mut command: Command, address: SocketAddr, files: Scratch) -> Option<Self> {
        let silent = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut rival = Self {
            url: format!("http://{address}/metrics"),
            process: silent.spawn().ok()?,
            _files: files,
        };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if rival.process.try_wait().unwrap().is_some() || Instant::now() > deadline {
                return None;
            }
            sleep(Duration::from_millis(20));
        }
        Some(rival)
    }

    /// Its peak so far in MB.
    pub(crate) fn peak_memory(&self) -> f64 {
        peak_memory(self.process.id())
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // SIGTERM, since nginx's workers outlive a master that is killed.
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

fn nginx_config(address: SocketAddr, directory: &Path) -> String {
    let directory = directory.display();
    let user = if env::var("USER").is_ok_and(|user| user != "root") {
        ""
    } else {
        "user root root;"
    };
    format!(
        "daemon off; worker_processes auto; {user} pid {directory}/pid; error_log stderr error;
        events {{ worker_connections 64; }}
        http {{
            access_log off; sendfile on; keepalive_requests 1000000000;
            open_file_cache max=10;
            server {{
                listen {address};
                root {directory};
                location = /metrics {{ default_type text/plain; gzip_static on; }}
            }}
        }}"
    )
}

const PYTHON: &str = "
import sys, time
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.parser import text_string_to_metric_families
registry = CollectorRegistry()
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    names = list(family.samples[0].labels)
    gauge = Gauge(family.name, family.documentation, names, registry=registry)
    for sample in family.samples:
        gauge.labels(**sample.labels).set(sample.value)
start_http_server(int(sys.argv[2]), addr='127.0.0.1', registry=registry)
time.sleep(1e6)
";

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
