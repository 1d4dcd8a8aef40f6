//! Which accounts of an organisation are polled, and how it is listed.

use std::{collections::BTreeSet, time::Duration};

use lambda_async_exporter::domain::{
    AccountFilter, Credentials, FailureKind, MemberAccount, Members, Operation, Organization,
    Regions,
};
use tokio::time::sleep;

use crate::{
    accounts::{HOUR, entry, of, one_function, scopes},
    fake_aws::{Call, FakeAws},
    log::Log,
    polling::{Polling, SECOND},
};

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

fn is_of_organizations(call: &Call) -> bool {
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
