//! Event invoke configs.

use std::ops::Bound;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::event_invoke_config_input::Input;
use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::event_invoke_config::{EventInvokeConfig, Wire};
use crate::page::Page;
use crate::state::State;
use crate::target::Target;
use crate::timestamp;

/// Every qualifier's config; a qualifier in the name makes no difference.
pub(super) fn list(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let ask = call.page(super::PER_PAGE, super::PER_PAGE)?;
    let region = state.region(&target.scope);
    let region = region.filter(|region| region.functions.contains_key(&target.name));
    let configs = region.ok_or_else(no_function)?.configs.get(&target.name);
    let rest = configs
        .into_iter()
        .flat_map(|map| map.range::<str, _>((ask.start(), Bound::Unbounded)));
    let page = Page::take(rest, ask.size, |(qualifier, _)| (*qualifier).clone());
    let show = |(qualifier, config): &(&String, &EventInvokeConfig)| {
        config.to_json(target.scope.qualified_arn(&target.name, qualifier))
    };
    let configs: Vec<Value> = page.items.iter().map(show).collect();
    let mut body = json!({ "FunctionEventInvokeConfigs": configs });
    if let Some(marker) = page.next {
        body["NextMarker"] = marker.into();
    }
    Ok(Answer::json(200, &body))
}

/// Answers the same for a function that is not there and for one without a config; an orphan is found.
pub(super) fn get(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let region = state.region(&target.scope);
    let configs = region.and_then(|region| region.configs.get(&target.name));
    let config = configs.and_then(|configs| configs.get(target.qualifier()));
    let config = config.ok_or_else(|| no_config(target))?;
    Ok(Answer::json(200, &config.to_json(target.qualified_arn())))
}

/// Replaces the whole config.
pub(super) fn put(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let (target, input) = checked(state, call)?;
    Ok(store(state, target, input, EventInvokeConfig::new()))
}

/// Changes what is given of a config that is there.
pub(super) fn update(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let (target, input) = checked(state, call)?;
    let region = state.region(&target.scope);
    let configs = region.and_then(|region| region.configs.get(&target.name));
    let old = configs
        .and_then(|configs| configs.get(target.qualifier()))
        .cloned();
    let old = old.ok_or_else(|| no_config(target))?;
    Ok(store(state, target, input, old))
}

pub(super) fn delete(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let configs = state
        .region_mut(&target.scope)
        .configs
        .get_mut(&target.name);
    match configs.and_then(|configs| configs.remove(target.qualifier())) {
        Some(_) => Ok(Answer::no_content()),
        None => Err(no_config(target)),
    }
}

/// The function and the body of Put and Update, which AWS checks alike.
fn checked<'a>(state: &State, call: &'a Call) -> Result<(&'a Target, Input), AwsError> {
    let target = call.target()?;
    let input = Input::read(&call.json()?)?;
    let region = state.region(&target.scope);
    let function = region.and_then(|region| region.functions.get(&target.name));
    if !function.is_some_and(|function| function.has_qualifier(target.qualifier())) {
        return Err(no_function());
    }
    input.check_destinations(state, target)?;
    Ok((target, input))
}

fn store(state: &mut State, target: &Target, input: Input, old: EventInvokeConfig) -> Answer {
    // What Put and Update write is never absent, whatever was put past them.
    let settled = |given: Option<Wire>, old: Wire| match given.unwrap_or(old) {
        Wire::Arn(arn) => Wire::Arn(arn),
        _ => Wire::Empty,
    };
    let config = EventInvokeConfig {
        maximum_retry_attempts: input.retries.or(old.maximum_retry_attempts),
        maximum_event_age_in_seconds: input.event_age.or(old.maximum_event_age_in_seconds),
        on_success: settled(input.on_success, old.on_success),
        on_failure: settled(input.on_failure, old.on_failure),
        last_modified: timestamp::epoch_seconds(SystemTime::now()),
    };
    let body = config.to_json(target.qualified_arn());
    let configs = state
        .region_mut(&target.scope)
        .configs
        .entry(target.name.clone())
        .or_default();
    configs.insert(target.qualifier().to_owned(), config);
    Answer::json(200, &body)
}

/// What List, Put and Update say of a function that is not there.
fn no_function() -> AwsError {
    AwsError::not_found("The function doesn't exist.")
}

/// What Get, Update and Delete say, be the function there or not.
fn no_config(target: &Target) -> AwsError {
    let arn = target.qualified_arn();
    AwsError::not_found(format!(
        "The function {arn} doesn't have an EventInvokeConfig"
    ))
}
