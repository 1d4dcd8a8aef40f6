//! The end of a sweep: what it says of the scope as a whole.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::ScopeState;
use crate::domain::Timestamp;

impl ScopeState {
    /// A sweep has ended, well or badly.
    pub(super) fn end_sweep(&mut self, duration: Duration, now: Timestamp) {
        let complete = self.readings.status.discovered != Some(false)
            && self
                .readings
                .functions
                .values()
                .all(|reading| reading.is_answered());
        std::mem::take(&mut self.changes).log(&self.scope);
        self.log_sweep(duration, complete);
        let asked_all = self.has_asked_all();
        let status = &mut self.readings.status;
        status.swept = true;
        status.first_sweep_complete |= asked_all;
        status.sweep_duration = status.first_sweep_complete.then_some(duration);
        if complete {
            status.last_success = Some(now);
        }
        self.complete = complete;
        self.refusals.end_sweep();
        self.warn_of_overload();
    }

    /// Whether a sweep that has ended asked for everything that there is. Where nobody lists that, one that read
    /// nothing at all did not.
    fn has_asked_all(&self) -> bool {
        if self.listing_spec.functions {
            return self.readings.status.listed;
        }
        let readings = self.readings.functions.values();
        let mut targets = readings.flat_map(|reading| reading.targets.values());
        self.readings.functions.is_empty() || targets.any(|target| target.state.is_answered())
    }

    /// A line for people when the first sweep ends, and when sweeps begin or cease to be complete.
    fn log_sweep(&self, duration: Duration, complete: bool) {
        let first = !self.readings.status.swept;
        let account_id = self.scope.account_label();
        let region = self.scope.region.as_str();
        let seconds = duration.as_secs_f64();
        let targets = self.readings.describe_targets();
        match (first, self.complete, complete) {
            (true, _, _) => info!(account_id, region, seconds, targets, "first sweep ended"),
            (false, true, false) => {
                warn!(account_id, region, seconds, targets, "sweep incomplete");
            }
            (false, false, true) => {
                info!(account_id, region, seconds, targets, "sweep complete again");
            }
            (false, _, _) => debug!(account_id, region, seconds, targets, "sweep ended"),
        }
    }

    /// Says once, with the arithmetic, that a sweep takes longer than the interval.
    pub(super) fn warn_of_overload(&mut self) {
        let cost = self.target_set.cost(self.pages);
        let rate = self.settings.max_requests_per_second;
        let interval = self.settings.interval;
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^52 calls")]
        let seconds = cost.calls as f64 / rate;
        let overloaded = seconds > interval.as_secs_f64();
        if overloaded && !self.warned_of_overload {
            warn!(
                account_id = self.scope.account_label(),
                region = self.scope.region.as_str(),
                functions = cost.functions,
                calls = cost.calls,
                max_requests_per_second = rate,
                sweep_minutes = format!("{:.1}", seconds / 60.0),
                interval_minutes = format!("{:.1}", interval.as_secs_f64() / 60.0),
                "a sweep does not fit into poll.interval and takes longer; a longer poll.interval, \
                 a higher poll.max_requests_per_second or fewer functions would make it fit"
            );
        }
        self.warned_of_overload = overloaded;
    }
}
