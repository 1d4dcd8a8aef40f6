//! Account Management's `ListRegions`: all regions, with whether the caller's account has them enabled.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::caller::Caller;
use crate::opt_in::OptIn;
use crate::page::{Ask, Page};
use crate::state::State;

/// The most that a page has, and what it has unless fewer are asked for.
const PER_PAGE: usize = 50;

/// What `RegionOptStatusContains` may name; of these, no region here is ever on its way.
const STATUSES: [&str; 5] = [
    "ENABLED",
    "ENABLING",
    "DISABLING",
    "DISABLED",
    "ENABLED_BY_DEFAULT",
];

pub(crate) fn list_regions(
    state: &State,
    call: &Call,
    caller: &Caller,
) -> Result<Answer, AwsError> {
    let input = call.json()?;
    if input["AccountId"].is_string() {
        return Err(untrusted(state, caller));
    }
    let wanted = wanted(&input)?;
    let ask = Ask::of_json(&input, PER_PAGE)?;
    let regions = state.opt_ins.of(&caller.scope.account);
    let rest = regions
        .range::<str, _>((ask.start(), Bound::Unbounded))
        .filter(|(_, opt_in)| wanted.is_empty() || wanted.contains(&opt_in.as_str()));
    let page = Page::take(rest, ask.size, |(name, _)| (**name).to_owned());
    let show = |(name, opt_in): &(&&str, &OptIn)| json!({ "RegionName": name, "RegionOptStatus": opt_in.as_str() });
    let regions: Vec<Value> = page.items.iter().map(show).collect();
    let mut body = json!({ "Regions": regions });
    if let Some(token) = page.next {
        body["NextToken"] = token.into();
    }
    Ok(Answer::json(200, &body))
}

/// The statuses that are asked for; none means all.
fn wanted(input: &Value) -> Result<Vec<&str>, AwsError> {
    let statuses = input["RegionOptStatusContains"].as_array();
    let statuses = statuses
        .into_iter()
        .flatten()
        .map(|status| status.as_str().unwrap_or_default());
    let check = |status| {
        let constraint = "Member must satisfy enum value set: \
             [ENABLED, DISABLING, DISABLED, ENABLING, ENABLED_BY_DEFAULT]";
        let known = STATUSES.contains(&status);
        known.then_some(status).ok_or_else(|| {
            AwsError::validation(status, "regionOptStatusContains.1.member", constraint)
        })
    };
    statuses.map(check).collect()
}

/// An account may ask for another one only after its organization said so, which none of the simulator's did.
fn untrusted(state: &State, caller: &Caller) -> AwsError {
    let identity = state
        .sessions
        .arn(&caller.access_key_id, &caller.scope.account);
    let message = format!(
        "User: {identity} is not authorized to perform: account:ListRegions \
         (Your organization must first enable trusted access with AWS Account Management.)"
    );
    AwsError::new(Code::AccessDenied, message)
}
