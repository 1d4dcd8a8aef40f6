//! A listing that is repeated: page by page, a round after a round. A plain value.

use std::time::{Duration, Instant};

use crate::{
    domain::{Backoff, CallError, CallFailure, Operation},
    poll::pages::Pages,
    port::Page,
};

/// How often one page is tried before the round has failed: AWS may know the marker no longer.
const MAX_ATTEMPTS: u32 = 4;

/// Before a page is asked for again, and before the next round after one that failed.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(5),
};

/// A listing that is repeated. Only a round of which all pages came has a result.
#[derive(Debug)]
pub(super) struct Rounds<T> {
    operation: Operation,
    interval: Duration,
    pages: Pages,
    items: Vec<T>,
    /// In a row.
    failures: u32,
    /// When the next page is asked for; `None` while one is.
    due: Option<Instant>,
}

impl<T> Rounds<T> {
    /// The first round begins now.
    pub(super) fn new(operation: Operation, interval: Duration, now: Instant) -> Self {
        Self {
            operation,
            interval,
            pages: Pages::of(operation),
            items: Vec::new(),
            failures: 0,
            due: Some(now),
        }
    }

    /// When the next page is to be asked for, unless one is being asked for.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due
    }

    /// The page to ask for, by its marker, if it is due.
    #[expect(
        clippy::option_option,
        reason = "whether one is due, and its marker if it is not the first"
    )]
    pub(super) fn begin(&mut self, now: Instant) -> Option<Option<String>> {
        self.due.filter(|due| *due <= now)?;
        self.due = None;
        Some(self.pages.marker().map(str::to_owned))
    }

    /// Takes a page. Gives how the round ended, if it has: a round that breaks off halfway goes on where it was.
    pub(super) fn take(
        &mut self,
        page: Result<Page<T>, CallError>,
        now: Instant,
    ) -> Option<Result<Vec<T>, CallFailure>> {
        match page.and_then(|page| self.pages.take(page)) {
            Ok(items) => {
                self.items.extend(items);
                self.failures = 0;
                if !self.pages.is_complete() {
                    self.due = Some(now);
                    return None;
                }
                self.due = Some(now + self.interval);
                Some(Ok(self.start_over()))
            }
            Err(error) => {
                let failure = error.into_failure(self.operation);
                self.failures += 1;
                let pause = if failure.is_missing_permission() {
                    self.interval
                } else {
                    let pause = BACKOFF.after_asked(self.failures, failure.retry_after);
                    pause.min(self.interval)
                };
                self.due = Some(now + pause);
                let goes_on = self.pages.has_begun()
                    && !failure.is_missing_permission()
                    && self.failures < MAX_ATTEMPTS;
                if goes_on {
                    return None;
                }
                self.start_over();
                Some(Err(failure))
            }
        }
    }

    fn start_over(&mut self) -> Vec<T> {
        self.pages = Pages::of(self.operation);
        std::mem::take(&mut self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    const HOUR: Duration = Duration::from_hours(1);

    #[expect(clippy::unnecessary_wraps, reason = "as AWS answers")]
    fn page(item: u8, next: Option<&str>) -> Result<Page<u8>, CallError> {
        Ok(Page {
            items: vec![item],
            next: next.map(str::to_owned),
        })
    }

    fn failed(kind: FailureKind) -> Result<Page<u8>, CallError> {
        Err(CallError::Failed(CallFailure {
            kind,
            code: (kind == FailureKind::Denied).then(|| "AccessDenied".to_owned()),
            ..CallFailure::error(Operation::ListMetrics, "as the test wants it")
        }))
    }

    fn rounds(now: Instant) -> Rounds<u8> {
        Rounds::new(Operation::ListMetrics, HOUR, now)
    }

    #[test]
    fn a_round_ends_with_its_last_page_and_the_next_begins_an_interval_later() {
        let now = Instant::now();
        let mut rounds = rounds(now);
        assert_eq!(rounds.begin(now), Some(None));
        assert_eq!(rounds.begin(now), None, "it is being asked for");
        assert!(rounds.take(page(1, Some("a")), now).is_none());
        assert_eq!(rounds.begin(now), Some(Some("a".to_owned())));
        assert_eq!(rounds.take(page(2, None), now), Some(Ok(vec![1, 2])));
        assert_eq!(rounds.next_due(), Some(now + HOUR));
        assert_eq!(rounds.begin(now + HOUR), Some(None));
        assert_eq!(rounds.take(page(3, None), now), Some(Ok(vec![3])));
    }

    #[test]
    fn a_page_that_fails_in_the_middle_is_asked_for_again_and_nothing_is_believed_before() {
        let now = Instant::now();
        let mut rounds = rounds(now);
        rounds.begin(now);
        rounds.take(page(1, Some("a")), now);
        for pause in [5, 10, 20] {
            rounds.begin(rounds.next_due().unwrap());
            assert!(rounds.take(failed(FailureKind::Throttled), now).is_none());
            assert_eq!(rounds.next_due(), Some(now + Duration::from_secs(pause)));
        }
        let mut given_up = rounds;
        assert!(
            given_up
                .take(failed(FailureKind::Error), now)
                .unwrap()
                .is_err()
        );
        assert_eq!(given_up.begin(now + HOUR), Some(None), "it begins anew");
        assert_eq!(given_up.take(page(9, None), now), Some(Ok(vec![9])));
    }

    #[test]
    fn a_round_that_cannot_begin_has_failed_and_a_missing_permission_waits_for_the_next_one() {
        let now = Instant::now();
        let mut rounds = rounds(now);
        rounds.begin(now);
        assert!(
            rounds
                .take(failed(FailureKind::Throttled), now)
                .unwrap()
                .is_err()
        );
        assert_eq!(rounds.next_due(), Some(now + Duration::from_secs(5)));
        rounds.begin(now + HOUR);
        assert!(
            rounds
                .take(failed(FailureKind::Denied), now)
                .unwrap()
                .is_err()
        );
        assert_eq!(rounds.next_due(), Some(now + HOUR));
    }
}
