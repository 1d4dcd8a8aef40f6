//! The limiters of one scope, one for each of AWS's quotas. A quota is shared with deployments, so they yield first.
//!
//! Every attempt on the wire takes a slot, and slots lie at even distances: there are no bursts to
//! collide with somebody's deployment. A throttled attempt halves the rate, and answers raise it
//! again in small steps (additive increase, multiplicative decrease): by the same amount in every
//! second that is made use of, however low the rate is. Whose the next slot is says the line.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::line::{Line, Waiting};
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

/// The limiters of one scope. AWS counts Lambda's control plane and the services beside it apart, so the
/// throttling of one says nothing about the others.
#[derive(Debug)]
pub(crate) struct Limiters {
    lambda: Limiter,
    tagging: Limiter,
    cloudwatch: Limiter,
    sqs: Limiter,
    sns: Limiter,
    events: Limiter,
    s3: Limiter,
}

impl Limiters {
    /// Each with the same allowance of requests a second, greater than 0.
    pub(crate) fn new(allowance: f64) -> Self {
        Self {
            lambda: Limiter::new(allowance),
            tagging: Limiter::new(allowance),
            cloudwatch: Limiter::new(allowance),
            sqs: Limiter::new(allowance),
            sns: Limiter::new(allowance),
            events: Limiter::new(allowance),
            s3: Limiter::new(allowance),
        }
    }

    /// The limiter of the quota that an operation counts against.
    pub(super) fn of(&self, operation: Operation) -> &Limiter {
        match operation {
            Operation::GetResources => &self.tagging,
            Operation::ListMetrics => &self.cloudwatch,
            Operation::GetQueueAttributes => &self.sqs,
            Operation::GetTopicAttributes => &self.sns,
            Operation::DescribeEventBus => &self.events,
            Operation::HeadBucket => &self.s3,
            _ => &self.lambda,
        }
    }

    /// The limiter of the quota that reads count against.
    pub(super) fn of_reads(&self) -> &Limiter {
        &self.lambda
    }

    /// The requests a second that Lambda's control plane may get now.
    pub(super) fn lambda_per_second(&self) -> f64 {
        self.lambda.per_second()
    }
}

/// The requests against one quota that may still be made.
#[derive(Debug)]
pub(crate) struct Limiter {
    slots: Mutex<Slots>,
    /// Told whenever another one may be the first of the line.
    moved: Notify,
}

/// When the next slot is, and whose.
#[derive(Debug)]
struct Slots {
    pace: Pace,
    line: Line,
    /// When the last read began, unless a slot was taken since then.
    begun_at: Option<Instant>,
}

/// A place in the line, which is given up when this is dropped.
struct Place<'a> {
    limiter: &'a Limiter,
    waiting: Waiting,
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
            slots: Mutex::new(Slots {
                pace: Pace {
                    allowance,
                    per_second: allowance,
                    last_slot: None,
                    paused_until: None,
                    decreased_at: None,
                },
                line: Line::default(),
                begun_at: None,
            }),
            moved: Notify::new(),
        }
    }

    /// Waits for a slot for a call of a read. What AWS says meanwhile holds for those who wait, too.
    pub(crate) async fn admit(&self) {
        let waiting = self.slots().line.join_call();
        self.wait(waiting).await;
    }

    /// The same for a page of a listing.
    pub(super) async fn admit_page(&self) {
        let waiting = self.slots().line.join_page();
        self.wait(waiting).await;
    }

    /// Waits until a new read may begin, since a slot is free and no call waits for it. Takes nothing.
    pub(super) async fn free_for_read(&self) {
        let waiting = self.slots().line.join_new_read();
        self.wait(waiting).await;
    }

    /// A read begins; the next one does so a slot later, though this one may still wait for credentials.
    pub(super) fn begin_read(&self) {
        self.slots().begun_at = Some(Instant::now());
    }

    async fn wait(&self, waiting: Waiting) {
        let place = Place {
            limiter: self,
            waiting,
        };
        loop {
            let moved = self.moved.notified();
            // By itself, since a lock must not be held while waiting.
            let next = self.slots().take(place.waiting, Instant::now());
            match next {
                Next::Taken => return,
                Next::At(slot) => {
                    let _ = timeout_at(slot, moved).await;
                }
                Next::Behind => moved.await,
            }
        }
    }

    /// AWS throttled an attempt, and may have said for how long it wants to be left alone.
    pub(crate) fn throttled(&self, retry_after: Option<Duration>) {
        let now = Instant::now();
        let pace = &mut self.slots().pace;
        pace.decrease(now);
        if let Some(pause) = retry_after {
            pace.pause_until(now + pause.min(LONGEST_PAUSE));
        }
    }

    /// AWS answered an attempt.
    pub(crate) fn answered(&self) {
        self.slots().pace.increase();
    }

    /// The requests a second that are allowed now.
    pub(super) fn per_second(&self) -> f64 {
        self.slots().pace.per_second
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        locked(&self.slots)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limiter.slots().line.leave(self.waiting);
        self.limiter.moved.notify_waiters();
    }
}

/// What one that waits does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The slot is taken.
    Taken,
    /// Its slot is then.
    At(Instant),
    /// Others come before.
    Behind,
}

impl Slots {
    fn take(&mut self, waiting: Waiting, now: Instant) -> Next {
        if !self.line.is_first(waiting) {
            return Next::Behind;
        }
        let slot = self.slot(waiting, now);
        if now < slot {
            return Next::At(slot);
        }
        if waiting != Waiting::NewRead {
            self.pace.take(slot, now);
            self.line.took(waiting);
            self.begun_at = None;
        }
        Next::Taken
    }

    /// When the first of the line may go. A read that has begun and has not joined the line yet counts as one of it.
    fn slot(&self, waiting: Waiting, now: Instant) -> Instant {
        let slot = self.pace.next_slot(now);
        let begun = self.begun_at.filter(|_| match waiting {
            Waiting::NewRead => true,
            Waiting::Page => self.line.last_was_page(),
            Waiting::Call(_) => false,
        });
        begun.map_or(slot, |at| slot.max(at + self.pace.distance()))
    }
}

impl Pace {
    fn next_slot(&self, now: Instant) -> Instant {
        let next = self.last_slot.map_or(now, |last| last + self.distance());
        self.paused_until.map_or(next, |until| next.max(until))
    }

    fn distance(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.per_second)
    }

    fn take(&mut self, slot: Instant, now: Instant) {
        // A timer that is late by a bit must not add up; an idle hour must not be saved up.
        let is_idle = now.duration_since(slot) >= self.distance();
        self.last_slot = Some(if is_idle { now } else { slot });
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

    /// What takes the slots: three calls of reads that wait, a page that comes meanwhile, and a new read.
    #[tokio::test(start_paused = true)]
    async fn a_new_read_begins_when_nobody_waits_for_the_slot() {
        let limiter = Limiter::new(1.0);
        let order = Mutex::new(Vec::new());
        let start = Instant::now();
        let note = |what| locked(&order).push((what, start.elapsed().as_secs()));
        limiter.admit().await;
        let call = |what| {
            let (limiter, note) = (&limiter, &note);
            async move {
                limiter.admit().await;
                note(what);
            }
        };
        let page = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            limiter.admit_page().await;
            note("page");
        };
        let new = async {
            limiter.free_for_read().await;
            limiter.begin_read();
            limiter.admit().await;
            note("new");
        };
        tokio::join!(new, call("a"), call("b"), call("c"), page);
        let expected = [("a", 1), ("page", 2), ("b", 3), ("c", 4), ("new", 5)];
        assert_eq!(*locked(&order), expected);
    }

    /// Even where the next page is asked for before the read that began has joined the line.
    #[tokio::test(start_paused = true)]
    async fn pages_and_new_reads_take_turns() {
        let limiter = Limiter::new(1.0);
        let order = Mutex::new(Vec::new());
        let pages = async {
            for _ in 0..3 {
                limiter.admit_page().await;
                locked(&order).push("page");
            }
        };
        let reads = async {
            for _ in 0..3 {
                limiter.free_for_read().await;
                limiter.begin_read();
                tokio::task::yield_now().await;
                limiter.admit().await;
                locked(&order).push("read");
            }
        };
        tokio::join!(pages, reads);
        assert_eq!(
            *locked(&order),
            ["page", "read", "page", "read", "page", "read"]
        );
    }

    /// Those that wait for credentials are on their way, one a slot.
    #[tokio::test(start_paused = true)]
    async fn reads_begin_at_the_pace_though_none_has_taken_its_slot() {
        let limiter = Limiter::new(5.0);
        let start = Instant::now();
        for n in 0..4_u32 {
            limiter.free_for_read().await;
            limiter.begin_read();
            let expected = Duration::from_millis(200) * n;
            assert!(start.elapsed().abs_diff(expected) <= Duration::from_millis(4));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_waits_no_more() {
        let limiter = Limiter::new(1.0);
        limiter.admit().await;
        let given_up = tokio::time::timeout(Duration::from_millis(300), limiter.admit());
        let (given_up, ()) = tokio::join!(given_up, limiter.free_for_read());
        assert!(given_up.is_err());
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
