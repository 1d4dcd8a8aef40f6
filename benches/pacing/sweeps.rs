//! The first sweep, and one interval of those that follow.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::{Aws, Exporter};
use lambda_simulator::Operation;

use crate::{
    ACCOUNT, CALLS, FUNCTIONS, INTERVAL, PAGES, PER_SECOND,
    record::Calls,
    support::{
        exporter::{processor_time, wait_until_ready},
        report,
    },
};

/// The first sweep puts readings before their slots in the interval, and what was due meanwhile is
/// made up for; after two intervals that is over.
const SETTLING: Duration = INTERVAL.saturating_mul(2);

/// How long to look for a moment at which to begin counting.
const SEARCH: Duration = Duration::from_secs(20);

/// Waits for the end of the first sweep.
pub(crate) fn first(aws: &Aws, exporter: &Exporter) {
    wait_until_ready(exporter);
    let duration = exporter
        .scrape()
        .value("lambda_async_exporter_sweep_duration_seconds");
    let duration = Duration::from_secs_f64(duration);
    let processor = processor_time(exporter.pid());
    let calls = Calls::of(aws, ACCOUNT);
    let start = calls.first();
    let sweep = calls.between(start, start + duration);
    report::part("first sweep");
    show_calls(&sweep);
    let seconds = duration.as_secs_f64();
    report::figure("seconds", format!("{seconds:.1}"));
    #[expect(clippy::cast_precision_loss, reason = "a thousand calls")]
    let count = sweep.count() as f64;
    let ratio = seconds / (count / PER_SECOND);
    let text = format!("{ratio:.3}");
    report::asked("seconds ÷ (calls ÷ 12)", text, "at most 1.1", ratio <= 1.1);
    let per_second = sweep.per_second(start, duration.as_secs());
    report::figure("calls from one full second to the next", per_second.text(0));
    report::figure("ms between calls", sweep.gaps().text(0));
    let per_call = processor.as_secs_f64() * 1000.0 / count;
    report::figure(
        "processor time per call, with the start, ms",
        format!("{per_call:.2}"),
    );
}

/// Counts the calls of one interval, from a moment without any.
pub(crate) fn steady(aws: &Aws) {
    sleep(SETTLING);
    let searched_from = Instant::now();
    sleep(INTERVAL + SEARCH * 3);
    let calls = Calls::of(aws, ACCOUNT);
    // Pages of a listing come as fast as they may; they shift the reads among them.
    let listed = calls.last_page(searched_from + SEARCH);
    let from = listed.map_or(searched_from, |at| {
        searched_from.max(at + Duration::from_secs(1))
    });
    let from = calls.quiet_moment(from, SEARCH);
    let interval = calls.between(from, from + INTERVAL);
    report::part("one interval in the steady state");
    show_calls(&interval);
    report::figure(
        "calls a second, 8.5 on average",
        interval.per_second(from, INTERVAL.as_secs()).text(0),
    );
    let gaps = interval.gaps();
    report::figure("ms between calls, 118 on average", gaps.text(0));
    report::figure(
        "ms between calls, 5th and 95th of a hundred",
        format!("{:.0}, {:.0}", gaps.at(5), gaps.at(95)),
    );
}

/// How many there were, and whether AWS minded.
fn show_calls(calls: &Calls) {
    let count = calls.count();
    report::asked("calls", count, "1020", count == CALLS);
    let reads = calls.reads();
    let once = reads.values().filter(|&&reads| reads == 1).count();
    report::asked("functions read once", once, "1000", once == FUNCTIONS);
    let pages = calls.count_of(Operation::ListFunctions);
    report::asked("pages of the listing", pages, "20", pages == PAGES);
    let throttled = calls.throttled();
    report::asked("throttled calls", throttled, "0", throttled == 0);
    let peak = calls.peak();
    let met = peak <= 13;
    report::asked("most calls in any one second", peak, "at most 13", met);
}
