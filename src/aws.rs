//! How AWS is asked. The only module that names the SDK.
//!
//! The SDK's own retries are off: one call here is one attempt on the wire, so that every attempt passes the limiter of
//! its scope and is counted, in `caller`. The exception is one that is lost with its connection: it is made again at
//! once, and counted too (`lost`). Logs of the SDK below `error` are never printed (see [`crate::logs`]); they can hold
//! credentials.
//!
//! - `settings` is what environment and profile files tell, checked once: `environment` and `profiles` are what the SDK
//!   is shown of them, `proxies`, `no_proxy` and `trust` what they say of connections.
//! - `http` makes the connections.
//! - `session` is the way in; `clients` holds the SDK's clients, one set for each region.
//! - `identities` finds whose credentials a call is made with; `credentials` keeps them, `ambient` and `roles` fetch
//!   them and `keys` checks them; `pace` decides when, `places` how many at once; `owner` sees when they are another
//!   account's.
//! - `caller` makes a call: credentials first, and what a refusal of them means afterwards.
//! - `lambda`, `destinations` and `organization` are the calls; `translate` reads their answers, `classify` and
//!   `clock` their errors.

mod ambient;
mod bounded_file;
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
mod lost;
mod no_proxy;
mod organization;
mod owner;
mod pace;
mod places;
mod profiles;
mod proxies;
mod roles;
mod session;
mod settings;
mod translate;
mod trust;

#[cfg(test)]
mod tests;

pub use lambda::LambdaClient;
pub use session::Session;
pub use settings::{Settings, UnusableSettings};
