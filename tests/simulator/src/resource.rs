//! The queue, topic, event bus or bucket that a request is about, as an ARN: what a destination is.

use serde_json::Value;

use crate::caller::is_account;
use crate::event_bridge::DEFAULT_BUS;
use crate::operation::Operation;
use crate::scope::Scope;

/// Reads the ARN out of what a caller in `scope` sent: a JSON body, the parameters of a form, or a path. `None` where
/// it is not well formed, or the operation is about none of these.
pub(crate) fn read<'a>(
    operation: Operation,
    body: &Value,
    parameter: impl Fn(&str) -> Option<&'a str>,
    bucket: Option<&str>,
    scope: &Scope,
) -> Option<String> {
    match operation {
        Operation::GetQueueAttributes => queue(body["QueueUrl"].as_str()?, scope),
        Operation::GetTopicAttributes => arn(parameter("TopicArn")?, "sns"),
        Operation::DescribeEventBus => match body["Name"].as_str() {
            Some(text) if text.starts_with("arn:") => arn(text, "events"),
            name => Some(scope.event_bus_arn(name.unwrap_or(DEFAULT_BUS))),
        },
        Operation::HeadBucket => Some(scope.bucket_arn(bucket?)),
        _ => None,
    }
}

/// `https://…/ACCOUNT/NAME`: of the address only the end counts, in the region that is asked.
fn queue(url: &str, scope: &Scope) -> Option<String> {
    let mut end = url.rsplitn(3, '/');
    let (name, account) = (end.next()?, end.next()?);
    let owner = Scope::new(account, &scope.region);
    (is_account(account) && !name.is_empty()).then(|| owner.queue_arn(name))
}

fn arn(text: &str, service: &str) -> Option<String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, named, region, account, _] = parts.as_slice() else {
        return None;
    };
    let whole = *named == service && !region.is_empty() && is_account(account);
    whole.then(|| text.to_owned())
}

/// The region that an ARN names.
pub(crate) fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// The account that an ARN names.
pub(crate) fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}
