//! How one call ended: an outcome for counting, and for a failure what a person needs to find out why.

use std::{fmt, time::Duration};

use super::Operation;

/// Why AWS's answer to a call is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// AWS asked for fewer requests.
    Throttled,
    /// AWS refused the credentials or the action.
    Denied,
    /// No answer within the time limit.
    TimedOut,
    /// Anything else: no connection, a server error, an answer that makes no sense.
    Error,
}

/// How one attempt on the wire ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// AWS answered.
    Ok,
    /// AWS answered that there is no such thing.
    NotFound,
    /// AWS did not answer.
    Failed(FailureKind),
}

impl Outcome {
    /// The label value of `lambda_async_exporter_api_requests_total`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotFound => "not_found",
            Self::Failed(FailureKind::Throttled) => "throttled",
            Self::Failed(FailureKind::Denied) => "denied",
            Self::Failed(FailureKind::TimedOut) => "timeout",
            Self::Failed(FailureKind::Error) => "error",
        }
    }
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// AWS answered `ResourceNotFoundException`.
    NotFound,
    /// There is no answer to rely on.
    Failed(CallFailure),
}

/// A call that failed, with what a person needs to find out why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// What failed: the call itself, or the one that was to give it credentials. `None` where the
    /// SDK's default chain found no credentials at all.
    pub operation: Option<Operation>,
    /// The kind, for deciding.
    pub kind: FailureKind,
    /// AWS's error code, where AWS gave one.
    pub code: Option<String>,
    /// AWS's message or the chain of errors below it, one line and bounded.
    pub message: String,
    /// AWS's request id, where AWS gave one.
    pub request_id: Option<String>,
    /// How long AWS asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// How the attempt ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotFound => Outcome::NotFound,
            Self::Failed(failure) => Outcome::Failed(failure.kind),
        }
    }
}

impl CallFailure {
    /// A failure that AWS itself does not report.
    #[must_use]
    pub fn error(operation: Operation, message: impl Into<String>) -> Self {
        Self {
            operation: Some(operation),
            kind: FailureKind::Error,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
        }
    }

    /// What failed, as a label and for a person.
    #[must_use]
    pub fn operation_label(&self) -> &'static str {
        self.operation.map_or("credentials", Operation::as_str)
    }

    /// Whether there were no credentials to make the call with, so that it never went out.
    #[must_use]
    pub fn is_about_credentials(&self) -> bool {
        matches!(self.operation, None | Some(Operation::AssumeRole))
    }

    /// Whether an IAM policy lacks the action; other refusals are about the credentials themselves.
    #[must_use]
    pub fn is_missing_permission(&self) -> bool {
        self.kind == FailureKind::Denied
            && matches!(
                self.code.as_deref(),
                Some("AccessDeniedException" | "AccessDenied")
            )
    }
}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}
