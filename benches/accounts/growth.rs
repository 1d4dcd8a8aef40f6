//! What one more function costs, in scopes of 200 and in one of 1,000.

use std::{
    hint::black_box,
    thread::sleep,
    time::{Duration, Instant},
};

use exporter_harness::{Aws, Exporter, REGION};

use crate::{
    config,
    support::{
        aws::{account, put_functions},
        exporter::{
            compressed, launch, milliseconds, peak_memory, processor_time, resident_memory,
            wait_until_ready,
        },
        report,
        spread::Spread,
    },
};

/// Scopes, and functions in each.
const SIZES: [(usize, usize); 5] = [(1, 1), (1, 1000), (5, 200), (25, 200), (100, 200)];
/// 15 a second are the most that can be configured.
const POLL: &str = "interval: 2m, max_requests_per_second: 15";
/// What the first sweep displaced is made up for by then.
const SETTLING: Duration = Duration::from_secs(30);
/// How long the steady state is watched.
const STEADY: Duration = Duration::from_mins(1);
const SCRAPES: usize = 10;

/// What one size took.
struct Size {
    functions: usize,
    series: usize,
    bytes: usize,
    compressed: usize,
    /// After the first sweep, before the first scrape, in MB.
    polling: f64,
    /// After some scrapes.
    scraped: f64,
    peak: f64,
    /// Processor time per call in the first sweep and in the steady state, in ms.
    first_call: Option<f64>,
    steady_call: Option<f64>,
    /// What a scrape takes, in ms.
    scrape: Spread,
    scrape_processor: f64,
}

pub(crate) fn run() {
    report::title("15 requests a second and scope, interval 2 min");
    let sizes = SIZES.map(|(scopes, functions)| {
        let size = measure(scopes, functions);
        report::part(&format!("{scopes} scopes with {functions} functions each"));
        size.show();
        size
    });
    let [.., small, _, large] = &sizes;
    report::part("one more function, from 1,000 to 20,000 in scopes of 200");
    show_growth(small, large);
}

fn measure(scopes: usize, functions: usize) -> Size {
    let aws = Aws::start();
    aws.set_log_bound(0);
    for number in 0..scopes {
        let region = aws.region(&account(number), REGION);
        region.set_quota(None);
        put_functions(&region, functions);
    }
    let exporter = launch(&aws, &config(POLL, scopes, &[REGION]));
    let before = Meter::read(&aws, &exporter);
    wait_until_ready(&exporter);
    let first_call = before.per_call(&aws, &exporter);
    let polling = resident_memory(exporter.pid());
    sleep(SETTLING);
    let before = Meter::read(&aws, &exporter);
    sleep(STEADY);
    let steady_call = before.per_call(&aws, &exporter);
    let page = exporter.scrape();
    let (scrape, scrape_processor) = scrape(&exporter, &aws, steady_call.unwrap_or_default());
    Size {
        functions: scopes * functions,
        series: page.series(),
        bytes: page.len(),
        compressed: compressed(&exporter).len(),
        polling,
        scraped: resident_memory(exporter.pid()),
        peak: peak_memory(exporter.pid()),
        first_call,
        steady_call,
        scrape,
        scrape_processor,
    }
}

/// Scrapes one after another: how long each takes, and its processor time without that of the calls
/// that were made meanwhile.
#[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
fn scrape(exporter: &Exporter, aws: &Aws, per_call: f64) -> (Spread, f64) {
    let before = Meter::read(aws, exporter);
    let times = (0..SCRAPES).map(|_| {
        let start = Instant::now();
        black_box(exporter.get("/metrics"));
        milliseconds(start)
    });
    let times: Spread = times.collect();
    let after = Meter::read(aws, exporter);
    let calls = (after.calls - before.calls) as f64 * per_call;
    let processor = after
        .processor
        .saturating_sub(before.processor)
        .as_secs_f64()
        * 1000.0
        - calls;
    (times, processor / SCRAPES as f64)
}

/// Calls and processor time at some moment.
struct Meter {
    calls: u64,
    processor: Duration,
}

impl Meter {
    fn read(aws: &Aws, exporter: &Exporter) -> Self {
        Self {
            calls: aws.count_all(),
            processor: processor_time(exporter.pid()),
        }
    }

    /// Milliseconds of processor time per call since then; `None` where too few calls were made for a
    /// clock with steps of 10 ms.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    fn per_call(&self, aws: &Aws, exporter: &Exporter) -> Option<f64> {
        let now = Self::read(aws, exporter);
        let calls = now.calls - self.calls;
        let milliseconds = now.processor.saturating_sub(self.processor).as_secs_f64() * 1000.0;
        (calls >= 200).then(|| milliseconds / calls as f64)
    }
}

impl Size {
    fn show(&self) {
        report::figure("series", self.series);
        report::figure("bytes of a scrape", self.bytes);
        report::figure("the same in gzip", self.compressed);
        let (polling, scraped, peak) = (self.polling, self.scraped, self.peak);
        report::figure("memory after the first sweep, MB", format!("{polling:.1}"));
        report::figure("memory after scrapes, MB", format!("{scraped:.1}"));
        report::figure("peak memory, MB", format!("{peak:.1}"));
        let (first, steady) = (self.first_call, self.steady_call);
        report::figure("processor time per call, first sweep, ms", per_call(first));
        report::figure("processor time per call, steady, ms", per_call(steady));
        report::figure("a scrape takes, ms", self.scrape.text(1));
        let processor = self.scrape_processor;
        report::figure("processor time of a scrape, ms", format!("{processor:.1}"));
    }
}

fn per_call(milliseconds: Option<f64>) -> String {
    milliseconds.map_or("too few calls".to_owned(), |value| format!("{value:.3}"))
}

#[expect(clippy::cast_precision_loss, reason = "a few million bytes")]
fn show_growth(small: &Size, large: &Size) {
    let more = (large.functions - small.functions) as f64;
    let series = (large.series - small.series) as f64 / more;
    report::figure("series", format!("{series:.2}"));
    let bytes = (large.bytes - small.bytes) as f64 / more;
    report::figure("bytes of a scrape", format!("{bytes:.0}"));
    let megabytes = [
        ("memory without scrapes, kB", large.polling - small.polling),
        ("memory with scrapes, kB", large.scraped - small.scraped),
        ("peak memory, kB", large.peak - small.peak),
    ];
    for (name, growth) in megabytes {
        report::figure(name, format!("{:.2}", growth * 1000.0 / more));
    }
    let scrape = (large.scrape_processor - small.scrape_processor) * 1000.0 / more;
    report::figure("processor time of a scrape, µs", format!("{scrape:.1}"));
}
