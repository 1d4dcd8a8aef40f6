//! An in-memory AWS Lambda control plane over real HTTP on loopback, for tests, benchmarks and the demo.
//!
//! It answers as AWS was recorded to answer (`tests/*-recorded.json`, replayed by `tests/wire`), for several accounts
//! and regions at once, which it tells apart by the `SigV4` credential scope; signatures are not verified. One endpoint
//! serves Lambda, STS, the resource groups tagging API, Organizations, Account Management's `ListRegions`, what tells
//! whether a destination exists (SQS, SNS, `EventBridge` and S3), and `CloudWatch`'s `ListMetrics`.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation, Simulator};
//!
//! let simulator = Simulator::start().await?;
//! let region = simulator.region("111122223333", "us-east-1");
//! region.put_function(Function::new("my-function").tag("team", "payments").alias("BLUE", "1"));
//! region.put_event_invoke_config("my-function", "BLUE", EventInvokeConfig::new().retries(0));
//! simulator.inject(Fault::on(Operation::ListFunctions).times(1).kind(FaultKind::BadGateway));
//! println!("AWS is at {}", simulator.endpoint_url());
//! simulator.shutdown().await;
//! # std::io::Result::Ok(()) })?;
//! # std::io::Result::Ok(())
//! ```
//!
//! Inside, a request takes this way:
//! - `server` accepts, reads the request and writes the reply; the only asynchronous code.
//! - `call` is the request as understood: `caller` (whose), `route` (which operation), `target` (on which function),
//!   `resource` (on which queue, topic, event bus or bucket).
//! - `dispatch` decides the reply: credentials, `quota`, `fault`, then the operation itself in the file of its
//!   service, upon `state`.
//! - `journal` and `meter` keep what was asked.

mod account;
mod alias;
mod answer;
mod aws_error;
mod call;
mod caller;
mod cloudwatch;
mod dispatch;
mod event_bridge;
mod event_invoke_config;
mod event_source_mapping;
mod fault;
mod function;
mod identifier;
mod journal;
mod lambda;
mod meter;
mod operation;
mod opt_in;
mod organization;
mod organizations;
mod page;
mod percent;
mod quota;
mod region;
mod resource;
mod role;
mod route;
mod s3;
mod scope;
mod server;
mod session;
mod settings;
mod simulator;
mod sns;
mod sqs;
mod state;
mod sts;
mod tagging;
mod target;
mod timestamp;

pub use caller::DEFAULT_ACCOUNT;
pub use event_invoke_config::{EventInvokeConfig, LAST_MODIFIED, Wire};
pub use event_source_mapping::EventSourceMapping;
pub use fault::{Fault, FaultId, FaultKind};
pub use function::Function;
pub use journal::{LOG_BOUND, Request};
pub use operation::Operation;
pub use organization::{Organization, ROOT_ID};
pub use quota::CONTROL_PLANE_PER_SECOND;
pub use region::Region;
pub use role::Role;
pub use simulator::Simulator;
