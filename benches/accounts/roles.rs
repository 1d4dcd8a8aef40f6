//! How often roles are assumed, and what one more account costs.

use std::{
    env,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use exporter_harness::{Aws, REGION};
use lambda_simulator::Operation;

use crate::{
    config,
    support::{
        aws::{account, put_functions, role_arn},
        exporter::{launch, peak_memory, processor_time, resident_memory, wait_until_ready},
        report,
        spread::Spread,
    },
};

const FUNCTIONS: usize = 10;
/// Each account: ten functions and one page of a listing.
const INTERVAL: Duration = Duration::from_mins(1);
const SIZES: [usize; 3] = [1, 10, 100];
const SHORT_LIVED: usize = 20;

/// What one exporter did.
struct Group {
    accounts: usize,
    assumed: u64,
    /// How often each role was.
    each: Spread,
    refused: u64,
    identities: u64,
    calls: u64,
    memory: f64,
    peak: f64,
    processor: Duration,
    time: Duration,
}

pub(crate) fn run() {
    let time = Duration::from_secs_f64(60.0 * minutes());
    // AWS gives no session shorter than a quarter of an hour; a short run must do with shorter ones.
    let life = time / 2;
    let groups = thread::scope(|scope| {
        let groups = SIZES.map(|size| scope.spawn(move || watch(size, None, time)));
        let short = scope.spawn(move || watch(SHORT_LIVED, Some(life), time));
        (
            groups.map(|group| group.join().unwrap()),
            short.join().unwrap(),
        )
    });
    let (groups, short) = groups;
    let title = format!(
        "1 region, 10 functions an account, interval 1 min, {:.0} min",
        time.as_secs_f64() / 60.0
    );
    report::title(&title);
    for group in &groups {
        group.show();
    }
    show_growth(&groups[0], &groups[2]);
    show_sessions(&short, life);
}

fn minutes() -> f64 {
    env::var("MINUTES").map_or(2.0, |minutes| minutes.parse().unwrap())
}

fn watch(accounts: usize, session: Option<Duration>, time: Duration) -> Group {
    let aws = Aws::start();
    aws.set_log_bound(0);
    aws.set_session_duration(session);
    for number in 0..accounts {
        put_functions(&aws.region(&account(number), REGION), FUNCTIONS);
    }
    let start = Instant::now();
    let exporter = launch(&aws, &config("interval: 1m", accounts, &[REGION]));
    wait_until_ready(&exporter);
    // Connections and allocator are warm, and the calls that the first sweep displaced are made.
    sleep(INTERVAL / 2);
    let (processor, calls, warm) = (
        processor_time(exporter.pid()),
        aws.count_all(),
        start.elapsed(),
    );
    sleep((time + INTERVAL / 2).saturating_sub(start.elapsed()));
    let each: Spread = (0..accounts)
        .map(|number| count(aws.assumed(&role_arn(&account(number)))))
        .collect();
    let assumed = (0..accounts).map(|number| aws.assumed(&role_arn(&account(number))));
    let assumed = assumed.sum();
    Group {
        accounts,
        assumed,
        each,
        refused: aws.count(Operation::AssumeRole) - assumed,
        identities: aws.count(Operation::GetCallerIdentity),
        calls: aws.count_all() - calls,
        memory: resident_memory(exporter.pid()),
        peak: peak_memory(exporter.pid()),
        processor: processor_time(exporter.pid()).saturating_sub(processor),
        time: start.elapsed().saturating_sub(warm),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn count(number: u64) -> f64 {
    number as f64
}

impl Group {
    fn show(&self) {
        report::part(&format!("{} accounts", self.accounts));
        let assumed = "AssumeRole, in all";
        if self.accounts == 100 {
            report::asked(
                assumed,
                self.assumed,
                "at most 101 in 30 min",
                self.assumed <= 101,
            );
        } else {
            report::figure(assumed, self.assumed);
        }
        report::figure("AssumeRole that was refused", self.refused);
        report::figure("GetCallerIdentity", self.identities);
        report::figure("memory, MB", format!("{:.1}", self.memory));
        report::figure("peak memory, MB", format!("{:.1}", self.peak));
        let per_minute = self.milliseconds_per_minute();
        report::figure("processor time, ms a minute", format!("{per_minute:.1}"));
        let per_call = self.processor.as_secs_f64() * 1000.0 / count(self.calls);
        let text = format!("{per_call:.3} in {}", self.calls);
        report::figure("processor time per call, ms", text);
    }

    fn milliseconds_per_minute(&self) -> f64 {
        self.processor.as_secs_f64() * 1000.0 / (self.time.as_secs_f64() / 60.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a hundred accounts")]
fn show_growth(one: &Group, many: &Group) {
    report::part("one more account");
    let more = (many.accounts - one.accounts) as f64;
    let kilobytes = (many.memory - one.memory) * 1000.0 / more;
    report::figure("memory, kB", format!("{kilobytes:.1}"));
    let peak = (many.peak - one.peak) * 1000.0 / more;
    report::figure("peak memory, kB", format!("{peak:.1}"));
    let processor = many.milliseconds_per_minute() - one.milliseconds_per_minute();
    let processor = format!("{:.2}", processor / more);
    report::figure("processor time, ms a minute (11 calls)", processor);
}

/// A session is replaced 5 minutes before its end, a shorter one than 10 minutes at half its life.
fn show_sessions(group: &Group, life: Duration) {
    let seconds = life.as_secs_f64();
    report::part(&format!(
        "{SHORT_LIVED} accounts, sessions of {:.1} min",
        seconds / 60.0
    ));
    let used = (seconds - 300.0).max(seconds / 2.0).max(60.0);
    let watched = group.time.as_secs_f64() + INTERVAL.as_secs_f64() / 2.0;
    let expected = (watched / used).ceil();
    let asked = format!("at most {expected:.0} in {:.1} min", watched / 60.0);
    let met = group.each.max() <= expected;
    report::asked("AssumeRole for each role", group.each.text(0), &asked, met);
    report::figure("AssumeRole that was refused", group.refused);
}
