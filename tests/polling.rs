//! Polling against an AWS in memory, in paused time: when is what asked, and what is published.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use arc_swap::ArcSwap;
use lambda_async_exporter::{
    config::Poll,
    domain::{
        AccountId, EventInvokeConfig, FailureKind, Fleet, Function, FunctionName, Qualifier,
        Reading, Region, ScopeId, Settings, TargetState, WatchList,
    },
    metrics::OwnMetrics,
    poll::{self, Aws, CallError, CallFailure, ConfigPage, Lambda, SharedFleet},
};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

const ACCOUNT: &str = "123456789012";

/// How a function behaves.
#[derive(Clone, Default)]
struct Behaviour {
    missing: bool,
    config: Option<EventInvokeConfig>,
    fails: Option<FailureKind>,
    hangs: bool,
}

/// AWS: functions by name, and a log of the calls.
#[derive(Clone, Default)]
struct FakeAws {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    functions: BTreeMap<String, Behaviour>,
    identity: Option<FailureKind>,
    identity_hangs: bool,
    calls: Vec<(Instant, String)>,
}

/// The time limit of an attempt, which the SDK keeps in reality.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

fn failed(kind: FailureKind) -> CallError {
    CallError::Failed(CallFailure {
        kind,
        code: None,
        message: "as the test wants it".to_owned(),
        request_id: None,
        retry_after: None,
    })
}

impl FakeAws {
    fn set(&self, name: &str, change: impl FnOnce(&mut Behaviour)) {
        let mut state = self.state.lock().unwrap();
        change(state.functions.entry(name.to_owned()).or_default());
    }

    fn set_identity(&self, failure: Option<FailureKind>) {
        self.state.lock().unwrap().identity = failure;
    }

    fn calls(&self) -> Vec<(Instant, String)> {
        self.state.lock().unwrap().calls.clone()
    }

    async fn behaviour(&self, name: &FunctionName) -> Result<Behaviour, CallError> {
        let behaviour = {
            let mut state = self.state.lock().unwrap();
            state.calls.push((Instant::now(), name.to_string()));
            let found = state.functions.get(name.as_str()).cloned();
            found
                .filter(|function| !function.missing)
                .ok_or(CallError::NotFound)?
        };
        if behaviour.hangs {
            sleep(REQUEST_TIMEOUT).await;
            return Err(failed(FailureKind::TimedOut));
        }
        match behaviour.fails {
            Some(kind) => Err(failed(kind)),
            None => Ok(behaviour),
        }
    }
}

impl Aws for FakeAws {
    type Lambda = Self;

    async fn own_account(&self, _: &Region) -> Result<AccountId, CallError> {
        if self.state.lock().unwrap().identity_hangs {
            sleep(REQUEST_TIMEOUT).await;
            return Err(failed(FailureKind::TimedOut));
        }
        match self.state.lock().unwrap().identity {
            Some(kind) => Err(failed(kind)),
            None => Ok(ACCOUNT.parse().unwrap()),
        }
    }

    fn lambda(&self, _: &ScopeId, _: Option<AccountId>) -> Self {
        self.clone()
    }
}

impl Lambda for FakeAws {
    async fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        _: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        self.behaviour(function)
            .await?
            .config
            .ok_or(CallError::NotFound)
    }

    async fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        _: Option<&str>,
    ) -> Result<ConfigPage, CallError> {
        let config = self.behaviour(function).await?.config;
        Ok(ConfigPage {
            configs: config
                .into_iter()
                .map(|config| (Qualifier::latest(), config))
                .collect(),
            next_marker: None,
        })
    }

    async fn get_function(
        &self,
        function: &FunctionName,
        _: &Qualifier,
    ) -> Result<Function, CallError> {
        self.behaviour(function).await?;
        Ok(Function {
            arn: format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"),
            runtime: None,
            package_type: "Zip".to_owned(),
            dead_letter_queue: None,
        })
    }
}

fn poll_config() -> Poll {
    Poll {
        interval: Duration::from_mins(5),
        stale_after: Duration::from_mins(30),
        max_requests_per_second: 5.0,
        max_in_flight: 8,
        request_timeout: REQUEST_TIMEOUT,
    }
}

fn watch(references: &[&str]) -> WatchList {
    let mut list = WatchList::default();
    for reference in references {
        list.add(&reference.parse().unwrap(), &["us-east-1".parse().unwrap()]);
    }
    list
}

/// The poller at work, until it is dropped.
struct Polling {
    fleet: SharedFleet,
    task: JoinHandle<()>,
}

impl Polling {
    fn start(aws: &FakeAws, references: &[&str], config: Poll) -> Self {
        let fleet: SharedFleet = Arc::new(ArcSwap::from_pointee(Fleet::default()));
        let (aws, list, shared) = (aws.clone(), watch(references), Arc::clone(&fleet));
        let task = tokio::spawn(async move {
            let api = OwnMetrics::new().api();
            poll::run(&list, &aws, &config, &shared, &api)
                .await
                .unwrap();
        });
        Self { fleet, task }
    }

    fn scope(account: Option<&str>) -> ScopeId {
        ScopeId {
            account: account.map(|account| account.parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }
    }

    fn reading(&self, name: &str) -> Option<Arc<Reading>> {
        let fleet = self.fleet.load();
        let scope = fleet.scopes.get(&Self::scope(Some(ACCOUNT)))?;
        scope.functions.get(&name.parse().unwrap()).cloned()
    }

    fn state(&self, name: &str) -> Option<TargetState> {
        Some(self.reading(name)?.targets[&Qualifier::latest()].state)
    }

    fn settings(&self, name: &str) -> Option<Settings> {
        let now = Instant::now().into_std();
        self.reading(name)?
            .targets
            .get(&Qualifier::latest())?
            .current_settings(now, poll_config().stale_after)
            .cloned()
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn every_kind_of_failure_stays_with_its_function() {
    for kind in [
        FailureKind::Throttled,
        FailureKind::Denied,
        FailureKind::TimedOut,
        FailureKind::Error,
    ] {
        let aws = FakeAws::default();
        aws.set("good", |_| {});
        aws.set("bad", |_| {});
        let polling = Polling::start(&aws, &["good", "bad", "gone"], poll_config());
        sleep(10 * SECOND).await;
        assert_eq!(polling.state("bad"), Some(TargetState::Ok));
        assert_eq!(polling.state("gone"), Some(TargetState::NotFound));
        assert_eq!(
            polling.settings("gone"),
            None,
            "no function is not a function without a config"
        );

        aws.set("bad", |bad| bad.fails = Some(kind));
        sleep(6 * 60 * SECOND).await;
        assert_eq!(polling.state("bad"), Some(kind.into()), "{kind:?}");
        assert_eq!(
            polling.settings("bad"),
            Some(Settings::Unconfigured),
            "the last good value stays"
        );
        assert_eq!(polling.state("good"), Some(TargetState::Ok), "{kind:?}");

        sleep(31 * 60 * SECOND).await;
        assert_eq!(
            polling.settings("bad"),
            None,
            "{kind:?}: after stale_after it goes"
        );
        assert_eq!(polling.settings("good"), Some(Settings::Unconfigured));

        aws.set("bad", |bad| bad.fails = None);
        sleep(6 * 60 * SECOND).await;
        assert_eq!(
            polling.state("bad"),
            Some(TargetState::Ok),
            "{kind:?} recovers by itself"
        );
        assert_eq!(polling.settings("bad"), Some(Settings::Unconfigured));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_function_goes_at_once_and_comes_back() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    let polling = Polling::start(&aws, &["f:*"], poll_config());
    sleep(SECOND).await;
    assert_eq!(polling.settings("f"), Some(Settings::Unconfigured));
    aws.set("f", |f| f.missing = true);
    sleep(5 * 60 * SECOND).await;
    assert_eq!(polling.settings("f"), None);
    assert_eq!(polling.state("f"), Some(TargetState::NotFound));
    aws.set("f", |f| f.missing = false);
    sleep(5 * 60 * SECOND).await;
    assert_eq!(polling.state("f"), Some(TargetState::Ok));
}

#[tokio::test(start_paused = true)]
async fn one_hanging_function_delays_the_others_by_one_time_limit() {
    let aws = FakeAws::default();
    aws.set("a-hangs", |f| f.hangs = true);
    aws.set("b", |_| {});
    let one_at_a_time = Poll {
        max_in_flight: 1,
        ..poll_config()
    };
    let polling = Polling::start(&aws, &["a-hangs", "b"], one_at_a_time);
    sleep(REQUEST_TIMEOUT + SECOND).await;
    assert_eq!(polling.state("b"), Some(TargetState::Ok));
    assert_eq!(polling.state("a-hangs"), Some(TargetState::Failed));
}

#[tokio::test(start_paused = true)]
async fn the_first_sweep_takes_the_allowance_and_later_ones_are_spread() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..50).map(|n| format!("f{n}")).collect();
    for name in &names {
        aws.set(name, |f| f.config = Some(EventInvokeConfig::default()));
    }
    let references: Vec<&str> = names.iter().map(String::as_str).collect();
    let start = Instant::now();
    let _polling = Polling::start(&aws, &references, poll_config());
    sleep(25 * SECOND).await;
    let first_sweep = aws.calls();
    assert!(
        first_sweep.len() >= 100,
        "two calls each in {} s",
        first_sweep.len() / 5
    );

    sleep(start + 600 * SECOND - Instant::now()).await;
    let second_interval: Vec<Instant> = aws
        .calls()
        .into_iter()
        .map(|(at, _)| at)
        .filter(|&at| at > start + 300 * SECOND)
        .collect();
    // Each function once, give or take the one whose slot is the edge.
    assert!(
        (98..=102).contains(&second_interval.len()),
        "{}",
        second_interval.len()
    );
    for window in second_interval.windows(5) {
        // 50 slots in 300 s, two calls in each: never five calls within one slot's distance.
        assert!(window[4] - window[0] >= 6 * SECOND, "calls come in bursts");
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_sees_more_calls_than_allowed() {
    let aws = FakeAws::default();
    let names: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
    for name in &names {
        aws.set(name, |f| f.fails = Some(FailureKind::Error));
    }
    let references: Vec<&str> = names.iter().map(String::as_str).collect();
    let _polling = Polling::start(&aws, &references, poll_config());
    sleep(120 * SECOND).await;
    let calls = aws.calls();
    assert!(
        calls.len() > 500,
        "retries use the allowance: {}",
        calls.len()
    );
    for window in calls.windows(7) {
        let span = window[6].0 - window[0].0;
        assert!(span >= SECOND, "7 calls in {span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn functions_with_an_account_do_not_wait_for_the_identity_of_others() {
    let aws = FakeAws::default();
    aws.set("by-name", |_| {});
    aws.set("by-arn", |_| {});
    aws.set_identity(Some(FailureKind::Denied));
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(10 * SECOND).await;
    assert_eq!(polling.state("by-arn"), Some(TargetState::Ok));
    let unknown = polling.fleet.load().scopes[&Polling::scope(None)].clone();
    let by_name = &unknown.functions[&"by-name".parse().unwrap()];
    let target = &by_name.targets[&Qualifier::latest()];
    assert_eq!(
        (target.state, &target.settings),
        (TargetState::Denied, &None)
    );
    assert!(
        polling.fleet.load().is_swept(),
        "a failed identity is a sweep that ended badly"
    );

    let calls_before = aws.calls().len();
    aws.set_identity(None);
    sleep(2 * 60 * SECOND).await;
    assert_eq!(polling.state("by-name"), Some(TargetState::Ok));
    assert_eq!(
        polling.state("by-arn"),
        Some(TargetState::Ok),
        "readings are kept"
    );
    assert!(
        !polling
            .fleet
            .load()
            .scopes
            .contains_key(&Polling::scope(None))
    );
    assert!(aws.calls().len() > calls_before);
}

#[tokio::test(start_paused = true)]
async fn nor_do_they_wait_for_an_identity_that_hangs() {
    let aws = FakeAws::default();
    aws.set("by-arn", |_| {});
    aws.state.lock().unwrap().identity_hangs = true;
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(SECOND).await;
    assert_eq!(polling.state("by-arn"), Some(TargetState::Ok));
    assert!(
        !polling.fleet.load().is_swept(),
        "nothing is known of the other scope yet"
    );
}

/// What was read of a scope stays, its sweep included, when another part of it joins.
#[tokio::test(start_paused = true)]
async fn learning_the_account_forgets_nothing() {
    let aws = FakeAws::default();
    aws.set("by-name", |_| {});
    aws.set("by-arn", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    let arn = format!("{ACCOUNT}:function:by-arn");
    let polling = Polling::start(&aws, &["by-name", &arn], poll_config());
    sleep(10 * SECOND).await;
    aws.set("by-arn", |f| f.fails = Some(FailureKind::Throttled));
    aws.set_identity(None);
    while polling.state("by-name").is_none() {
        assert!(polling.fleet.load().is_swept(), "ready once, ready always");
        sleep(SECOND).await;
    }
    assert_eq!(polling.settings("by-arn"), Some(Settings::Unconfigured));
}

#[tokio::test(start_paused = true)]
async fn ready_once_is_ready_always() {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    aws.set_identity(Some(FailureKind::Error));
    let polling = Polling::start(&aws, &["f"], poll_config());
    sleep(SECOND).await;
    assert!(polling.fleet.load().is_swept());
    aws.set_identity(None);
    while polling.state("f") != Some(TargetState::Ok) {
        assert!(polling.fleet.load().is_swept());
        sleep(Duration::from_millis(1)).await;
    }
}
