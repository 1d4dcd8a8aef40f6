//! The tagging API's `GetResources`: only functions that have tags or once had, deleted ones among them.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::page::{self, Page};
use crate::scope::Scope;
use crate::state::State;

/// The most that a page has, and what it has unless fewer are asked for.
const PER_PAGE: usize = 100;

pub(crate) fn get_resources(state: &State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    let input = call.json()?;
    let after = input["PaginationToken"]
        .as_str()
        .filter(|token| !token.is_empty());
    let after = after.map(page::decode).transpose()?;
    let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let size = input["ResourcesPerPage"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok());
    let region = state.region(scope).filter(|_| asks_for_functions(&input));
    let tagged = region.map(|region| region.tagged.range::<str, _>((start, Bound::Unbounded)));
    let rest = tagged
        .into_iter()
        .flatten()
        .filter(|(_, tags)| matches(&input, tags));
    let size = size.unwrap_or(PER_PAGE).clamp(1, PER_PAGE);
    let page = Page::take(rest, size, |(name, _)| (*name).clone());
    let mappings: Vec<Value> = page
        .items
        .iter()
        .map(|(name, tags)| mapping(&scope.function_arn(name), tags))
        .collect();
    // The last page's token is the empty string.
    let token = page.next.unwrap_or_default();
    let body = json!({ "PaginationToken": token, "ResourceTagMappingList": mappings });
    Ok(Answer::amz_json(200, &body))
}

fn mapping(arn: &str, tags: &BTreeMap<String, String>) -> Value {
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({ "ResourceARN": arn, "Tags": tags })
}

/// Whether the types that are asked for, if any, include functions.
fn asks_for_functions(input: &Value) -> bool {
    let types = input["ResourceTypeFilters"]
        .as_array()
        .filter(|types| !types.is_empty());
    types.is_none_or(|types| {
        types
            .iter()
            .any(|kind| kind == "lambda" || kind == "lambda:function")
    })
}

/// Whether every filter's key is there, with one of its values if it names any.
fn matches(input: &Value, tags: &BTreeMap<String, String>) -> bool {
    input["TagFilters"]
        .as_array()
        .into_iter()
        .flatten()
        .all(|filter| {
            let tag = filter["Key"].as_str().and_then(|key| tags.get(key));
            let values = filter["Values"]
                .as_array()
                .filter(|values| !values.is_empty());
            tag.is_some_and(|tag| {
                values.is_none_or(|values| values.iter().any(|value| value == tag))
            })
        })
}
