//! What the benchmarks share: the exporter as a process of its own, on a simulated AWS in this one.
//!
//! - [`aws`]: the simulator on a runtime in the background, and functions like those of real accounts.
//! - [`exporter`]: the release binary, how it is scraped, and what it takes of the machine.
//! - [`page`]: what a scrape shows.
//! - [`spread`]: many values in four.
//! - [`report`]: the table that a benchmark prints.

#![allow(dead_code, reason = "no benchmark needs all of it")]

pub(crate) mod aws;
pub(crate) mod exporter;
pub(crate) mod page;
pub(crate) mod report;
pub(crate) mod spread;
