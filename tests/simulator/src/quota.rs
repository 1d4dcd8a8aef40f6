//! AWS's request quotas, as token buckets that hold one second's worth.

use std::time::Instant;

/// "15 requests per second across all APIs", per account and region; the tagging API's is the same.
pub const CONTROL_PLANE_PER_SECOND: f64 = 15.0;

/// `GetFunction` has its own quota.
pub(crate) const GET_FUNCTION_PER_SECOND: f64 = 100.0;

/// A token bucket.
#[derive(Debug)]
pub(crate) struct Quota {
    /// `None`: unlimited.
    per_second: Option<f64>,
    tokens: f64,
    /// `None` until first asked: the bucket is full then.
    at: Option<Instant>,
}

impl Quota {
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        Self {
            per_second,
            tokens: 0.0,
            at: None,
        }
    }

    /// Takes one token; false where there is none.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        let Some(rate) = self.per_second else {
            return true;
        };
        let burst = rate.max(1.0);
        self.tokens = match self.at {
            None => burst,
            Some(at) => {
                (self.tokens + now.saturating_duration_since(at).as_secs_f64() * rate).min(burst)
            }
        };
        self.at = Some(now);
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn admitted(quota: &mut Quota, now: Instant, asked: usize) -> usize {
        (0..asked).filter(|_| quota.admit(now)).count()
    }

    #[test]
    fn holds_one_second_and_refills() {
        let start = Instant::now();
        let mut quota = Quota::new(Some(15.0));
        assert_eq!(admitted(&mut quota, start, 40), 15);
        assert_eq!(
            admitted(&mut quota, start + Duration::from_millis(201), 40),
            3
        );
        assert_eq!(admitted(&mut quota, start + Duration::from_mins(1), 40), 15);
    }

    #[test]
    fn may_be_slow_or_absent() {
        let start = Instant::now();
        let mut slow = Quota::new(Some(0.5));
        assert_eq!(admitted(&mut slow, start, 3), 1);
        assert_eq!(admitted(&mut slow, start + Duration::from_secs(2), 3), 1);
        assert_eq!(admitted(&mut Quota::new(None), start, 1000), 1000);
    }
}
