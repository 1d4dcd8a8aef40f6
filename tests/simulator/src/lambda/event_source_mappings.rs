//! Event source mappings: one outlives its function.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::event_source_mapping::EventSourceMapping;
use crate::page::Page;
use crate::scope::Scope;
use crate::state::State;
use crate::target::Target;

/// `ListEventSourceMappings` takes up to 10,000 for `MaxItems`, and still sends 100.
const MAX_ITEMS: usize = 10_000;
const PER_PAGE: usize = 100;

/// All mappings in `scope`, or those of one function, as it was named, or of one source.
pub(super) fn list(state: &State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    let function = call.parameter("FunctionName");
    let function = function.map(|name| Target::read(name, None, scope));
    let function = function.transpose()?.map(|target| target.arn());
    let source = call.parameter("EventSourceArn");
    let ask = call.page(MAX_ITEMS, PER_PAGE)?;
    let region = state.region(scope);
    let mappings = region.map(|region| {
        let mappings = &region.event_source_mappings;
        mappings.range::<str, _>((ask.start(), Bound::Unbounded))
    });
    let asked = |mapping: &EventSourceMapping| {
        let of_function = function.as_ref();
        of_function.is_none_or(|arn| *arn == mapping.function_arn(scope))
            && (source.is_none() || source == mapping.source_arn())
    };
    let mappings = mappings.into_iter().flatten().map(|(_, mapping)| mapping);
    let rest = mappings.filter(|mapping| asked(mapping));
    let page = Page::take(rest, ask.size, |mapping| mapping.uuid.clone());
    let show = |mapping: &&EventSourceMapping| mapping.to_json(scope);
    let mappings: Vec<Value> = page.items.iter().map(show).collect();
    let mut body = json!({ "EventSourceMappings": mappings });
    if let Some(marker) = page.next {
        body["NextMarker"] = marker.into();
    }
    Ok(Answer::json(200, &body))
}
