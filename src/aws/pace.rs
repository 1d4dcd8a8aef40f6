//! When credentials are fetched, and when again: decisions on plain values.

use std::{sync::Mutex, time::Duration};

use tokio::time::Instant;

use crate::{domain::Backoff, sync::locked};

/// How long before their end credentials are replaced. Calls on their way have ended by then, and
/// a fetch that fails has time to be tried again.
const BEFORE_END: Duration = Duration::from_mins(5);

/// The least time between two fetches of credentials that nobody refuses.
const MIN_LIFETIME: Duration = Duration::from_mins(1);

/// How long credentials are used that look expired on arrival: nobody gives such, so this machine's
/// clock is ahead, and only AWS can tell when they end.
const USE_OF_UNKNOWN: Duration = Duration::from_mins(15);

/// Pauses after failed fetches.
const AFTER_FAILURE: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(5),
};

/// How often keys that AWS refuses are looked for again where others may have been put in their place: in a file, by an
/// agent, by a person who has signed in again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// Pauses between the replacements that the refusals of one scope may cause.
const AFTER_REFUSAL: Backoff = Backoff {
    first: Duration::from_mins(1),
    longest: Duration::from_hours(1),
};

/// Pauses after failed fetches; `may_change`: others may come at any time.
pub(super) fn after_failure(may_change: bool) -> Backoff {
    let longest = if may_change {
        LOOK_AGAIN
    } else {
        AFTER_FAILURE.longest
    };
    Backoff {
        longest,
        ..AFTER_FAILURE
    }
}

/// How long credentials may be used, counted from when they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime {
    /// When to replace them; `None`: when AWS refuses them.
    pub(super) refresh_after: Option<Duration>,
    /// When they are of no use any more, if that is known.
    pub(super) ends_after: Option<Duration>,
}

impl Lifetime {
    /// For credentials that never end, as far as their source knows.
    pub(super) const UNLIMITED: Self = Self {
        refresh_after: None,
        ends_after: None,
    };

    /// For credentials with so much life left by this machine's clock.
    pub(super) fn new(life: Duration) -> Self {
        if life.is_zero() {
            return Self {
                refresh_after: Some(USE_OF_UNKNOWN),
                ends_after: None,
            };
        }
        // Half of a short life: a source may hand out what others have used for a while.
        let refresh_after = life
            .saturating_sub(BEFORE_END)
            .max(life / 2)
            .max(MIN_LIFETIME);
        Self {
            refresh_after: Some(refresh_after),
            ends_after: Some(life.max(MIN_LIFETIME)),
        }
    }
}

/// How often one scope's refusals may have the credentials replaced.
///
/// A region that is not enabled never stops answering that it does not know them: that must not cost a
/// fetch for each call.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    last: Mutex<Option<Replacement>>,
}

/// The last replacement that the scope caused, and how many in a row were of no use.
#[derive(Debug, Clone, Copy)]
struct Replacement {
    at: Instant,
    count: u32,
}

impl Refusals {
    /// AWS answered: the credentials are good here.
    pub(super) fn answered(&self) {
        *locked(&self.last) = None;
    }

    /// AWS refused: runs `replace` if its time has come, and remembers if that replaced anything.
    /// Whether it did.
    pub(super) fn refused(&self, replace: impl FnOnce() -> bool) -> bool {
        let now = Instant::now();
        let mut last = locked(&self.last);
        if last.is_some_and(|last| now < last.at + AFTER_REFUSAL.after(last.count)) || !replace() {
            return false;
        }
        let count = last.map_or(1, |last| last.count.saturating_add(1));
        *last = Some(Replacement { at: now, count });
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[test]
    fn credentials_are_replaced_before_they_end_but_not_too_often() {
        for (life, refresh_after, ends_after) in [
            (3600, 3300, Some(3600)),
            (600, 300, Some(600)),
            (200, 100, Some(200)),
            (90, 60, Some(90)),
            (10, 60, Some(60)),
            (0, 900, None),
        ] {
            let expected = Lifetime {
                refresh_after: Some(Duration::from_secs(refresh_after)),
                ends_after: ends_after.map(Duration::from_secs),
            };
            assert_eq!(Lifetime::new(Duration::from_secs(life)), expected, "{life}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_replace_at_once_and_then_less_and_less_often() {
        let refusals = Refusals::default();
        let mut minutes = Vec::new();
        for minute in 0..240 {
            if refusals.refused(|| true) {
                minutes.push(minute);
            }
            assert!(!refusals.refused(|| true));
            advance(Duration::from_mins(1)).await;
        }
        assert_eq!(minutes, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
    }

    #[test]
    fn what_may_change_is_asked_for_each_minute() {
        for failures in [1, 2, 10, 100] {
            assert!(after_failure(true).after(failures) <= LOOK_AGAIN);
        }
        assert_eq!(after_failure(false), AFTER_FAILURE);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_makes_the_next_refusal_the_first() {
        let refusals = Refusals::default();
        assert!(refusals.refused(|| true));
        refusals.answered();
        assert!(refusals.refused(|| true));
    }

    #[tokio::test(start_paused = true)]
    async fn what_replaced_nothing_does_not_count() {
        let refusals = Refusals::default();
        assert!(!refusals.refused(|| false));
        assert!(refusals.refused(|| true));
    }
}
