//! One call of AWS: its operation, the permission that it needs, and how it ended.

use std::{fmt, time::Duration};

/// An operation of one of AWS's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// The config of one qualifier.
    GetFunctionEventInvokeConfig,
    /// The configs of all qualifiers of a function.
    ListFunctionEventInvokeConfigs,
    /// Existence, runtime, package type and dead-letter queue.
    GetFunctionConfiguration,
    /// The same of all functions.
    ListFunctions,
    /// The aliases of a function.
    ListAliases,
    /// The event source mappings of all functions.
    ListEventSourceMappings,
    /// The tags of all functions.
    GetResources,
    /// The metrics that CloudWatch has of all functions.
    ListMetrics,
    /// Whether a queue exists.
    GetQueueAttributes,
    /// Whether a topic exists.
    GetTopicAttributes,
    /// Whether an event bus exists.
    DescribeEventBus,
    /// Whether a bucket exists.
    HeadBucket,
    /// Which account the credentials belong to.
    GetCallerIdentity,
    /// The credentials of a role.
    AssumeRole,
    /// The regions that are enabled in an account.
    ListRegions,
    /// The accounts of an organisation.
    ListAccounts,
    /// The accounts right below an organizational unit.
    ListAccountsForParent,
    /// The organizational units right below another.
    ListOrganizationalUnitsForParent,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::GetFunctionEventInvokeConfig,
        Self::ListFunctionEventInvokeConfigs,
        Self::GetFunctionConfiguration,
        Self::ListFunctions,
        Self::ListAliases,
        Self::ListEventSourceMappings,
        Self::GetResources,
        Self::ListMetrics,
        Self::GetQueueAttributes,
        Self::GetTopicAttributes,
        Self::DescribeEventBus,
        Self::HeadBucket,
        Self::GetCallerIdentity,
        Self::AssumeRole,
        Self::ListRegions,
        Self::ListAccounts,
        Self::ListAccountsForParent,
        Self::ListOrganizationalUnitsForParent,
    ];

    /// AWS's name for it; also the label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "GetFunctionConfiguration",
            Self::ListFunctions => "ListFunctions",
            Self::ListAliases => "ListAliases",
            Self::ListEventSourceMappings => "ListEventSourceMappings",
            Self::GetResources => "GetResources",
            Self::ListMetrics => "ListMetrics",
            Self::GetQueueAttributes => "GetQueueAttributes",
            Self::GetTopicAttributes => "GetTopicAttributes",
            Self::DescribeEventBus => "DescribeEventBus",
            Self::HeadBucket => "HeadBucket",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::ListRegions => "ListRegions",
            Self::ListAccounts => "ListAccounts",
            Self::ListAccountsForParent => "ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => "ListOrganizationalUnitsForParent",
        }
    }

    /// The IAM action that allows it (AWS service authorization reference).
    #[must_use]
    pub fn iam_action(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "lambda:GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "lambda:ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "lambda:GetFunctionConfiguration",
            Self::ListFunctions => "lambda:ListFunctions",
            Self::ListAliases => "lambda:ListAliases",
            Self::ListEventSourceMappings => "lambda:ListEventSourceMappings",
            Self::GetResources => "tag:GetResources",
            Self::ListMetrics => "cloudwatch:ListMetrics",
            Self::GetQueueAttributes => "sqs:GetQueueAttributes",
            Self::GetTopicAttributes => "sns:GetTopicAttributes",
            Self::DescribeEventBus => "events:DescribeEventBus",
            Self::HeadBucket => "s3:ListBucket",
            Self::GetCallerIdentity => "sts:GetCallerIdentity",
            Self::AssumeRole => "sts:AssumeRole",
            Self::ListRegions => "account:ListRegions",
            Self::ListAccounts => "organizations:ListAccounts",
            Self::ListAccountsForParent => "organizations:ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => {
                "organizations:ListOrganizationalUnitsForParent"
            }
        }
    }
}

/// Why AWS's answer to a call is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// AWS asked for fewer requests.
    Throttled,
    /// AWS refused the credentials or the action.
    Denied,
    /// No answer within the time limit.
    TimedOut,
    /// Anything else: no connection, a server error, a malformed response.
    Error,
}

/// How a call, or one question of a read, ended: with a value, where there is one to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome<T = ()> {
    /// AWS answered.
    Ok(T),
    /// AWS answered that there is no such thing.
    NotFound,
    /// AWS did not answer.
    Failed(FailureKind),
}

impl Outcome {
    /// How a call ended, without its value.
    #[must_use]
    pub fn of<V>(result: &Result<V, CallError>) -> Outcome {
        match result {
            Ok(_) => Outcome::Ok(()),
            Err(CallError::NotFound) => Outcome::NotFound,
            Err(CallError::Failed(failure)) => Outcome::Failed(failure.kind),
        }
    }
}

impl<T> Outcome<T> {
    /// The label value of `lambda_async_exporter_api_requests_total`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
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
    /// AWS answered that there is no such thing.
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
    /// The failure; where "not found" is no answer to the operation, it is one, too.
    #[must_use]
    pub fn into_failure(self, operation: Operation) -> CallFailure {
        match self {
            Self::NotFound => CallFailure::error(operation, "not found"),
            Self::Failed(failure) => failure,
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
            && match self.code.as_deref() {
                Some(code) => matches!(
                    code,
                    "AccessDeniedException" | "AccessDenied" | "AuthorizationError"
                ),
                // There is no body to hold one.
                None => self.operation == Some(Operation::HeadBucket),
            }
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
