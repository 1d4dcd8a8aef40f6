//! The exporter as a process.

use std::{
    ffi::OsStr,
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::Instant,
};

use lambda_simulator::Simulator;

use crate::{
    PATIENCE, STEP,
    aws::REGION,
    http::{self, Answer},
    log::Log,
    page::Page,
    scratch::Scratch,
};

/// The program without anything of this process's environment.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// The program with the simulator as its AWS, and the credentials of an account.
#[must_use]
pub fn command_on(program: impl AsRef<OsStr>, aws: &Simulator, account: &str) -> Command {
    let (key, secret) = aws.credentials(account);
    let mut command = command(program);
    command
        .env("AWS_ENDPOINT_URL", aws.endpoint_url())
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", REGION);
    command
}

/// A running exporter; it ends with this value.
pub struct Exporter {
    process: Child,
    address: SocketAddr,
    log: Log,
    // Removed when the process has ended.
    _scratch: Option<Scratch>,
}

impl Exporter {
    /// Starts the command on a free port of loopback, and waits until it listens.
    #[must_use]
    pub fn start(command: Command) -> Self {
        Self::spawn(command, None)
    }

    /// The same with a configuration file of this content.
    #[must_use]
    pub fn configured(mut command: Command, yaml: &str) -> Self {
        let scratch = Scratch::new();
        command
            .arg("--config.file")
            .arg(scratch.write("config.yaml", yaml));
        Self::spawn(command, Some(scratch))
    }

    fn spawn(mut command: Command, scratch: Option<Scratch>) -> Self {
        command
            .arg("--web.listen-address=127.0.0.1:0")
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let log = Log::of(process.stderr.take().unwrap());
        let mut exporter = Self {
            process,
            address: ([0, 0, 0, 0], 0).into(),
            log,
            _scratch: scratch,
        };
        exporter.address = listening_address(&exporter.wait_for_log("listening"));
        exporter
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The lines that it has logged.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// How many of them have this text.
    #[must_use]
    pub fn logged(&self, text: &str) -> usize {
        let log = self.log();
        log.iter().filter(|line| line.contains(text)).count()
    }

    /// The first line with this text, once it is there.
    #[allow(clippy::must_use_candidate, reason = "that it comes is enough")]
    pub fn wait_for_log(&self, text: &str) -> String {
        self.log.wait_for(text)
    }

    /// What it answers.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[])
    }

    /// The same by another method, and with more headers.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        http::request(self.address, method, path, headers)
    }

    /// What a scrape shows.
    #[must_use]
    pub fn scrape(&self) -> Page {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200, "{}", answer.headers);
        Page::new(String::from_utf8(answer.bytes).unwrap())
    }

    /// Scrapes until the page is as wanted, and gives it.
    #[allow(clippy::must_use_candidate, reason = "that it comes is enough")]
    pub fn scrape_until(&self, wanted: impl Fn(&Page) -> bool) -> Page {
        self.repeat(|| {
            let page = self.scrape();
            if wanted(&page) { Ok(page) } else { Err(page) }
        })
    }

    /// Scrapes until there is a line that begins so.
    #[allow(clippy::must_use_candidate, reason = "that it comes is enough")]
    pub fn scrape_for(&self, sample: &str) -> Page {
        self.scrape_until(|page| page.lines().any(|line| line.starts_with(sample)))
    }

    /// Waits until the first sweep of every scope has ended, well or badly.
    pub fn wait_until_ready(&self) {
        self.repeat(|| {
            let answer = self.get("/-/ready");
            if answer.status == 200 {
                Ok(())
            } else {
                Err(answer.text().into_owned())
            }
        });
    }

    fn repeat<T, E: std::fmt::Display>(&self, mut ask: impl FnMut() -> Result<T, E>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match ask() {
                Ok(wanted) => return wanted,
                Err(last) => assert!(
                    Instant::now() < deadline,
                    "it did not come to be as wanted but is\n{last}\nand the log {:#?}",
                    self.log()
                ),
            }
            sleep(STEP);
        }
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args(["-s", name, &self.pid().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Waits for its end.
    #[must_use]
    pub fn wait(&mut self) -> ExitStatus {
        assert!(
            self.log.wait_for_end(),
            "it does not end: {:#?}",
            self.log()
        );
        self.process.wait().unwrap()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address in the line that says so, in both log formats.
fn listening_address(line: &str) -> SocketAddr {
    let after = line.split("address").nth(1).unwrap();
    let address = after.trim_start_matches(['=', '"', ':']);
    address.split(['"', ' ']).next().unwrap().parse().unwrap()
}
