//! Whose functions an entry watches: of a role's account, or of an organisation's accounts.

use super::{
    accounts::{entry, names, patterns},
    *,
};
use crate::domain::{AccountFilter, Credentials, Members};

#[test]
fn a_role_is_assumed_with_the_ambient_credentials() {
    let arn = "arn:aws:iam::111122223333:role/path/reader";
    let role = |yaml: &str| match entry(yaml).members {
        Members::One(Credentials::Role(role)) => role,
        other => panic!("{other:?}"),
    };
    let plain = role(&format!("role_arn: '{arn}'"));
    assert_eq!(plain.arn.to_string(), arn);
    assert_eq!(plain.external_id, None);
    assert_eq!(&*plain.session_name, "lambda-async-exporter");
    assert_eq!(plain.assumed_with, Credentials::Ambient);

    let longest = "x".repeat(1224);
    let full = role(&format!(
        "role_arn: '{arn}', external_id: {longest}, session_name: 'a=b@c.d,e+f-_'"
    ));
    assert_eq!(full.external_id.as_deref(), Some(&*longest));
    assert_eq!(&*full.session_name, "a=b@c.d,e+f-_");
    let longest = "x".repeat(64);
    let limits = role(&format!(
        "role_arn: '{arn}', external_id: ':/', session_name: {longest}"
    ));
    assert_eq!(limits.external_id.as_deref(), Some(":/"));
    assert_eq!(&*limits.session_name, longest);
}

#[test]
fn a_role_reads_the_functions_of_its_account() {
    let account = entry(
        "role_arn: 'arn:aws-cn:iam::111122223333:role/reader', functions: [f, f, \
         '111122223333:function:f', 'arn:aws-cn:lambda:cn-north-1:111122223333:function:f']",
    );
    assert_eq!(account.functions.len(), 4);
}

#[test]
fn an_organisation_has_a_role_in_each_account_and_filters() {
    let account = entry(
        "organization: {role_name: path/reader, include: {account_ids: ['011122223333', '111122223333'], \
         account_names: ['^prod-'], organizational_units: [ou-ab12-34cdefgh, r-ab12]}, \
         exclude: {account_names: [sandbox]}}, external_id: example, session_name: exporter, \
         role_arn: 'arn:aws:iam::222222222222:role/lister', functions: [f, 'g:*']",
    );
    let Members::Organization(organization) = &account.members else {
        panic!("{account:?}")
    };
    let Credentials::Role(lister) = &organization.credentials else {
        panic!("{organization:?}")
    };
    assert_eq!(
        lister.arn.to_string(),
        "arn:aws:iam::222222222222:role/lister"
    );
    assert_eq!(organization.role_name, "path/reader".parse().unwrap());
    // The external id and the session name are those of every role of the entry.
    assert_eq!(lister.external_id.as_deref(), Some("example"));
    assert_eq!(organization.external_id, lister.external_id);
    assert_eq!(&*lister.session_name, "exporter");
    assert_eq!(organization.session_name, lister.session_name);
    let include = AccountFilter {
        account_ids: ["011122223333", "111122223333"]
            .map(|id| id.parse().unwrap())
            .into(),
        account_names: patterns(&["^prod-"]),
        organizational_units: ["ou-ab12-34cdefgh", "r-ab12"].map(str::to_owned).into(),
    };
    assert_eq!(organization.include, include);
    let exclude = AccountFilter {
        account_names: patterns(&["sandbox"]),
        ..AccountFilter::default()
    };
    assert_eq!(organization.exclude, exclude);
    assert_eq!(names(&account), ["f", "g:*"]);
    assert_eq!(account.discovery, None);
}

#[test]
fn an_organisation_needs_a_role_name_alone() {
    let AccountEntry {
        members: Members::Organization(organization),
        ..
    } = entry("organization: {role_name: reader}, session_name: exporter")
    else {
        panic!("no organisation")
    };
    assert_eq!(organization.credentials, Credentials::Ambient);
    assert_eq!(&*organization.session_name, "exporter");
    assert!(organization.include.is_empty() && organization.exclude.is_empty());
}

#[test]
fn leading_zeros_of_an_account_are_kept_or_asked_for() {
    let with =
        |id: &str| format!("organization: {{role_name: r, include: {{account_ids: [{id}]}}}}");
    for id in ["'011122223333'", "011122223333"] {
        let Members::Organization(organization) = entry(&with(id)).members else {
            panic!("no organisation")
        };
        let ids = organization.include.account_ids;
        assert_eq!(ids, ["011122223333".parse().unwrap()].into(), "{id}");
    }
    let variable = "[{organization={role_name=r,include={account_ids=[011122223333]}}}]";
    let environment = [("LAMBDA_ASYNC_EXPORTER_ACCOUNTS", variable)];
    assert_eq!(
        problems("", &environment, &Arguments::default()),
        "LAMBDA_ASYNC_EXPORTER_ACCOUNTS: accounts[0].organization.include.account_ids[0]: \
         `accounts[0].organization.include.account_ids[0]` must be a string, \
         not the number 11122223333: write it in quotes"
    );
}
