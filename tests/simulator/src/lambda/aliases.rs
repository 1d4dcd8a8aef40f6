//! Aliases. Deleting one leaves its event invoke config behind, as AWS does.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::functions::{find, find_mut};
use crate::alias::Alias;
use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::function::Function;
use crate::page::Page;
use crate::state::State;
use crate::target::Target;

/// `ListAliases` takes up to 10,000 for `MaxItems`, and still sends 50.
const MAX_ITEMS: usize = 10_000;

pub(super) fn list(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let function = find(state, target)?;
    let version = call.parameter("FunctionVersion");
    let ask = call.page(MAX_ITEMS, super::PER_PAGE)?;
    let aliases = function
        .aliases
        .range::<str, _>((ask.start(), Bound::Unbounded));
    let rest = aliases.filter(|(_, alias)| version.is_none_or(|version| alias.version == version));
    let page = Page::take(rest, ask.size, |(name, _)| (*name).clone());
    let aliases: Vec<Value> = page
        .items
        .iter()
        .map(|(name, alias)| show(target, name, alias))
        .collect();
    let mut body = json!({ "Aliases": aliases });
    if let Some(marker) = page.next {
        body["NextMarker"] = marker.into();
    }
    Ok(Answer::json(200, &body))
}

pub(super) fn get(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let (target, name) = asked(call)?;
    let alias = find(state, target)?
        .aliases
        .get(name)
        .ok_or_else(|| missing(target, name))?;
    Ok(Answer::json(200, &show(target, name, alias)))
}

pub(super) fn create(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let (target, input) = (call.target()?, call.json()?);
    let name = input["Name"].as_str().unwrap_or_default();
    let version = input["FunctionVersion"].as_str().unwrap_or_default();
    let function = find_mut(state, target)?;
    if function.aliases.contains_key(name) {
        let arn = target.scope.qualified_arn(&target.name, name);
        return Err(AwsError::new(
            Code::ResourceConflict,
            format!("Alias already exists: {arn}"),
        ));
    }
    check_version(function, target, version)?;
    let mut alias = Alias::new(version);
    assign(&mut alias, &input);
    let shown = show(target, name, &alias);
    function.aliases.insert(name.to_owned(), alias);
    Ok(Answer::json(201, &shown))
}

pub(super) fn update(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let ((target, name), input) = (asked(call)?, call.json()?);
    let function = find_mut(state, target)?;
    let old = function
        .aliases
        .get(name)
        .ok_or_else(|| missing(target, name))?;
    let version = input["FunctionVersion"].as_str().unwrap_or(&old.version);
    check_version(function, target, version)?;
    let (description, weights) = (old.description.clone(), old.weights.clone());
    let mut alias = Alias {
        description,
        weights,
        ..Alias::new(version)
    };
    assign(&mut alias, &input);
    let shown = show(target, name, &alias);
    function.aliases.insert(name.to_owned(), alias);
    Ok(Answer::json(200, &shown))
}

/// Deleting what is not there succeeds.
pub(super) fn delete(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let (target, name) = asked(call)?;
    if let Some(function) = state
        .region_mut(&target.scope)
        .functions
        .get_mut(&target.name)
    {
        function.aliases.remove(name);
    }
    Ok(Answer::no_content())
}

fn asked(call: &Call) -> Result<(&Target, &str), AwsError> {
    Ok((call.target()?, call.alias.as_deref().unwrap_or_default()))
}

fn check_version(function: &Function, target: &Target, version: &str) -> Result<(), AwsError> {
    if function.has_version(version) {
        return Ok(());
    }
    Err(AwsError::function_not_found(
        &target.scope.qualified_arn(&target.name, version),
    ))
}

fn assign(alias: &mut Alias, input: &Value) {
    if let Some(description) = input["Description"].as_str() {
        description.clone_into(&mut alias.description);
    }
    if let Some(routing) = input["RoutingConfig"].as_object() {
        let weights = routing
            .get("AdditionalVersionWeights")
            .and_then(Value::as_object);
        alias.weights = weights.cloned().unwrap_or_else(Map::new);
    }
}

fn show(target: &Target, name: &str, alias: &Alias) -> Value {
    alias.to_json(name, &target.scope.qualified_arn(&target.name, name))
}

fn missing(target: &Target, name: &str) -> AwsError {
    let arn = target.scope.qualified_arn(&target.name, name);
    AwsError::not_found(format!("Cannot find alias arn: {arn}"))
}
