//! AWS's refusals: their texts, and their shapes for each service.

mod code;

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::identifier;
use crate::operation::Service;
use crate::{sns, sts, timestamp};

pub(crate) use code::Code;

/// A refusal, before it takes the shape of a service.
#[derive(Clone, Debug)]
pub(crate) struct AwsError {
    code: Code,
    message: String,
    /// Seconds, for `TooManyRequests` alone.
    retry_after: Option<u32>,
}

impl AwsError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    pub(crate) fn access_denied(caller: &str, action: &str, resource: &str) -> Self {
        let message = format!(
            "User: {caller} is not authorized to perform: {action} on resource: {resource} \
             because no identity-based policy allows the {action} action"
        );
        Self::new(Code::AccessDenied, message)
    }

    pub(crate) fn expired_token() -> Self {
        Self::new(
            Code::ExpiredToken,
            "The security token included in the request is expired",
        )
    }

    /// What AWS says of credentials that it does not know, or that its region does not know.
    pub(crate) fn unrecognized_client() -> Self {
        Self::new(
            Code::UnrecognizedClient,
            "The security token included in the request is invalid.",
        )
    }

    /// What AWS, by whose clock it is `now`, says of a request that was signed too long ago.
    pub(crate) fn signature_expired(signed_at: &str, now: SystemTime, service: Service) -> Self {
        let minutes = if service == Service::Sts { 15 } else { 5 };
        let earliest = timestamp::basic(now - Duration::from_mins(minutes));
        let now = timestamp::basic(now);
        Self::new(
            Code::InvalidSignature,
            format!(
                "Signature expired: {signed_at} is now earlier than {earliest} ({now} - {minutes} min.)"
            ),
        )
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameterValue, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceNotFound, message)
    }

    /// AWS's text for a function, version or alias that is not there.
    pub(crate) fn function_not_found(arn: &str) -> Self {
        Self::not_found(format!("Function not found: {arn}"))
    }

    pub(crate) fn service() -> Self {
        Self::new(
            Code::Service,
            "An error occurred and the request cannot be processed.",
        )
    }

    pub(crate) fn throttling() -> Self {
        Self::new(Code::Throttling, "Rate exceeded")
    }

    pub(crate) fn too_many_requests(retry_after: Option<u32>) -> Self {
        Self {
            code: Code::TooManyRequests,
            message: "Rate exceeded".to_owned(),
            retry_after,
        }
    }

    /// A value that does not satisfy the model: AWS names the member and the constraint.
    pub(crate) fn validation(value: &str, member: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        );
        Self::new(Code::Validation, message)
    }

    /// The refusal as the service sends it.
    pub(crate) fn into_answer(self, service: Service) -> Answer {
        let (status, name) = self.code.of(service);
        match service {
            Service::Lambda => self.into_lambda_json(status, name),
            Service::Account => Answer::json(status, &json!({ "message": self.message }))
                .header("x-amzn-errortype", name),
            Service::Tagging | Service::EventBridge => self.into_amz_json(status, name, "message"),
            Service::Organizations => self.into_amz_json(status, name, "Message"),
            Service::Sts => self.into_xml(status, name, sts::NAMESPACE),
            Service::Sns => self.into_xml(status, name, sns::NAMESPACE),
            Service::CloudWatch => self.into_cbor(status, name),
            Service::Sqs => self.into_sqs_json(status, name),
            // What HEAD asks for has no body, whatever becomes of it.
            Service::S3 => Answer::empty(status),
        }
    }

    fn into_lambda_json(self, status: u16, name: &str) -> Answer {
        let mut body = Map::new();
        match self.code {
            Code::ResourceNotFound => body.insert("Type".into(), "User".into()),
            Code::Service => body.insert("Type".into(), "Service".into()),
            Code::InvalidParameterValue | Code::ResourceConflict => {
                body.insert("Type".into(), "User".into())
            }
            Code::TooManyRequests => {
                body.insert("Reason".into(), "CallerRateLimitExceeded".into());
                body.insert("Type".into(), "User".into())
            }
            _ => None,
        };
        // AWS writes the key either way, depending on the code.
        let key = match self.code {
            Code::ResourceNotFound | Code::Service | Code::AccessDenied => "Message",
            _ => "message",
        };
        body.insert(key.into(), self.message.into());
        let answer = Answer::json(status, &Value::Object(body)).header("x-amzn-errortype", name);
        match self.retry_after {
            Some(seconds) => answer.header("retry-after", &seconds.to_string()),
            None => answer,
        }
    }

    fn into_amz_json(self, status: u16, name: &str, key: &str) -> Answer {
        Answer::amz_json(status, &json!({ "__type": name, key: self.message }))
    }

    /// The name is that of `CloudWatch`'s older protocol, in a header too.
    fn into_cbor(self, status: u16, name: &str) -> Answer {
        let body = json!({ "__type": name, "message": self.message });
        Answer::cbor(status, &body)
            .header("x-amzn-query-error", &format!("{name};{}", side(status)))
    }

    /// SQS's own errors carry a second name in a header, that of its older protocol.
    fn into_sqs_json(self, status: u16, name: &str) -> Answer {
        let query_name = match self.code {
            Code::ResourceNotFound => "AWS.SimpleQueueService.NonExistentQueue",
            Code::InvalidParameterValue | Code::Throttling | Code::TooManyRequests => name,
            _ => {
                let name = format!("com.amazon.coral.service#{name}");
                let body = json!({ "__type": name, "Message": self.message });
                return Answer::amz_json_1_0(status, &body);
            }
        };
        let name = format!("com.amazonaws.sqs#{name}");
        let body = json!({ "__type": name, "message": self.message });
        Answer::amz_json_1_0(status, &body)
            .header("x-amzn-query-error", &format!("{query_name};Sender"))
    }

    fn into_xml(self, status: u16, name: &str, namespace: &str) -> Answer {
        let side = side(status);
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        let request_id = identifier::uuid();
        let body = format!(
            "<ErrorResponse xmlns=\"{namespace}\">\
             <Error><Type>{side}</Type><Code>{name}</Code><Message>{message}</Message></Error>\
             <RequestId>{request_id}</RequestId></ErrorResponse>"
        );
        Answer::xml(status, body)
    }
}

/// Whose fault it is, as the query protocol has it.
const fn side(status: u16) -> &'static str {
    if status < 500 { "Sender" } else { "Receiver" }
}
