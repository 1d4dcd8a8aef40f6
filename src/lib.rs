//! `lambda-async-exporter`: the event invoke configs of AWS Lambda functions, for Prometheus.
//!
//! ```text
//!              config                    aws
//!                │ Workload               │ implements
//!                ▼                        ▼
//!  run ─► scopes (accounts, regions) ─► port ◄─ poll (one account and region)
//!                                                 │ readings
//!                                                 ▼
//!                          fleet (what is published) ─► metrics ─► http
//! ```
//!
//! Rooms, from the lowest to the highest; each imports only from those above it in this list.
//!
//! - [`domain`]: what things mean. Knows no AWS SDK, no HTTP, no Prometheus, and never waits.
//! - [`port`]: what polling and scopes need of AWS, in the domain's words.
//! - [`fleet`]: the published state, a finished value for each scope.
//! - [`aws`]: how to ask AWS. The only room that names the SDK, and the place where attempts are counted.
//! - `poll`: when to ask AWS about one scope, and what its answers mean.
//! - [`scopes`]: which accounts and regions there are, and a poller for each.
//! - [`metrics`]: a fleet as exposition text, by one table of families.
//! - [`http`]: the server that hands the text out.
//! - [`config`]: flags, environment and file become one checked value, or a list of problems.
//! - [`run`]: puts them together and takes them down again.

pub mod aws;
pub mod config;
pub mod domain;
pub mod fleet;
pub mod http;
pub mod listen_address;
pub mod logs;
pub mod metrics;
mod poll;
pub mod port;
pub mod run;
pub mod scopes;
pub mod shutdown;
mod sync;
mod tasks;
