//! Two AWS accounts with some 260 Lambda functions that slowly change, and the exporter that watches them, with neither
//! an AWS account nor any other program: `cargo run --release --example demo`.
//!
//! - [`organization`]: the accounts, and the role between them.
//! - `fleet.txt`: their functions, as a table; [`fleet`] puts them into the simulator.
//! - [`story`]: what happens to them.
//! - `lambda-async-exporter.yaml`: what the exporter is told.
//! - [`exporter`]: the exporter, in a process of its own.
//! - [`introduction`]: what a person is told.

mod exporter;
mod fleet;
mod introduction;
mod organization;
mod story;

use std::{env, error::Error, process::ExitCode};

use exporter::Exporter;
use lambda_async_exporter::shutdown;
use lambda_simulator::Simulator;

const LISTEN_ADDRESS: &str = ":10046";
const USAGE: &str = "usage: demo [--web.listen-address ADDRESS]   (default :10046)";

fn main() -> ExitCode {
    let mut arguments = env::args().peekable();
    arguments.next();
    let ended = match arguments.peek().map(String::as_str) {
        Some(exporter::MODE) => exporter::be(arguments),
        _ => listen_address(arguments).and_then(|address| demo(&address)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn listen_address(mut arguments: impl Iterator<Item = String>) -> Result<String, Box<dyn Error>> {
    let Some(argument) = arguments.next() else {
        return Ok(LISTEN_ADDRESS.to_owned());
    };
    let address = match argument.split_once('=') {
        Some(("--web.listen-address", address)) => Some(address.to_owned()),
        None if argument == "--web.listen-address" => arguments.next(),
        _ => None,
    };
    let address = address.filter(|_| arguments.next().is_none());
    Ok(address.ok_or(USAGE)?)
}

#[tokio::main]
async fn demo(listen_address: &str) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::requested()?;
    let simulator = Simulator::start().await?;
    organization::trust(&simulator);
    let regions = fleet::put(&simulator);
    let mut exporter = Exporter::start(&simulator, listen_address)?;
    println!(
        "{}",
        introduction::text(&simulator, &regions, listen_address)
    );
    tokio::select! {
        () = stop => {}
        () = story::play(&simulator) => {}
        ended = exporter.ended() => return Err(format!("the exporter ended: {}", ended?).into()),
    }
    let status = exporter.stop().await?;
    simulator.shutdown().await;
    if !status.success() {
        return Err(format!("the exporter ended: {status}").into());
    }
    println!("Stopped.");
    Ok(())
}

/// The error and its causes, on one line.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}
