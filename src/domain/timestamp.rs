//! A point in time, on both clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// When something happened: on the monotonic clock, for decisions, and on the wall clock, for
/// publishing. A correction of the wall clock never makes a value stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock.
    pub wall: SystemTime,
}

impl Timestamp {
    /// Seconds since the Unix epoch, as Prometheus wants timestamps.
    #[must_use]
    pub fn unix_seconds(&self) -> f64 {
        self.wall
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs_f64()
    }
}

/// A time, and others that many seconds after it.
#[cfg(test)]
pub(super) fn clock() -> impl Fn(u64) -> Timestamp {
    let start = Timestamp {
        instant: Instant::now(),
        wall: SystemTime::now(),
    };
    move |seconds| Timestamp {
        instant: start.instant + Duration::from_secs(seconds),
        wall: start.wall + Duration::from_secs(seconds),
    }
}
