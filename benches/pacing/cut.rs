//! AWS allows less, all at once, and after some minutes as much as before.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::{Aws, Exporter, REGION};

use crate::{
    ACCOUNT, FUNCTIONS, INTERVAL, OTHER_ACCOUNT, PER_SECOND, QUOTA,
    record::Calls,
    support::{aws::published, report, spread::Spread},
};

const CUT: f64 = 5.0;
const MINUTES: u32 = 5;
const MINUTE: Duration = Duration::from_mins(1);
/// How often the exporter is scraped meanwhile.
const STEP: Duration = Duration::from_secs(1);

/// What the exporter published, and when.
struct Sample {
    at: Instant,
    published: usize,
    budget: f64,
    oldest: f64,
}

/// One cut.
pub(crate) struct Cut {
    calls: Calls,
    samples: Vec<Sample>,
    from: Instant,
    restored: Instant,
    published_before: usize,
}

/// Cuts the quota of an exporter that has just been started.
pub(crate) fn in_first_sweep(aws: &Aws, exporter: Exporter) -> Cut {
    sleep(MINUTE / 2);
    let cut = cut(aws, OTHER_ACCOUNT, &exporter);
    drop(exporter);
    cut
}

/// Cuts the quota of one in the steady state.
pub(crate) fn in_steady_state(aws: &Aws, exporter: &Exporter) -> Cut {
    cut(aws, ACCOUNT, exporter)
}

fn cut(aws: &Aws, account: &str, exporter: &Exporter) -> Cut {
    let region = aws.region(account, REGION);
    let published_before = published(&exporter.scrape());
    region.set_quota(Some(CUT));
    let from = Instant::now();
    let mut samples = watch(exporter, from + MINUTE * MINUTES);
    region.set_quota(Some(QUOTA));
    let restored = Instant::now();
    samples.extend(watch(exporter, restored + INTERVAL));
    Cut {
        calls: Calls::of(aws, account),
        samples,
        from,
        restored,
        published_before,
    }
}

fn watch(exporter: &Exporter, until: Instant) -> Vec<Sample> {
    let mut samples = Vec::new();
    while Instant::now() < until {
        let page = exporter.scrape();
        let oldest = page.value("lambda_async_exporter_oldest_reading_timestamp_seconds");
        samples.push(Sample {
            at: Instant::now(),
            published: published(&page),
            budget: page.value("lambda_async_exporter_request_budget_per_second"),
            oldest: now() - oldest,
        });
        sleep(STEP);
    }
    samples
}

fn now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs_f64()
}

impl Cut {
    /// Prints what happened, minute by minute.
    pub(crate) fn show(&self) {
        for minute in 0..MINUTES {
            self.show_minute(minute);
        }
        let fewest = self.samples.iter().map(|sample| sample.published).min();
        let before = self.published_before;
        report::asked(
            "fewest functions and qualifiers published",
            format!("{} of {before}", fewest.unwrap()),
            "all, all the time",
            fewest >= Some(before),
        );
        let cut = self.between(self.from, self.restored);
        let oldest: Spread = cut.map(|sample| sample.oldest).collect();
        report::figure("oldest reading at worst, s", format!("{:.0}", oldest.max()));
        self.show_recovery();
    }

    fn show_minute(&self, minute: u32) {
        let from = self.from + MINUTE * minute;
        let calls = self.calls.between(from, from + MINUTE);
        let (count, throttled) = (calls.count(), calls.throttled());
        #[expect(clippy::cast_precision_loss, reason = "hundreds of calls")]
        let share = throttled as f64 / count as f64;
        let percent = share * 100.0;
        report::asked(
            &format!("minute {}: throttled calls", minute + 1),
            format!("{throttled} of {count}, {percent:.1} %"),
            "fewer than 10 %",
            share < 0.1,
        );
        let budget = self.between(from, from + MINUTE);
        let budget: Spread = budget.map(|sample| sample.budget).collect();
        report::figure("    request_budget_per_second", budget.text(1));
    }

    fn show_recovery(&self) {
        let after = || self.between(self.restored, self.restored + INTERVAL);
        let whole = after().find(|sample| sample.budget >= PER_SECOND);
        let seconds = |sample: &Sample| (sample.at - self.restored).as_secs().to_string();
        report::figure(
            "quota restored: s to the whole budget",
            whole.map_or("not in 2 min".to_owned(), seconds),
        );
        let calls = self.calls.between(self.restored, Instant::now());
        let throttled = calls.throttled();
        report::asked("    throttled calls", throttled, "0", throttled == 0);
        let all = |sample: &&Sample| sample.published >= FUNCTIONS;
        let fresh = |sample: &&Sample| sample.oldest <= INTERVAL.as_secs_f64() + 1.0;
        let fresh = after().filter(all).find(fresh);
        report::figure(
            "    s until no reading is older than the interval",
            fresh.map_or("not in 2 min".to_owned(), seconds),
        );
    }

    fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = &Sample> {
        let samples = self.samples.iter();
        samples.filter(move |sample| from <= sample.at && sample.at < to)
    }
}
