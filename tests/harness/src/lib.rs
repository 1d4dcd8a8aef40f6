//! The exporter as a process of its own, on a simulated AWS in this one, and what a scraper and an operator see of it.
//!
//! - [`Aws`]: the simulator on a runtime in the background.
//! - [`command`] and [`command_on`]: the exporter in an environment of its own.
//! - [`Exporter`]: a running one, which ends with its value; its log, and its [`Answer`]s.
//! - [`Page`] and [`parse`]: the exposition text, which is refused where a scraper would refuse it.
//! - [`Scratch`]: a temporary folder, which is removed with its value.
//! - [`wait_until`]: for what happens by itself.
//!
//! All of it blocks, and panics where it cannot go on.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test or benchmark that cannot go on ends there and then"
)]

mod aws;
mod exporter;
mod http;
mod log;
mod page;
mod scratch;

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

pub use aws::{ACCOUNT, Aws, REGION};
pub use exporter::{Exporter, command, command_on};
pub use http::Answer;
pub use page::{Labels, Page, Sample, parse};
pub use scratch::Scratch;

/// How long something is waited for that must happen: far longer than it takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often is looked whether it has.
const STEP: Duration = Duration::from_millis(50);

/// Waits until something is so.
pub fn wait_until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it did not come to be so");
        sleep(STEP);
    }
}
