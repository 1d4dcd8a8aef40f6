//! Faults: what goes wrong, for which requests, and how often.

use std::time::Duration;

use crate::operation::Operation;

/// A fault for the requests that it matches. Of several that match, the one injected first wins. A request over its
/// quota is refused for that reason and uses no fault up.
#[derive(Clone, Debug)]
pub struct Fault {
    operation: Option<Operation>,
    account: Option<String>,
    region: Option<String>,
    function: Option<String>,
    qualifier: Option<String>,
    resource: Option<String>,
    skip: u64,
    /// `None`: always.
    times: Option<u64>,
    pub(crate) kind: FaultKind,
}

/// What goes wrong. The other services refuse in their own shapes and under their own names (STS: 400 `Throttling`, 403
/// `AccessDenied`, `InvalidClientTokenId`, `SignatureDoesNotMatch`; tagging, Organizations and `EventBridge`: 400 for all
/// but 500; SQS: 400 `RequestThrottled`; SNS: 400 `Throttling`, 403 `AuthorizationError`; `CloudWatch`: as STS; S3: 503
/// where it throttles, and never a body).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// 429 `TooManyRequestsException`, `CallerRateLimitExceeded`.
    TooManyRequests {
        /// The `Retry-After` header, in seconds.
        retry_after: Option<u32>,
    },
    /// 400 `ThrottlingException`: AWS's other way to throttle.
    Throttling400,
    /// 500 `ServiceException`.
    ServiceException,
    /// 502 with HTML, as from a load balancer.
    BadGateway,
    /// 503 with HTML.
    ServiceUnavailable,
    /// 403 `AccessDeniedException`.
    AccessDenied,
    /// 403 `ExpiredTokenException`.
    ExpiredToken,
    /// 403 `UnrecognizedClientException`: AWS does not know the credentials, or its region does not.
    UnrecognizedClient,
    /// 403 `InvalidSignatureException`, as to a client whose clock is so far behind AWS's, which the answer's `Date`
    /// tells. AWS allows 5 minutes, STS 15.
    WrongClock(Duration),
    /// 400 `ValidationException`.
    ValidationException,
    /// Accepted and never answered.
    Hang,
    /// Answered as ever, but only after a while.
    Slow(Duration),
    /// The connection closes without an answer.
    Reset,
    /// The answer as ever, but the connection closes halfway through its body.
    TruncatedBody,
    /// 200 with HTML.
    NotJson,
}

/// A handle to clear one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

impl Fault {
    /// A fault for one operation: always, with [`FaultKind::ServiceException`], until told otherwise.
    #[must_use]
    pub fn on(operation: Operation) -> Self {
        Self {
            operation: Some(operation),
            ..Self::any()
        }
    }

    /// A fault for any operation.
    #[must_use]
    pub fn any() -> Self {
        Self {
            operation: None,
            account: None,
            region: None,
            function: None,
            qualifier: None,
            resource: None,
            skip: 0,
            times: None,
            kind: FaultKind::ServiceException,
        }
    }

    /// Only for this caller's account; for `AssumeRole`, that of the caller or of the role.
    #[must_use]
    pub fn account(mut self, account_id: &str) -> Self {
        self.account = Some(account_id.to_owned());
        self
    }

    /// Only in this region of the credential scope.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only for the function of this name.
    #[must_use]
    pub fn function(mut self, name: &str) -> Self {
        self.function = Some(name.to_owned());
        self
    }

    /// Only for this qualifier; a function without one is at `$LATEST`.
    #[must_use]
    pub fn qualifier(mut self, qualifier: &str) -> Self {
        self.qualifier = Some(qualifier.to_owned());
        self
    }

    /// Only for the queue, topic, event bus or bucket of this ARN.
    #[must_use]
    pub fn resource(mut self, arn: &str) -> Self {
        self.resource = Some(arn.to_owned());
        self
    }

    /// Lets the first `requests` that match pass: `after(1)` fails a listing on its second page.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// For so many requests, then no more.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    /// Until cleared.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn kind(mut self, kind: FaultKind) -> Self {
        self.kind = kind;
        self
    }

    fn matches(&self, aim: &Aim) -> bool {
        let same = |wanted: &Option<String>, got: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| got == Some(wanted))
        };
        self.operation
            .is_none_or(|operation| operation == aim.operation)
            && (same(&self.account, Some(aim.account)) || same(&self.account, aim.role_account))
            && same(&self.region, Some(aim.region))
            && same(&self.function, aim.function)
            && same(&self.qualifier, aim.qualifier)
            && same(&self.resource, aim.resource)
    }
}

/// What of a request a fault can match.
pub(crate) struct Aim<'a> {
    pub(crate) operation: Operation,
    pub(crate) account: &'a str,
    pub(crate) role_account: Option<&'a str>,
    pub(crate) region: &'a str,
    pub(crate) function: Option<&'a str>,
    pub(crate) qualifier: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
}

/// The faults in force, in the order of their injection.
#[derive(Default)]
pub(crate) struct Faults {
    list: Vec<(FaultId, Fault)>,
    next: u64,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        self.list.push((id, fault));
        id
    }

    pub(crate) fn clear(&mut self, id: FaultId) {
        self.list.retain(|(other, _)| *other != id);
    }

    pub(crate) fn clear_all(&mut self) {
        self.list.clear();
    }

    /// The fault that strikes a request, if one does.
    pub(crate) fn strike(&mut self, aim: &Aim) -> Option<FaultKind> {
        for (_, fault) in &mut self.list {
            if fault.times == Some(0) || !fault.matches(aim) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
            return Some(fault.kind);
        }
        None
    }
}
