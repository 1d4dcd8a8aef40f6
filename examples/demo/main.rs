//! A fleet of 200 Lambda functions that slowly changes, and the exporter that watches it, with neither an AWS account nor
//! any other program: `cargo run --release --example demo`.
//!
//! - `fleet.txt`: the fleet, as a table; [`fleet`] puts it into the simulator.
//! - [`story`]: what happens to it.
//! - [`exporter`]: the exporter, in a process of its own.

mod exporter;
mod fleet;
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
    let region = simulator.region(fleet::ACCOUNT, fleet::REGION);
    let functions = fleet::put(&region);
    let mut exporter = Exporter::start(&simulator, listen_address)?;
    println!("{}", introduction(functions, &simulator, listen_address));
    tokio::select! {
        () = stop => {}
        () = story::play(&simulator, &region) => {}
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

fn introduction(functions: usize, simulator: &Simulator, listen_address: &str) -> String {
    let host = match listen_address.strip_prefix(':') {
        Some(port) => format!("localhost:{port}"),
        None => listen_address.to_owned(),
    };
    let story: Vec<String> = story::STORY
        .iter()
        .map(|step| format!("  {:>3} s  {}", step.at, step.says))
        .collect();
    let story = story.join("\n");
    let (account, region) = (fleet::ACCOUNT, fleet::REGION);
    let aws = simulator.endpoint_url();
    format!(
        r#"
AWS is simulated at {aws}: {functions} functions in account {account}, {region}.

Open
  http://{host}/metrics
  http://{host}/
  http://{host}/-/ready       200 after the first sweep, in 36 seconds or so

Try
  curl -s http://{host}/metrics | grep on_failure
  curl -s http://{host}/metrics | grep payments-settlement-batch

Scrape it with Prometheus
  scrape_configs:
    - job_name: lambda-async-exporter
      static_configs:
        - targets: ["{host}"]

Ask Prometheus which functions lose the events that they fail on: no failure destination, no dead-letter queue
  aws_lambda_event_invoke_config_destination_present{{condition="on_failure"}} == 0
    and on (account_id, region, function_name) aws_lambda_function_dead_letter_queue_present == 0

Watch; each change shows within 40 seconds
{story}

Ctrl-C ends it.
"#
    )
}
