//! Which accounts and regions are polled: roles, organisations, shards.

use std::{collections::BTreeSet, time::Duration};

use lambda_async_exporter::{
    config::Config,
    domain::{
        AccountEntry, AccountFilter, Credentials, Discovery, FailureKind, MemberAccount, Members,
        Operation, Organization, PollSettings, Region, Regions, Role, ScopeId, ScopeReadings,
        Shard, TargetState,
    },
};
use tokio::time::sleep;

use crate::{
    aws::ACCOUNT,
    fake_aws::FakeAws,
    log::Log,
    polling::{Polling, SECOND, config, poll_config},
};

const HOUR: Duration = Duration::from_hours(1);

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

fn entry(members: Members, regions: Regions) -> AccountEntry {
    AccountEntry {
        members,
        regions,
        functions: Vec::new(),
        discovery: Some(Discovery::default()),
    }
}

fn of(accounts: Vec<AccountEntry>) -> Config {
    Config {
        accounts,
        ..config(&[], poll_config())
    }
}

fn organization(include: AccountFilter, exclude: AccountFilter) -> Members {
    Members::Organization(Organization {
        credentials: Credentials::Ambient,
        role_name: "reader".parse().unwrap(),
        external_id: None,
        session_name: "test".into(),
        include,
        exclude,
    })
}

fn member(id: &str, name: &str, active: bool) -> MemberAccount {
    MemberAccount {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        active,
    }
}

fn one_function() -> FakeAws {
    let aws = FakeAws::default();
    aws.set("f", |_| {});
    aws
}

/// The scopes that are published, as text.
fn scopes(polling: &Polling) -> Vec<String> {
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
async fn an_organisation_is_listed_every_hour() {
    let aws = one_function();
    aws.state().organization = vec![
        member("000000000001", "payments", true),
        member("000000000002", "closed", false),
    ];
    let everyone = organization(AccountFilter::default(), AccountFilter::default());
    let polling = Polling::run(&aws, of(vec![entry(everyone, Regions::Default)]));
    sleep(10 * SECOND).await;
    assert_eq!(scopes(&polling), ["000000000001/us-east-1"]);
    assert!(polling.fleet.load().is_ready());

    let new = member("000000000003", "search", true);
    aws.state().organization.push(new);
    sleep(HOUR).await;
    assert_eq!(scopes(&polling).len(), 2);
    assert!(polling.fleet.load().is_ready());

    // What cannot be listed stays.
    aws.fail_after(Operation::ListAccounts, 0, FailureKind::Denied);
    aws.state().organization.remove(0);
    sleep(2 * HOUR).await;
    assert_eq!(scopes(&polling).len(), 2);
    assert!(!polling.fleet.load().organizations[&None]);
    aws.heal(Operation::ListAccounts);
    sleep(HOUR).await;
    assert_eq!(scopes(&polling), ["000000000003/us-east-1"]);
    assert!(polling.fleet.load().organizations[&None]);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_without_an_account_that_is_wanted_is_said_and_erases_nothing() {
    let log = Log::capture();
    let aws = one_function();
    aws.state().organization = vec![member("000000000001", "payments", true)];
    let filter = AccountFilter {
        account_names: vec!["^pay".parse().unwrap()],
        ..AccountFilter::default()
    };
    let entries = vec![
        entry(Members::One(Credentials::Ambient), Regions::Default),
        entry(
            organization(filter, AccountFilter::default()),
            Regions::Default,
        ),
    ];
    let polling = Polling::run(&aws, of(entries));
    sleep(10 * SECOND).await;
    assert_eq!(scopes(&polling).len(), 2);
    let said = || log.lines("AWS lists no account that is in use and wanted");
    assert_eq!(said().len(), 0);

    aws.state().organization[0].name = "renamed".to_owned();
    sleep(3 * HOUR).await;
    assert_eq!(scopes(&polling).len(), 2);
    assert!(!polling.fleet.load().organizations[&None]);
    let lines = said();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "accounts[1].organization",
        "account_names: [^pay]",
        "the known ones are still read",
    ] {
        assert!(lines[0].contains(part), "{part} is not in {lines:?}");
    }

    aws.state().organization[0].name = "payments".to_owned();
    sleep(HOUR).await;
    assert!(polling.fleet.load().organizations[&None]);
}

/// 60 organizational units, with an account in each.
fn units(aws: &FakeAws) -> Members {
    let unit = |n: usize| format!("ou-ab12-{n:08}");
    let mut state = aws.state();
    for n in 1..=60 {
        let account = member(&format!("{n:012}"), "some", true);
        state.organization.push(account.clone());
        state.units.insert(unit(n), (vec![account], Vec::new()));
    }
    let root = (Vec::new(), (1..=60).map(unit).collect());
    state.units.insert("r-ab12".to_owned(), root);
    let root = AccountFilter {
        organizational_units: BTreeSet::from(["r-ab12".to_owned()]),
        ..AccountFilter::default()
    };
    organization(root, AccountFilter::default())
}

fn is_of_organizations(call: &crate::fake_aws::Call) -> bool {
    matches!(
        call.operation,
        Operation::ListAccounts
            | Operation::ListAccountsForParent
            | Operation::ListOrganizationalUnitsForParent
    )
}

#[tokio::test(start_paused = true)]
async fn organizational_units_are_asked_for_at_a_pace_and_through_light_throttling() {
    for throttled_every in [0, 10] {
        let aws = one_function();
        aws.state().throttled_every = throttled_every;
        let mut calls = Vec::new();
        let members = units(&aws);
        let polling = Polling::run(&aws, of(vec![entry(members, Regions::Default)]));
        while scopes(&polling).is_empty() {
            sleep(SECOND).await;
            calls = aws.calls();
            assert!(calls.len() < 500, "it does not end");
        }
        calls.retain(is_of_organizations);
        // All accounts once, and twice for each of 61 units, with what was throttled.
        let expected = 1 + 2 * 61;
        assert!(
            (expected..expected * 5 / 4).contains(&calls.len()),
            "{}",
            calls.len()
        );
        for pair in calls.windows(2) {
            assert!(pair[1].at - pair[0].at >= Duration::from_millis(199));
        }
        assert_eq!(scopes(&polling).len(), 60);
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_units_goes_on_where_it_broke_off() {
    let aws = one_function();
    let operation = Operation::ListAccountsForParent;
    aws.fail_after(operation, 30, FailureKind::Throttled);
    let members = units(&aws);
    let polling = Polling::run(&aws, of(vec![entry(members, Regions::Default)]));
    sleep(600 * SECOND).await;
    assert_eq!(scopes(&polling).len(), 0);
    assert!(!polling.fleet.load().organizations[&None], "it is said");
    let asked = aws.count(operation);
    aws.heal(operation);
    sleep(600 * SECOND).await;
    assert_eq!(scopes(&polling).len(), 60);
    assert_eq!(aws.count(operation) - asked, 61 - 30);
    assert_eq!(aws.count(Operation::ListAccounts), 1);
}

/// What AWS objects to does not become right by asking for it again.
#[tokio::test(start_paused = true)]
async fn a_listing_that_cannot_go_on_begins_again() {
    let aws = one_function();
    let operation = Operation::ListAccountsForParent;
    aws.fail_after(operation, 30, FailureKind::Error);
    let members = units(&aws);
    let polling = Polling::run(&aws, of(vec![entry(members, Regions::Default)]));
    sleep(600 * SECOND).await;
    assert!(aws.count(Operation::ListAccounts) > 1);
    aws.heal(operation);
    sleep(600 * SECOND).await;
    assert_eq!(scopes(&polling).len(), 60);
}

#[tokio::test(start_paused = true)]
async fn accounts_are_included_and_excluded_in_three_ways() {
    let ids = ["1", "2", "3", "4", "5"].map(|id| format!("00000000000{id}"));
    let members: Vec<MemberAccount> = ids
        .iter()
        .zip(["payments", "payments-test", "search", "web", "web-test"])
        .map(|(id, name)| member(id, name, true))
        .collect();
    let aws = one_function();
    {
        let mut state = aws.state();
        state.organization = members.clone();
        let below = vec!["ou-ab12-22222222".to_owned()];
        let units = [
            ("ou-ab12-11111111", vec![members[2].clone()], below),
            ("ou-ab12-22222222", vec![members[3].clone()], Vec::new()),
        ];
        for (unit, accounts, below) in units {
            state.units.insert(unit.to_owned(), (accounts, below));
        }
    }
    let filter = |ids: &[&str], names: &[&str], units: &[&str]| AccountFilter {
        account_ids: ids.iter().map(|id| id.parse().unwrap()).collect(),
        account_names: names.iter().map(|name| name.parse().unwrap()).collect(),
        organizational_units: units.iter().map(|&unit| unit.to_owned()).collect(),
    };
    for (include, exclude, expected) in [
        (filter(&[], &[], &[]), filter(&[], &[], &[]), "12345"),
        (
            filter(&["000000000005"], &["^pay"], &[]),
            filter(&[], &[], &[]),
            "125",
        ),
        (
            filter(&[], &[], &["ou-ab12-11111111"]),
            filter(&[], &[], &[]),
            "34",
        ),
        (filter(&[], &[], &[]), filter(&[], &["-test$"], &[]), "134"),
        (
            filter(&[], &["."], &[]),
            filter(&["000000000001"], &[], &["ou-ab12-22222222"]),
            "235",
        ),
    ] {
        let wanted = organization(include, exclude);
        let polling = Polling::run(&aws, of(vec![entry(wanted, Regions::Default)]));
        sleep(10 * SECOND).await;
        let found: String = scopes(&polling)
            .iter()
            .map(|scope| &scope[11..12])
            .collect();
        assert_eq!(found, expected);
    }
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
