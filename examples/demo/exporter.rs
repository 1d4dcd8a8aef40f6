//! The exporter as a process of its own, which is this program again: it needs an environment of its own, for that is
//! where the SDK finds AWS.

use std::{
    env,
    error::Error,
    io,
    process::{ExitStatus, Stdio},
    thread,
};

use clap::Parser;
use exporter_harness::command_on;
use lambda_async_exporter::{
    aws::Settings,
    config::{Arguments, Config},
    logs,
    run::run,
};
use lambda_simulator::Simulator;
use tokio::process::{Child, Command};

use crate::organization;

/// The first argument, where the program is to be the exporter.
pub(crate) const MODE: &str = "exporter";

/// Read where it stands, so that whoever changes it sees what that does.
const CONFIG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/demo/lambda-async-exporter.yaml"
);

/// A running exporter. It stops when its standard input closes, so it outlives this process in no case.
pub(crate) struct Exporter(Child);

impl Exporter {
    /// Starts it on the simulator, in an environment that has nothing of this one's.
    pub(crate) fn start(simulator: &Simulator, listen_address: &str) -> io::Result<Self> {
        let program = env::current_exe()?;
        let mut command = Command::from(command_on(program, simulator, organization::HOME));
        command
            .args([MODE, "--config.file", CONFIG])
            .args(["--web.listen-address", listen_address])
            .stdin(Stdio::piped())
            // A group of its own: Ctrl-C is for the demo, which then stops it.
            .process_group(0);
        Ok(Self(command.spawn()?))
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        // Unlike `Child::wait` alone, this leaves its standard input open.
        let stdin = self.0.stdin.take();
        let status = self.0.wait().await;
        drop(stdin);
        status
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> io::Result<ExitStatus> {
        self.0.wait().await
    }
}

/// Is the exporter, as the command would be with these arguments.
pub(crate) fn be(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse_from(arguments);
    let config = Config::load(&arguments).map_err(|problems| problems.to_string())?;
    logs::init(arguments.log_level, arguments.log_format);
    let runtime = tokio::runtime::Runtime::new()?;
    let aws = runtime.block_on(Settings::load(config.uses_default_region()))?;
    let ended = runtime.block_on(run(config, aws, input_closed()));
    runtime.shutdown_background();
    Ok(ended?)
}

/// Resolves when nobody can write to the standard input any more.
async fn input_closed() {
    let (closed, seen) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = closed.send(());
    });
    let _ = seen.await;
}
