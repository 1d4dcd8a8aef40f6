//! Polling against an AWS in memory, in paused time: when is what asked, and what is published.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

mod accounts;
mod aws;
mod between_calls;
mod collectors;
mod discovery;
mod fake_aws;
mod log;
mod named;
mod organizations;
mod overload;
mod polling;
mod random;
mod versions;
