//! Whether the exporter grows: a week of polls, a thousand times as fast.
//!
//! `cargo bench --bench soak` takes eleven minutes. The release binary discovers 120 functions
//! in 40 scopes every 300 ms instead of every 5 minutes, 2,016 times. A simulated hour is 12 sweeps,
//! by the calls that AWS sees, not by the clock: on a busy machine it is longer. After `--` come
//! `--sweeps 200` for fewer of them, and `--plot docs/soak.svg` to draw the memory.
//!
//! - [`clock`]: how many sweeps there were;
//! - [`fleet`]: functions, configs and aliases come and go;
//! - [`troubles`]: once an hour something else goes wrong;
//! - [`scraper`]: two of them, one of which takes gzip;
//! - [`sample`], [`trend`]: what the process takes of the machine, and whether that grows;
//! - [`figures`], [`plot`]: the table, and the picture.
//!
//! What the exporter does by the clock is no faster than ever: a page is made at most once a second,
//! and after a failure it waits for seconds. Linux only: memory is read from `/proc`.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends there and then"
)]

#[path = "../support/lib.rs"]
mod support;

mod clock;
mod figures;
mod fleet;
mod options;
mod plot;
mod sample;
mod scraper;
mod trend;
mod troubles;

use std::{
    fmt::Write as _,
    fs,
    sync::mpsc::sync_channel,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use clock::Clock;
use exporter_harness::{Aws, Exporter, REGION};
use figures::Figures;
use fleet::Fleet;
use options::Options;
use sample::Sample;
use scraper::Scraper;
use support::{
    aws::{account, role_arn},
    exporter::{launch, wait_until_ready},
};
use troubles::Troubles;

const ACCOUNTS: usize = 20;
const REGIONS: [&str; 2] = [REGION, "eu-west-1"];
const SCOPES: usize = ACCOUNTS * REGIONS.len();
/// In each scope. With a page of the listing that is 4 calls a sweep, of the 4.5 that 15 a second,
/// the most that can be configured, allow.
const FUNCTIONS: usize = 3;

/// The default interval is 5 minutes.
const INTERVAL: Duration = Duration::from_millis(300);
/// Sweeps in a simulated hour, day and week.
const HOUR: usize = 12;
const DAY: usize = 24 * HOUR;
const WEEK: usize = 7 * DAY;

/// How often AWS is asked how many calls it saw.
const STEP: Duration = Duration::from_millis(10);

fn main() {
    let options = Options::read();
    let aws = Aws::start();
    aws.set_log_bound(0);
    let mut fleet = Fleet::start(&aws);
    let exporter = launch(&aws, &config());
    wait_until_ready(&exporter);
    let figures = live(&aws, &exporter, &mut fleet, options.sweeps);
    figures.show();
    if let Some(path) = options.plot {
        fs::write(path, plot::svg(&figures.samples)).unwrap();
    }
}

/// As the defaults are, a thousand times as fast. Only the time limit of a request is not: 10 ms are
/// too short for a busy machine.
fn config() -> String {
    let interval = INTERVAL.as_millis();
    let stale_after = (INTERVAL * 6).as_millis();
    let mut config = format!(
        "poll: {{interval: {interval}ms, stale_after: {stale_after}ms, request_timeout: 500ms, \
         max_requests_per_second: 15}}\naccounts:\n"
    );
    let regions = REGIONS.join(", ");
    for number in 0..ACCOUNTS {
        let role = role_arn(&account(number));
        writeln!(config, "  - {{role_arn: '{role}', regions: [{regions}]}}").unwrap();
    }
    config
}

/// Lives through so many sweeps, and tells what was seen.
fn live(aws: &Aws, exporter: &Exporter, fleet: &mut Fleet, sweeps: usize) -> Figures {
    let start = Instant::now();
    let mut clock = Clock::start(aws.count_all());
    let mut troubles = Troubles::default();
    let mut samples = vec![Sample::take(exporter, 0)];
    let scrapers = thread::scope(|scope| {
        // A scraper that falls behind is waited for; it ends when nobody tells it of sweeps any more.
        let (scrapers, sweep_ends): (Vec<_>, Vec<_>) = ["identity", "gzip"]
            .map(|encoding| {
                let (ended, receiver) = sync_channel(HOUR);
                let scraper = Scraper::new(exporter.address(), encoding);
                (scope.spawn(|| scraper.follow(receiver)), ended)
            })
            .into_iter()
            .unzip();
        for sweep in 1..=sweeps {
            while clock.sweeps() < sweep {
                sleep(STEP);
                clock.advance(aws.count_all(), SCOPES + fleet.functions());
            }
            fleet.live_on(sweep);
            troubles.live_on(aws, sweep);
            for ended in &sweep_ends {
                ended.send(()).unwrap();
            }
            if sweep.is_multiple_of(HOUR) {
                samples.push(Sample::take(exporter, sweep));
            }
        }
        drop(sweep_ends);
        let ended = scrapers.into_iter().map(|scraper| scraper.join().unwrap());
        ended.collect()
    });
    Figures {
        sweeps,
        time: start.elapsed(),
        calls: clock.calls(),
        failed_calls: figures::failed_calls(&exporter.scrape()),
        troubles: troubles.begun(),
        created: fleet.created(),
        functions: fleet.functions(),
        scrapers,
        samples,
    }
}
