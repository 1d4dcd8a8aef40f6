//! The simulated time: how many sweeps there were, by the calls that AWS saw.

use std::time::{Duration, Instant};

/// An exporter that made no call for so long will not make any more.
const PATIENCE: Duration = Duration::from_mins(2);

/// Calls, and the sweeps that they make.
pub(crate) struct Clock {
    first: u64,
    last: u64,
    called_at: Instant,
    sweeps: f64,
}

impl Clock {
    /// Begins at 0, where AWS saw so many calls already.
    pub(crate) fn start(calls: u64) -> Self {
        Self {
            first: calls,
            last: calls,
            called_at: Instant::now(),
            sweeps: 0.0,
        }
    }

    /// AWS has seen so many calls by now; a sweep takes so many, with the functions there are.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred calls")]
    pub(crate) fn advance(&mut self, calls: u64, per_sweep: usize) {
        if calls > self.last {
            self.called_at = Instant::now();
        }
        assert!(self.called_at.elapsed() < PATIENCE, "no call any more");
        self.sweeps += (calls - self.last) as f64 / per_sweep as f64;
        self.last = calls;
    }

    /// The sweeps that have ended.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few thousand"
    )]
    pub(crate) fn sweeps(&self) -> usize {
        self.sweeps as usize
    }

    /// The calls since the start.
    pub(crate) fn calls(&self) -> u64 {
        self.last - self.first
    }
}
