//! The poller of one scope: a thin loop around [`Schedule`] and [`Reading::succeed`].

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tracing::{debug, info, warn};

use super::{
    Calls, Lambda, Schedule, SharedFleet,
    changes::{Refusals, log_changes},
    now, publish,
    read::{ReadReport, read},
};
use crate::{
    config::Poll as PollConfig,
    domain::{FunctionName, Qualifiers, Reading, ScopeId, ScopeReadings, Watched},
};

/// The shortest time between two publications. To publish is to copy a map of the scope's size, and
/// a first sweep through a large scope has thousands of readings to publish.
const PUBLISH_GAP: Duration = Duration::from_millis(250);

/// Reads the functions of one scope, each in its turn, for ever.
pub struct Poller<L> {
    scope: ScopeId,
    functions: Arc<[(FunctionName, Qualifiers)]>,
    calls: Arc<Calls<L>>,
    settings: PollConfig,
    fleet: SharedFleet,
    readings: ScopeReadings,
    /// Whether AWS answered for every target in the last sweep.
    complete: bool,
    refusals: Refusals,
    published_at: Option<Instant>,
    publish_due: Option<Instant>,
}

impl<L: Lambda> Poller<L> {
    /// Starts from readings that were taken before, of functions that are still watched.
    pub fn new(
        scope: ScopeId,
        watched: Watched,
        calls: Calls<L>,
        settings: PollConfig,
        fleet: SharedFleet,
    ) -> Self {
        let before = fleet.load().scopes.get(&scope).map(Arc::clone);
        let mut readings = before.map_or_else(ScopeReadings::default, Arc::unwrap_or_clone);
        readings
            .functions
            .retain(|name, _| watched.contains_key(name));
        Self {
            scope,
            functions: watched.into_iter().collect(),
            calls: Arc::new(calls),
            settings,
            fleet,
            readings,
            complete: false,
            refusals: Refusals::default(),
            published_at: None,
            publish_due: None,
        }
    }

    /// Never returns; ends when it is dropped, with its reads.
    ///
    /// # Panics
    /// If a read panicked: a failure of the program, which then ends.
    pub async fn run(mut self) {
        let mut schedule =
            Schedule::new(self.functions.len(), self.settings.interval, Instant::now());
        let mut reads: JoinSet<(usize, ReadReport)> = JoinSet::new();
        // The scope shows at once, though nothing is read yet; the first reading shows at once, too.
        self.publish();
        self.published_at = None;
        loop {
            while reads.len() < self.settings.max_in_flight
                && let Some(index) = schedule.take_due(Instant::now())
            {
                reads.spawn(self.read(index));
            }
            let due = schedule
                .next_due()
                .filter(|_| reads.len() < self.settings.max_in_flight);
            tokio::select! {
                Some(done) = reads.join_next() => {
                    let (index, report) = done.expect("a read neither panics nor is aborted");
                    self.accept(index, report, &mut schedule);
                }
                () = wait_until(due) => {}
                () = wait_until(self.publish_due) => self.publish(),
            }
        }
    }

    /// One read, as a task of its own: it owns what it needs.
    fn read(&self, index: usize) -> impl Future<Output = (usize, ReadReport)> + use<L> {
        let calls = Arc::clone(&self.calls);
        let functions = Arc::clone(&self.functions);
        async move {
            let (name, qualifiers) = &functions[index];
            (index, read(&calls, name, qualifiers).await)
        }
    }

    /// Takes in what a read gave, and publishes it.
    fn accept(&mut self, index: usize, report: ReadReport, schedule: &mut Schedule) {
        let functions = Arc::clone(&self.functions);
        let (name, _) = &functions[index];
        let before = self
            .readings
            .functions
            .get(name)
            .cloned()
            .unwrap_or_default();
        let reading =
            Reading::clone(&before).succeed(report.answers, now(), self.settings.stale_after);
        self.refusals.warn(&self.scope, name, &report.troubles);
        log_changes(&self.scope, name, &before, &reading, &report.troubles);

        // A missing permission does not come back within seconds; all else may.
        let again_soon = report
            .troubles
            .iter()
            .any(|trouble| !trouble.failure.is_missing_permission());
        if *before != reading {
            self.readings
                .functions
                .insert(name.clone(), Arc::new(reading));
        }
        if let Some(duration) = schedule.ended(index, again_soon, Instant::now()) {
            self.end_sweep(duration);
        }
        self.publish_due = Some(
            self.published_at
                .map_or_else(Instant::now, |at| at + PUBLISH_GAP),
        );
    }

    fn end_sweep(&mut self, duration: Duration) {
        let complete = self
            .readings
            .functions
            .values()
            .all(|reading| reading.is_answered());
        self.log_sweep(duration, complete);
        let status = &mut self.readings.status;
        status.sweep_duration = Some(duration);
        if complete {
            status.last_success = Some(now());
        }
        self.complete = complete;
        self.refusals.end_sweep();
    }

    /// A line for people when the first sweep ends, and when sweeps begin or cease to be complete.
    fn log_sweep(&self, duration: Duration, complete: bool) {
        let first = self.readings.status.sweep_duration.is_none();
        let account_id = self.scope.account_label();
        let region = self.scope.region.as_str();
        let seconds = duration.as_secs_f64();
        let targets = self.readings.describe_targets();
        match (first, self.complete, complete) {
            (true, _, _) => info!(account_id, region, seconds, targets, "first sweep ended"),
            (false, true, false) => {
                warn!(
                    account_id,
                    region, seconds, targets, "sweep ended, not all was read"
                );
            }
            (false, false, true) => {
                info!(
                    account_id,
                    region, seconds, targets, "sweep ended, all was read again"
                );
            }
            (false, _, _) => debug!(account_id, region, seconds, targets, "sweep ended"),
        }
    }

    fn publish(&mut self) {
        self.published_at = Some(Instant::now());
        self.publish_due = None;
        self.readings.status.request_budget = self.calls.budget().per_second();
        publish(&self.fleet, &self.scope, self.readings.clone());
    }
}

/// Never, if there is no such time.
async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
