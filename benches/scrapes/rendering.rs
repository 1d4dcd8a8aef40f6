//! Making pages, without a process around it.

use std::{
    collections::BTreeMap,
    hint::black_box,
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use exporter_harness::REGION;
use flate2::{Compression, write::GzEncoder};
use lambda_async_exporter::{
    domain::{
        Answers, Destination, EventInvokeConfig, Fleet, Function, FunctionName, FunctionOutcomes,
        NotListed, Outcome, Qualifier, Reading, ScopeId, ScopeReadings, Settings, TargetAnswer,
        Timestamp,
    },
    metrics::{RenderedPage, Renderer},
};

use crate::{
    PER_SCOPE,
    support::{
        aws::{account, function_name},
        exporter::milliseconds,
        report::{figure, part},
        spread::Spread,
    },
};

const STALE_AFTER: Duration = Duration::from_mins(30);
/// Small pages are made more often, for the clock's sake.
const FUNCTIONS_IN_ALL: usize = 200_000;

pub(crate) fn run(functions: usize) {
    let fleet = fleet(functions);
    let now = Instant::now();
    let rounds = (FUNCTIONS_IN_ALL / functions).clamp(3, 50);
    let text = text(&renderer().render(&fleet, now));
    part("making a page, ms");
    let anew = times(rounds, || renderer().render(&fleet, now));
    show("from nothing", &anew, &anew);
    let mut kept = renderer();
    let _ = kept.render(&fleet, now);
    let same = times(rounds, || kept.render(&fleet, now));
    show("with nothing new", &same, &anew);
    let again = self::fleet(functions);
    let fleets = [&fleet, &again];
    let mut round = 0;
    let reread = times(rounds, || {
        round += 1;
        kept.render(fleets[round % 2], now)
    });
    show(
        "with every reading taken again, all the same",
        &reread,
        &anew,
    );
    for changes in [1, 10] {
        let changed = change(&fleet, changes);
        let fleets = [&changed, &fleet];
        let mut round = 0;
        let one = times(rounds, || {
            round += 1;
            kept.render(fleets[round % 2], now)
        });
        show(&format!("with {changes} changed"), &one, &anew);
    }
    for level in [1, 2, 4, 6] {
        let mut size = 0;
        let gzip = times(3, || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(text.as_bytes()).unwrap();
            size = encoder.finish().unwrap().len();
        });
        let (took, share) = (gzip.median(), percent(size, text.len()));
        let name = format!("the whole text compressed at level {level}");
        figure(&name, format!("{took:.1}, to {share:.1} %"));
    }
    let own = compressed(&kept.render(&fleet, now));
    let share = percent(own, text.len());
    figure("its size in gzip as it is made", format!("{share:.1} %"));
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes")]
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64 * 100.0
}

fn renderer() -> Renderer {
    Renderer::new(STALE_AFTER, [].into())
}

fn text(page: &RenderedPage) -> String {
    String::from_utf8(page.plain(String::new()).page.concat()).unwrap()
}

fn compressed(page: &RenderedPage) -> usize {
    page.gzip("").page.iter().map(Bytes::len).sum()
}

fn show(name: &str, times: &Spread, whole: &Spread) {
    let (median, share) = (times.median(), times.median() / whole.median() * 100.0);
    figure(name, format!("{median:.2}, {share:.1} %"));
}

fn times<T>(rounds: usize, mut work: impl FnMut() -> T) -> Spread {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        black_box(work());
        milliseconds(start)
    });
    times.collect()
}

/// The same fleet with other retries for the first function of so many scopes.
fn change(fleet: &Fleet, changes: usize) -> Fleet {
    let mut fleet = fleet.clone();
    for (scope, readings) in fleet.scopes.iter_mut().take(changes) {
        let functions = &mut Arc::make_mut(readings).functions;
        let (name, reading) = functions.iter_mut().next().unwrap();
        *reading = read(scope, name, 0, 0);
    }
    fleet
}

/// Readings as the simulator's functions give them.
fn fleet(functions: usize) -> Fleet {
    let mut fleet = Fleet {
        scopes_known: true,
        ..Fleet::default()
    };
    for number in 0..functions / PER_SCOPE {
        let scope = ScopeId {
            account: Some(account(number).parse().unwrap()),
            region: REGION.parse().unwrap(),
        };
        let functions = (0..PER_SCOPE).map(|function| {
            let name: FunctionName = function_name(function).parse().unwrap();
            let reading = read(&scope, &name, function, 1);
            (name, reading)
        });
        let readings = ScopeReadings {
            functions: functions.collect(),
            ..ScopeReadings::default()
        };
        fleet.scopes.insert(scope, Arc::new(readings));
    }
    fleet
}

fn read(scope: &ScopeId, name: &FunctionName, number: usize, retries: i32) -> Arc<Reading> {
    let now = Timestamp {
        instant: Instant::now(),
        wall: SystemTime::now(),
    };
    let answers = answers(scope, name, number, retries);
    Arc::new(Reading::default().updated_with(answers, now, STALE_AFTER))
}

fn answers(scope: &ScopeId, name: &FunctionName, number: usize, retries: i32) -> Answers {
    let (account, region) = (scope.account_label(), REGION);
    let queue = format!("arn:aws:sqs:{region}:{account}:orders-production-failed-events");
    let config = Settings::Configured(EventInvokeConfig {
        maximum_retry_attempts: Some(retries),
        on_failure: Destination::from_wire(Some(&queue)),
        last_modified: Some(1.7e9),
        ..EventInvokeConfig::default()
    });
    let latest = if number.is_multiple_of(2) {
        config.clone()
    } else {
        Settings::Unconfigured
    };
    let mut targets = vec![(Qualifier::latest(), TargetAnswer::ok(latest))];
    if number % 10 == 1 {
        targets.push(("live".parse().unwrap(), TargetAnswer::ok(config)));
    }
    let dead = queue.replace("failed", "dead");
    Answers {
        versions: BTreeMap::new(),
        function: FunctionOutcomes {
            configuration: Some(Outcome::Ok(Function {
                arn: format!("arn:aws:lambda:{region}:{account}:function:{name}").into(),
                runtime: Some("python3.13".into()),
                package_type: "Zip".into(),
                dead_letter_queue: Destination::from_wire(Some(&dead)).filter(|_| number % 10 == 3),
            })),
        },
        targets: targets.into_iter().collect(),
        not_listed: NotListed::Deleted,
    }
}
