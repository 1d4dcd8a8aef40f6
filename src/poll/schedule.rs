//! When each function of a scope is read: a plain value that is told what time it is.
//!
//! Every function has a slot of its own in the interval, and the slots lie at even distances. At the
//! start all are due at once; after that each waits for its slot, so that no reading grows older
//! than the interval. A read that failed for a passing reason is due again sooner.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

/// The first pause after a failed read; it doubles with each further failure.
const FIRST_RETRY_AFTER: Duration = Duration::from_secs(5);

/// When the functions of a scope are due, each known by its number from 0.
#[derive(Debug)]
pub struct Schedule {
    start: Instant,
    interval: Duration,
    due: BTreeSet<(Instant, usize)>,
    functions: Vec<Progress>,
    sweep: Sweep,
}

#[derive(Debug, Clone, Default)]
struct Progress {
    failures: u32,
    swept: bool,
}

/// One round through the scope: it ends when every function was read once.
#[derive(Debug)]
struct Sweep {
    started: Option<Instant>,
    left: usize,
}

impl Schedule {
    /// All of `functions` are due `now`.
    #[must_use]
    pub fn new(functions: usize, interval: Duration, now: Instant) -> Self {
        Self {
            start: now,
            interval,
            due: (0..functions).map(|function| (now, function)).collect(),
            functions: vec![Progress::default(); functions],
            sweep: Sweep {
                started: None,
                left: functions,
            },
        }
    }

    /// When the next function is due; `None` while all are being read.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|&(at, _)| at)
    }

    /// Takes the function that has been due for longest; [`Self::ended`] gives it back.
    pub fn take_due(&mut self, now: Instant) -> Option<usize> {
        if self.next_due()? > now {
            return None;
        }
        let (_, function) = self.due.pop_first()?;
        self.sweep.started.get_or_insert(now);
        Some(function)
    }

    /// A read has ended; `again_soon` if it failed for a reason that may pass. Gives the duration of
    /// the sweep if this read was its last.
    pub fn ended(&mut self, function: usize, again_soon: bool, now: Instant) -> Option<Duration> {
        let slot = self.next_slot(function, now);
        let progress = &mut self.functions[function];
        let at = if again_soon {
            let pause = FIRST_RETRY_AFTER * 2_u32.saturating_pow(progress.failures.min(16));
            progress.failures += 1;
            slot.min(now + pause)
        } else {
            progress.failures = 0;
            slot
        };
        self.due.insert((at, function));
        if !std::mem::replace(&mut progress.swept, true) {
            self.sweep.left -= 1;
        }
        (self.sweep.left == 0).then(|| self.end_sweep(now))
    }

    fn end_sweep(&mut self, now: Instant) -> Duration {
        for progress in &mut self.functions {
            progress.swept = false;
        }
        self.sweep.left = self.functions.len();
        let started = self.sweep.started.take();
        started.map_or(Duration::ZERO, |started| now.duration_since(started))
    }

    /// The first slot of a function after `now`.
    fn next_slot(&self, function: usize, now: Instant) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^52 functions")]
        let share = (function + 1) as f64 / self.functions.len() as f64;
        let first = self.start + self.interval.mul_f64(share);
        if now < first {
            return first;
        }
        let missed = now.duration_since(first).as_nanos() / self.interval.as_nanos();
        let rounds = u32::try_from(missed + 1).unwrap_or(u32::MAX);
        first + self.interval * rounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_mins(5);

    /// Reads everything due, each read taking no time; gives what was read.
    fn read_due(schedule: &mut Schedule, now: Instant) -> Vec<usize> {
        let taken: Vec<usize> = std::iter::from_fn(|| schedule.take_due(now)).collect();
        for &function in &taken {
            schedule.ended(function, false, now);
        }
        taken
    }

    #[tokio::test]
    async fn all_at_first_then_each_in_its_slot() {
        let start = Instant::now();
        let mut schedule = Schedule::new(3, INTERVAL, start);
        assert_eq!(read_due(&mut schedule, start), [0, 1, 2]);
        for round in 0..3 {
            for function in 0..3_usize {
                let slot = start
                    + INTERVAL * round
                    + INTERVAL / 3 * (u32::try_from(function).unwrap() + 1);
                assert!(read_due(&mut schedule, slot - Duration::from_millis(1)).is_empty());
                assert_eq!(read_due(&mut schedule, slot), [function]);
            }
        }
    }

    #[tokio::test]
    async fn a_failed_read_is_due_sooner_and_less_and_less_so() {
        let start = Instant::now();
        let mut schedule = Schedule::new(1, INTERVAL, start);
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            schedule.take_due(now).unwrap();
            schedule.ended(0, true, now);
            let due = schedule.next_due().unwrap();
            pauses.push((due - now).as_secs());
            now = due;
        }
        // The slot at 300 s comes before the pause of 160 s ends, and so does the one at 600 s.
        assert_eq!(pauses, [5, 10, 20, 40, 80, 145, 300]);
        schedule.take_due(now).unwrap();
        schedule.ended(0, false, now);
        now = schedule.next_due().unwrap();
        schedule.take_due(now).unwrap();
        schedule.ended(0, true, now);
        assert_eq!(schedule.next_due().unwrap() - now, Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_sweep_ends_when_every_function_was_read_once() {
        let start = Instant::now();
        let mut schedule = Schedule::new(2, INTERVAL, start);
        let second = |n| start + Duration::from_secs(n);
        schedule.take_due(second(0)).unwrap();
        schedule.take_due(second(1)).unwrap();
        assert_eq!(schedule.ended(0, true, second(2)), None);
        assert_eq!(schedule.take_due(second(7)), Some(0));
        assert_eq!(schedule.ended(0, false, second(8)), None);
        assert_eq!(
            schedule.ended(1, false, second(9)),
            Some(Duration::from_secs(9))
        );
    }

    #[tokio::test]
    async fn a_missed_slot_is_not_made_up_for() {
        let start = Instant::now();
        let mut schedule = Schedule::new(1, INTERVAL, start);
        read_due(&mut schedule, start);
        let late = start + INTERVAL * 3 + Duration::from_secs(1);
        assert_eq!(read_due(&mut schedule, late), [0]);
        assert_eq!(schedule.next_due(), Some(start + INTERVAL * 4));
    }
}
