//! Organizations: the accounts of an organization and the tree they are in.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::operation::Operation;
use crate::organization::{Member, Organization, is_parent};
use crate::page::{Ask, Page};
use crate::scope::Scope;
use crate::state::State;

/// The most that a page has, and what it has unless fewer are asked for.
const PER_PAGE: usize = 20;

/// When every account joined: 2026-01-01, in seconds since the epoch.
const JOINED: f64 = 1_767_225_600.0;

/// The answer to an Organizations call by a caller in `scope`.
pub(crate) fn answer(state: &State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    let organization = state
        .organization_of(&scope.account)
        .ok_or_else(not_in_use)?;
    if !organization.may_ask(&scope.account) {
        // Whatever the caller's policies allow: AWS names neither caller nor action here.
        let message = "You don't have permissions to access this resource.";
        return Err(AwsError::new(Code::AccessDenied, message));
    }
    let input = call.json()?;
    let ask = Ask::of_json(&input, PER_PAGE)?;
    let body = match call.operation {
        Operation::ListAccounts => accounts(organization, None, &ask),
        Operation::ListAccountsForParent => {
            accounts(organization, Some(parent(organization, &input)?), &ask)
        }
        _ => units(organization, parent(organization, &input)?, &ask),
    };
    Ok(Answer::amz_json(200, &body))
}

fn not_in_use() -> AwsError {
    let message = "Your account is not a member of an organization.";
    AwsError::new(Code::NotInOrganization, message)
}

/// The root or unit that is asked about.
fn parent<'a>(organization: &Organization, input: &'a Value) -> Result<&'a str, AwsError> {
    let id = input["ParentId"].as_str().unwrap_or_default();
    if !is_parent(id) {
        let message = "You provided a value that does not match the required pattern.";
        return Err(AwsError::invalid_parameter(message));
    }
    if !organization.has_parent(id) {
        // AWS's text is not recorded.
        let message = "You specified parent that doesn't exist.";
        return Err(AwsError::new(Code::ParentNotFound, message));
    }
    Ok(id)
}

/// A page of all accounts, or of those directly in a parent.
fn accounts(organization: &Organization, parent: Option<&str>, ask: &Ask) -> Value {
    let all = organization
        .accounts
        .range::<str, _>((ask.start(), Bound::Unbounded));
    let within = all.filter(|(_, member)| parent.is_none_or(|parent| member.parent == parent));
    let page = Page::take(within, ask.size, |(id, _)| (*id).clone());
    let show = |(id, member): &(&String, &Member)| account(organization, id, member);
    let items: Vec<Value> = page.items.iter().map(show).collect();
    paged("Accounts", &items, page.next.as_deref())
}

/// A page of the units directly in a parent.
fn units(organization: &Organization, parent: &str, ask: &Ask) -> Value {
    let all = organization
        .units
        .range::<str, _>((ask.start(), Bound::Unbounded));
    let within = all
        .map(|(id, up)| (id, up.as_str()))
        .filter(|(_, up)| *up == parent);
    let page = Page::take(within, ask.size, |(id, _)| (*id).clone());
    let show = |(id, _): &(&String, &str)| json!({ "Id": id, "Arn": arn(organization, "ou", id), "Name": id });
    let items: Vec<Value> = page.items.iter().map(show).collect();
    paged("OrganizationalUnits", &items, page.next.as_deref())
}

fn account(organization: &Organization, id: &str, member: &Member) -> Value {
    let created = id != organization.management;
    json!({
        "Id": id,
        "Arn": arn(organization, "account", id),
        "Email": format!("{id}@example.com"),
        "Name": member.name,
        "Status": member.standing.status(),
        "State": member.standing.state(),
        "JoinedMethod": if created { "CREATED" } else { "INVITED" },
        "JoinedTimestamp": JOINED,
    })
}

/// The organization's id is `o-` and its management account.
fn arn(organization: &Organization, kind: &str, id: &str) -> String {
    let management = &organization.management;
    format!("arn:aws:organizations::{management}:{kind}/o-{management}/{id}")
}

/// The last page has no token.
fn paged(list: &str, items: &[Value], next: Option<&str>) -> Value {
    let mut body = json!({ list: items });
    if let Some(token) = next {
        body["NextToken"] = token.into();
    }
    body
}
