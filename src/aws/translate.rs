//! From the SDK's types to the domain's.
//!
//! An answer is believed only if it names the function that was asked about: a proxy's empty JSON
//! object would otherwise read as a function without a destination, and wake somebody up.

use aws_sdk_lambda::{
    operation::{
        get_function_configuration::GetFunctionConfigurationOutput,
        get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput,
        list_function_event_invoke_configs::ListFunctionEventInvokeConfigsOutput,
    },
    primitives::DateTime,
    types::{DestinationConfig, FunctionEventInvokeConfig},
};

use crate::{
    domain::{
        Destination, EventInvokeConfig, Function, FunctionName, FunctionReference, Qualifier,
        Selector,
    },
    poll::{CallError, CallFailure, ConfigPage},
};

/// The answer to `GetFunctionEventInvokeConfig`.
pub(super) fn config(
    output: &GetFunctionEventInvokeConfigOutput,
    function: &FunctionName,
    qualifier: &Qualifier,
) -> Result<EventInvokeConfig, CallError> {
    let answered = qualifier_of(output.function_arn(), function)?;
    if answered.is_some_and(|answered| answered != *qualifier) {
        return Err(senseless("it is about another qualifier"));
    }
    Ok(event_invoke_config(
        output.maximum_retry_attempts(),
        output.maximum_event_age_in_seconds(),
        output.destination_config(),
        output.last_modified(),
    ))
}

/// One page of the answer to `ListFunctionEventInvokeConfigs`.
pub(super) fn page(
    output: &ListFunctionEventInvokeConfigsOutput,
    function: &FunctionName,
) -> Result<ConfigPage, CallError> {
    // Through the field: the accessor makes an absent list an empty one.
    let Some(entries) = &output.function_event_invoke_configs else {
        return Err(senseless("it has no FunctionEventInvokeConfigs"));
    };
    let configs = entries.iter().map(|entry| list_entry(entry, function));
    Ok(ConfigPage {
        configs: configs.collect::<Result<_, _>>()?,
        next_marker: output
            .next_marker()
            .filter(|marker| !marker.is_empty())
            .map(str::to_owned),
    })
}

fn list_entry(
    entry: &FunctionEventInvokeConfig,
    function: &FunctionName,
) -> Result<(Qualifier, EventInvokeConfig), CallError> {
    let qualifier = qualifier_of(entry.function_arn(), function)?;
    let config = event_invoke_config(
        entry.maximum_retry_attempts(),
        entry.maximum_event_age_in_seconds(),
        entry.destination_config(),
        entry.last_modified(),
    );
    Ok((qualifier.unwrap_or_else(Qualifier::latest), config))
}

/// The answer to `GetFunctionConfiguration`.
pub(super) fn function(
    output: &GetFunctionConfigurationOutput,
    function: &FunctionName,
) -> Result<Function, CallError> {
    let arn = output.function_arn().unwrap_or_default();
    let qualifier = qualifier_of(Some(arn), function)?;
    let suffix = qualifier.map(|qualifier| format!(":{qualifier}"));
    let unqualified = arn.strip_suffix(suffix.as_deref().unwrap_or_default());
    let dead_letter_queue = output.dead_letter_config().and_then(|dlq| dlq.target_arn());
    Ok(Function {
        arn: unqualified.unwrap_or(arn).to_owned(),
        runtime: output.runtime().map(|runtime| runtime.as_str().to_owned()),
        // Absent only in answers from before container images, when all were archives.
        package_type: output
            .package_type()
            .map_or("Zip", |package_type| package_type.as_str())
            .to_owned(),
        dead_letter_queue: Destination::from_wire(dead_letter_queue),
    })
}

/// An unset destination is `{}`, `null` or `""` on the wire: the presence of `OnFailure` says
/// nothing, only the destination in it does.
fn event_invoke_config(
    maximum_retry_attempts: Option<i32>,
    maximum_event_age_seconds: Option<i32>,
    destinations: Option<&DestinationConfig>,
    last_modified: Option<&DateTime>,
) -> EventInvokeConfig {
    let on_failure = destinations.and_then(DestinationConfig::on_failure);
    let on_success = destinations.and_then(DestinationConfig::on_success);
    EventInvokeConfig {
        maximum_retry_attempts,
        maximum_event_age_seconds,
        on_failure: Destination::from_wire(on_failure.and_then(|on| on.destination())),
        on_success: Destination::from_wire(on_success.and_then(|on| on.destination())),
        last_modified: last_modified.map(DateTime::as_secs_f64),
    }
}

/// The qualifier in the ARN of an answer about `function`.
fn qualifier_of(
    arn: Option<&str>,
    function: &FunctionName,
) -> Result<Option<Qualifier>, CallError> {
    let reference: FunctionReference = arn
        .unwrap_or_default()
        .parse()
        .map_err(|_| senseless("it has no function ARN"))?;
    if reference.name() != function {
        return Err(senseless("it is about another function"));
    }
    Ok(match reference.selector() {
        Selector::Qualifier(qualifier) => Some(qualifier.clone()),
        Selector::Unqualified | Selector::Every => None,
    })
}

/// An answer that is not believed, and why.
pub(super) fn senseless(why: &str) -> CallError {
    CallError::Failed(CallFailure::error(format!(
        "the answer makes no sense: {why}"
    )))
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{OnFailure, OnSuccess};

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST";

    fn name() -> FunctionName {
        "f".parse().unwrap()
    }

    #[test]
    fn every_way_to_write_no_destination_is_none() {
        let empty = DestinationConfig::builder()
            .on_failure(OnFailure::builder().build())
            .on_success(OnSuccess::builder().destination("").build())
            .build();
        for destinations in [
            None,
            Some(DestinationConfig::builder().build()),
            Some(empty),
        ] {
            let output = GetFunctionEventInvokeConfigOutput::builder()
                .function_arn(ARN)
                .set_destination_config(destinations)
                .build();
            let config = config(&output, &name(), &Qualifier::latest()).unwrap();
            assert_eq!((config.on_failure, config.on_success), (None, None));
        }
    }

    #[test]
    fn an_answer_about_nothing_or_something_else_is_not_believed() {
        for arn in [
            None,
            Some("arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST"),
            Some("arn:aws:lambda:us-east-1:123456789012:function:f:BLUE"),
        ] {
            let output = GetFunctionEventInvokeConfigOutput::builder()
                .set_function_arn(arn.map(str::to_owned))
                .build();
            assert!(
                config(&output, &name(), &Qualifier::latest()).is_err(),
                "{arn:?}"
            );
        }
        let output = ListFunctionEventInvokeConfigsOutput::builder().build();
        assert!(page(&output, &name()).is_err());
        let output = GetFunctionConfigurationOutput::builder().build();
        assert!(function(&output, &name()).is_err());
    }

    #[test]
    fn the_arn_of_a_function_has_no_qualifier() {
        let output = GetFunctionConfigurationOutput::builder()
            .function_arn(ARN)
            .build();
        assert_eq!(
            function(&output, &name()).unwrap().arn,
            "arn:aws:lambda:us-east-1:123456789012:function:f"
        );
    }
}
