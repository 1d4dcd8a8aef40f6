//! Other programs that serve the same text.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::exporter::{free_address, peak_memory};

/// How long one of them may take to take in the text.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that serves the text; it ends with this value.
pub(crate) struct Rival {
    pub(crate) url: String,
    process: Child,
    directory: PathBuf,
}

impl Rival {
    /// nginx with as many workers as the machine has cores, as the exporter has. The text is a file,
    /// and so is the same text compressed.
    pub(crate) fn nginx(plain: &[u8], gzip: &[u8]) -> Option<Self> {
        let (address, directory) = (free_address(), directory());
        fs::write(directory.join("metrics"), plain).unwrap();
        fs::write(directory.join("metrics.gz"), gzip).unwrap();
        let config = nginx_config(address, &directory);
        let path = directory.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(path);
        Self::start(command, address, directory)
    }

    /// `node_exporter` with the text in a file that its textfile collector reads.
    pub(crate) fn textfile(text: &str) -> Option<Self> {
        let (address, directory) = (free_address(), directory());
        fs::write(directory.join("metrics.prom"), text).unwrap();
        let mut command = Command::new("prometheus-node-exporter");
        command
            .args(["--collector.disable-defaults", "--collector.textfile"])
            .arg("--web.disable-exporter-metrics")
            .arg(format!("--web.listen-address={address}"))
            .arg(format!(
                "--collector.textfile.directory={}",
                directory.display()
            ));
        Self::start(command, address, directory)
    }

    /// A Pushgateway to which the text was pushed.
    pub(crate) fn pushgateway(text: &str) -> Option<Self> {
        let (address, directory) = (free_address(), directory());
        let mut command = Command::new("prometheus-pushgateway");
        command.arg(format!("--web.listen-address={address}"));
        let rival = Self::start(command, address, directory)?;
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
        let (address, directory) = (free_address(), directory());
        let path = directory.join("metrics.txt");
        fs::write(&path, text).unwrap();
        let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(python);
        command
            .args(["-c", PYTHON])
            .arg(path)
            .arg(address.port().to_string());
        Self::start(command, address, directory)
    }

    fn start(mut command: Command, address: SocketAddr, directory: PathBuf) -> Option<Self> {
        let silent = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut rival = Self {
            url: format!("http://{address}/metrics"),
            process: silent.spawn().ok()?,
            directory,
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
        let _ = fs::remove_dir_all(&self.directory);
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

fn directory() -> PathBuf {
    let unique = format!("lambda-async-exporter-bench-{}", free_address().port());
    let path = env::temp_dir().join(unique);
    fs::create_dir_all(&path).unwrap();
    path
}
