//! The limiters of one scope, one for each of AWS's quotas. A quota is shared with deployments, so they yield first.
//!
//! Every attempt on the wire takes a slot, and slots lie at even distances: there are no bursts to
//! collide with somebody's deployment. A throttled attempt halves the rate, and answers raise it
//! again in small steps (additive increase, multiplicative decrease): by the same amount in every
//! second that is made use of, however low the rate is.

use std::{
    sync::{Mutex as SyncMutex, MutexGuard},
    time::Duration,
};

use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use crate::{domain::Operation, sync::locked};

/// How long answers at the allowed rate take to restore the whole allowance. While AWS's quota is
/// lower than that, about one call is throttled in a third of this time.
const RECOVERY: Duration = Duration::from_mins(1);

/// The smallest share of the allowance that throttling leaves.
const FLOOR: f64 = 1.0 / 32.0;

/// Calls in flight when AWS begins to throttle all come back throttled; they count as one.
const DECREASE_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// The longest `Retry-After` that is obeyed: no answer may silence a scope for hours.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The limiters of one scope. AWS counts Lambda's control plane and the tagging API apart, so the throttling of one
/// says nothing about the other.
#[derive(Debug)]
pub(crate) struct Limiters {
    lambda: Limiter,
    tagging: Limiter,
}

impl Limiters {
    /// Each with the same allowance of requests a second, greater than 0.
    pub(crate) fn new(allowance: f64) -> Self {
        Self {
            lambda: Limiter::new(allowance),
            tagging: Limiter::new(allowance),
        }
    }

    /// The limiter of the quota that an operation counts against.
    pub(super) fn of(&self, operation: Operation) -> &Limiter {
        match operation {
            Operation::GetResources => &self.tagging,
            _ => &self.lambda,
        }
    }

    /// The requests a second that Lambda's control plane may get now.
    pub(super) fn lambda_per_second(&self) -> f64 {
        self.lambda.per_second()
    }
}

/// The requests against one quota that may still be made.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// The next caller waits here for its slot, the others for their turn, first come first served.
    turn: Mutex<()>,
    pace: SyncMutex<Pace>,
}

/// The decisions, as a plain value.
#[derive(Debug, Clone)]
struct Pace {
    allowance: f64,
    per_second: f64,
    last_slot: Option<Instant>,
    paused_until: Option<Instant>,
    decreased_at: Option<Instant>,
}

impl Limiter {
    /// A limiter of `allowance` requests a second, greater than 0.
    pub(crate) fn new(allowance: f64) -> Self {
        Self {
            turn: Mutex::default(),
            pace: SyncMutex::new(Pace {
                allowance,
                per_second: allowance,
                last_slot: None,
                paused_until: None,
                decreased_at: None,
            }),
        }
    }

    /// Waits for the next slot. What AWS says meanwhile holds for those who wait, too.
    pub(crate) async fn admit(&self) {
        let _turn = self.turn.lock().await;
        while let Err(slot) = self.take_slot() {
            sleep_until(slot).await;
        }
    }

    fn take_slot(&self) -> Result<(), Instant> {
        self.pace().take_slot(Instant::now())
    }

    /// AWS throttled an attempt, and may have said for how long it wants to be left alone.
    pub(crate) fn throttled(&self, retry_after: Option<Duration>) {
        let now = Instant::now();
        let mut pace = self.pace();
        pace.decrease(now);
        if let Some(pause) = retry_after {
            pace.pause_until(now + pause.min(LONGEST_PAUSE));
        }
    }

    /// AWS answered an attempt.
    pub(crate) fn answered(&self) {
        self.pace().increase();
    }

    /// The requests a second that are allowed now.
    pub(super) fn per_second(&self) -> f64 {
        self.pace().per_second
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        locked(&self.pace)
    }
}

impl Pace {
    /// Takes the next slot if its time has come, or tells when it will.
    fn take_slot(&mut self, now: Instant) -> Result<(), Instant> {
        let distance = Duration::from_secs_f64(1.0 / self.per_second);
        let next = self.last_slot.map_or(now, |last| last + distance);
        let slot = self.paused_until.map_or(next, |until| next.max(until));
        if now < slot {
            return Err(slot);
        }
        // A timer that is late by a bit must not add up; an idle hour must not be saved up.
        let is_idle = now.duration_since(slot) >= distance;
        self.last_slot = Some(if is_idle { now } else { slot });
        Ok(())
    }

    fn decrease(&mut self, now: Instant) {
        let recently = self
            .decreased_at
            .is_some_and(|at| now.duration_since(at) < DECREASE_AT_MOST_EVERY);
        if !recently {
            self.per_second = (self.per_second / 2.0).max(self.allowance * FLOOR);
            self.decreased_at = Some(now);
        }
    }

    fn pause_until(&mut self, time: Instant) {
        self.paused_until = self.paused_until.max(Some(time));
    }

    fn increase(&mut self) {
        // One answer is what a slot's time gave.
        let slot = 1.0 / self.per_second;
        let step = self.allowance * slot / RECOVERY.as_secs_f64();
        self.per_second = (self.per_second + step).min(self.allowance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn slots_lie_at_even_distances() {
        let limiter = Limiter::new(5.0);
        let start = Instant::now();
        for n in 0..6_u32 {
            limiter.admit().await;
            let expected = Duration::from_millis(200) * n;
            // Timers have a resolution of one millisecond.
            assert!(start.elapsed().abs_diff(expected) <= Duration::from_millis(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_hour_saves_nothing_up() {
        let limiter = Limiter::new(1.0);
        limiter.admit().await;
        tokio::time::advance(Duration::from_hours(1)).await;
        let start = Instant::now();
        limiter.admit().await;
        limiter.admit().await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_up_to_a_minute() {
        let limiter = Limiter::new(10.0);
        for (asked, obeyed) in [(7, 7), (86_400, 60)] {
            limiter.throttled(Some(Duration::from_secs(asked)));
            let start = Instant::now();
            limiter.admit().await;
            assert!(
                start.elapsed().abs_diff(Duration::from_secs(obeyed)) <= Duration::from_millis(1)
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_once_a_second_and_answers_restore() {
        let limiter = Limiter::new(8.0);
        for _ in 0..5 {
            limiter.throttled(None);
        }
        assert!((limiter.per_second() - 4.0).abs() < 1e-9);
        for _ in 0..20 {
            tokio::time::advance(Duration::from_secs(1)).await;
            limiter.throttled(None);
        }
        assert!((limiter.per_second() - 0.25).abs() < 1e-9);
        let mut recovering = Duration::ZERO;
        while limiter.per_second() < 8.0 {
            recovering += Duration::from_secs_f64(1.0 / limiter.per_second());
            limiter.answered();
        }
        assert!(recovering < Duration::from_mins(1), "{recovering:?}");
        assert!(recovering > Duration::from_secs(50), "{recovering:?}");
    }
}
