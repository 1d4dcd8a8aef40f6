//! Something that only AWS knows, and how asking for it goes. A plain value: a failure takes nothing away.

use std::time::Duration;

use crate::domain::{Backoff, CallFailure, FailureKind};

/// The last answer to something that is asked again and again, and how asking went since.
#[derive(Debug)]
pub(super) struct Lookup<T> {
    answer: Option<T>,
    /// In a row.
    failures: u32,
    /// How the last failure was, until AWS answers.
    failed_as: Option<FailedAs>,
}

/// Kind and code of a failure; `None` where there was an answer that is of no use.
type FailedAs = Option<(FailureKind, Option<String>)>;

/// What one more failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed {
    /// How long to wait before asking again.
    pub(super) pause: Duration,
    /// Whether there is an earlier answer, which still holds.
    pub(super) has_answer: bool,
    /// Whether it did not fail like this the last time, so that it is worth a log line.
    pub(super) is_news: bool,
}

impl<T> Default for Lookup<T> {
    /// Never asked.
    fn default() -> Self {
        Self {
            answer: None,
            failures: 0,
            failed_as: None,
        }
    }
}

impl<T> Lookup<T> {
    /// The last answer.
    pub(super) fn answer(&self) -> Option<&T> {
        self.answer.as_ref()
    }

    /// Whether asking has ended once, well or badly.
    pub(super) fn has_ended(&self) -> bool {
        self.answer.is_some() || self.failures > 0
    }

    /// Whether AWS answered the last time; `None` before the first time.
    pub(super) fn succeeded(&self) -> Option<bool> {
        self.has_ended().then_some(self.failures == 0)
    }

    /// How many times in a row AWS did not answer.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// AWS answered.
    pub(super) fn answered(&mut self, answer: T) {
        *self = Self {
            answer: Some(answer),
            ..Self::default()
        };
    }

    /// AWS did not answer, or nothing that is of use (`None`).
    pub(super) fn failed(&mut self, failure: Option<&CallFailure>, backoff: Backoff) -> Failed {
        let failed_as = Some(failure.map(|failure| (failure.kind, failure.code.clone())));
        let retry_after = failure.and_then(|failure| failure.retry_after);
        let is_news = self.failed_as != failed_as;
        self.failed_as = failed_as;
        self.failures = self.failures.saturating_add(1);
        Failed {
            pause: backoff.after_asked(self.failures, retry_after),
            has_answer: self.answer.is_some(),
            is_news,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Operation;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(1),
        longest: Duration::from_mins(1),
    };

    fn failure(code: &str) -> CallFailure {
        CallFailure {
            code: Some(code.to_owned()),
            ..CallFailure::error(Operation::ListRegions, "as the test wants it")
        }
    }

    #[test]
    fn a_failure_takes_no_answer_away() {
        let mut lookup = Lookup::default();
        assert_eq!((lookup.has_ended(), lookup.succeeded()), (false, None));
        assert!(!lookup.failed(Some(&failure("a")), BACKOFF).has_answer);
        assert_eq!(
            (lookup.has_ended(), lookup.succeeded()),
            (true, Some(false))
        );
        lookup.answered(7);
        assert!(lookup.failed(Some(&failure("a")), BACKOFF).has_answer);
        assert_eq!(lookup.answer(), Some(&7));
        assert_eq!(lookup.succeeded(), Some(false));
    }

    #[test]
    fn the_same_failure_is_news_once_and_again_after_an_answer() {
        let mut lookup = Lookup::default();
        let news =
            |lookup: &mut Lookup<u8>, code| lookup.failed(Some(&failure(code)), BACKOFF).is_news;
        assert!(news(&mut lookup, "a"));
        assert!(!news(&mut lookup, "a"));
        assert!(news(&mut lookup, "b"));
        lookup.answered(1);
        assert!(news(&mut lookup, "b"));
    }

    #[test]
    fn pauses_grow_until_an_answer_comes() {
        let mut lookup = Lookup::default();
        let pause =
            |lookup: &mut Lookup<u8>| lookup.failed(Some(&failure("a")), BACKOFF).pause.as_secs();
        assert_eq!([(); 3].map(|()| pause(&mut lookup)), [1, 2, 4]);
        lookup.answered(1);
        assert_eq!(pause(&mut lookup), 1);
    }
}
