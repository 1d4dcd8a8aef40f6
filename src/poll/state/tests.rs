use std::{collections::BTreeMap, time::SystemTime};

use super::*;
use crate::{
    domain::{
        Answers, CallError, CallFailure, Condition, Destination, Discovery, EventInvokeConfig,
        Function, FunctionOutcomes, NotListed, Operation, Qualifier, Qualifiers, Settings,
        TargetAnswer, TargetState,
    },
    port::{ListedFunction, Page},
};

/// A state and the time, which passes only when a test says so.
struct World {
    state: ScopeState,
    start: Timestamp,
    seconds: u64,
}

fn name(name: &str) -> FunctionName {
    name.parse().unwrap()
}

fn function(name: &str) -> ListedFunction {
    ListedFunction::Known(name.parse().unwrap(), described(name, false))
}

fn described(name: &str, has_queue: bool) -> Function {
    let queue = has_queue.then_some("arn:aws:sqs:us-east-1:111122223333:dead");
    Function {
        arn: format!("arn:aws:lambda:us-east-1:111122223333:function:{name}").into(),
        runtime: None,
        package_type: "Zip".into(),
        dead_letter_queue: Destination::from_wire(queue),
    }
}

fn settings(has_destination: bool) -> Settings {
    let destination = has_destination.then_some("arn:aws:sqs:us-east-1:111122223333:failed");
    Settings::Configured(EventInvokeConfig {
        on_failure: Destination::from_wire(destination),
        ..EventInvokeConfig::default()
    })
}

fn selection(named: &[&str], discovers: bool) -> Selection {
    let latest = || Qualifiers {
        every: false,
        named: BTreeSet::from([Qualifier::latest()]),
    };
    Selection {
        functions: named.iter().map(|named| (name(named), latest())).collect(),
        discoveries: discovers.then(Discovery::default).into_iter().collect(),
    }
}

fn failure(operation: Operation, kind: FailureKind) -> CallFailure {
    CallFailure {
        kind,
        ..CallFailure::error(operation, "as the test wants it")
    }
}

impl World {
    fn new(named: &[&str], discovers: bool) -> Self {
        Self::resuming(named, discovers, ScopeReadings::default())
    }

    fn resuming(named: &[&str], discovers: bool, before: ScopeReadings) -> Self {
        let start = Timestamp {
            instant: Instant::now(),
            wall: SystemTime::UNIX_EPOCH,
        };
        let scope = ScopeId {
            account: Some("111122223333".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        };
        let selection = selection(named, discovers);
        let settings = PollSettings::default();
        let state = ScopeState::new(scope, selection, &BTreeSet::new(), settings, before, start);
        Self {
            state,
            start,
            seconds: 0,
        }
    }

    fn now(&self) -> Timestamp {
        let passed = Duration::from_secs(self.seconds);
        Timestamp {
            instant: self.start.instant + passed,
            wall: self.start.wall + passed,
        }
    }

    /// Everything that is due, as a person would call it.
    fn due(&mut self) -> Vec<String> {
        let now = self.now().instant;
        let next = |state: &mut ScopeState| state.next_page(now).or_else(|| state.next_read(now));
        let work = std::iter::from_fn(|| next(&mut self.state));
        work.map(|work| match work {
            Work::Page(PageRequest::Tags(marker)) => format!("tags {marker:?}"),
            Work::Page(PageRequest::Functions(None)) => "functions".to_owned(),
            Work::Page(PageRequest::Functions(Some(marker))) => format!("functions from {marker}"),
            Work::Read(read) if read.spec.confirm => format!("confirm {}", read.name),
            Work::Read(read) if read.spec.listed => format!("read listed {}", read.name),
            Work::Read(read) => format!("read {}", read.name),
        })
        .collect()
    }

    fn list(&mut self, names: &[&str], next: Option<&str>) {
        let page = Page {
            items: names.iter().map(|name| function(name)).collect(),
            next: next.map(str::to_owned),
        };
        let now = self.now();
        self.state.accept_functions(Ok(page), now);
    }

    /// A complete listing of one function.
    fn list_one(&mut self, function: &str, has_queue: bool) {
        let listed = ListedFunction::Known(name(function), described(function, has_queue));
        let page = Page {
            items: vec![listed],
            next: None,
        };
        let now = self.now();
        self.state.accept_functions(Ok(page), now);
    }

    /// Whether it is read again whatever the sweep.
    fn is_read_again(&self, function: &str) -> bool {
        let a_day_later = self.now().instant + Duration::from_hours(24);
        self.state.rereads.is_due(&name(function), a_day_later)
    }

    /// One more listing, with a function that was not on the last one.
    fn list_next(&mut self, new: &str) {
        let now = self.now().instant;
        self.state.schedule.run_by(&Task::Discover, now);
        assert_eq!(self.due(), ["functions"]);
        self.list(&["f", new], None);
    }

    /// A read of all that is known of a function.
    fn confirm(&mut self, function: &str, configuration: Outcome<Function>, settings: Settings) {
        self.accept(
            function,
            ReadReport {
                answers: Answers {
                    versions: BTreeMap::new(),
                    function: configuration.into(),
                    targets: BTreeMap::from([(Qualifier::latest(), TargetAnswer::ok(settings))]),
                    not_listed: NotListed::Deleted,
                },
                failed_calls: Vec::new(),
                progress: None,
            },
        );
    }

    /// Whether a queue is published, and whether a destination is.
    fn retained_by(&mut self, function: &str) -> (bool, bool) {
        let readings = self.readings();
        let reading = &readings.functions[&name(function)];
        let configuration = reading.function.configuration.last().unwrap();
        let target = &reading.targets[&Qualifier::latest()];
        let settings = target.facts.settings.last().unwrap();
        let destination = settings.destination(Condition::OnFailure);
        (
            configuration.dead_letter_queue.is_some(),
            destination.is_some(),
        )
    }

    fn fail_listing(&mut self, kind: FailureKind) {
        let failure = failure(Operation::ListFunctions, kind);
        let now = self.now();
        self.state
            .accept_functions(Err(CallError::Failed(failure)), now);
    }

    fn answer(&mut self, function: &str, answer: TargetAnswer) {
        self.accept(
            function,
            ReadReport {
                answers: Answers {
                    versions: BTreeMap::new(),
                    function: FunctionOutcomes::default(),
                    targets: BTreeMap::from([(Qualifier::latest(), answer)]),
                    not_listed: NotListed::Deleted,
                },
                failed_calls: Vec::new(),
                progress: None,
            },
        );
    }

    fn ok(&mut self, function: &str) {
        self.answer(function, TargetAnswer::ok(Settings::Unconfigured));
    }

    fn not_found(&mut self, function: &str) {
        let missing = Outcome::NotFound.into();
        self.accept(
            function,
            ReadReport {
                answers: Answers {
                    versions: BTreeMap::new(),
                    function: missing,
                    targets: BTreeMap::from([(Qualifier::latest(), TargetAnswer::not_found())]),
                    not_listed: NotListed::Deleted,
                },
                failed_calls: Vec::new(),
                progress: None,
            },
        );
    }

    fn fail(&mut self, function: &str, failure: CallFailure) {
        self.accept(
            function,
            ReadReport {
                answers: Answers::failed(failure.kind, [Qualifier::latest()]),
                failed_calls: vec![FailedCall {
                    qualifier: None,
                    failure,
                }],
                progress: None,
            },
        );
    }

    fn accept(&mut self, function: &str, report: ReadReport) {
        let now = self.now();
        let name = name(function);
        let turn = self.state.schedule.turn(&Task::Read(name.clone()));
        self.state
            .accept_read(&name, turn.unwrap_or_default(), report, now);
    }

    fn readings(&mut self) -> ScopeReadings {
        self.state.readings(5.0)
    }

    fn published(&mut self) -> Vec<String> {
        let readings = self.readings();
        readings.functions.keys().map(ToString::to_string).collect()
    }

    fn states(&mut self) -> Vec<TargetState> {
        let readings = self.readings();
        let targets = readings
            .functions
            .values()
            .flat_map(|reading| reading.targets.values());
        targets.map(|target| target.state).collect()
    }
}

#[test]
fn named_functions_are_due_at_once() {
    let mut world = World::new(&["b", "a"], false);
    assert_eq!(world.due(), ["read a", "read b"]);
    assert_eq!(world.due(), [""; 0], "what is in progress is not due again");
}

#[test]
fn where_functions_are_discovered_named_ones_wait_for_the_listing() {
    let mut world = World::new(&["named", "missing"], true);
    assert_eq!(world.due(), ["functions"]);
    world.list(&["a", "named"], Some("2"));
    // What is listed is read before the last page.
    assert_eq!(
        world.due(),
        ["functions from 2", "read listed a", "read listed named"]
    );
    world.list(&[], None);
    assert_eq!(world.due(), ["read missing"]);
}

#[test]
fn a_function_leaves_only_after_a_complete_listing_without_it() {
    let mut world = World::new(&[], true);
    world.due();
    world.list(&["a", "b"], None);
    world.due();
    world.ok("a");
    world.ok("b");
    assert_eq!(world.readings().status.discovered, Some(true));
    world.seconds = 400;
    assert!(world.due().contains(&"functions".to_owned()));
    world.list(&["a"], Some("2"));
    assert_eq!(world.published(), ["a", "b"]);
    // Four times at most.
    for seconds in [400, 405, 415, 435] {
        world.seconds = seconds;
        world.due();
        world.fail_listing(FailureKind::Throttled);
    }
    let readings = world.readings();
    assert_eq!(readings.status.discovered, Some(false));
    let since = |name: &FunctionName| {
        let function = &readings.functions[name].function;
        function.configuration.stale_at(Duration::ZERO).is_some()
    };
    assert_eq!(
        [since(&name("a")), since(&name("b"))],
        [false, true],
        "only b was not listed"
    );
    assert_eq!(world.published(), ["a", "b"]);
    world.seconds = 1000;
    assert!(world.due().contains(&"functions".to_owned()));
    world.list(&["a"], None);
    assert_eq!(world.published(), ["a"]);
}

#[test]
fn one_odd_function_is_one_that_cannot_be_read() {
    let mut world = World::new(&[], true);
    world.due();
    let odd = ListedFunction::Unreadable("arn:odd".to_owned());
    let page = Page {
        items: vec![odd, function("f")],
        next: None,
    };
    let now = world.now();
    world.state.accept_functions(Ok(page), now);
    assert_eq!(world.due(), ["read listed f"]);
    world.ok("f");
    let readings = world.readings();
    assert_eq!(readings.status.discovered, Some(true));
    let counts = readings.targets_by_state();
    assert!(counts.contains(&(TargetState::Ok, 1)) && counts.contains(&(TargetState::Failed, 1)));
}

#[test]
fn a_listed_function_that_is_not_found_asks_for_a_listing_but_not_too_often() {
    let mut world = World::new(&[], true);
    world.due();
    world.list(&["f"], None);
    world.due();
    world.ok("f");
    world.seconds = 400;
    assert_eq!(world.due(), ["functions", "read listed f"]);
    world.list(&["f"], None);
    world.seconds = 401;
    world.not_found("f");
    assert_eq!(world.states(), [TargetState::NotFound]);
    // The listing ended a second ago, and may show what is deleted for a while.
    assert_eq!(world.due(), [""; 0]);
    world.seconds = 435;
    assert_eq!(world.due(), ["read listed f"], "not found is repeated soon");
    world.not_found("f");
    assert_eq!(world.due(), ["functions"]);
}

#[test]
fn a_sweep_ends_when_all_had_their_turn_and_succeeds_when_all_was_read() {
    let mut world = World::new(&["a", "b"], false);
    world.due();
    world.seconds = 3;
    world.ok("a");
    assert_eq!(world.readings().status.sweep_duration, None);
    world.seconds = 7;
    world.fail(
        "b",
        failure(Operation::GetFunctionConfiguration, FailureKind::TimedOut),
    );
    let status = world.readings().status;
    assert_eq!(status.sweep_duration, Some(Duration::from_secs(7)));
    assert_eq!(status.last_success, None);
    world.seconds = 12;
    assert_eq!(world.due(), ["read b"], "a failed read is repeated soon");
    world.ok("b");
    world.seconds = 900;
    world.due();
    world.ok("a");
    world.ok("b");
    assert_eq!(world.readings().status.last_success, Some(world.now()));
}

#[test]
fn a_missing_permission_does_not_come_back_within_seconds() {
    let mut world = World::new(&["f"], false);
    world.due();
    let denied = CallFailure {
        code: Some("AccessDeniedException".to_owned()),
        ..failure(Operation::GetFunctionConfiguration, FailureKind::Denied)
    };
    world.fail("f", denied);
    let next = world.state.next_read_due().unwrap();
    assert!(next.duration_since(world.start.instant) > Duration::from_secs(5));
}

#[test]
fn lost_credentials_are_a_failed_read_of_everything_once() {
    let mut world = World::new(&["a", "b"], false);
    world.due();
    world.ok("a");
    world.ok("b");
    world.seconds = 600;
    world.due();
    world.fail("a", failure(Operation::AssumeRole, FailureKind::Denied));
    assert_eq!(world.states(), [TargetState::Denied; 2]);
    let clock = |world: &mut World| {
        let readings = world.readings();
        readings.next_stale(world.now().instant, Duration::from_mins(30))
    };
    let before = clock(&mut world);
    world.seconds = 700;
    world.fail("b", failure(Operation::AssumeRole, FailureKind::Denied));
    assert_eq!(clock(&mut world), before, "the clock runs already");
}

#[test]
fn after_a_restart_readings_are_kept_as_far_as_they_are_wanted() {
    let mut before = World::new(&["kept", "dropped"], false);
    before.due();
    before.ok("kept");
    before.ok("dropped");
    let mut world = World::resuming(&["kept", "new"], false, before.readings());
    assert_eq!(world.published(), ["kept"]);
    assert_eq!(world.due(), ["read kept", "read new"]);
}

#[test]
fn a_read_of_a_function_that_left_meanwhile_is_forgotten() {
    let mut world = World::new(&[], true);
    world.due();
    world.list(&["f"], None);
    world.due();
    world.seconds = 400;
    world.due();
    world.list(&[], None);
    world.ok("f");
    assert_eq!(world.published(), [""; 0]);
}

/// A function with a queue or a destination, listed and read at 0 s; at 400 s its listing and its read are due.
fn retaining(has_queue: bool, has_destination: bool) -> World {
    let mut world = World::new(&[], true);
    world.due();
    world.list_one("f", has_queue);
    world.due();
    world.answer("f", TargetAnswer::ok(settings(has_destination)));
    assert_eq!(world.retained_by("f"), (has_queue, has_destination));
    world.seconds = 400;
    assert_eq!(world.due(), ["functions", "read listed f"]);
    world
}

#[test]
fn a_function_that_moves_from_a_queue_to_a_destination_is_never_lossy() {
    let mut world = retaining(true, false);
    world.answer("f", TargetAnswer::ok(settings(false)));
    // The destination came after that read, and then the queue went.
    world.list_one("f", false);
    assert_eq!(world.retained_by("f"), (true, false));
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm("f", Outcome::Ok(described("f", false)), settings(true));
    assert_eq!(world.retained_by("f"), (false, true));
    assert_eq!(world.due(), [""; 0]);
}

#[test]
fn a_function_that_moves_from_a_destination_to_a_queue_is_never_lossy() {
    let mut world = retaining(false, true);
    // The queue came after this listing, and then the destination went.
    world.list_one("f", false);
    world.answer("f", TargetAnswer::ok(settings(false)));
    assert_eq!(world.retained_by("f"), (false, true));
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm("f", Outcome::Ok(described("f", true)), settings(false));
    assert_eq!(world.retained_by("f"), (true, false));
}

#[test]
fn a_loss_is_believed_when_all_facts_are_of_one_age() {
    for (has_queue, has_destination) in [(true, false), (false, true)] {
        let mut world = retaining(has_queue, has_destination);
        world.list_one("f", false);
        world.answer("f", TargetAnswer::ok(settings(false)));
        assert_eq!(world.retained_by("f"), (has_queue, has_destination));
        assert_eq!(world.due(), ["confirm f"]);
        world.confirm("f", Outcome::Ok(described("f", false)), settings(false));
        assert_eq!(world.retained_by("f"), (false, false));
        assert_eq!(world.due(), [""; 0], "once is enough");
    }
}

#[test]
fn a_loss_is_not_believed_while_it_cannot_be_confirmed() {
    let mut world = retaining(false, true);
    world.list_one("f", false);
    world.answer("f", TargetAnswer::ok(settings(false)));
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm(
        "f",
        Outcome::Failed(FailureKind::Throttled),
        settings(false),
    );
    assert_eq!(world.retained_by("f"), (false, true));
    assert_eq!(world.states(), [TargetState::Throttled]);
    world.seconds = 800;
    assert_eq!(world.due(), ["functions", "confirm f"]);
    world.list_one("f", true);
    world.confirm("f", Outcome::Ok(described("f", true)), settings(false));
    assert_eq!(world.retained_by("f"), (true, false));
}

#[test]
fn where_the_function_may_not_be_asked_for_the_listing_must_do() {
    let mut world = retaining(false, true);
    world.list_one("f", false);
    world.answer("f", TargetAnswer::ok(settings(false)));
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm("f", Outcome::Failed(FailureKind::Denied), settings(false));
    assert_eq!(world.retained_by("f"), (false, false));
    world.seconds = 800;
    world.due();
    world.list_one("f", true);
    world.answer("f", TargetAnswer::ok(settings(false)));
    world.seconds = 1200;
    world.due();
    world.list_one("f", false);
    assert_eq!(world.retained_by("f"), (false, false));
}

#[test]
fn a_read_that_began_before_the_function_was_listed_takes_nothing_away() {
    let mut world = World::new(&["f"], true);
    // Only named, so far: the listing fails.
    world.due();
    world.fail_listing(FailureKind::Error);
    assert_eq!(world.due(), ["read f"]);
    let task = Task::Read(name("f"));
    let slow = world.state.schedule.turn(&task).unwrap();
    world.seconds = 5;
    assert_eq!(world.due(), ["functions"]);
    world.list(&["f"], None);
    assert_eq!(world.due(), ["read listed f"]);
    let newer = world.state.schedule.turn(&task).unwrap();
    let report = |settings| ReadReport {
        answers: Answers {
            versions: BTreeMap::new(),
            function: FunctionOutcomes::default(),
            targets: BTreeMap::from([(Qualifier::latest(), TargetAnswer::ok(settings))]),
            not_listed: NotListed::Deleted,
        },
        failed_calls: Vec::new(),
        progress: None,
    };
    let now = world.now();
    // In either order.
    world
        .state
        .accept_read(&name("f"), slow, report(settings(true)), now);
    assert!(world.readings().functions[&name("f")].targets.is_empty());
    world
        .state
        .accept_read(&name("f"), newer, report(settings(false)), now);
    world
        .state
        .accept_read(&name("f"), slow, report(settings(true)), now);
    assert_eq!(world.retained_by("f"), (false, false));
}

#[test]
fn the_first_sweep_is_complete_when_all_that_a_listing_told_was_asked_for() {
    let mut world = World::new(&[], true);
    let status = |world: &mut World| {
        let status = world.readings().status;
        let complete = status.first_sweep_complete;
        (status.swept, complete, status.sweep_duration.is_some())
    };
    world.due();
    world.fail_listing(FailureKind::Error);
    assert_eq!(status(&mut world), (true, false, false), "it read nothing");
    world.seconds = 5;
    assert_eq!(world.due(), ["functions"]);
    world.list(&["a", "b"], None);
    assert_eq!(world.due(), ["read listed a", "read listed b"]);
    world.ok("a");
    assert_eq!(
        status(&mut world),
        (true, false, false),
        "b was not asked for"
    );
    world.fail("b", failure(Operation::ListAliases, FailureKind::Error));
    assert_eq!(status(&mut world), (true, true, true));
}

#[test]
fn a_sweep_of_named_functions_that_read_nothing_is_not_complete() {
    let mut world = World::new(&["a", "b"], false);
    for (seconds, fails, expected) in [(0, true, false), (5, false, true)] {
        world.seconds = seconds;
        assert_eq!(world.due(), ["read a", "read b"]);
        for name in ["a", "b"] {
            if fails {
                world.fail(name, failure(Operation::AssumeRole, FailureKind::Denied));
            } else {
                world.ok(name);
            }
        }
        let status = world.readings().status;
        assert!(status.swept);
        assert_eq!(status.first_sweep_complete, expected);
    }
}

#[test]
fn what_is_no_longer_listed_has_no_listing_that_failed() {
    let mut before = World::new(&["f"], true);
    before.due();
    before.fail_listing(FailureKind::Error);
    assert_eq!(before.readings().status.discovered, Some(false));
    let mut world = World::resuming(&["f"], false, before.readings());
    assert_eq!(world.readings().status.discovered, None);
}

/// A listing and a read of a function without a queue, complete; at 400 s its turn comes.
fn read_once(settings: Settings) -> World {
    let mut world = World::new(&[], true);
    world.due();
    world.list(&["f"], None);
    world.due();
    world.answer("f", TargetAnswer::ok(settings));
    assert!(world.readings().status.first_sweep_complete);
    world.seconds = 400;
    assert_eq!(world.due(), ["functions", "read listed f"]);
    world.list(&["f"], None);
    world
}

#[test]
fn what_became_worse_is_read_again_a_minute_later_once() {
    let mut world = read_once(settings(true));
    world.answer("f", TargetAnswer::ok(settings(false)));
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm("f", Outcome::Ok(described("f", false)), settings(false));
    assert_eq!(world.retained_by("f"), (false, false));
    world.seconds = 459;
    assert_eq!(world.due(), [""; 0]);
    world.seconds = 460;
    assert_eq!(world.due(), ["confirm f"]);
    world.confirm("f", Outcome::Ok(described("f", false)), settings(false));
    assert!(!world.is_read_again("f"), "once for one change");
}

#[test]
fn a_second_look_that_fails_takes_nothing_away() {
    for kind in [FailureKind::Error, FailureKind::Denied] {
        let mut world = read_once(settings(false));
        world.ok("f");
        world.list_next("new");
        assert_eq!(world.due(), ["read listed new"]);
        world.ok("new");
        world.seconds = 460;
        assert_eq!(world.due(), ["confirm new"]);
        world.confirm("new", Outcome::Failed(kind), settings(true));
        assert_eq!(world.states(), [TargetState::Ok; 2]);
        assert_eq!(world.retained_by("new"), (false, true));
    }
}

#[test]
fn a_turn_that_comes_before_the_minute_does_not_stand_in_for_it() {
    let mut world = read_once(settings(false));
    world.ok("f");
    world.list_next("new");
    assert_eq!(world.due(), ["read listed new"]);
    world.ok("new");
    let task = Task::Read(name("new"));
    world.seconds = 430;
    let at = world.now().instant;
    world.state.schedule.run_by(&task, at);
    assert_eq!(world.due(), ["read listed new"]);
    world.ok("new");
    world.seconds = 459;
    assert_eq!(world.due(), [""; 0]);
    world.seconds = 460;
    assert_eq!(world.due(), ["confirm new"]);
}

#[test]
fn what_loses_events_anyway_is_not_read_again() {
    let mut world = read_once(settings(false));
    world.ok("f");
    assert!(!world.is_read_again("f"));
}
