//! `EventBridge`: one event bus.

use serde_json::json;

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::caller::Caller;
use crate::resource;
use crate::state::State;

/// The bus that every account has in every region.
pub(crate) const DEFAULT_BUS: &str = "default";

/// Another account's bus is denied, be it there or not; one of another region is not there.
pub(crate) fn describe_event_bus(
    state: &State,
    call: &Call,
    caller: &Caller,
) -> Result<Answer, AwsError> {
    let scope = &caller.scope;
    let arn = call.resource.as_deref().ok_or_else(malformed)?;
    if resource::account(arn) != scope.account {
        return Err(state.denial(call, caller));
    }
    let name = arn.rsplit('/').next().unwrap_or_default();
    if arn != scope.event_bus_arn(DEFAULT_BUS) && !state.has(scope, arn) {
        let message = format!("Event bus {name} does not exist.");
        return Err(AwsError::not_found(message));
    }
    Ok(Answer::amz_json(200, &json!({ "Arn": arn, "Name": name })))
}

/// AWS's text is not recorded.
fn malformed() -> AwsError {
    AwsError::new(Code::Validation, "Parameter Name is not valid.")
}
