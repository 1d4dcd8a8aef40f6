use super::*;
use crate::domain::{AccountFilter, CallFailure, Discovery, FailureKind, Operation, ScopeId};

const OWN: &str = "111122223333";

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn organization(role_name: &str) -> Organization {
    Organization {
        credentials: Credentials::Ambient,
        role_name: role_name.parse().unwrap(),
        external_id: None,
        session_name: "exporter".into(),
        include: AccountFilter::default(),
        exclude: AccountFilter::default(),
    }
}

fn entry(members: Members, regions: Regions) -> AccountEntry {
    AccountEntry {
        name: None,
        members,
        regions,
        functions: Vec::new(),
        discovery: Some(Discovery::default()),
    }
}

fn ambient(regions: Regions) -> AccountEntry {
    entry(Members::One(Credentials::Ambient), regions)
}

fn named(codes: &[&str]) -> Regions {
    Regions::Named(codes.iter().map(|code| region(code)).collect())
}

fn inventory(entries: &[AccountEntry]) -> Inventory {
    let default_region = Some(region("eu-west-1"));
    Inventory::new(entries.to_vec(), default_region, Shard::default(), false)
}

fn failure(kind: FailureKind) -> CallFailure {
    CallFailure {
        kind,
        ..CallFailure::error(Operation::ListAccounts, "as the test wants it")
    }
}

fn queries(inventory: &mut Inventory) -> Vec<Query> {
    let pending = inventory.new_queries().into_iter();
    pending.map(|pending| pending.query).collect()
}

fn scopes(inventory: &Inventory) -> Vec<String> {
    inventory.plan().keys().map(ScopeId::to_string).collect()
}

fn accounts(organization: &Organization, ids: &[&str]) -> Reply {
    let named = |id: &&str| (account(id), format!("name of {id}").into());
    let accounts = ids.iter().map(named).collect();
    Reply::Accounts(Arc::new(organization.clone()), Ok(accounts))
}

#[test]
fn each_query_is_given_once() {
    let mut inventory = inventory(&[ambient(named(&["us-east-1"])), ambient(Regions::Default)]);
    assert_eq!(queries(&mut inventory), [Query::Identity]);
    assert_eq!(queries(&mut inventory), []);
    assert!(!inventory.all_asked_once());
    inventory.apply(Reply::Identity(Ok(account(OWN))));
    assert!(inventory.all_asked_once());
    assert_eq!(queries(&mut inventory), []);
}

#[test]
fn whose_the_credentials_are_is_asked_once_and_again_only_after_a_failure() {
    let mut inventory = inventory(&[ambient(named(&["us-east-1", "us-west-2"]))]);
    let first = inventory.new_queries().remove(0);
    assert_eq!(
        (first.region, first.pause),
        (region("us-east-1"), Duration::ZERO)
    );
    let failed = inventory.apply(Reply::Identity(Err(failure(FailureKind::TimedOut))));
    let again = failed.again.unwrap();
    // Elsewhere: the outage of one region must not be that of all.
    assert_eq!(
        (again.region, again.pause),
        (region("us-west-2"), Duration::from_secs(1))
    );
    assert!(failed.failure.unwrap().2.is_news);
    assert_eq!(
        scopes(&inventory),
        [
            "(account not known)/us-east-1",
            "(account not known)/us-west-2"
        ]
    );
    let answered = inventory.apply(Reply::Identity(Ok(account(OWN))));
    assert!(answered.again.is_none() && answered.failure.is_none());
    assert_eq!(
        scopes(&inventory),
        ["111122223333/us-east-1", "111122223333/us-west-2"]
    );
}

#[test]
fn credentials_that_change_hands_are_asked_about_again() {
    let mut inventory = inventory(&[ambient(named(&["eu-west-1"]))]);
    inventory.new_queries();
    assert_eq!(inventory.identity_again(), None, "it is being asked");
    inventory.apply(Reply::Identity(Ok(account(OWN))));
    let again = inventory.identity_again().unwrap();
    assert_eq!(
        (again.query, again.pause),
        (Query::Identity, Duration::ZERO)
    );
    let other = "444455556666";
    let applied = inventory.apply(Reply::Identity(Ok(account(other))));
    assert!(applied.again.is_none());
    assert_eq!(scopes(&inventory), [format!("{other}/eu-west-1")]);
}

#[test]
fn a_function_of_a_named_account_needs_no_identity() {
    let arn = "arn:aws:lambda:us-east-1:444455556666:function:f";
    let by_arn = AccountEntry {
        name: None,
        functions: vec![arn.parse().unwrap()],
        discovery: None,
        ..ambient(Regions::Default)
    };
    let mut inventory = inventory(std::slice::from_ref(&by_arn));
    assert_eq!(queries(&mut inventory), []);
    assert!(inventory.all_asked_once());

    // But to read its tags.
    let mut inventory = Inventory::new(vec![by_arn], None, Shard::default(), true);
    assert_eq!(queries(&mut inventory), [Query::Identity]);
    let planned = |inventory: &Inventory| inventory.plan().pop_first().unwrap().1;
    assert!(planned(&inventory).cross_account, "it is not known");
    inventory.apply(Reply::Identity(Ok(account("444455556666"))));
    assert!(!planned(&inventory).cross_account);
}

#[test]
fn a_failed_listing_takes_no_account_away() {
    let organization = organization("reader");
    let members = Members::Organization(organization.clone());
    let mut inventory = inventory(&[entry(members, named(&["us-east-1"]))]);
    let query = Query::Accounts(Arc::new(organization.clone()));
    assert_eq!(queries(&mut inventory), [query]);
    assert_eq!(scopes(&inventory), [""; 0]);
    assert_eq!(inventory.organizations(), BTreeMap::new());
    let answered = inventory.apply(accounts(&organization, &["444455556666", "777788889999"]));
    assert_eq!(answered.again.unwrap().pause, REFRESH);
    let both = ["444455556666/us-east-1", "777788889999/us-east-1"];
    assert_eq!(scopes(&inventory), both);
    let result = Err(failure(FailureKind::Denied));
    let failed = inventory.apply(Reply::Accounts(Arc::new(organization.clone()), result));
    assert!(failed.failure.unwrap().2.has_answer);
    assert_eq!(scopes(&inventory), both);
    assert_eq!(inventory.organizations(), BTreeMap::from([(None, false)]));
    inventory.apply(accounts(&organization, &["444455556666"]));
    assert_eq!(scopes(&inventory), [both[0]]);
}

#[test]
fn an_organisation_without_an_account_takes_no_account_away() {
    let organization = organization("reader");
    let members = Members::Organization(organization.clone());
    let entries = [
        ambient(Regions::Default),
        entry(members, named(&["us-east-1"])),
    ];
    let mut inventory = inventory(&entries);
    inventory.new_queries();
    inventory.apply(accounts(&organization, &["444455556666"]));
    let known = scopes(&inventory);
    for (is_news, pause) in [(true, 60), (false, 120)] {
        let applied = inventory.apply(accounts(&organization, &[]));
        assert_eq!(applied.again.unwrap().pause, Duration::from_secs(pause));
        let (_, problem, failed) = applied.failure.unwrap();
        assert!(matches!(problem, Problem::NoAccount));
        assert!(failed.has_answer);
        assert_eq!(failed.is_news, is_news);
        assert_eq!(scopes(&inventory), known);
    }
    assert_eq!(inventory.organizations(), BTreeMap::from([(None, false)]));
    let entries = inventory.entries_of(&organization);
    assert_eq!(entries, "accounts[1].organization");
}

#[test]
fn an_answer_about_another_organisation_changes_nothing() {
    let (ours, other) = (organization("reader"), organization("another"));
    let members = Members::Organization(ours.clone());
    let mut inventory = inventory(&[entry(members, named(&["us-east-1"]))]);
    inventory.new_queries();
    inventory.apply(accounts(&ours, &["444455556666"]));
    let applied = inventory.apply(accounts(&other, &[]));
    assert!(applied.again.is_none() && applied.failure.is_none());
    assert_eq!(scopes(&inventory), ["444455556666/us-east-1"]);
}

#[test]
fn two_entries_of_one_organisation_share_its_listing() {
    let organization = organization("reader");
    let members = Members::Organization(organization.clone());
    let entries = ["us-east-1", "eu-west-1"].map(|code| entry(members.clone(), named(&[code])));
    let mut inventory = inventory(&entries);
    assert_eq!(queries(&mut inventory).len(), 1);
    inventory.apply(accounts(&organization, &["444455556666"]));
    assert_eq!(
        scopes(&inventory),
        ["444455556666/eu-west-1", "444455556666/us-east-1"]
    );
}

#[test]
fn where_the_regions_cannot_be_listed_those_that_every_account_has_are_read() {
    let mut inventory = inventory(&[ambient(Regions::All)]);
    assert_eq!(
        queries(&mut inventory),
        [Query::Identity, Query::Regions(Credentials::Ambient)]
    );
    inventory.apply(Reply::Identity(Ok(account(OWN))));
    assert_eq!(scopes(&inventory), [""; 0], "the reply is on its way");
    let denied = Err(failure(FailureKind::Denied));
    inventory.apply(Reply::Regions(Credentials::Ambient, denied));
    assert_eq!(
        scopes(&inventory).len(),
        Partition::named("aws").default_regions().len()
    );
    let regions = Ok(vec![region("ap-south-2")]);
    inventory.apply(Reply::Regions(Credentials::Ambient, regions));
    assert_eq!(scopes(&inventory), ["111122223333/ap-south-2"]);
}

#[test]
fn accounts_that_left_are_asked_about_no_more() {
    let organization = organization("reader");
    let members = Members::Organization(organization.clone());
    let mut inventory = inventory(&[entry(members, Regions::All)]);
    inventory.new_queries();
    inventory.apply(accounts(&organization, &["444455556666"]));
    let asked = queries(&mut inventory);
    let [Query::Regions(role)] = &asked[..] else {
        panic!("{asked:?}");
    };
    inventory.apply(accounts(&organization, &["777788889999"]));
    assert_eq!(queries(&mut inventory).len(), 1);
    let late = inventory.apply(Reply::Regions(role.clone(), Ok(vec![region("us-east-1")])));
    assert!(late.again.is_none());
}

#[test]
fn shards_share_the_scopes_and_all_show_the_unknown_ones() {
    let arns = |codes: &[&str]| -> Vec<_> {
        let arn = |code: &&str| {
            format!("arn:aws:lambda:{code}:{OWN}:function:f")
                .parse()
                .unwrap()
        };
        codes.iter().map(arn).collect()
    };
    let entry = AccountEntry {
        name: None,
        functions: arns(&[
            "us-east-1",
            "us-west-2",
            "eu-west-1",
            "eu-central-1",
            "sa-east-1",
        ]),
        discovery: Some(Discovery::default()),
        ..ambient(named(&["us-east-1"]))
    };
    let of_shard = |index| {
        let shard = Shard::new(index, 2).unwrap();
        scopes(&Inventory::new(vec![entry.clone()], None, shard, false))
    };
    let (one, other) = (of_shard(0), of_shard(1));
    let unknown = "(account not known)/us-east-1".to_owned();
    assert!(one.contains(&unknown) && other.contains(&unknown));
    assert_eq!(one.len() + other.len(), 5 + 2);
}
