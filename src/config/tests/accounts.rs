//! Entries of `accounts`, and the flags that stand for one.

use super::*;
use crate::domain::{Credentials, Discovery, FunctionReference, Members, Pattern, Regions};

fn entries(yaml: &str) -> Vec<AccountEntry> {
    load(yaml, &[], &Arguments::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
        .accounts
}

pub(super) fn entry(yaml: &str) -> AccountEntry {
    let mut entries = entries(&format!("accounts: [{{{yaml}}}]"));
    assert_eq!(entries.len(), 1, "{yaml}");
    entries.remove(0)
}

pub(super) fn names(account: &AccountEntry) -> Vec<String> {
    account
        .functions
        .iter()
        .map(FunctionReference::to_string)
        .collect()
}

pub(super) fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// What there is where nothing is said.
fn everything() -> AccountEntry {
    AccountEntry {
        name: None,
        members: Members::One(Credentials::Ambient),
        regions: Regions::Default,
        functions: Vec::new(),
        discovery: Some(Discovery::default()),
    }
}

#[test]
fn without_entries_and_flags_all_is_discovered() {
    for yaml in ["", "# nothing", "accounts:", "accounts: [{}]"] {
        assert_eq!(entries(yaml), [everything()], "{yaml}");
    }
}

#[test]
fn flags_make_one_entry() {
    let flags = |regions: &[&str], functions: &[&str]| {
        let arguments = Arguments {
            aws_regions: regions.iter().map(|&region| region.to_owned()).collect(),
            ..watching(functions)
        };
        let config = Config::from_layers(None, [], &arguments).unwrap();
        assert_eq!(config.accounts.len(), 1);
        config.accounts[0].clone()
    };
    let named = flags(&["eu-west-1", "us-east-1", "eu-west-1"], &["f", "f:*"]);
    let regions = ["eu-west-1", "us-east-1"].map(|region| region.parse().unwrap());
    assert_eq!(named.regions, Regions::Named(regions.to_vec()));
    assert_eq!(names(&named), ["f", "f:*"]);
    assert_eq!(named.discovery, None);

    let all = flags(&["all"], &[]);
    assert_eq!(all.regions, Regions::All);
    assert_eq!(all.discovery, Some(Discovery::default()));
}

#[test]
fn flags_that_mean_nothing_together_are_a_problem() {
    let arguments = Arguments {
        aws_regions: vec!["all".to_owned(), "us-east-1".to_owned()],
        ..Arguments::default()
    };
    assert_eq!(
        problems("", &[], &arguments),
        "--aws.region: `all` is every region already: give it alone, or name the regions"
    );
}

#[test]
fn flags_have_one_partition() {
    let arguments = Arguments {
        aws_regions: ["us-east-1", "cn-north-1"].map(str::to_owned).to_vec(),
        ..watching(&["arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f"])
    };
    assert_eq!(
        problems("", &[], &arguments),
        "--aws.region: `cn-north-1` is in partition aws-cn, but `us-east-1` is in partition aws: \
         credentials work in one partition only, so run an exporter for each\n\
         --lambda.function: `arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f` is in \
         partition aws-us-gov, but `us-east-1` is in partition aws: \
         credentials work in one partition only, so run an exporter for each"
    );
}

#[test]
fn functions_come_from_one_place() {
    let arguments = Arguments {
        aws_regions: vec!["us-east-1".to_owned()],
        ..watching(&["f"])
    };
    assert_eq!(
        problems("accounts: [{functions: [g]}]", &[], &arguments),
        "--aws.region: does not go together with `accounts` in config.yaml:1:11; use one or the other\n\
         --lambda.function: does not go together with `accounts` in config.yaml:1:11; use one or the other"
    );
}

#[test]
fn named_functions_turn_discovery_off_unless_it_is_given() {
    for (yaml, discovers) in [
        ("functions: [f]", false),
        ("functions: [f], discovery: {}", true),
        ("functions: [f], discovery: ", true),
        ("functions: [], discovery: {}", true),
        ("regions: [us-east-1]", true),
    ] {
        let discovery = discovers.then(Discovery::default);
        assert_eq!(entry(yaml).discovery, discovery, "{yaml}");
    }
}

#[test]
fn discovery_has_filters() {
    let discovery = entry(
        "discovery: {include: ['^prod-', live], exclude: ['-canary$'], \
         tags: {team: [search, payments, search], env: [], note: ['']}, aliases: true}",
    );
    let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
    let expected = Discovery {
        include: patterns(&["^prod-", "live"]),
        exclude: patterns(&["-canary$"]),
        tags: [
            ("team".to_owned(), values(&["payments", "search"])),
            ("env".to_owned(), values(&[])),
            ("note".to_owned(), values(&[""])),
        ]
        .into(),
        aliases: true,
    };
    assert_eq!(discovery.discovery, Some(expected));
}

#[test]
fn regions_are_the_default_all_or_some() {
    for (yaml, regions) in [
        ("", Regions::Default),
        ("regions: ", Regions::Default),
        ("regions: [all]", Regions::All),
        ("regions: [all, all]", Regions::All),
        (
            "regions: [us-east-1, eu-west-1, us-east-1]",
            Regions::Named(vec![
                "us-east-1".parse().unwrap(),
                "eu-west-1".parse().unwrap(),
            ]),
        ),
    ] {
        assert_eq!(entry(yaml).regions, regions, "{yaml}");
    }
}

#[test]
fn the_default_region_is_needed_only_where_none_is_given() {
    let arn = "'arn:aws:lambda:us-east-1:123456789012:function:f'";
    for (yaml, needed) in [
        (String::new(), true),
        ("functions: [f]".to_owned(), true),
        ("functions: ['123456789012:function:f']".to_owned(), true),
        ("functions: [f], regions: [us-east-1]".to_owned(), false),
        ("regions: [all]".to_owned(), false),
        ("organization: {role_name: r}".to_owned(), true),
        (format!("functions: [{arn}]"), false),
        (format!("functions: [{arn}], discovery: {{}}"), true),
        (format!("functions: [{arn}]}}, {{functions: [f]"), true),
    ] {
        let yaml = format!("accounts: [{{{yaml}}}]");
        let config = load(&yaml, &[], &Arguments::default()).unwrap();
        assert_eq!(config.needs_default_region(), needed, "{yaml}");
    }
}

#[test]
fn entries_can_come_from_the_environment() {
    let environment = [(
        "LAMBDA_ASYNC_EXPORTER_ACCOUNTS",
        "[{regions=[us-east-1],functions=[\"f:BLUE\", 012345678901:function:g]}, \
         {role_arn=\"arn:aws:iam::012345678901:role/reader\",\
         discovery={include=[\"^prod-\"],tags={team=[payments]},aliases=true}}]",
    )];
    let config = load(
        "accounts: [{functions: [other]}]",
        &environment,
        &Arguments::default(),
    )
    .unwrap();
    let [named, discovered] = &config.accounts[..] else {
        panic!("{:?}", config.accounts)
    };
    assert_eq!(names(named), ["f:BLUE", "012345678901:function:g"]);
    let expected = entry(
        "role_arn: 'arn:aws:iam::012345678901:role/reader', \
         discovery: {include: ['^prod-'], tags: {team: [payments]}, aliases: true}",
    );
    assert_eq!(discovered, &expected);
}
