//! From the SDK's errors to a closed set of kinds.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use aws_sdk_lambda::{
    config::{Credentials, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};

use super::{clock::WrongClock, credentials::Refusal, keys::Secrets};
use crate::domain::{CallError, CallFailure, FailureKind, Operation};

/// The longest message that is kept, in bytes: what AWS writes fits, a proxy's HTML page does not.
const MAX_MESSAGE: usize = 400;

/// The longest error code that is kept, in bytes. AWS's longest has half of it.
const MAX_CODE: usize = 64;

/// The longest request id that is kept, in bytes. AWS's have 36, those of S3's kind some 80.
const MAX_REQUEST_ID: usize = 128;

/// In place of a text that quotes what nobody must read.
const WITHHELD: &str = "(withheld: it quotes credentials or a signature)";

/// Classifies by AWS's error code and the raw status. The SDK's own variants are too coarse: a
/// throttled call can be a 400, and a server's error page is a "service error" without a code.
///
/// Nothing of `credentials`, those that the call was made with, is kept.
pub(super) fn classify<E>(
    operation: Operation,
    error: &SdkError<E, HttpResponse>,
    credentials: Option<&Credentials>,
) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let code = error.code();
    let status = status(error);
    let request_id = request_id(error);
    let from_aws = request_id.is_some();
    if says_not_found(operation, code, status, from_aws) {
        return CallError::NotFound;
    }
    let secrets = Secrets::of(credentials);
    let timed_out = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    };
    CallError::Failed(CallFailure {
        operation: Some(operation),
        kind: if timed_out {
            FailureKind::TimedOut
        } else {
            kind(operation, code, status)
        },
        code: code.map(|code| shown(code, MAX_CODE, &secrets)),
        message: message(operation, error, &secrets),
        request_id: request_id.map(|id| shown(id, MAX_REQUEST_ID, &secrets)),
        retry_after: retry_after(error),
    })
}

/// What the error says of the credentials that the call was signed with, if it is about them.
pub(super) fn refusal<E>(error: &SdkError<E, HttpResponse>) -> Option<Refusal>
where
    E: ProvideErrorMetadata,
{
    match error.code()? {
        "ExpiredTokenException" | "ExpiredToken" => Some(Refusal::Expired),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken" => Some(Refusal::Suspect),
        // The secret may have been replaced under the same key; but with a wrong clock others are
        // refused just as these.
        code if is_about_the_signature(code) && !is_about_the_time(error) => Some(Refusal::Suspect),
        _ => None,
    }
}

/// Whether the answer is that there is no such thing: each service has a code of its own for that, and SQS and
/// `EventBridge` give it with status 400. Elsewhere the same code is a failure.
fn says_not_found(
    operation: Operation,
    code: Option<&str>,
    status: Option<u16>,
    from_aws: bool,
) -> bool {
    match operation {
        Operation::GetFunctionEventInvokeConfig
        | Operation::ListFunctionEventInvokeConfigs
        | Operation::GetFunctionConfiguration
        | Operation::ListAliases
        | Operation::DescribeEventBus => code == Some("ResourceNotFoundException"),
        Operation::GetQueueAttributes => matches!(
            code,
            Some("AWS.SimpleQueueService.NonExistentQueue" | "QueueDoesNotExist")
        ),
        Operation::GetTopicAttributes => matches!(code, Some("NotFound" | "NotFoundException")),
        // There is no body to hold a code; a proxy's 404 has no request id of AWS.
        Operation::HeadBucket => status == Some(404) && from_aws,
        _ => false,
    }
}

/// The kind by code, or by status where no code came.
fn kind(operation: Operation, code: Option<&str>, status: Option<u16>) -> FailureKind {
    if operation == Operation::HeadBucket && status == Some(503) {
        // `SlowDown`, which has no body to stand in.
        return FailureKind::Throttled;
    }
    match (code, status) {
        (
            Some(
                "TooManyRequestsException"
                | "ThrottlingException"
                | "Throttling"
                | "ThrottledException"
                | "RequestThrottled"
                | "RequestThrottledException"
                | "RequestLimitExceeded"
                | "SlowDown",
            ),
            _,
        )
        | (_, Some(429)) => FailureKind::Throttled,
        (Some(code), _) if is_refusal(code) => FailureKind::Denied,
        (_, Some(401 | 403)) => FailureKind::Denied,
        _ => FailureKind::Error,
    }
}

/// Whether AWS refuses the action, the credentials, or both in this region. Some services do so with
/// status 400.
fn is_refusal(code: &str) -> bool {
    is_about_the_signature(code)
        || matches!(
            code,
            "AccessDeniedException"
                | "AccessDenied"
                | "AuthorizationError"
                | "ExpiredTokenException"
                | "ExpiredToken"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "InvalidAccessKeyId"
                | "InvalidToken"
                | "InvalidIdentityToken"
                | "IDPRejectedClaim"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException"
                | "OptInRequired"
                | "RegionDisabledException"
        )
}

/// Whether AWS cannot make the signature of the request its own, be it for the key or for the time.
fn is_about_the_signature(code: &str) -> bool {
    matches!(
        code,
        "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "RequestExpired"
            | "RequestTimeTooSkewed"
            | "RequestInTheFuture"
    )
}

/// Whether a refused signature is refused for its time.
fn is_about_the_time<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let by_code = error.code().is_some_and(|code| code.starts_with("Request"));
    let by_message = error.message().is_some_and(|message| {
        message.starts_with("Signature expired") || message.starts_with("Signature not yet current")
    });
    by_code || by_message || wrong_clock(error).is_some()
}

fn wrong_clock<E>(error: &SdkError<E, HttpResponse>) -> Option<WrongClock> {
    let date = error.raw_response()?.headers().get("date");
    WrongClock::seen_in(date, SystemTime::now())
}

/// AWS's message, or else the chain of errors; never the body of the answer, and never what AWS
/// quotes of a request whose signature it refuses: headers with the session token in them.
fn message<E>(
    operation: Operation,
    error: &SdkError<E, HttpResponse>,
    secrets: &Secrets<'_>,
) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if error.code().is_some_and(is_about_the_signature) {
        return match wrong_clock(error) {
            Some(wrong_clock) => wrong_clock.to_string(),
            None => "AWS refused the signature; is the secret key right, and the clock?".to_owned(),
        };
    }
    if let Some(message) = error.message() {
        let line = message.lines().next().unwrap_or_default();
        let line = shown(line, MAX_MESSAGE, secrets);
        return match hint(operation, error.code()) {
            Some(hint) => format!("{line} ({hint})"),
            None => line,
        };
    }
    if let (Some(status @ 300..), SdkError::ServiceError(_)) = (status(error), error) {
        return format!("status {status} without an error code");
    }
    shown(&unbounded_chain(error), MAX_MESSAGE, secrets)
}

/// What AWS does not say.
fn hint(operation: Operation, code: Option<&str>) -> Option<&'static str> {
    match (code?, operation) {
        ("UnrecognizedClientException" | "InvalidClientTokenId", _) => {
            Some("are the credentials valid, and is the region enabled for the account?")
        }
        ("AccessDenied", Operation::AssumeRole) => Some(
            "does the role exist, does its trust policy name this principal and this external id, and \
             may this principal assume it?",
        ),
        (
            "AccessDeniedException",
            Operation::ListAccounts
            | Operation::ListAccountsForParent
            | Operation::ListOrganizationalUnitsForParent,
        ) => Some(
            "is this the organization's management account or a delegated administrator, and does \
             a policy allow the action?",
        ),
        _ => None,
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    bounded(&unbounded_chain(error))
}

fn unbounded_chain(error: &(dyn Error + 'static)) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Some layers repeat the one below them.
        if !chain.ends_with(&text) {
            chain = format!("{chain}: {text}");
        }
        source = cause.source();
    }
    chain
}

/// One line of at most [`MAX_MESSAGE`] bytes and a mark where it was cut.
pub(super) fn bounded(text: &str) -> String {
    shown(text, MAX_MESSAGE, &Secrets::of(None))
}

/// One line of at most so many bytes and a mark where it was cut; nothing of a text that quotes secrets.
fn shown(text: &str, longest: usize, secrets: &Secrets<'_>) -> String {
    let line = text.replace(char::is_control, " ");
    let mut line: String = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if secrets.are_in(&line) {
        return WITHHELD.to_owned();
    }
    if line.len() > longest {
        line.truncate(line.floor_char_boundary(longest));
        line.push('…');
    }
    line
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error
        .raw_response()
        .map(|response| response.status().as_u16())
}

fn request_id<E>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error
        .raw_response()
        .and_then(|response| response.headers().request_id())
}

/// In seconds; the SDK does not wait for it by itself.
fn retry_after<E>(error: &SdkError<E, HttpResponse>) -> Option<Duration> {
    let value = error.raw_response()?.headers().get("retry-after")?;
    Some(Duration::from_secs(value.parse().ok()?))
}

#[cfg(test)]
mod tests;
