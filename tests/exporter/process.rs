//! A running exporter, and what a scraper and an operator see of it.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use lambda_simulator::Simulator;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";

/// How long a test waits for something that must happen: far longer than it takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary under test, without anything of this process's environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-async-exporter"));
    command
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// The binary with the simulator as its AWS: reads often, and gives up soon.
pub(crate) fn command_for(simulator: &Simulator) -> Command {
    let (key, secret) = simulator.credentials(ACCOUNT);
    let mut command = command();
    command
        .env("AWS_ENDPOINT_URL", simulator.endpoint_url())
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", REGION)
        .env("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "300ms")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "30s")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "250ms")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__MAX_REQUESTS_PER_SECOND", "15")
        .arg("--web.listen-address=127.0.0.1:0");
    command
}

/// A file with this content, for as long as the machine keeps temporary files.
pub(crate) fn file(content: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("lambda-async-exporter-test-{}-{number}", process::id());
    let path = env::temp_dir().join(name);
    fs::write(&path, content).unwrap();
    path
}

/// A simulator without a quota, since these tests are in a hurry.
pub(crate) async fn simulator() -> Simulator {
    let simulator = Simulator::start().await.unwrap();
    simulator.set_quota(ACCOUNT, REGION, None);
    simulator
}

pub(crate) struct Exporter {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Exporter {
    /// Starts the command and waits until it listens.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let written = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                written.lock().unwrap().push(line);
            }
        });
        let mut exporter = Self {
            child,
            address: String::new(),
            log,
        };
        let line = exporter.wait_for_log("listening").await;
        exporter.address = listening_address(&line);
        exporter
    }

    /// Watches these functions, all in the simulator's one region.
    pub(crate) async fn watching(simulator: &Simulator, functions: &[&str]) -> Self {
        let mut command = command_for(simulator);
        for function in functions {
            command.arg(format!("--lambda.function={function}"));
        }
        let exporter = Self::start(command).await;
        exporter
            .wait_until("/-/ready", |answer| answer.status == 200)
            .await;
        exporter
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The first line with this text, once it is there.
    pub(crate) async fn wait_for_log(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.log().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            assert!(
                Instant::now() < deadline,
                "no line with {text:?} in {:#?}",
                self.log()
            );
            sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).await
    }

    pub(crate) async fn request(&self, method: &str, path: &str) -> Answer {
        self.request_with(method, path, &[]).await
    }

    /// The same with more headers.
    pub(crate) async fn request_with(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for header in headers {
            request = request + header + "\r\n";
        }
        request += "\r\n";
        let exchange = async {
            let mut stream = TcpStream::connect(&self.address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            answer
        };
        Answer::parse(timeout(PATIENCE, exchange).await.unwrap())
    }

    pub(crate) async fn scrape(&self) -> String {
        self.get("/metrics").await.body
    }

    /// Scrapes until the text is as wanted, and gives it.
    pub(crate) async fn scrape_until(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_until("/metrics", |answer| wanted(&answer.body))
            .await
            .body
    }

    /// Scrapes until there is this sample (without its value: any).
    pub(crate) async fn scrape_for(&self, sample: &str) -> String {
        self.scrape_until(|text| text.lines().any(|line| line.starts_with(sample)))
            .await
    }

    async fn wait_until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "{path} did not come to be as wanted; it is\n{}\nand the log {:#?}",
                answer.body,
                self.log()
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a signal, by its number.
    pub(crate) async fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status()
            .await
            .unwrap();
        assert!(status.success());
    }

    pub(crate) async fn wait(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }
}

/// The address in the line that says so, in both log formats.
fn listening_address(line: &str) -> String {
    let after = line.split("address").nth(1).unwrap();
    let address = after.trim_start_matches(['=', '"', ':']);
    address.split(['"', ' ']).next().unwrap().to_owned()
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) headers: String,
    pub(crate) bytes: Vec<u8>,
    /// As a text; what is none is replaced.
    pub(crate) body: String,
}

impl Answer {
    fn parse(mut answer: Vec<u8>) -> Self {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let bytes = answer.split_off(end.expect("an answer has headers") + 4);
        let headers = String::from_utf8(answer).unwrap().to_lowercase();
        Self {
            status: headers.split(' ').nth(1).unwrap().parse().unwrap(),
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.headers.lines();
        let mut headers = lines.filter_map(|line| line.split_once(": "));
        headers
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }
}

/// The samples about one function, in their order, without account and region.
pub(crate) fn samples_of(text: &str, function: &str) -> Vec<String> {
    let common =
        format!("account_id=\"{ACCOUNT}\",region=\"{REGION}\",function_name=\"{function}\"");
    text.lines()
        .filter(|line| line.contains(&common))
        .map(|line| line.replace(&format!("{common},"), "").replace(&common, ""))
        .collect()
}
