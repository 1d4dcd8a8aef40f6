//! Processor time of a sweep, against the bare SDK's for the same calls at the same pace; and of an
//! exporter that has nothing to ask.

use std::{
    env,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, sts::AssumeRoleProvider};
use aws_sdk_lambda::Client;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use exporter_harness::{ACCOUNT, Aws, Exporter, REGION};
use tokio::{
    runtime::Builder,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    PER_SCOPE, exporter,
    support::{
        aws::{account, role_arn},
        exporter::{compressed, processor_time},
        report::{asked, figure, part},
    },
};

/// The argument that makes of this program the bare SDK.
pub(crate) const BARE: &str = "bare-sdk";
/// As the exporter is configured.
const PER_SECOND: f64 = 15.0;
const IN_FLIGHT: usize = 8;
/// With more functions the accounts ask for more than one simulator can answer in time: the exporter
/// waits its turn, the SDK asks again.
const COMPARED: usize = 10_000;
/// How long the idle exporter is watched: steps of 10 ms are then 0.02 %.
const WATCHED: Duration = Duration::from_secs(45);
/// Two Prometheus replicas ask every 15 seconds.
const SCRAPE_INTERVAL: Duration = Duration::from_millis(7500);
/// After the first sweep, before the idle exporter is watched.
const SETTLING: Duration = Duration::from_secs(5);

pub(crate) fn run(aws: &Aws, functions: usize) {
    part("a sweep, at 15 requests a second and account");
    let before = aws.count_all();
    let exporter = exporter(aws, functions, "1h");
    let ours = processor_time(exporter.pid());
    let calls = aws.count_all() - before;
    figure("calls", calls);
    figure("processor time, s", format!("{:.2}", ours.as_secs_f64()));
    if functions <= COMPARED {
        against_bare(aws, functions, ours, calls);
    }
    idle(&exporter);
}

/// The same calls by the bare SDK.
fn against_bare(aws: &Aws, functions: usize, ours: Duration, calls: u64) {
    let (theirs, bare_calls) = bare_process(aws, functions);
    let more = bare_calls.abs_diff(calls);
    assert!(more * 100 <= calls, "{bare_calls} calls are not {calls}");
    let theirs = theirs.as_secs_f64();
    figure(
        "the bare SDK's for the same calls, s",
        format!("{theirs:.2}"),
    );
    let ratio = ours.as_secs_f64() / theirs;
    asked(
        "times the bare SDK's",
        format!("{ratio:.2}"),
        "≤ 1.3",
        ratio <= 1.3,
    );
}

/// Nothing is due for an hour; two replicas scrape.
fn idle(exporter: &Exporter) {
    thread::sleep(SETTLING);
    let before = processor_time(exporter.pid());
    for _ in 0..WATCHED.as_millis() / SCRAPE_INTERVAL.as_millis() {
        compressed(exporter);
        thread::sleep(SCRAPE_INTERVAL);
    }
    let used = processor_time(exporter.pid()).saturating_sub(before);
    let percent = used.as_secs_f64() / WATCHED.as_secs_f64() * 100.0;
    let name = "processor while idle, scraped by two replicas, %";
    asked(name, format!("{percent:.2}"), "< 1", percent < 1.0);
}

/// Has another process make the calls; gives its processor time and how many calls there were.
fn bare_process(aws: &Aws, functions: usize) -> (Duration, u64) {
    let before = aws.count_all();
    let (key, secret) = aws.credentials(ACCOUNT);
    let output = Command::new(env::current_exe().unwrap())
        .args([
            BARE,
            &aws.endpoint_url(),
            &(functions / PER_SCOPE).to_string(),
        ])
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let milliseconds = text.trim().parse().unwrap();
    (
        Duration::from_millis(milliseconds),
        aws.count_all() - before,
    )
}

/// The same calls with nothing but the SDK, on as many threads; prints milliseconds of processor time.
pub(crate) fn bare(endpoint: &str, scopes: usize) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let tls = Provider::Rustls(CryptoMode::Ring);
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls)
            .build_https();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(endpoint)
            .region(Region::new(REGION))
            .load()
            .await;
        let sweeps = (0..scopes).map(|number| sweep(config.clone(), number, scopes));
        sweeps.collect::<JoinSet<()>>().join_all().await;
    });
    println!("{}", processor_time("self").as_millis());
}

/// All calls about one of so many accounts, each in its own rhythm, as the exporter's are.
async fn sweep(config: SdkConfig, number: usize, scopes: usize) {
    let pause = Duration::from_secs_f64(1.0 / PER_SECOND);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred accounts")]
    sleep(pause.mul_f64(number as f64 / scopes as f64)).await;
    let role = AssumeRoleProvider::builder(role_arn(&account(number)))
        .session_name("bench")
        .configure(&config)
        .build()
        .await;
    let lambda = aws_sdk_lambda::config::Builder::from(&config).credentials_provider(role);
    let client = Client::from_conf(lambda.build());
    let mut pace = interval(pause);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calls = JoinSet::new();
    let mut marker = None;
    loop {
        pace.tick().await;
        let request = client.list_functions().set_marker(marker);
        let listed = request.send().await.unwrap();
        for function in listed.functions.unwrap_or_default() {
            pace.tick().await;
            if calls.len() >= IN_FLIGHT {
                calls.join_next().await.unwrap().unwrap();
            }
            let name = function.function_name.unwrap();
            let request = client
                .list_function_event_invoke_configs()
                .function_name(name);
            calls.spawn(async move {
                request.send().await.unwrap();
            });
        }
        marker = listed.next_marker;
        if marker.is_none() {
            break;
        }
    }
    calls.join_all().await;
}
