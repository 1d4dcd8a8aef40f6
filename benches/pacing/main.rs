//! Whether the exporter keeps the pace that AWS allows, as AWS sees it.
//!
//! `cargo bench --bench pacing` takes a quarter of an hour. The release binary discovers 1,000
//! functions in one account and region, at 12 requests a second of the 15 that AWS allows:
//!
//! - [`sweeps`]: the first sweep, then one interval in the steady state;
//! - [`cut`]: AWS suddenly allows only 5 a second, for some minutes; here, and at the same time in an
//!   account whose first sweep is under way.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "../support/lib.rs"]
mod support;

mod cut;
mod record;
mod sweeps;

use std::{thread, time::Duration};

use exporter_harness::{ACCOUNT, Aws, Exporter, REGION};
use support::{aws::put_functions, exporter::launch_as, report};

const FUNCTIONS: usize = 1000;
/// A page of a listing has 50 functions.
const PAGES: usize = FUNCTIONS / 50;
const CALLS: usize = FUNCTIONS + PAGES;
const PER_SECOND: f64 = 12.0;
const QUOTA: f64 = 15.0;
/// Long enough for a sweep of 85 s, short enough for a steady rate of 8.5 calls a second, which is
/// more than the quota after the cut.
const INTERVAL: Duration = Duration::from_mins(2);
/// The account whose first sweep is disturbed.
const OTHER_ACCOUNT: &str = "222233334444";

fn main() {
    let aws = Aws::start();
    let exporter = start(&aws, ACCOUNT);
    report::title("1,000 functions, 12 requests a second, quota 15, interval 2 min");
    sweeps::first(&aws, &exporter);
    thread::scope(|scope| {
        let early = scope.spawn(|| cut::in_first_sweep(&aws, start(&aws, OTHER_ACCOUNT)));
        sweeps::steady(&aws);
        let early = early.join().unwrap();
        report::part("quota cut to 5 a second 30 s after the start of a first sweep");
        early.show();
    });
    let steady = cut::in_steady_state(&aws, &exporter);
    report::part("quota cut to 5 a second in the steady state of 8.5 calls a second");
    steady.show();
}

fn start(aws: &Aws, account: &str) -> Exporter {
    let region = aws.region(account, REGION);
    region.set_quota(Some(QUOTA));
    put_functions(&region, FUNCTIONS);
    launch_as(aws, account, &config())
}

fn config() -> String {
    let interval = INTERVAL.as_secs();
    format!(
        "poll: {{interval: {interval}s, stale_after: 15m, max_requests_per_second: {PER_SECOND}}}\n"
    )
}
