//! The program through its front door: the real binary, talking HTTP to the simulator by the real
//! SDK, seen by its exposition text, its HTTP answers, its log lines and its exit codes.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

mod accounts;
mod collectors;
mod connections;
mod discovery;
mod environment;
mod faults;
mod golden;
mod logs;
mod process;
mod server;
mod stopping;
mod targets;
mod usage;
