//! From the SDK's errors to a closed set of kinds.

use std::time::Duration;

use aws_sdk_lambda::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};

use crate::{
    domain::FailureKind,
    poll::{CallError, CallFailure},
};

/// The longest message that is kept, in bytes: what AWS writes fits, a proxy's HTML page does not.
const MAX_MESSAGE: usize = 400;

/// Classifies by AWS's error code and the raw status. The SDK's own variants are too coarse: a
/// throttled call can be a 400, and a server's error page is a "service error" without a code.
pub(super) fn classify<E>(error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code();
    if code == Some("ResourceNotFoundException") {
        return CallError::NotFound;
    }
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let timed_out = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    };
    CallError::Failed(CallFailure {
        kind: if timed_out {
            FailureKind::TimedOut
        } else {
            kind(code, status)
        },
        code: code.map(str::to_owned),
        message: message(error, status),
        request_id: request_id(error),
        retry_after: retry_after(error),
    })
}

/// The kind by code, or by status where no code came.
fn kind(code: Option<&str>, status: Option<u16>) -> FailureKind {
    match (code, status) {
        (
            Some(
                "TooManyRequestsException"
                | "ThrottlingException"
                | "Throttling"
                | "ThrottledException"
                | "RequestThrottled"
                | "RequestThrottledException"
                | "RequestLimitExceeded",
            ),
            _,
        )
        | (_, Some(429)) => FailureKind::Throttled,
        (
            Some(
                "AccessDeniedException"
                | "AccessDenied"
                | "ExpiredTokenException"
                | "ExpiredToken"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "IncompleteSignature"
                | "MissingAuthenticationTokenException"
                | "OptInRequired",
            ),
            _,
        )
        | (_, Some(401 | 403)) => FailureKind::Denied,
        _ => FailureKind::Error,
    }
}

/// AWS's message, or else the chain of errors; never the body of the answer, and never what AWS
/// quotes of a request whose signature it refuses: headers with the session token in them.
fn message<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some("InvalidSignatureException" | "SignatureDoesNotMatch" | "IncompleteSignature") =
        error.code()
    {
        return "AWS refused the signature; is the secret key right, and the clock?".to_owned();
    }
    if let Some(message) = error.message() {
        return bounded(message.lines().next().unwrap_or_default());
    }
    if let (Some(status @ 300..), SdkError::ServiceError(_)) = (status, error) {
        return format!("status {status} without an error code");
    }
    let mut chain = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        // Some layers repeat the one below them.
        if !chain.ends_with(&text) {
            chain = format!("{chain}: {text}");
        }
        source = cause.source();
    }
    bounded(&chain)
}

/// One line of at most [`MAX_MESSAGE`] bytes.
fn bounded(text: &str) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > MAX_MESSAGE {
        line.truncate(line.floor_char_boundary(MAX_MESSAGE));
        line.push('…');
    }
    line
}

fn request_id<E>(error: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    error
        .raw_response()
        .and_then(|response| response.headers().request_id())
        .map(str::to_owned)
}

/// In seconds; the SDK does not wait for it by itself.
fn retry_after<E>(error: &SdkError<E, HttpResponse>) -> Option<Duration> {
    let value = error.raw_response()?.headers().get("retry-after")?;
    Some(Duration::from_secs(value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::{
        error::ErrorMetadata, operation::get_function_configuration::GetFunctionConfigurationError,
        primitives::SdkBody,
    };

    use super::*;

    #[test]
    fn codes_win_over_statuses_and_statuses_stand_in_for_codes() {
        for (code, status, expected) in [
            (
                Some("TooManyRequestsException"),
                429,
                FailureKind::Throttled,
            ),
            (Some("ThrottlingException"), 400, FailureKind::Throttled),
            (None, 429, FailureKind::Throttled),
            (Some("AccessDeniedException"), 403, FailureKind::Denied),
            (Some("ExpiredTokenException"), 403, FailureKind::Denied),
            (None, 403, FailureKind::Denied),
            (Some("ServiceException"), 500, FailureKind::Error),
            (Some("ValidationException"), 400, FailureKind::Error),
            (None, 502, FailureKind::Error),
            // A proxy's 404 is not AWS's "not found".
            (None, 404, FailureKind::Error),
        ] {
            assert_eq!(kind(code, Some(status)), expected, "{code:?} {status}");
        }
    }

    #[test]
    fn messages_are_one_bounded_line() {
        assert_eq!(bounded("a\n  b"), "a b");
        assert!(bounded(&"é".repeat(1000)).len() <= MAX_MESSAGE + '…'.len_utf8());
    }

    #[test]
    fn what_aws_quotes_of_a_refused_request_is_not_kept() {
        for (code, text) in [
            (
                "InvalidSignatureException",
                "The Canonical String was x-amz-security-token:dG9rZW4",
            ),
            ("AccessDeniedException", "no\nx-amz-security-token:dG9rZW4"),
        ] {
            let metadata = ErrorMetadata::builder().code(code).message(text).build();
            let response = HttpResponse::new(403.try_into().unwrap(), SdkBody::empty());
            let error =
                SdkError::service_error(GetFunctionConfigurationError::generic(metadata), response);
            let CallError::Failed(failure) = classify(&error) else {
                panic!("{code}")
            };
            assert_eq!(failure.kind, FailureKind::Denied);
            assert!(!failure.to_string().contains("dG9rZW4"), "{failure}");
        }
    }
}
