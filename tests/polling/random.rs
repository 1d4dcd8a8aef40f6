//! A fleet that changes at random, in an AWS where this and that goes wrong at random; and at every
//! step a scrape, which is held against what was true and when.
//!
//! A run follows from its seed alone. A failure tells how to run that seed again. `FLEET_SEEDS` gives
//! other seeds than the usual ones: one (`17`), or a range (`0..5000`).

mod breakdowns;
mod checks;
mod events;
mod fault;
mod rng;
mod scenario;
mod shown;
mod truth;
mod wants;
mod windows;
mod world;

use std::{
    collections::BTreeMap,
    iter,
    num::NonZero,
    ops::Range,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use lambda_async_exporter::{
    domain::TagLabel,
    fleet::SharedFleet,
    metrics::{RenderedPage, Renderer},
};
use tokio::{task::JoinHandle, time::sleep};

use self::{checks::check, rng::Rng, scenario::Scenario, windows::Windows, world::World};
use crate::{aws::InMemoryAws, polling::poll};

/// Those of every day. Each showed something when it was chosen.
const SEEDS: Range<u64> = 0..6;

/// The environment variable for other seeds.
const SEEDS_VARIABLE: &str = "FLEET_SEEDS";

/// Steps of 4.6 s in the mean: some seventeen intervals.
const STEPS: usize = 220;

/// How much of what happened before a failure is told.
const TOLD: usize = 40;

/// One run's exporter.
struct Run {
    aws: InMemoryAws<World>,
    windows: Windows,
    fleet: SharedFleet,
    renderer: Renderer,
    stale_after: Duration,
    tag_labels: Arc<[TagLabel]>,
    task: JoinHandle<()>,
    was_ready: bool,
}

#[test]
fn what_is_published_was_true_and_nothing_is_missing() {
    // A free thread runs the next one.
    let seeds = Mutex::new(seeds());
    let run_seeds = || {
        let next = || seeds.lock().unwrap().next();
        let runs = iter::from_fn(next).map(|seed| (seed, run(seed)));
        let failed = runs.filter_map(|(seed, result)| Some((seed, result.err()?)));
        failed.collect::<Vec<_>>()
    };
    let failed: BTreeMap<u64, String> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(run_seeds)).collect();
        let failed = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        failed.collect()
    });
    if let Some((_, first)) = failed.first_key_value() {
        let seeds: Vec<&u64> = failed.keys().collect();
        panic!("seeds that failed: {seeds:?}; the first of them:\n{first}");
    }
}

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var(SEEDS_VARIABLE) else {
        return SEEDS;
    };
    let (first, end) = text.split_once("..").unwrap_or((&text, ""));
    let first: u64 = first.parse().unwrap();
    first..end.parse().unwrap_or(first + 1)
}

fn run(seed: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut rng = Rng::new(seed);
        let mut run = Run::start(seed, &mut rng);
        let result = run.play(&mut rng).await;
        result.map_err(|(step, problems)| run.describe(seed, step, &problems))
    })
}

impl Run {
    fn start(seed: u64, rng: &mut Rng) -> Self {
        let scenario = Scenario::at_random(rng);
        let config = scenario.config();
        let windows = Windows::of(&scenario);
        let mut world = World::new(seed, scenario);
        events::populate(&mut world, rng);
        breakdowns::begin(&mut world, rng, &windows);
        let aws = InMemoryAws::new(world);
        let fleet = SharedFleet::default();
        let stale_after = config.poll.stale_after;
        let tag_labels: Arc<[TagLabel]> = config.labels.tags.clone().into();
        Self {
            task: tokio::spawn(poll(config, aws.clone(), fleet.clone())),
            aws,
            windows,
            fleet,
            renderer: Renderer::new(stale_after, Arc::clone(&tag_labels)),
            stale_after,
            tag_labels,
            was_ready: false,
        }
    }

    /// Lets things happen, and looks at what is published after each step.
    async fn play(&mut self, rng: &mut Rng) -> Result<(), (usize, Vec<String>)> {
        for step in 0..STEPS {
            let pause = Duration::from_millis(rng.between(200, 9000));
            sleep(pause).await;
            self.look(step)?;
            let mut world = self.aws.cloud();
            let calm = world.scenario.calm.as_millis();
            let percent = u64::try_from(pause.as_millis() * 100 / calm).unwrap();
            if rng.chance(percent) {
                events::happen(&mut world, rng);
            }
            if rng.chance(12) {
                breakdowns::happen(&mut world, rng, &self.windows);
            }
        }
        self.resolve().await
    }

    /// When all is well again, all is as it should be.
    async fn resolve(&mut self) -> Result<(), (usize, Vec<String>)> {
        breakdowns::end(&mut self.aws.cloud());
        sleep(self.windows.appear * 2 + Duration::from_mins(2)).await;
        self.look(STEPS)?;
        if self.was_ready {
            Ok(())
        } else {
            Err((STEPS, vec!["it is not ready".to_owned()]))
        }
    }

    fn look(&mut self, step: usize) -> Result<(), (usize, Vec<String>)> {
        let (fleet, now) = (self.fleet.load(), tokio::time::Instant::now().into_std());
        let page = self.renderer.render(&fleet, now);
        let text = text_of(&page);
        let mut problems = check(&self.aws.cloud(), &self.windows, &text);
        let fresh =
            Renderer::new(self.stale_after, Arc::clone(&self.tag_labels)).render(&fleet, now);
        if text != text_of(&fresh) {
            problems.push("the page is not what a fresh renderer makes".to_owned());
        }
        let is_ready = page.is_ready();
        if self.was_ready && !is_ready {
            problems.push("it is ready no more".to_owned());
        }
        self.was_ready |= is_ready;
        if self.task.is_finished() {
            problems.push("polling has ended".to_owned());
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err((step, problems))
        }
    }

    fn describe(&self, seed: u64, step: usize, problems: &[String]) -> String {
        let world = self.aws.cloud();
        let (now, scenario, windows) = (world.now(), &world.scenario, &self.windows);
        let concerns = |what: &str| {
            let mut scopes = problems
                .iter()
                .filter_map(|problem| problem.split_once(": "));
            what.starts_with("everywhere") || scopes.any(|(scope, _)| what.starts_with(scope))
        };
        let log = world.log.iter().rev().filter(|(_, what)| concerns(what));
        let mut log: Vec<String> = log
            .take(TOLD)
            .map(|(at, what)| format!("  {at:9.3?} {what}\n"))
            .collect();
        log.reverse();
        let (log, problems) = (log.concat(), problems.join("\n  "));
        let test = "random::what_is_published_was_true_and_nothing_is_missing";
        format!(
            "seed {seed}, step {step}, {now:.3?} after the start\n  {problems}\n\
             what happened last:\n{log}\
             {windows:?}\n{:?}\n{:?}\n{:?}\n\
             again: {SEEDS_VARIABLE}={seed} cargo test --test polling -- --exact {test}",
            scenario.poll, scenario.faults, scenario.wants
        )
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The text without the exporter's own metrics.
fn text_of(page: &RenderedPage) -> String {
    String::from_utf8(page.plain(String::new()).page.concat()).unwrap()
}
