//! One account denied, one region hanging: as fresh as before are the readings of the others.

use std::{
    collections::BTreeMap,
    ops::Range,
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use exporter_harness::{Aws, Exporter, REGION};
use lambda_simulator::{Fault, FaultKind, Operation, Request, Role};

use crate::{
    config,
    support::{
        aws::{account, published, put_functions, role_arn},
        exporter::{launch, wait_until_ready},
        report,
        spread::Spread,
    },
};

const ACCOUNTS: usize = 10;
const FUNCTIONS: usize = 20;
const REGIONS: [&str; 2] = [REGION, HANGING];
const HANGING: &str = "eu-west-1";
const DENIED: usize = 3;
const INTERVAL: Duration = Duration::from_secs(30);
const OLDEST: &str = "lambda_async_exporter_oldest_reading_timestamp_seconds";
/// How often the ages are looked at.
const STEP: Duration = Duration::from_millis(200);
/// How much older a reading may be and still be called as fresh, in seconds: two looks.
const TOLERANCE: f64 = 0.4;

/// What was seen of the healthy scopes in one phase.
struct Phase {
    /// How old the oldest reading of each healthy scope was, at every look, in seconds.
    ages: Spread,
    /// From one read of a function to its next, in seconds.
    pauses: Spread,
    /// The fewest functions and qualifiers that were published, of all scopes.
    published: usize,
}

pub(crate) fn run() {
    let aws = Aws::start();
    for number in 0..ACCOUNTS {
        for region in REGIONS {
            put_functions(&aws.region(&account(number), region), FUNCTIONS);
        }
    }
    let exporter = launch(
        &aws,
        &config(
            "interval: 30s, stale_after: 30m",
            ACCOUNTS,
            &[HANGING, REGION],
        ),
    );
    wait_until_ready(&exporter);
    sleep(INTERVAL * 2);
    report::title("10 accounts, 2 regions, 20 functions each, interval 30 s");
    let before = watch(&aws, &exporter, INTERVAL * 3);
    before.show("before", None);
    deny_and_hang(&aws);
    let during = watch(&aws, &exporter, INTERVAL * 5);
    during.show("one account denied, one region hanging", Some(&before));
    // Everybody needs credentials now, and asks for them in the hanging region first.
    aws.expire_sessions();
    let ended = watch(&aws, &exporter, INTERVAL * 3);
    ended.show("all sessions end meanwhile, which nobody asked for", None);
    recover(&aws, &exporter);
}

/// The session of one account ends and its role cannot be assumed again; in one region nothing that
/// is asked for is answered, STS included.
fn deny_and_hang(aws: &Aws) {
    let denied = account(DENIED);
    aws.put_role(Role::new(&role_arn(&denied)).denied());
    for operation in [
        Operation::ListFunctions,
        Operation::ListFunctionEventInvokeConfigs,
    ] {
        let fault = Fault::on(operation).account(&denied);
        aws.inject(fault.kind(FaultKind::ExpiredToken));
    }
    aws.inject(Fault::any().region(HANGING).kind(FaultKind::Hang));
}

fn watch(aws: &Aws, exporter: &Exporter, time: Duration) -> Phase {
    let start = Instant::now();
    let mut ages = Vec::new();
    let mut fewest = usize::MAX;
    while start.elapsed() < time {
        let page = exporter.scrape();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let denied = account(DENIED);
        let healthy = page.samples(OLDEST).into_iter().filter(|sample| {
            sample.label("region") == Some(REGION) && sample.label("account_id") != Some(&denied)
        });
        ages.extend(healthy.map(|sample| now.as_secs_f64() - sample.value));
        fewest = fewest.min(published(&page));
        sleep(STEP);
    }
    Phase {
        ages: ages.into_iter().collect(),
        pauses: pauses(&aws.requests(), start..Instant::now()),
        published: fewest,
    }
}

/// The times between two reads of the same healthy function, where the second is within a time.
fn pauses(requests: &[Request], within: Range<Instant>) -> Spread {
    let denied = account(DENIED);
    let mut last: BTreeMap<(&str, &str), Instant> = BTreeMap::new();
    let mut pauses = Vec::new();
    let healthy = requests
        .iter()
        .filter(|request| request.region == REGION && request.account != denied);
    for request in healthy {
        let Some(function) = &request.function else {
            continue;
        };
        let before = last.insert((&request.account, function), request.at);
        if let Some(before) = before.filter(|_| within.contains(&request.at)) {
            pauses.push((request.at - before).as_secs_f64());
        }
    }
    pauses.into_iter().collect()
}

impl Phase {
    fn show(&self, name: &str, before: Option<&Self>) {
        report::part(name);
        let rows = [
            (
                "the others' oldest reading, s",
                &self.ages,
                before.map(|before| &before.ages),
            ),
            (
                "the others' time between reads, s",
                &self.pauses,
                before.map(|before| &before.pauses),
            ),
        ];
        for (name, now, before) in rows {
            match before {
                None => report::figure(name, now.text(1)),
                Some(before) => {
                    let asked = format!("as before, {:.1}", before.max());
                    let met = now.max() <= before.max() + TOLERANCE;
                    report::asked(name, now.text(1), &asked, met);
                }
            }
        }
        match before {
            None => report::figure("published, of all", self.published),
            Some(before) => {
                let asked = format!("all {}", before.published);
                let met = self.published >= before.published;
                report::asked("published, of all", self.published, &asked, met);
            }
        }
    }
}

/// How soon all is read again when AWS is well.
fn recover(aws: &Aws, exporter: &Exporter) {
    aws.clear_faults();
    aws.put_role(Role::new(&role_arn(&account(DENIED))));
    let start = Instant::now();
    let is_well = || {
        let page = exporter.scrape();
        page.samples("lambda_async_exporter_target_success")
            .iter()
            .all(|sample| sample.value > 0.5)
    };
    while !is_well() && start.elapsed() < Duration::from_mins(10) {
        sleep(STEP);
    }
    report::part("all is well again");
    let seconds = format!("{:.0}", start.elapsed().as_secs_f64());
    report::figure("s until the last failed function is read", seconds);
}
