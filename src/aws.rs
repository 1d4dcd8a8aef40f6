//! How AWS is asked. The only module that names the SDK.
//!
//! The SDK's own retries are off: one call here is one attempt on the wire, so that every attempt
//! passes the limiter of its scope and is counted, in `caller`. Logs of the SDK below `error` are never
//! printed (see [`crate::logs`]); they can hold credentials.
//!
//! - `environment` is what the SDK is shown of the process's.
//! - `session` is the way in; `clients` holds the SDK's clients, one set for each region.
//! - `identities` finds whose credentials a call is made with; `credentials` keeps them, `ambient`
//!   and `roles` fetch them and `keys` checks them, `pace` decides when.
//! - `caller` makes a call: credentials first, and what a refusal of them means afterwards.
//! - `lambda`, `destinations` and `organization` are the calls; `translate` reads their answers, `classify` and
//!   `clock` their errors.

mod ambient;
mod caller;
mod classify;
mod clients;
mod clock;
mod credentials;
mod destinations;
mod environment;
mod http;
mod identities;
mod keys;
mod lambda;
mod organization;
mod pace;
mod roles;
mod session;
mod translate;

#[cfg(test)]
mod tests;

pub use lambda::LambdaClient;
pub use session::Session;
