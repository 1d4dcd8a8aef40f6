//! Which accounts and regions are polled: roles, regions, shards.

use std::{collections::BTreeSet, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{
        AccountEntry, Credentials, Discovery, FailureKind, Members, Operation, PollSettings,
        Region, Regions, Role, ScopeId, ScopeReadings, Shard, TargetState,
    },
};
use tokio::time::sleep;

use crate::{
    aws::ACCOUNT,
    fake_aws::FakeAws,
    log::Log,
    polling::{Polling, SECOND, config, poll_config},
};

pub(crate) const HOUR: Duration = Duration::from_hours(1);

fn role(account: &str) -> Credentials {
    let arn = format!("arn:aws:iam::{account}:role/reader");
    Credentials::Role(
        Role {
            arn: arn.parse().unwrap(),
            external_id: None,
            session_name: "test".into(),
            assumed_with: Credentials::Ambient,
        }
        .into(),
    )
}

fn regions(codes: &[&str]) -> Vec<Region> {
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

pub(crate) fn entry(members: Members, regions: Regions) -> AccountEntry {
    AccountEntry {
        name: None,
        members,
        regions,
        functions: Vec::new(),
        discovery: Some(Discovery::default()),
    }
}

pub(crate) fn of(accounts: Vec<AccountEntry>) -> Config {
    Config {
        accounts,
        ..config(&[], poll_config())
    }
}

pub(crate) fn one_function() -> FakeAws {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    aws
}

/// The scopes that are published, as text.
pub(crate) fn scopes(polling: &Polling) -> Vec<String> {
    let fleet = polling.fleet.load();
    fleet.scopes.keys().map(ToString::to_string).collect()
}

fn states(polling: &Polling) -> Vec<(String, usize)> {
    let fleet = polling.fleet.load();
    let ok = |scope: &ScopeId| targets_in(&fleet.scopes[scope], TargetState::Ok);
    let scopes = fleet.scopes.keys();
    scopes.map(|scope| (scope.to_string(), ok(scope))).collect()
}

#[tokio::test(start_paused = true)]
async fn roles_and_ambient_credentials_side_by_side() {
    let aws = one_function();
    let polling = Polling::run(
        &aws,
        of(vec![
            entry(
                Members::One(Credentials::Ambient),
                Regions::Named(regions(&["eu-west-1"])),
            ),
            entry(
                Members::One(role("000000000001")),
                Regions::Named(regions(&["us-east-1", "us-west-2"])),
            ),
            entry(Members::One(role("000000000002")), Regions::Default),
        ]),
    );
    sleep(10 * SECOND).await;
    let expected = [
        "000000000001/us-east-1".to_owned(),
        "000000000001/us-west-2".to_owned(),
        "000000000002/us-east-1".to_owned(),
        format!("{ACCOUNT}/eu-west-1"),
    ];
    assert_eq!(states(&polling), expected.map(|scope| (scope, 1)));
}

#[tokio::test(start_paused = true)]
async fn two_entries_for_one_scope_are_one() {
    let aws = one_function();
    let ambient = Members::One(Credentials::Ambient);
    let mut named = entry(ambient.clone(), Regions::Default);
    named.discovery = None;
    named.functions = vec!["f".parse().unwrap(), "f:*".parse().unwrap()];
    let accounts = vec![
        entry(ambient, Regions::Default),
        entry(Members::One(role(ACCOUNT)), Regions::Default),
        named,
    ];
    let polling = Polling::run(&aws, of(accounts));
    sleep(10 * SECOND).await;
    assert_eq!(scopes(&polling), [format!("{ACCOUNT}/us-east-1")]);
    aws.state().calls.clear();
    sleep(300 * SECOND).await;
    let of_f = |call: &&crate::fake_aws::Call| call.about == "f";
    assert_eq!(aws.calls().iter().filter(of_f).count(), 1);
}

/// AWS may count the calls of a caller, wherever the functions are.
#[tokio::test(start_paused = true)]
async fn functions_of_other_accounts_share_the_pace_of_the_credentials() {
    let aws = one_function();
    let mut named = entry(Members::One(Credentials::Ambient), Regions::Default);
    named.discovery = None;
    let others = (1..=4).map(|account| {
        let arn = format!("arn:aws:lambda:us-east-1:{account:012}:function:f");
        arn.parse().unwrap()
    });
    named.functions = others.collect();
    named.functions.push("f".parse().unwrap());
    named.functions.push(
        "arn:aws:lambda:eu-west-1:000000000001:function:f"
            .parse()
            .unwrap(),
    );
    let config = Config {
        poll: PollSettings {
            interval: SECOND,
            ..poll_config()
        },
        ..of(vec![named])
    };
    let _polling = Polling::run(&aws, config);
    sleep(10 * SECOND).await;
    aws.state().calls.clear();
    sleep(100 * SECOND).await;
    let made = |wanted: &str| {
        let calls = aws.calls();
        let own = format!("{ACCOUNT}/us-east-1");
        let calls = calls.iter().filter(|call| match wanted {
            "own" => call.scope == own,
            region => call.scope != own && call.scope.ends_with(region),
        });
        calls.count()
    };
    let others = made("us-east-1");
    assert!((450..=501).contains(&others), "{others}");
    // Nobody waits for them.
    assert!(made("own") >= 90, "{}", made("own"));
    assert!(made("eu-west-1") >= 90, "{}", made("eu-west-1"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_role_is_a_failed_read_of_its_account_alone() {
    let aws = one_function();
    aws.set("g", |_| {});
    let roles = ["000000000001", "000000000002"].map(role);
    let accounts = roles.map(|role| entry(Members::One(role), Regions::Default));
    let polling = Polling::run(&aws, of(accounts.to_vec()));
    sleep(10 * SECOND).await;
    aws.state().refused.insert("000000000001".to_owned());
    aws.state().calls.clear();
    // The first of its reads that fails is a failed read of both functions.
    let denied = |polling: &Polling| {
        let fleet = polling.fleet.load();
        let scope = &fleet.scopes[&ScopeId {
            account: Some("000000000001".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }];
        targets_in(scope, TargetState::Denied)
    };
    while denied(&polling) == 0 {
        sleep(SECOND).await;
    }
    assert_eq!(denied(&polling), 2);
    sleep(300 * SECOND).await;
    let refused = |call: &&crate::fake_aws::Call| call.scope.starts_with("000000000001");
    let made = aws.calls().iter().filter(refused).count();
    assert!(made <= 3, "nothing goes out without credentials: {made}");
    assert_eq!(states(&polling)[1].1, 2, "the other account goes on");

    aws.state().refused.clear();
    sleep(300 * SECOND).await;
    assert_eq!(states(&polling)[0].1, 2, "it recovers by itself");
}

#[tokio::test(start_paused = true)]
async fn while_nothing_can_be_read_it_is_said_every_hour() {
    let log = Log::capture();
    let aws = one_function();
    aws.set_identity(Some(FailureKind::Denied));
    let polling = Polling::run(&aws, config(&[], poll_config()));
    let silent = || log.lines("ERROR").len();
    sleep(10 * SECOND).await;
    assert!(polling.fleet.load().is_ready());
    assert_eq!(silent(), 1);
    sleep(HOUR / 2).await;
    assert_eq!(silent(), 1);
    sleep(2 * HOUR).await;
    assert_eq!(silent(), 3);
    let about =
        "AWS does not tell whose the credentials are; check the credentials of the exporter";
    assert_eq!(log.lines(about).len(), 3);

    aws.set_identity(None);
    sleep(HOUR).await;
    assert_eq!(log.lines("reading has begun").len(), 1);
    assert_eq!(silent(), 3);
    assert_eq!(polling.state("f"), Some(TargetState::Ok));

    // What works again within an interval is no silence.
    aws.fail_after(Operation::ListFunctions, 0, FailureKind::Denied);
    aws.set("f", |f| f.fails = Some(FailureKind::Denied));
    sleep(4 * 60 * SECOND).await;
    assert_eq!(silent(), 3);
    sleep(HOUR).await;
    assert_eq!(log.lines("AWS answers for no account and region").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_regions_are_those_enabled_in_the_account() {
    let aws = one_function();
    aws.state().regions = regions(&["us-east-1", "af-south-1"]);
    let all = || entry(Members::One(role("000000000001")), Regions::All);
    let polling = Polling::run(&aws, of(vec![all()]));
    sleep(10 * SECOND).await;
    let both = ["000000000001/af-south-1", "000000000001/us-east-1"];
    assert_eq!(scopes(&polling), both);
    aws.fail_after(Operation::ListRegions, 0, FailureKind::Denied);
    sleep(2 * HOUR).await;
    assert_eq!(scopes(&polling), both, "what was told holds");

    // Never told, those that every account has.
    let polling = Polling::run(&aws, of(vec![all()]));
    sleep(10 * SECOND).await;
    assert_eq!(scopes(&polling).len(), 17);
    aws.heal(Operation::ListRegions);
    sleep(2 * HOUR).await;
    assert_eq!(scopes(&polling), both);
}

#[tokio::test(start_paused = true)]
async fn every_scope_lies_on_one_shard() {
    let aws = one_function();
    let accounts = (1..=20).map(|n| role(&format!("{n:012}")));
    let named = Regions::Named(regions(&["us-east-1", "eu-west-1"]));
    let entries: Vec<AccountEntry> = accounts
        .map(|role| entry(Members::One(role), named.clone()))
        .collect();
    let mut all = BTreeSet::new();
    let mut count = 0;
    for index in 0..3 {
        let config = Config {
            shard: Shard::new(index, 3).unwrap(),
            ..of(entries.clone())
        };
        let polling = Polling::run(&aws, config);
        sleep(10 * SECOND).await;
        count += scopes(&polling).len();
        all.extend(scopes(&polling));
        assert!(polling.fleet.load().is_ready());
    }
    assert_eq!((all.len(), count), (40, 40));
}

/// More shards than scopes: there is nothing to wait for.
#[tokio::test(start_paused = true)]
async fn a_shard_without_scopes_is_ready() {
    let aws = one_function();
    let entries = vec![entry(Members::One(role("000000000001")), Regions::Default)];
    let mut idle = 0;
    for index in 0..10 {
        let config = Config {
            shard: Shard::new(index, 10).unwrap(),
            ..of(entries.clone())
        };
        let polling = Polling::run(&aws, config);
        sleep(10 * SECOND).await;
        assert!(polling.fleet.load().is_ready());
        idle += usize::from(scopes(&polling).is_empty());
    }
    assert_eq!(idle, 9);
}

fn targets_in(readings: &ScopeReadings, wanted: TargetState) -> usize {
    let counts = readings.targets_by_state();
    let mut counts = counts.iter().filter(|(state, _)| *state == wanted);
    counts.next().map_or(0, |(_, count)| *count)
}
