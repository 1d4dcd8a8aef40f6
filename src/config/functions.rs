//! The key `functions` of an entry: functions by name, each of them one that the entry can read.

use super::{entry::Entry, fields::Fields, problem::Problem};
use crate::domain::{Credentials, FunctionReference};

/// Reads the key. `credentials` are the entry's own; in an organisation's entry they read none of
/// the functions themselves.
pub(super) fn read(
    fields: &Fields,
    credentials: &Credentials,
    problems: &mut Vec<Problem>,
) -> Vec<FunctionReference> {
    let Some(entry) = fields.get("functions") else {
        return Vec::new();
    };
    let organization = fields.named("organization").is_some();
    let listed: Vec<(Entry, FunctionReference)> = entry.parsed_list("[my-function]", problems);
    for (element, function) in &listed {
        let cross_account = if organization {
            beside_organization(function)
        } else {
            beyond_role(function, credentials)
        };
        problems.extend(cross_account.map(|why| {
            element.problem(format!("`{function}` {why}: give it an entry of its own"))
        }));
    }
    listed.into_iter().map(|(_, function)| function).collect()
}

/// Which of the organisation's accounts are watched is for its filters to say.
fn beside_organization(function: &FunctionReference) -> Option<String> {
    let account = function.account()?;
    Some(format!(
        "names account {account}, but this entry is for the accounts of an organisation"
    ))
}

/// A role reads nothing outside its own account.
fn beyond_role(function: &FunctionReference, credentials: &Credentials) -> Option<String> {
    let Credentials::Role(role) = credentials else {
        return None;
    };
    let (account, of_role) = (function.account()?, role.arn.account());
    if account != of_role {
        return Some(format!(
            "is in account {account}, but this entry's role is in account {of_role}"
        ));
    }
    let (partition, of_role) = (function.partition()?, role.arn.partition());
    (partition != of_role).then(|| {
        format!("is in partition {partition}, but this entry's role is in partition {of_role}")
    })
}
