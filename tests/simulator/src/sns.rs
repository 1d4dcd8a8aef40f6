//! SNS: the attributes of a topic.

use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::caller::Caller;
use crate::resource;
use crate::state::State;

pub(crate) const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// Another account's topic is denied, be it there or not. What AWS says of another region's is not recorded.
pub(crate) fn get_topic_attributes(
    state: &State,
    call: &Call,
    caller: &Caller,
) -> Result<Answer, AwsError> {
    let scope = &caller.scope;
    let here = |arn: &&str| resource::region(arn) == scope.region;
    let arn = call.resource.as_deref().filter(here);
    let arn = arn.ok_or_else(|| AwsError::invalid_parameter("Invalid parameter: TopicArn"))?;
    let owner = resource::account(arn);
    if owner != scope.account {
        return Err(state.denial(call, caller));
    }
    if !state.has(scope, arn) {
        return Err(AwsError::not_found("Topic does not exist"));
    }
    let entry = |(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>");
    let entries = [("TopicArn", arn), ("Owner", owner)].map(entry).concat();
    let result = format!("<Attributes>{entries}</Attributes>");
    Ok(Answer::query("GetTopicAttributes", NAMESPACE, &result))
}
