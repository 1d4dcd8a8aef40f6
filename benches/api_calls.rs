//! What a call of AWS costs the exporter in processor time, against the bare SDK.
//!
//! `cargo bench --bench api_calls` prints milliseconds of processor time per call, and the ratio,
//! round by round. Both sides make the same calls to the same simulator, which runs in a process of
//! its own so that its time is not counted. Linux only: the time is read from `/proc/self/stat`.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "support/lib.rs"]
mod support;

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use exporter_harness::{ACCOUNT, REGION};
use lambda_async_exporter::{
    aws::{Session, Settings},
    config::{Arguments, Config},
    domain::{CollectorsSettings, PollSettings, Region},
    fleet::SharedFleet,
    metrics::ExporterMetrics,
    scopes,
};
use lambda_simulator::{EventInvokeConfig, Function, Simulator};
use support::exporter::processor_time;
use tokio::{task::JoinSet, time::sleep};

/// Two calls each: one listing of configs, one of the function's configuration.
const FUNCTIONS: usize = 2500;
const ROUNDS: usize = 5;
const IN_FLIGHT: usize = 8;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match env::args().nth(1).as_deref() {
        Some("simulator") => simulate().await,
        Some("measure") => measure().await,
        _ => start(),
    }
}

/// Starts the simulator, then the measuring process with the simulator as its AWS.
fn start() {
    let mut simulator = Command::new(env::current_exe().unwrap())
        .arg("simulator")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut endpoint = String::new();
    BufReader::new(simulator.stdout.take().unwrap())
        .read_line(&mut endpoint)
        .unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .arg("measure")
        .env("AWS_ENDPOINT_URL", endpoint.trim())
        .env("AWS_ACCESS_KEY_ID", format!("AKIA{ACCOUNT}"))
        .env("AWS_SECRET_ACCESS_KEY", "unused")
        .status();
    stop(&mut simulator);
    assert!(status.unwrap().success());
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

async fn simulate() {
    let simulator = Simulator::start().await.unwrap();
    simulator.set_quota(ACCOUNT, REGION, None);
    simulator.set_log_bound(0);
    let region = simulator.region(ACCOUNT, REGION);
    for n in 0..FUNCTIONS {
        let name = name(n);
        region.put_function(Function::new(name.as_str()));
        region.put_event_invoke_config(&name, "$LATEST", EventInvokeConfig::new().retries(1));
    }
    println!("{}", simulator.endpoint_url());
    std::future::pending::<()>().await;
}

fn name(n: usize) -> String {
    format!("function-{n:05}")
}

async fn measure() {
    let region: Region = REGION.parse().unwrap();
    let own = ExporterMetrics::new();
    let settings = Settings::load(true).await.unwrap();
    let session = Session::load(settings, Some(&region), Duration::from_secs(10), own.api()).await;
    let session = Arc::new(session.unwrap());
    println!(
        "{:>5} {:>14} {:>14} {:>6}",
        "round", "bare ms/call", "exporter", "ratio"
    );
    let mut ratios = Vec::new();
    // The first round warms up connections and the allocator.
    for round in 0..=ROUNDS {
        let bare = bare_sdk().await;
        let exporter = exporter(&session, &own, round + 1).await;
        if round > 0 {
            println!(
                "{round:>5} {bare:>14.3} {exporter:>14.3} {:>6.2}",
                exporter / bare
            );
            ratios.push(exporter / bare);
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}", ratios[ratios.len() / 2]);
}

/// Milliseconds of processor time per call of the SDK alone.
async fn bare_sdk() -> f64 {
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                    aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https(),
        )
        .region(aws_config::Region::new(REGION))
        .load()
        .await;
    let client = aws_sdk_lambda::Client::new(&config);
    let before = processor_time("self");
    let mut calls = JoinSet::new();
    for n in 0..FUNCTIONS {
        if calls.len() >= IN_FLIGHT {
            calls.join_next().await.unwrap().unwrap();
        }
        let client = client.clone();
        calls.spawn(async move {
            let name = name(n);
            client
                .list_function_event_invoke_configs()
                .function_name(&name)
                .send()
                .await
                .unwrap();
            client
                .get_function_configuration()
                .function_name(&name)
                .send()
                .await
                .unwrap();
        });
    }
    calls.join_all().await;
    per_call(before)
}

/// Milliseconds of processor time per call of one whole sweep of the exporter.
async fn exporter(session: &Arc<Session>, own: &ExporterMetrics, rounds: usize) -> f64 {
    let named = (0..FUNCTIONS).map(|n| format!("{ACCOUNT}:function:{}:*", name(n)));
    let arguments = Arguments {
        aws_regions: vec![REGION.to_owned()],
        lambda_functions: named.collect(),
        ..Arguments::default()
    };
    let config = Config {
        poll: poll_config(),
        ..Config::load(&arguments).unwrap()
    };
    let fleet = SharedFleet::default();
    let before = processor_time("self");
    {
        let polling = scopes::run(config.workload(None), Arc::clone(session), &fleet);
        tokio::select! {
            _ = polling => unreachable!("polling never ends"),
            () = swept(&fleet) => {}
        }
    }
    let cost = per_call(before);
    let text = own.render();
    let calls = format!(
        "outcome=\"ok\",region=\"{REGION}\"}} {}\n",
        FUNCTIONS * rounds
    );
    assert_eq!(
        text.matches(&calls).count(),
        2,
        "not the calls that were to be measured\n{text}"
    );
    cost
}

fn poll_config() -> PollSettings {
    PollSettings {
        collectors: CollectorsSettings::OFF,
        // The second sweep must not begin within the measurement.
        interval: Duration::from_hours(10_000),
        stale_after: Duration::from_hours(10_000),
        max_requests_per_second: 1e9,
        max_in_flight: IN_FLIGHT,
        request_timeout: Duration::from_secs(10),
    }
}

async fn swept(fleet: &SharedFleet) {
    while !fleet.load().is_ready() {
        sleep(Duration::from_millis(20)).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
fn per_call(before: Duration) -> f64 {
    processor_time("self").saturating_sub(before).as_secs_f64() * 1000.0 / (2 * FUNCTIONS) as f64
}
