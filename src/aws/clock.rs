//! Whether this machine's clock is right: each answer of AWS carries the time.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use aws_sdk_lambda::primitives::{DateTime, DateTimeFormat};

/// AWS accepts signatures that are at most five minutes off (`Signature Version 4` reference); the
/// SDK, too, takes four for the bound between a late answer and a wrong clock.
const TOLERANCE: Duration = Duration::from_mins(4);

/// How far this machine's clock is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongClock {
    by: Duration,
    direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Behind,
    Ahead,
}

impl WrongClock {
    /// By the `Date` header of an answer that came just now; `None` if the clock is right, as far as
    /// can be told.
    pub(super) fn seen_in(date: Option<&str>, now: SystemTime) -> Option<Self> {
        let date = DateTime::from_str(date?, DateTimeFormat::HttpDate).ok()?;
        let theirs = SystemTime::try_from(date).ok()?;
        let (by, direction) = match theirs.duration_since(now) {
            Ok(by) => (by, Direction::Behind),
            Err(earlier) => (earlier.duration(), Direction::Ahead),
        };
        (by > TOLERANCE).then_some(Self { by, direction })
    }
}

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Behind => "behind",
            Direction::Ahead => "ahead of",
        };
        let minutes = (self.by.as_secs() + 30) / 60;
        if minutes < 120 {
            write!(
                f,
                "this machine's clock is {minutes} minutes {direction} AWS's"
            )
        } else {
            let hours = (minutes + 30) / 60;
            write!(f, "this machine's clock is {hours} hours {direction} AWS's")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_far_it_is_off_and_in_which_direction() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let minutes = |minutes: u64| Duration::from_mins(minutes);
        for (now, expected) in [
            (theirs, None),
            (theirs + minutes(4), None),
            (
                theirs - minutes(15),
                Some("this machine's clock is 15 minutes behind AWS's"),
            ),
            (
                theirs + minutes(180),
                Some("this machine's clock is 3 hours ahead of AWS's"),
            ),
        ] {
            let wrong = WrongClock::seen_in(Some(date), now);
            let text = wrong.map(|wrong| wrong.to_string());
            assert_eq!(text.as_deref(), expected);
        }
        assert_eq!(WrongClock::seen_in(None, theirs), None);
        assert_eq!(WrongClock::seen_in(Some("today"), theirs), None);
    }
}
