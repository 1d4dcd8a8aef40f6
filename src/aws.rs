//! How AWS is asked. The only module that names the SDK.
//!
//! The SDK's own retries are off: one call here is one attempt on the wire, so that every attempt
//! passes the limiter in [`crate::poll`] and is counted. Logs of the SDK below `warn` are never
//! printed (see [`crate::logs`]); they can hold credentials.

mod classify;
mod lambda;
mod session;
mod translate;

pub use lambda::LambdaClient;
pub use session::Session;
