//! Load by `wrk`: four connections that ask again as soon as they are answered.

use std::process::Command;

use crate::support::spread::Spread;

/// Two Prometheus replicas and two people.
pub(crate) const CONNECTIONS: usize = 4;
/// Rounds for each side, in turns: the machine's moods meet both.
const ROUNDS: usize = 5;

/// What one side did under load.
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) rate: Spread,
    /// 99 of 100 answers came within so many milliseconds.
    pub(crate) slowest: Spread,
}

/// Loads each of some addresses for so many seconds, in turns.
pub(crate) fn in_turns<const N: usize>(urls: [&str; N], encoding: &str, seconds: u32) -> [Load; N] {
    let rounds: Vec<[(f64, f64); N]> = (0..ROUNDS)
        .map(|_| urls.map(|url| run(url, encoding, seconds)))
        .collect();
    std::array::from_fn(|side| Load {
        rate: rounds.iter().map(|round| round[side].0).collect(),
        slowest: rounds.iter().map(|round| round[side].1).collect(),
    })
}

/// Answers a second, and the 99th percentile of how long they took in milliseconds.
pub(crate) fn run(url: &str, encoding: &str, seconds: u32) -> (f64, f64) {
    let output = Command::new("wrk")
        .args(["--threads=1", "--latency", "--timeout=60s"])
        .arg(format!("--connections={CONNECTIONS}"))
        .arg(format!("--duration={seconds}s"))
        .arg(format!("--header=Accept-Encoding: {encoding}"))
        .arg(url)
        .output()
        .expect("wrk is not installed");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("Non-2xx"), "{url}\n{text}");
    assert!(!text.contains("Socket errors"), "{url}\n{text}");
    let after = |word: &str| {
        let mut lines = text.lines().map(str::split_whitespace);
        let words = lines.find_map(|mut words| (words.next() == Some(word)).then_some(words));
        let mut words = words.unwrap_or_else(|| panic!("{url}: no {word}\n{text}"));
        words.next().unwrap().to_owned()
    };
    let rate = after("Requests/sec:").parse().unwrap();
    (rate, milliseconds(&after("99%")))
}

/// wrk gives the unit that fits.
fn milliseconds(text: &str) -> f64 {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)];
    let (unit, factor) = units
        .into_iter()
        .find(|(unit, _)| text.ends_with(unit))
        .unwrap_or_else(|| panic!("`{text}` has no unit"));
    text.trim_end_matches(unit).parse::<f64>().unwrap() * factor
}
