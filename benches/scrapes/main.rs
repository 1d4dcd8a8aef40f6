//! What a scrape costs, against a web server that sends the same bytes as files and against the
//! programs that a user would pick instead; and what it takes to have those bytes ready.
//!
//! `cargo bench --bench scrapes` prints one table for 1,000, 10,000 and 100,000 functions; other sizes
//! can be named after `--`. It takes a quarter of an hour and needs `wrk`; what else is installed of
//! `nginx`, `prometheus-node-exporter`, `prometheus-pushgateway` and Python's `prometheus_client`
//! (`PYTHON` names the interpreter) is measured, too. Linux only.
//!
//! - [`rendering`]: making pages, in this process;
//! - [`serving`]: the exporter under `wrk`, and its rivals under the same, in turns;
//! - [`rivals`]: how those are started;
//! - [`sweeping`]: processor time of a sweep against the bare SDK, and while nothing is due.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "../support/lib.rs"]
mod support;

mod changes;
mod rendering;
mod rivals;
mod serving;
mod sweeping;
mod wrk;

use std::{env, fmt::Write};

use exporter_harness::{Aws, Exporter, REGION};
use support::{
    aws::{account, put_functions, role_arn},
    exporter::{launch, wait_until_ready},
    report,
};

/// Functions in each account, so that a sweep at 15 requests a second takes a quarter of a minute.
const PER_SCOPE: usize = 200;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [word, endpoint, scopes] = words.as_slice()
        && word == sweeping::BARE
    {
        return sweeping::bare(endpoint, scopes.parse().unwrap());
    }
    let sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![1_000, 10_000, 100_000]
    } else {
        sizes
    };
    for functions in sizes {
        measure(functions);
    }
}

fn measure(functions: usize) {
    report::title(&format!("{functions} functions"));
    rendering::run(functions);
    let aws = aws_with(functions);
    sweeping::run(&aws, functions);
    serving::run(&aws, functions);
}

/// An AWS with so many functions, in accounts with [`PER_SCOPE`] each.
fn aws_with(functions: usize) -> Aws {
    let aws = Aws::start();
    aws.set_log_bound(0);
    for number in 0..functions / PER_SCOPE {
        let region = aws.region(&account(number), REGION);
        region.set_quota(None);
        put_functions(&region, PER_SCOPE);
    }
    aws
}

/// An exporter that discovers them all, after its first sweep.
fn exporter(aws: &Aws, functions: usize, interval: &str) -> Exporter {
    let mut config = format!(
        "poll: {{interval: {interval}, stale_after: 2h, max_requests_per_second: 15}}\naccounts:\n"
    );
    for number in 0..functions / PER_SCOPE {
        let role = role_arn(&account(number));
        writeln!(config, "  - {{role_arn: '{role}', regions: [{REGION}]}}").unwrap();
    }
    let exporter = launch(aws, &config);
    wait_until_ready(&exporter);
    exporter
}
