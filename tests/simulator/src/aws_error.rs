//! AWS's refusals: their codes, texts and shapes for each service.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::identifier;
use crate::operation::Service;

/// A refusal, before it takes the shape of a service.
#[derive(Clone, Debug)]
pub(crate) struct AwsError {
    code: Code,
    message: String,
    /// Seconds, for `TooManyRequests` alone.
    retry_after: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    AccessDenied,
    ExpiredToken,
    InvalidParameterValue,
    MissingAuthenticationToken,
    ResourceConflict,
    ResourceNotFound,
    Service,
    Throttling,
    TooManyRequests,
    UnknownOperation,
    Validation,
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
        match service {
            Service::Lambda => self.into_rest_json(),
            Service::Tagging => self.into_json(),
            Service::Sts => self.into_xml(),
        }
    }

    fn into_rest_json(self) -> Answer {
        let (status, name) = self.code.of_lambda();
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

    fn into_json(self) -> Answer {
        let (status, name) = self.code.of_tagging();
        Answer::amz_json(status, &json!({ "__type": name, "message": self.message }))
    }

    fn into_xml(self) -> Answer {
        let (status, name) = self.code.of_sts();
        let side = if status < 500 { "Sender" } else { "Receiver" };
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        let request_id = identifier::uuid();
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <Error><Type>{side}</Type><Code>{name}</Code><Message>{message}</Message></Error>\
             <RequestId>{request_id}</RequestId></ErrorResponse>"
        );
        Answer::xml(status, body)
    }
}

impl Code {
    /// The status and name as Lambda has them.
    const fn of_lambda(self) -> (u16, &'static str) {
        match self {
            Self::AccessDenied => (403, "AccessDeniedException"),
            Self::ExpiredToken => (403, "ExpiredTokenException"),
            Self::InvalidParameterValue => (400, "InvalidParameterValueException"),
            Self::MissingAuthenticationToken => (403, "MissingAuthenticationTokenException"),
            Self::ResourceConflict => (409, "ResourceConflictException"),
            Self::ResourceNotFound => (404, "ResourceNotFoundException"),
            Self::Service => (500, "ServiceException"),
            Self::Throttling => (400, "ThrottlingException"),
            Self::TooManyRequests => (429, "TooManyRequestsException"),
            Self::UnknownOperation => (404, "UnknownOperationException"),
            Self::Validation => (400, "ValidationException"),
        }
    }

    /// The tagging API throttles and breaks under names of its own, and refuses everything with 400.
    const fn of_tagging(self) -> (u16, &'static str) {
        match self {
            Self::InvalidParameterValue => (400, "InvalidParameterException"),
            Self::TooManyRequests => (400, "ThrottledException"),
            Self::Service => (500, "InternalServiceException"),
            other => (400, other.of_lambda().1),
        }
    }

    /// The query protocol's names carry no `Exception`.
    const fn of_sts(self) -> (u16, &'static str) {
        match self {
            Self::AccessDenied => (403, "AccessDenied"),
            Self::ExpiredToken => (403, "ExpiredToken"),
            Self::MissingAuthenticationToken => (403, "MissingAuthenticationToken"),
            Self::Service => (500, "InternalFailure"),
            Self::Throttling | Self::TooManyRequests => (400, "Throttling"),
            Self::UnknownOperation => (400, "InvalidAction"),
            Self::InvalidParameterValue
            | Self::ResourceConflict
            | Self::ResourceNotFound
            | Self::Validation => (400, "ValidationError"),
        }
    }
}
