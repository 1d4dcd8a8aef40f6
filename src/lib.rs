//! `lambda-async-exporter`: the event invoke configs of AWS Lambda functions, for Prometheus.
//!
//! ```text
//! Config ─► directory (which accounts and regions) ─► poll (one poller for each) ─► port ─► aws
//!                                                       │ readings
//!                                                       ▼
//!                    Fleet (an immutable value for each scope, swapped whole) ─► metrics ─► http
//! ```
//!
//! - [`config`]: flags, environment and file become one checked value, or a list of problems.
//! - [`domain`]: what things mean. Knows no AWS SDK, no HTTP, no Prometheus.
//! - [`poll`]: when to ask AWS, and how often.
//! - [`aws`]: how to ask AWS. The only module that names the SDK.
//! - [`metrics`]: a fleet as exposition text, by one table of families.
//! - [`http`]: the server that hands the text out.
//! - [`run`]: puts them together and takes them down again.

pub mod aws;
pub mod config;
pub mod domain;
pub mod fleet;
pub mod http;
pub mod logs;
pub mod metrics;
mod poll;
pub mod port;
pub mod run;
pub mod scopes;
pub mod shutdown;
mod sync;
