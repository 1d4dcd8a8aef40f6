//! Whether destinations, dead-letter queues and event sources exist: one call each, in the region that the ARN
//! names, whatever the scope's is.

use aws_sdk_s3::operation::head_bucket::{HeadBucketError, HeadBucketOutput};
use aws_sdk_sqs::types::QueueAttributeName;

use super::{
    caller::{Caller, signed},
    clients::{Clients, RegionClients},
    lambda::wire_qualifier,
    translate,
};
use crate::{
    domain::{
        AccountId, CallError, CallFailure, Destination, DestinationType, FunctionReference,
        Operation, Partition, Qualifier, ScopeId,
    },
    port::DestinationAnswer,
};

/// What SDK calls of S3 end with.
type HeadBucketResult = Result<
    HeadBucketOutput,
    aws_sdk_s3::error::SdkError<HeadBucketError, aws_sdk_s3::config::http::HttpResponse>,
>;

/// Asks about one destination, for a scope whose credentials belong to `owner`, if that is known.
///
/// Of what belongs to another account only "it exists" is believed: some services say "missing" where they mean
/// "none of your business".
pub(super) async fn get(
    clients: &Clients,
    caller: &Caller,
    scope: &ScopeId,
    owner: Option<AccountId>,
    destination: &Destination,
) -> Result<DestinationAnswer, CallError> {
    let region = destination.region();
    let clients = clients.of(region.as_ref().unwrap_or(&scope.region));
    let ask = Ask {
        clients: &clients,
        caller,
        scope,
        destination,
    };
    let answer = match destination.destination_type() {
        DestinationType::Sqs => ask.queue().await,
        DestinationType::Sns => ask.topic().await,
        DestinationType::Events => ask.event_bus().await,
        DestinationType::S3 => ask.bucket(owner).await,
        DestinationType::Lambda => ask.function().await,
        DestinationType::Kafka | DestinationType::Other => return Ok(DestinationAnswer::Unknown),
    };
    let account = destination.account();
    let is_foreign = account.is_some() && account != owner;
    match answer {
        Ok(redrive) => Ok(DestinationAnswer::Exists { redrive }),
        Err(CallError::NotFound) if is_foreign => Ok(DestinationAnswer::Unknown),
        Err(CallError::NotFound) => Ok(DestinationAnswer::Gone),
        Err(CallError::Failed(failure)) if is_foreign && failure.is_missing_permission() => {
            Ok(DestinationAnswer::Unknown)
        }
        Err(error) => Err(error),
    }
}

/// One question.
struct Ask<'a> {
    clients: &'a RegionClients,
    caller: &'a Caller,
    scope: &'a ScopeId,
    destination: &'a Destination,
}

impl Ask<'_> {
    /// IAM action `sqs:GetQueueAttributes`. Gives whether the queue has a redrive policy.
    async fn queue(&self) -> Result<Option<bool>, CallError> {
        let operation = Operation::GetQueueAttributes;
        let url = queue_url(self.destination).ok_or_else(|| no_arn(operation))?;
        let request = self
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::QueueArn)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .customize();
        self.caller
            .call(
                self.scope,
                operation,
                signed!(aws_sdk_sqs, request),
                |output| {
                    let attribute = |name| output.attributes()?.get(&name).map(String::as_str);
                    self.is_about_it(operation, attribute(QueueAttributeName::QueueArn))?;
                    let redrive = attribute(QueueAttributeName::RedrivePolicy);
                    Ok(Some(redrive.is_some_and(|policy| !policy.is_empty())))
                },
            )
            .await
    }

    /// IAM action `sns:GetTopicAttributes`.
    async fn topic(&self) -> Result<Option<bool>, CallError> {
        let operation = Operation::GetTopicAttributes;
        let arn = self.destination.arn();
        let request = self
            .clients
            .sns
            .get_topic_attributes()
            .topic_arn(arn)
            .customize();
        self.caller
            .call(
                self.scope,
                operation,
                signed!(aws_sdk_sns, request),
                |output| {
                    let arn = output.attributes().and_then(|all| all.get("TopicArn"));
                    self.is_about_it(operation, arn.map(String::as_str))
                },
            )
            .await
    }

    /// IAM action `events:DescribeEventBus`.
    async fn event_bus(&self) -> Result<Option<bool>, CallError> {
        let operation = Operation::DescribeEventBus;
        let arn = self.destination.arn();
        let request = self
            .clients
            .events
            .describe_event_bus()
            .name(arn)
            .customize();
        self.caller
            .call(
                self.scope,
                operation,
                signed!(aws_sdk_eventbridge, request),
                |output| self.is_about_it(operation, output.arn()),
            )
            .await
    }

    /// IAM action `s3:ListBucket`. A bucket that now belongs to somebody else is refused, as one that may not be
    /// seen is: neither says that it is gone.
    async fn bucket(&self, owner: Option<AccountId>) -> Result<Option<bool>, CallError> {
        let operation = Operation::HeadBucket;
        let name = self
            .destination
            .resource()
            .ok_or_else(|| no_arn(operation))?;
        let request = self
            .clients
            .s3
            .head_bucket()
            .bucket(name)
            .set_expected_bucket_owner(owner.map(|owner| owner.to_string()))
            .customize();
        let send = signed!(aws_sdk_s3, request);
        self.caller
            .call(
                self.scope,
                operation,
                |credentials| {
                    let answer = send(credentials);
                    async { exists_elsewhere(answer.await, self.scope) }
                },
                |_| Ok(None),
            )
            .await
    }

    /// IAM action `lambda:GetFunctionConfiguration`.
    async fn function(&self) -> Result<Option<bool>, CallError> {
        let operation = Operation::GetFunctionConfiguration;
        let reference: FunctionReference = self
            .destination
            .arn()
            .parse()
            .map_err(|_| no_arn(operation))?;
        let scope = ScopeId {
            account: reference.account(),
            region: reference.region().unwrap_or(&self.scope.region).clone(),
        };
        let qualifier = translate::qualifier(&reference).unwrap_or_else(Qualifier::latest);
        let request = self
            .clients
            .lambda
            .get_function_configuration()
            .function_name(reference_without_qualifier(self.destination.arn()))
            .set_qualifier(wire_qualifier(&qualifier))
            .customize();
        self.caller
            .call(
                self.scope,
                operation,
                signed!(aws_sdk_lambda, request),
                |output| translate::function(output, reference.name(), &scope).map(|_| None),
            )
            .await
    }

    fn is_about_it(
        &self,
        operation: Operation,
        arn: Option<&str>,
    ) -> Result<Option<bool>, CallError> {
        if arn == Some(self.destination.arn()) {
            Ok(None)
        } else {
            Err(translate::malformed(
                operation,
                "it is about something else",
            ))
        }
    }
}

fn no_arn(operation: Operation) -> CallError {
    CallError::Failed(CallFailure::error(
        operation,
        "AWS names something that is no ARN of this service",
    ))
}

/// SQS is asked by URL. The client goes to its own region's endpoint; of the URL only account and name count.
fn queue_url(queue: &Destination) -> Option<String> {
    let (account, region, name) = (queue.account()?, queue.region()?, queue.resource()?);
    let suffix = Partition::of(&region).dns_suffix;
    Some(format!("https://sqs.{region}.{suffix}/{account}/{name}"))
}

/// The ARN of the function alone: seven parts.
fn reference_without_qualifier(arn: &str) -> String {
    arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}

/// A bucket of another region answers with a redirect, or with an error, that names its region; so it exists.
#[expect(clippy::result_large_err, reason = "the SDK's own type")]
fn exists_elsewhere(result: HeadBucketResult, scope: &ScopeId) -> HeadBucketResult {
    let response = result.as_ref().err().and_then(|error| error.raw_response());
    let elsewhere = response.is_some_and(|response| {
        let region = response.headers().get("x-amz-bucket-region");
        matches!(response.status().as_u16(), 301 | 400)
            && region.is_some_and(|region| region != scope.region.as_str())
    });
    if elsewhere {
        return Ok(HeadBucketOutput::builder().build());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_queue_is_in_its_partition() {
        for (arn, url) in [
            (
                "arn:aws:sqs:eu-west-1:123456789012:q",
                "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:123456789012:q",
                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q",
            ),
            (
                "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q",
                "https://sqs.us-gov-west-1.amazonaws.com/123456789012/q",
            ),
        ] {
            let queue = Destination::from_wire(Some(arn)).unwrap();
            assert_eq!(queue_url(&queue).as_deref(), Some(url));
        }
    }
}
