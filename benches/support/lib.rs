//! What the benchmarks share, besides the tests' [`exporter_harness`].
//!
//! - [`aws`]: functions like those of real accounts.
//! - [`exporter`]: the release binary, and what it takes of the machine.
//! - [`spread`]: many values in four.
//! - [`report`]: the table that a benchmark prints.

#![allow(dead_code, reason = "no benchmark needs all of it")]

pub(crate) mod aws;
pub(crate) mod exporter;
pub(crate) mod report;
pub(crate) mod spread;
