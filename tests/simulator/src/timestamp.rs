//! Times as AWS writes them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the epoch with milliseconds, as `LastModified` of an event invoke config has them.
pub(crate) fn epoch_seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs_f64() * 1000.0).round() / 1000.0
}

/// `2026-01-01T00:00:00Z`, as STS writes an expiration.
pub(crate) fn iso(time: SystemTime) -> String {
    let (year, month, day) = civil(seconds(time) / 86_400);
    format!("{year:04}-{month:02}-{day:02}T{}Z", clock(time))
}

/// `20260101T000000Z`, as a signature has it.
pub(crate) fn basic(time: SystemTime) -> String {
    iso(time).replace(['-', ':'], "")
}

/// `Thu, 01 Jan 2026 00:00:00 GMT`, as the header `Date` has it.
pub(crate) fn http(time: SystemTime) -> String {
    let days = seconds(time) / 86_400;
    let (year, month, day) = civil(days);
    // The epoch was a Thursday.
    let weekday = nth(&["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"], days % 7);
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = nth(&months, month - 1);
    format!("{weekday}, {day:02} {month} {year:04} {} GMT", clock(time))
}

fn nth<'a>(names: &[&'a str], index: u64) -> &'a str {
    usize::try_from(index).map_or("", |index| names[index])
}

/// The time of day.
fn clock(time: SystemTime) -> String {
    let seconds = seconds(time);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}")
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// The date of a day since the epoch, in years that begin in March: Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`.
fn civil(day_since_epoch: u64) -> (u64, u64, u64) {
    let day = day_since_epoch + 719_468;
    let era = day / 146_097;
    let day_of_era = day % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn writes_iso() {
        let at = |seconds| iso(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_573_687_896), "2019-11-13T23:31:36Z");
    }

    #[test]
    fn writes_the_other_forms() {
        let time = UNIX_EPOCH + Duration::from_secs(1_573_687_896);
        assert_eq!(basic(time), "20191113T233136Z");
        assert_eq!(http(time), "Wed, 13 Nov 2019 23:31:36 GMT");
        assert_eq!(http(UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
