//! What polling needs of AWS, in the domain's own words.
//!
//! One adapter implements it on the SDK ([`crate::aws`]); the tests of polling implement it in
//! memory, where time can be paused.

use std::{fmt, future::Future, time::Duration};

use crate::domain::{
    AccountId, EventInvokeConfig, FailureKind, Function, FunctionName, Outcome, Qualifier, ScopeId,
};

/// The operations of AWS that the exporter calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// The config of one qualifier.
    GetFunctionEventInvokeConfig,
    /// The configs of all qualifiers of a function.
    ListFunctionEventInvokeConfigs,
    /// Existence, runtime, package type and dead-letter queue.
    GetFunctionConfiguration,
    /// Which account the credentials belong to.
    GetCallerIdentity,
}

impl Operation {
    /// AWS's name for it; also the label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "GetFunctionConfiguration",
            Self::GetCallerIdentity => "GetCallerIdentity",
        }
    }

    /// The IAM action that allows it (AWS service authorization reference, Lambda and STS).
    #[must_use]
    pub fn iam_action(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "lambda:GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "lambda:ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "lambda:GetFunctionConfiguration",
            Self::GetCallerIdentity => "sts:GetCallerIdentity",
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
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Error,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
        }
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

/// One page of a function's configs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConfigPage {
    /// The configs on this page, each with its qualifier.
    pub configs: Vec<(Qualifier, EventInvokeConfig)>,
    /// Where the next page begins, if there is one.
    pub next_marker: Option<String>,
}

/// Lambda's control plane in one scope. Each method is one attempt on the wire, bounded in time.
pub trait Lambda: Send + Sync + 'static {
    /// `GetFunctionEventInvokeConfig`. Not found means "no config" or "no function", never which.
    fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> impl Future<Output = Result<EventInvokeConfig, CallError>> + Send;

    /// `ListFunctionEventInvokeConfigs`, one page. Not found means that there is no such function.
    fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> impl Future<Output = Result<ConfigPage, CallError>> + Send;

    /// `GetFunctionConfiguration`. Not found means no such function, version or alias.
    fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> impl Future<Output = Result<Function, CallError>> + Send;
}

/// A way into AWS with one set of credentials.
pub trait Aws: Send + Sync + 'static {
    /// Lambda in one scope.
    type Lambda: Lambda;

    /// The account of the credentials, one attempt.
    fn own_account(
        &self,
        region: &crate::domain::Region,
    ) -> impl Future<Output = Result<AccountId, CallError>> + Send;

    /// Lambda in a scope; `own` is the account of the credentials, where it is known.
    fn lambda(&self, scope: &ScopeId, own: Option<AccountId>) -> Self::Lambda;
}
