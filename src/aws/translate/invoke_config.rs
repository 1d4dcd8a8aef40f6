//! Event invoke configs.

use aws_sdk_lambda::{
    operation::{
        get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput,
        list_function_event_invoke_configs::ListFunctionEventInvokeConfigsOutput,
    },
    primitives::DateTime,
    types::{DestinationConfig, FunctionEventInvokeConfig},
};

use super::{malformed, page, qualifier_of};
use crate::{
    domain::{
        CallError, Destination, EventInvokeConfig, FunctionName, Operation, Qualifier, ScopeId,
    },
    port::Page,
};

/// The answer to `GetFunctionEventInvokeConfig`.
pub(in crate::aws) fn config(
    output: &GetFunctionEventInvokeConfigOutput,
    function: &FunctionName,
    qualifier: &Qualifier,
    scope: &ScopeId,
) -> Result<EventInvokeConfig, CallError> {
    let operation = Operation::GetFunctionEventInvokeConfig;
    let answered = qualifier_of(operation, output.function_arn(), function, scope)?;
    if answered.is_some_and(|answered| answered != *qualifier) {
        return Err(malformed(operation, "it is about another qualifier"));
    }
    Ok(event_invoke_config(
        output.maximum_retry_attempts(),
        output.maximum_event_age_in_seconds(),
        output.destination_config(),
        output.last_modified(),
    ))
}

/// One page of the answer to `ListFunctionEventInvokeConfigs`.
pub(in crate::aws) fn configs(
    output: &ListFunctionEventInvokeConfigsOutput,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
    page(
        Operation::ListFunctionEventInvokeConfigs,
        output.function_event_invoke_configs.as_deref(),
        output.next_marker(),
        |entry| entry_of(entry, function, scope).map(Some),
    )
}

fn entry_of(
    entry: &FunctionEventInvokeConfig,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<(Qualifier, EventInvokeConfig), CallError> {
    let operation = Operation::ListFunctionEventInvokeConfigs;
    let qualifier = qualifier_of(operation, entry.function_arn(), function, scope)?;
    let config = event_invoke_config(
        entry.maximum_retry_attempts(),
        entry.maximum_event_age_in_seconds(),
        entry.destination_config(),
        entry.last_modified(),
    );
    Ok((qualifier.unwrap_or_else(Qualifier::latest), config))
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

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{OnFailure, OnSuccess};

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST";

    fn scope() -> ScopeId {
        ScopeId {
            account: Some("123456789012".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }
    }

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
            let config = config(&output, &name(), &Qualifier::latest(), &scope()).unwrap();
            assert_eq!((config.on_failure, config.on_success), (None, None));
        }
    }

    #[test]
    fn an_answer_about_nothing_or_something_else_is_not_believed() {
        for arn in [
            None,
            Some("f"),
            Some("arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST"),
            Some("arn:aws:lambda:us-east-1:999999999999:function:f:$LATEST"),
            Some("arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST"),
            Some("arn:aws:lambda:us-east-1:123456789012:function:f:BLUE"),
        ] {
            let output = GetFunctionEventInvokeConfigOutput::builder()
                .set_function_arn(arn.map(str::to_owned))
                .build();
            assert!(
                config(&output, &name(), &Qualifier::latest(), &scope()).is_err(),
                "{arn:?}"
            );
        }
        let output = ListFunctionEventInvokeConfigsOutput::builder().build();
        assert!(configs(&output, &name(), &scope()).is_err());
    }
}
