//! The pollers at work on a fake AWS, and what they have published.

use std::{sync::Arc, time::Duration};

use lambda_async_exporter::{
    config::{Arguments, Config},
    domain::{
        AsOf, CollectorsSettings, PollSettings, Qualifier, Reading, ScopeId, Settings, TargetState,
    },
    fleet::SharedFleet,
    scopes,
};
use tokio::{task::JoinHandle, time::Instant};

use crate::{
    aws::{ACCOUNT, Cloud, InMemoryAws, REQUEST_TIMEOUT},
    fake_aws::FakeAws,
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) const REGION: &str = "us-east-1";

pub(crate) fn poll_config() -> PollSettings {
    PollSettings {
        collectors: CollectorsSettings::OFF,
        interval: Duration::from_mins(5),
        stale_after: Duration::from_mins(30),
        max_requests_per_second: 5.0,
        max_in_flight: 8,
        request_timeout: REQUEST_TIMEOUT,
    }
}

/// What these functions in one region make of the configuration; none: discovery of all.
pub(crate) fn config(references: &[&str], poll: PollSettings) -> Config {
    let arguments = Arguments {
        aws_regions: vec![REGION.to_owned()],
        lambda_functions: references.iter().map(|&name| name.to_owned()).collect(),
        ..Arguments::default()
    };
    Config {
        poll,
        ..Config::load(&arguments).unwrap()
    }
}

/// Polls until it is dropped.
pub(crate) async fn poll<C: Cloud>(config: Config, aws: InMemoryAws<C>, fleet: SharedFleet) {
    let region = Some(REGION.parse().unwrap());
    let ended = scopes::run(config.workload(region), Arc::new(aws), &fleet).await;
    ended.unwrap();
}

/// The pollers at work, until they are dropped.
pub(crate) struct Polling {
    pub(crate) fleet: SharedFleet,
    task: JoinHandle<()>,
}

impl Polling {
    /// Watches named functions.
    pub(crate) fn start(aws: &FakeAws, references: &[&str], poll: PollSettings) -> Self {
        Self::run(aws, config(references, poll))
    }

    pub(crate) fn run(aws: &FakeAws, config: Config) -> Self {
        let fleet = SharedFleet::default();
        let (aws, shared) = (aws.clone(), fleet.clone());
        let task = tokio::spawn(async move {
            poll(config, aws, shared).await;
        });
        Self { fleet, task }
    }

    pub(crate) fn scope(account: Option<&str>) -> ScopeId {
        ScopeId {
            account: account.map(|account| account.parse().unwrap()),
            region: REGION.parse().unwrap(),
        }
    }

    pub(crate) fn reading(&self, name: &str) -> Option<Arc<Reading>> {
        let fleet = self.fleet.load();
        let scope = fleet.scopes.get(&Self::scope(Some(ACCOUNT)))?;
        scope.functions.get(&name.parse().unwrap()).cloned()
    }

    pub(crate) fn state(&self, name: &str) -> Option<TargetState> {
        let reading = self.reading(name)?;
        Some(reading.targets.get(&Qualifier::latest())?.state)
    }

    pub(crate) fn settings(&self, name: &str) -> Option<Settings> {
        let now = Instant::now().into_std();
        self.reading(name)?
            .targets
            .get(&Qualifier::latest())?
            .facts
            .settings
            .current(now, poll_config().stale_after)
            .cloned()
    }

    /// The functions of the ambient credentials' account that are published.
    pub(crate) fn names(&self) -> Vec<String> {
        let fleet = self.fleet.load();
        let scope = fleet.scopes.get(&Self::scope(Some(ACCOUNT)));
        let names = scope.into_iter().flat_map(|scope| scope.functions.keys());
        names.map(ToString::to_string).collect()
    }

    /// Waits for the end of the first sweep of every scope.
    pub(crate) async fn first_sweep(&self) {
        while !self.fleet.load().is_ready() {
            self.fleet.changed().await;
        }
    }

    /// Whether the last listing was complete.
    pub(crate) fn discovered(&self) -> Option<bool> {
        let fleet = self.fleet.load();
        let scope = fleet.scopes.get(&Self::scope(Some(ACCOUNT)))?;
        scope.status.discovered
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether what fails for good is kept, as it was last read.
pub(crate) fn retains(reading: &Reading, qualifier: &str) -> Option<bool> {
    let last_read = AsOf::last_read(Instant::now().into_std());
    reading.failures_retained(&qualifier.parse().unwrap(), &last_read)
}
