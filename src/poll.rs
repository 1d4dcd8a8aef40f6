//! When one account and region is asked: a poller, behind a limiter of its own.
//!
//! The decisions are plain values that are told what time it is; [`Poller`] is the thin loop around them. Polling
//! and serving share only the scope's cell in [`crate::fleet`], whose readings are swapped whole. The limiter sees
//! every attempt on the wire.

mod collectors;
mod limited;
mod limiter;
mod line;
mod listing;
mod log;
mod pages;
mod poller;
mod progress;
mod read;
mod schedule;
mod state;
mod target_set;

use std::time::SystemTime;

use tokio::time::Instant;

use self::{
    limited::Limited,
    target_set::{ReadSpec, TargetSet},
};
pub(crate) use self::{
    limiter::{Limiter, Limiters},
    pages::Pages,
    poller::Poller,
};
use crate::domain::Timestamp;

/// Now, on both clocks. The monotonic one is tokio's, which tests can pause.
pub(crate) fn now() -> Timestamp {
    Timestamp {
        instant: Instant::now().into_std(),
        wall: SystemTime::now(),
    }
}
