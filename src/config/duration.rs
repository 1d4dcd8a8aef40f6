//! Lengths of time in Prometheus's units, such as `5m` and `1h 30m`, and what to say about others.

use std::{fmt::Write, time::Duration};

/// The units with their milliseconds, longest first; a year has 365 days, as Prometheus counts.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Other words for the units, in lower case and without the `s` of a plural.
const WORDS: [(&str, &str); 16] = [
    ("year", "y"),
    ("yr", "y"),
    ("week", "w"),
    ("wk", "w"),
    ("day", "d"),
    ("hour", "h"),
    ("hr", "h"),
    ("minute", "m"),
    ("min", "m"),
    ("second", "s"),
    ("sec", "s"),
    ("millisecond", "ms"),
    ("milli", "ms"),
    ("millisec", "ms"),
    ("msec", "ms"),
    // For some programs it is months; who writes it here thinks of minutes.
    ("m", "m"),
];

/// Months differ in length; people mean this many days.
const DAYS_OF_A_MONTH: u64 = 30;

/// What months are called, in lower case and without the `s` of a plural.
const MONTHS: [&str; 3] = ["month", "mon", "mo"];

/// A number and the letters after it.
type Part<'a> = (u64, &'a str);

/// Reads numbers with units, which add up.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let parts = parts(text).ok_or_else(|| {
        format!("`{text}` is not a duration: write it with a unit, such as 300s, 5m or 1h 30m")
    })?;
    let milliseconds = |(count, unit): &Part| {
        let (_, length) = UNITS.iter().find(|(known, _)| known == unit)?;
        Some(count.saturating_mul(*length))
    };
    let lengths: Option<Vec<u64>> = parts.iter().map(milliseconds).collect();
    let lengths = lengths.ok_or_else(|| refuse(text, &parts))?;
    // What is longer than the clock is longer than any limit.
    let sum = lengths.into_iter().fold(0, u64::saturating_add);
    Ok(Duration::from_millis(sum))
}

/// The duration as [`parse`] reads it, without what is shorter than a millisecond.
pub(super) fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Weeks are hard to compare with days.
    for (unit, length) in UNITS.into_iter().filter(|(unit, _)| *unit != "w") {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{count}{unit}");
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// The numbers and their letters, at least one pair; `None` where it is not made of such pairs.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    // Nothing is nothing in every unit.
    if text == "0" {
        return Some(vec![(0, "s")]);
    }
    let mut rest = text.trim();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, after) = rest.split_at(end);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic());
        let (letters, after) = after.split_at(end.unwrap_or(after.len()));
        if letters.is_empty() {
            return None;
        }
        // Digits that are no number are too many for any limit.
        let is_number = !digits.is_empty();
        parts.push((
            is_number.then(|| digits.parse().unwrap_or(u64::MAX))?,
            letters,
        ));
        rest = after.trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

fn refuse(text: &str, parts: &[Part]) -> String {
    let is_unit = |unit: &str| UNITS.iter().any(|(known, _)| *known == unit);
    let wrong = parts.iter().map(|(_, unit)| *unit);
    let wrong = wrong.filter(|unit| !is_unit(unit)).collect::<Vec<_>>();
    let meant: Option<Vec<String>> = parts.iter().map(|part| meant(*part)).collect();
    let meant = meant.map(|parts| format!(", did you mean `{}`?", parts.join(" ")));
    format!(
        "`{text}` has the unit `{}`, which is none of ms, s, m, h, d, w and y{}",
        wrong.first().copied().unwrap_or_default(),
        meant.unwrap_or_default()
    )
}

/// The number with the unit that was meant, if that can be told.
fn meant((count, unit): Part) -> Option<String> {
    if UNITS.iter().any(|(known, _)| *known == unit) {
        return Some(format!("{count}{unit}"));
    }
    let word = unit.to_lowercase();
    let singular = word.strip_suffix('s').filter(|word| !word.is_empty());
    let singular = singular.unwrap_or(&word);
    if MONTHS.contains(&singular) {
        return Some(format!("{}d", count.checked_mul(DAYS_OF_A_MONTH)?));
    }
    let mut known = UNITS.iter().map(|(known, _)| *known);
    let known = known.find(|known| *known == word);
    let words = WORDS.iter().find(|(other, _)| *other == singular);
    let unit = known.or(words.map(|(_, unit)| *unit))?;
    Some(format!("{count}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_prometheus() {
        for (text, seconds) in [
            ("1s", 1),
            ("90s", 90),
            ("5m", 300),
            ("1h", 3600),
            ("1h30m", 5400),
            ("1h 30m", 5400),
            ("30m 1h", 5400),
            ("5 m", 300),
            ("2d", 2 * 86_400),
            ("1w", 7 * 86_400),
            ("1y", 365 * 86_400),
            ("1500ms 500ms", 2),
            ("0", 0),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        let endless = parse("99999999999999999999999y").unwrap();
        assert_eq!(endless, Duration::from_millis(u64::MAX));
    }

    #[test]
    fn other_units_are_refused_with_what_was_meant() {
        for (text, unit, meant) in [
            ("5M", "M", Some("5m")),
            ("1month", "month", Some("30d")),
            ("2 months", "months", Some("60d")),
            ("10sec", "sec", Some("10s")),
            ("10seconds", "seconds", Some("10s")),
            ("5min", "min", Some("5m")),
            ("5mins", "mins", Some("5m")),
            ("1hour 30min", "hour", Some("1h 30m")),
            ("1h 30min", "min", Some("1h 30m")),
            ("2hrs", "hrs", Some("2h")),
            ("1H", "H", Some("1h")),
            ("1D", "D", Some("1d")),
            ("3days", "days", Some("3d")),
            ("1Week", "Week", Some("1w")),
            ("1yr", "yr", Some("1y")),
            ("1S", "S", Some("1s")),
            ("500msec", "msec", Some("500ms")),
            ("500MS", "MS", Some("500ms")),
            ("5us", "us", None),
            ("5ns", "ns", None),
            ("5\u{b5}s", "\u{b5}s", None),
            ("5x", "x", None),
            ("1h 5x", "x", None),
        ] {
            let meant = meant.map(|meant| format!(", did you mean `{meant}`?"));
            let expected = format!(
                "`{text}` has the unit `{unit}`, which is none of ms, s, m, h, d, w and y{}",
                meant.unwrap_or_default()
            );
            assert_eq!(parse(text), Err(expected));
        }
    }

    #[test]
    fn what_has_no_pairs_of_number_and_unit_is_no_duration() {
        for text in [
            "", " ", "m", "often", "-5s", "5", "5m 3", "1.5h", "5m,", "5m-3s",
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains("is not a duration"), "{text}: {message}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in ["0s", "5m", "1h 30m", "60d", "1y 1d", "1s 500ms", "40d 1h"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
    }
}
