//! What was seen, as a table.

use std::time::Duration;

use exporter_harness::Page;

use crate::{
    DAY, FUNCTIONS, SCOPES, WEEK,
    sample::{Sample, days},
    scraper::Scraper,
    support::{report, spread::Spread},
    trend::Trend,
};

/// In fewer sweeps memory has not settled yet, and nothing is said of growth.
const FEWEST: usize = 2 * DAY;

/// All that was seen.
pub(crate) struct Figures {
    pub(crate) sweeps: usize,
    pub(crate) time: Duration,
    pub(crate) calls: u64,
    pub(crate) failed_calls: f64,
    pub(crate) troubles: usize,
    pub(crate) created: usize,
    /// At the end.
    pub(crate) functions: usize,
    pub(crate) scrapers: Vec<Scraper>,
    pub(crate) samples: Vec<Sample>,
}

/// The calls that ended otherwise than well, by what the exporter counted.
pub(crate) fn failed_calls(page: &Page) -> f64 {
    page.samples("lambda_async_exporter_api_requests_total")
        .iter()
        .filter(|sample| sample.label("outcome") != Some("ok"))
        .map(|sample| sample.value)
        .sum()
}

impl Figures {
    /// Prints them.
    pub(crate) fn show(&self) {
        let days = days(self.sweeps);
        report::title(&format!(
            "{days:.1} simulated days, {SCOPES} scopes with {FUNCTIONS} functions each"
        ));
        self.show_events();
        self.show_memory();
        self.show_growth();
        self.show_handles();
    }

    fn show_events(&self) {
        report::part("what happened");
        report::figure("sweeps", self.sweeps);
        let minutes = self.time.as_secs_f64() / 60.0;
        report::figure("minutes that they took", format!("{minutes:.1}"));
        report::figure("calls", self.calls);
        report::figure("calls that failed", self.failed_calls);
        report::figure("troubles", self.troubles);
        report::figure("scrapes", self.scrapes());
        let connections = self.scrapers.iter().map(|scraper| scraper.connections);
        report::figure("connections of scrapers", connections.sum::<u64>());
        report::figure("functions created", self.created);
        report::figure("functions at the end", self.functions);
    }

    fn scrapes(&self) -> u64 {
        self.scrapers.iter().map(|scraper| scraper.scrapes).sum()
    }

    /// The samples after the first day, or the first seventh of a shorter run.
    fn settled(&self) -> &[Sample] {
        let first = DAY.min(self.sweeps * DAY / WEEK);
        let settled = |sample: &Sample| sample.sweep >= first;
        let at = self.samples.iter().position(settled).unwrap();
        &self.samples[at..]
    }

    fn show_memory(&self) {
        let [first, .., last] = self.settled() else {
            panic!("too few samples");
        };
        for sample in [first, last] {
            report::part(&format!("memory after {:.1} days", sample.day()));
            for (name, megabytes) in [
                ("resident, MB", sample.resident),
                ("without files, MB", sample.anonymous),
                ("peak so far, MB", sample.peak),
            ] {
                report::figure(name, format!("{megabytes:.2}"));
            }
        }
    }

    fn trend(&self, value: fn(&Sample) -> f64) -> Trend {
        let points = self.settled().iter();
        let points: Vec<_> = points.map(|sample| (sample.day(), value(sample))).collect();
        Trend::of(&points)
    }

    fn show_growth(&self) {
        let trend = self.trend(|sample| sample.anonymous);
        let span = days(self.sweeps) - self.settled()[0].day();
        report::part(&format!("growth over the last {span:.1} days"));
        let resident = self.trend(|sample| sample.resident).slope;
        for (name, megabytes) in [
            ("resident, kB a day", resident),
            ("without files, kB a day", trend.slope),
            ("noise, kB", trend.noise),
        ] {
            report::figure(name, kilobytes(megabytes));
        }
        let growth = kilobytes(trend.growth);
        if self.sweeps < FEWEST {
            report::figure("without files, kB in all; too short to judge", growth);
            return;
        }
        let asked = format!("no growth: < {} kB", kilobytes(trend.bound()));
        report::asked("without files, kB in all", growth, &asked, !trend.grows());
        self.show_sensitivity(trend.bound() * 1e6 * days(self.sweeps) / span);
    }

    /// What would have been growth: so many bytes kept of each.
    #[expect(clippy::cast_precision_loss, reason = "less than a million")]
    fn show_sensitivity(&self, bytes: f64) {
        report::part("bytes that would have shown, if kept of");
        for (name, count) in [
            ("each function created", self.created as f64),
            ("each call", self.calls as f64),
            ("each scrape", self.scrapes() as f64),
        ] {
            report::figure(name, format!("{:.0}", bytes / count));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a few hundred files")]
    fn show_handles(&self) {
        let samples = self.settled();
        let files: Spread = samples.iter().map(|sample| sample.files as f64).collect();
        let threads: Spread = samples.iter().map(|sample| sample.threads).collect();
        let [first, .., last] = samples else {
            panic!("too few samples");
        };
        report::part("files and threads");
        let ends = format!("{}, {}", first.files, last.files);
        report::figure("open files, first and last", ends);
        report::figure("open files", files.text(0));
        let ends = format!("{}, {}", first.threads, last.threads);
        report::figure("threads, first and last", ends);
        report::figure("threads", threads.text(0));
    }
}

fn kilobytes(megabytes: f64) -> String {
    format!("{:.0}", megabytes * 1000.0)
}
