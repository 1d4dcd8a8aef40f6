//! Lambda's operations.

mod aliases;
mod event_invoke_config_input;
mod event_invoke_configs;
mod event_source_mappings;
mod functions;

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::operation::Operation;
use crate::scope::Scope;
use crate::state::State;

/// What most listings send at most.
const PER_PAGE: usize = 50;

/// The answer to a Lambda call by a caller in `scope`.
pub(crate) fn answer(state: &mut State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    match call.operation {
        Operation::ListFunctions => functions::list(state, call, scope),
        Operation::GetFunction => functions::get(state, call),
        Operation::GetFunctionConfiguration => functions::get_configuration(state, call),
        Operation::PublishVersion => functions::publish_version(state, call),
        Operation::ListFunctionEventInvokeConfigs => event_invoke_configs::list(state, call),
        Operation::GetFunctionEventInvokeConfig => event_invoke_configs::get(state, call),
        Operation::PutFunctionEventInvokeConfig => event_invoke_configs::put(state, call),
        Operation::UpdateFunctionEventInvokeConfig => event_invoke_configs::update(state, call),
        Operation::DeleteFunctionEventInvokeConfig => event_invoke_configs::delete(state, call),
        Operation::ListEventSourceMappings => event_source_mappings::list(state, call, scope),
        Operation::ListAliases => aliases::list(state, call),
        Operation::GetAlias => aliases::get(state, call),
        Operation::CreateAlias => aliases::create(state, call),
        Operation::UpdateAlias => aliases::update(state, call),
        Operation::DeleteAlias => aliases::delete(state, call),
        _ => Err(AwsError::new(Code::UnknownOperation, "Unknown operation")),
    }
}
