//! Many accounts: whether the failures of some reach the others, and what each one costs.
//!
//! `cargo bench --bench accounts` takes ten minutes; after `--` the parts to run can be named, and
//! `MINUTES=30` has [`roles`] watch for so long instead of 2 minutes.
//!
//! - [`failures`]: ten accounts in two regions, of which one account is denied and one region hangs;
//! - [`roles`]: 1, 10 and 100 accounts: how often roles are assumed, memory and processor time;
//! - [`growth`]: up to 20,000 functions: memory, processor time, size of a scrape.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "../support/lib.rs"]
mod support;

mod failures;
mod growth;
mod roles;

use std::{env, fmt::Write};

use support::aws::{account, role_arn};

/// The parts, by name.
const PARTS: [(&str, fn()); 3] = [
    ("failures", failures::run),
    ("roles", roles::run),
    ("growth", growth::run),
];

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            run();
        }
    }
}

/// A configuration that discovers the functions of so many accounts in these regions.
fn config(poll: &str, accounts: usize, regions: &[&str]) -> String {
    let mut config = format!("poll: {{{poll}}}\naccounts:\n");
    for number in 0..accounts {
        let role = role_arn(&account(number));
        let regions = regions.join(", ");
        writeln!(config, "  - {{role_arn: '{role}', regions: [{regions}]}}").unwrap();
    }
    config
}
