//! Event source mappings.

use std::sync::Arc;

use aws_sdk_lambda::{
    operation::list_event_source_mappings::ListEventSourceMappingsOutput,
    types::EventSourceMappingConfiguration,
};

use super::{bounded, is_in, malformed, out_of_scope, page, qualifier, reference};
use crate::{
    domain::{
        CallError, Destination, EventSourceMapping, EventSourceType, OnFailure, Operation,
        Qualifier, ScopeId,
    },
    port::{ListedMapping, Page},
};

/// One page of the answer to `ListEventSourceMappings` in a scope. One that this version cannot read is named by its
/// UUID; those of another scope are no answer.
pub(in crate::aws) fn event_source_mappings(
    output: &ListEventSourceMappingsOutput,
    scope: &ScopeId,
) -> Result<Page<ListedMapping>, CallError> {
    page(
        Operation::ListEventSourceMappings,
        output.event_source_mappings.as_deref(),
        output.next_marker(),
        |entry| listed(entry, scope).map(Some),
    )
}

fn listed(
    entry: &EventSourceMappingConfiguration,
    scope: &ScopeId,
) -> Result<ListedMapping, CallError> {
    let operation = Operation::ListEventSourceMappings;
    let Some(uuid) = entry.uuid().filter(|uuid| !uuid.is_empty()) else {
        return Err(malformed(operation, "a mapping has no UUID"));
    };
    let Ok(function) = reference(operation, entry.function_arn()) else {
        return Ok(ListedMapping::Unreadable(bounded(uuid)));
    };
    if !is_in(&function, scope) {
        return Err(out_of_scope(operation));
    }
    let source = entry.event_source_arn();
    let source_type = EventSourceType::of(source.filter(|arn| !arn.is_empty()));
    let mapping = EventSourceMapping {
        uuid: Arc::from(bounded(uuid)),
        qualifier: qualifier(&function).unwrap_or_else(Qualifier::latest),
        source: Destination::from_wire(source),
        source_type,
        enabled: matches!(entry.state(), Some("Enabled" | "Enabling" | "Updating")),
        on_failure: on_failure(entry, source_type),
        maximum_retry_attempts: entry.maximum_retry_attempts(),
        maximum_record_age_seconds: entry.maximum_record_age_in_seconds(),
        bisect_batch_on_function_error: entry.bisect_batch_on_function_error(),
        last_modified: entry
            .last_modified()
            .map(aws_sdk_lambda::primitives::DateTime::as_secs_f64),
    };
    Ok(ListedMapping::Known(function.name().clone(), mapping))
}

/// A mapping of a queue has no `DestinationConfig`, nor has one of a self-managed Kafka cluster that was made before
/// it could have one (recorded answers).
fn on_failure(entry: &EventSourceMappingConfiguration, source_type: EventSourceType) -> OnFailure {
    match entry.destination_config() {
        Some(config) if source_type != EventSourceType::Sqs => {
            let destination = config.on_failure().and_then(|on| on.destination());
            match Destination::from_wire(destination) {
                Some(destination) => OnFailure::Destination(destination),
                None => OnFailure::None,
            }
        }
        _ => OnFailure::Unsupported,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{DestinationConfig, OnFailure as WireOnFailure};

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
    const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/s";
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:q";

    fn scope() -> ScopeId {
        ScopeId {
            account: Some("123456789012".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }
    }

    fn mapping(function_arn: &str, source: &str) -> EventSourceMappingConfiguration {
        EventSourceMappingConfiguration::builder()
            .uuid("u")
            .function_arn(function_arn)
            .event_source_arn(source)
            .state("Enabled")
            .build()
    }

    fn with_destination(source: &str, destination: Option<&str>) -> OnFailure {
        let on_failure = WireOnFailure::builder().set_destination(destination.map(str::to_owned));
        let config = DestinationConfig::builder()
            .on_failure(on_failure.build())
            .build();
        let mut entry = mapping(ARN, source);
        entry.destination_config = Some(config);
        read(&entry).on_failure
    }

    fn read(entry: &EventSourceMappingConfiguration) -> EventSourceMapping {
        match listed(entry, &scope()).unwrap() {
            ListedMapping::Known(_, mapping) => mapping,
            ListedMapping::Unreadable(uuid) => panic!("{uuid}"),
        }
    }

    #[test]
    fn an_unqualified_function_is_latest_as_one_that_was_written_so() {
        for (suffix, qualifier) in [
            ("", "$LATEST"),
            (":$LATEST", "$LATEST"),
            (":1", "1"),
            (":live", "live"),
        ] {
            let mapping = read(&mapping(&format!("{ARN}{suffix}"), STREAM));
            assert_eq!(mapping.qualifier.as_str(), qualifier, "{suffix}");
        }
    }

    #[test]
    fn nothing_and_an_empty_string_are_no_destination() {
        assert_eq!(with_destination(STREAM, None), OnFailure::None);
        assert_eq!(with_destination(STREAM, Some("")), OnFailure::None);
        let queue = Destination::from_wire(Some(QUEUE)).unwrap();
        assert_eq!(
            with_destination(STREAM, Some(QUEUE)),
            OnFailure::Destination(queue)
        );
    }

    #[test]
    fn a_queue_has_no_such_setting() {
        assert_eq!(
            read(&mapping(ARN, QUEUE)).on_failure,
            OnFailure::Unsupported
        );
        assert_eq!(with_destination(QUEUE, None), OnFailure::Unsupported);
        assert_eq!(read(&mapping(ARN, "")).on_failure, OnFailure::Unsupported);
    }

    #[test]
    fn only_what_runs_is_enabled() {
        for (state, enabled) in [
            ("Creating", false),
            ("Enabling", true),
            ("Enabled", true),
            ("Updating", true),
            ("Disabling", false),
            ("Disabled", false),
            ("Deleting", false),
        ] {
            let mut entry = mapping(ARN, STREAM);
            entry.state = Some(state.to_owned());
            assert_eq!(read(&entry).enabled, enabled, "{state}");
        }
    }

    #[test]
    fn one_odd_mapping_spoils_no_listing_but_another_scope_does() {
        let odd = mapping("arn:aws:lambda:us-east-1:123456789012:function:a b", STREAM);
        assert_eq!(
            listed(&odd, &scope()),
            Ok(ListedMapping::Unreadable("u".to_owned()))
        );
        let foreign = mapping("arn:aws:lambda:us-east-1:999999999999:function:f", STREAM);
        assert!(listed(&foreign, &scope()).is_err());
    }
}
