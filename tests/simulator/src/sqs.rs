//! SQS: the attributes of a queue.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::caller::Caller;
use crate::resource;
use crate::state::State;

/// A queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// The ARN of its dead-letter queue, and after how many receives a message goes there.
    pub(crate) redrive: Option<(String, u32)>,
}

/// Another account's queue is denied, be it there or not; one of another region is not there.
pub(crate) fn get_queue_attributes(
    state: &State,
    call: &Call,
    caller: &Caller,
) -> Result<Answer, AwsError> {
    let arn = call.resource.as_deref().ok_or_else(invalid_address)?;
    if resource::account(arn) != caller.scope.account {
        return Err(state.denial(call, caller));
    }
    let region = state.region(&caller.scope);
    let queue = region.and_then(|region| region.queues.get(arn));
    let queue = queue.ok_or_else(|| AwsError::not_found("The specified queue does not exist."))?;
    let input = call.json()?;
    let mut attributes = queue.attributes(arn);
    attributes.retain(|name, _| is_asked(&input, name));
    let mut body = json!({});
    if !attributes.is_empty() {
        body["Attributes"] = attributes.into();
    }
    Ok(Answer::amz_json_1_0(200, &body))
}

impl Queue {
    /// All of them are text.
    fn attributes(&self, arn: &str) -> Map<String, Value> {
        let mut attributes = Map::new();
        attributes.insert("QueueArn".to_owned(), arn.into());
        if let Some((dead_letter_arn, receives)) = &self.redrive {
            let policy =
                json!({ "deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": receives });
            attributes.insert("RedrivePolicy".to_owned(), policy.to_string().into());
        }
        attributes
    }
}

fn is_asked(input: &Value, name: &str) -> bool {
    let names = input["AttributeNames"].as_array().into_iter().flatten();
    names
        .filter_map(Value::as_str)
        .any(|asked| asked == "All" || asked == name)
}

/// AWS's text is not recorded.
fn invalid_address() -> AwsError {
    let message = "The address is not valid for this endpoint.";
    AwsError::new(Code::InvalidParameterValue, message)
}
