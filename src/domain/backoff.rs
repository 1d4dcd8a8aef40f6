//! How long to wait after one more failure.

use std::time::Duration;

/// Pauses that double with each failure in a row, up to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// The upper bound.
    pub longest: Duration,
}

impl Backoff {
    /// The pause after this many failures in a row, counted from 1.
    #[must_use]
    pub fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1);
        let pause = self
            .first
            .checked_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
        pause.unwrap_or(Duration::MAX).min(self.longest)
    }

    /// The same, and at least as long as AWS asked for (`Retry-After`), but never longer than the longest: no
    /// answer may silence anything for hours.
    #[must_use]
    pub fn after_asked(self, failures: u32, asked: Option<Duration>) -> Duration {
        let pause = self.after(failures);
        pause.max(asked.unwrap_or_default()).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(5),
        longest: Duration::from_mins(5),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = |failures| BACKOFF.after(failures).as_secs();
        let pauses: Vec<u64> = (1..=8).map(seconds).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
        for many in [32, 33, 1000, u32::MAX] {
            assert_eq!(seconds(many), 300, "{many}");
        }
    }

    #[test]
    fn aws_is_obeyed_within_bounds() {
        let seconds = |asked| {
            BACKOFF
                .after_asked(1, Some(Duration::from_secs(asked)))
                .as_secs()
        };
        assert_eq!([1, 7, 86_400].map(seconds), [5, 7, 300]);
        assert_eq!(BACKOFF.after_asked(2, None), Duration::from_secs(10));
    }
}
