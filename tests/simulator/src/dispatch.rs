//! The decision: what becomes of a call. Credentials, then quota, then faults, then the operation.

use std::time::{Duration, Instant, SystemTime};

use crate::answer::{Answer, Reply};
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::caller::Caller;
use crate::fault::{Aim, FaultKind};
use crate::journal::Request;
use crate::operation::{Operation, Service};
use crate::scope::Scope;
use crate::state::State;
use crate::target::Target;
use crate::{
    account, cloudwatch, event_bridge, lambda, organizations, s3, sns, sqs, sts, tagging, timestamp,
};

impl State {
    /// Decides the reply to a call that came now, and records both.
    pub(crate) fn reply(&mut self, call: &Call, now: Instant) -> Reply {
        let scope = call.scope();
        self.meter.arrive(call.operation, now);
        self.region_mut(&scope).meter.arrive(call.operation, now);
        let reply = self
            .decide(call, now)
            .unwrap_or_else(|error| Reply::Now(error.into_answer(call.operation.service())));
        let target = call.known_target();
        self.journal.record(Request {
            at: now,
            account: scope.account,
            region: scope.region,
            operation: call.operation,
            function: target.map(|target| target.name.clone()),
            qualifier: target.and_then(|target| target.qualifier.clone()),
            resource: call.resource.clone(),
            status: reply.status(),
            in_flight: self.meter.in_flight,
        });
        reply
    }

    fn decide(&mut self, call: &Call, now: Instant) -> Result<Reply, AwsError> {
        let caller = self.authenticated(call)?;
        if !self.region_mut(&caller.scope).admit(call.operation, now) {
            return Err(AwsError::too_many_requests(None));
        }
        match self.faults.strike(&call.aim(&caller.scope)) {
            None => Ok(Reply::Now(self.answer(call, caller))),
            Some(kind) => self.fail(kind, call, caller),
        }
    }

    /// The caller, if its credentials are good here.
    fn authenticated<'a>(&self, call: &'a Call) -> Result<&'a Caller, AwsError> {
        let missing = || {
            let message = "Missing Authentication Token";
            AwsError::new(Code::MissingAuthenticationToken, message)
        };
        let caller = call.caller.as_ref().ok_or_else(missing)?;
        let Scope { account, region } = &caller.scope;
        // A disabled region never learns of the account's credentials.
        let regional = !call.operation.service().is_global();
        let strange = regional && self.opt_ins.is_disabled(account, region);
        if strange || self.sessions.is_revoked(&caller.access_key_id) {
            return Err(AwsError::unrecognized_client());
        }
        if self.sessions.is_expired(&caller.access_key_id) {
            return Err(AwsError::expired_token());
        }
        Ok(caller)
    }

    /// The reply of a fault.
    fn fail(&mut self, kind: FaultKind, call: &Call, caller: &Caller) -> Result<Reply, AwsError> {
        match kind {
            FaultKind::TooManyRequests { retry_after } => {
                Err(AwsError::too_many_requests(retry_after))
            }
            FaultKind::Throttling400 => Err(AwsError::throttling()),
            FaultKind::ServiceException => Err(AwsError::service()),
            FaultKind::AccessDenied => Err(self.denial(call, caller)),
            FaultKind::ExpiredToken => Err(AwsError::expired_token()),
            FaultKind::UnrecognizedClient => Err(AwsError::unrecognized_client()),
            FaultKind::WrongClock(ahead) => Ok(Reply::Now(wrong_clock(call, ahead))),
            FaultKind::ValidationException => Err(AwsError::validation(
                "simulated",
                "functionName",
                "Member must not be simulated",
            )),
            FaultKind::BadGateway => Ok(Reply::Now(Answer::html(502, "502 Bad Gateway"))),
            FaultKind::ServiceUnavailable => Ok(Reply::Now(Answer::html(
                503,
                "503 Service Temporarily Unavailable",
            ))),
            FaultKind::NotJson => Ok(Reply::Now(Answer::html(200, "Welcome"))),
            FaultKind::Hang => Ok(Reply::Never),
            FaultKind::Reset => Ok(Reply::Reset),
            FaultKind::Slow(delay) => Ok(Reply::Late(delay, self.answer(call, caller))),
            FaultKind::TruncatedBody => Ok(Reply::Cut(self.answer(call, caller))),
        }
    }

    /// The refusal of what no policy allows the caller.
    pub(crate) fn denial(&self, call: &Call, caller: &Caller) -> AwsError {
        let account = &caller.scope.account;
        let service = call.operation.service();
        let named = call.known_target().map(Target::function_arn);
        let named = named.or_else(|| call.resource.clone());
        let named = named.or_else(|| call.parameter("RoleArn").map(str::to_owned));
        let resource = match named {
            Some(arn) => arn,
            None if service == Service::Account => format!("arn:aws:account::{account}:account"),
            None => "*".to_owned(),
        };
        let action = call.operation.iam_action();
        let action = match service {
            Service::Sqs => action.to_lowercase(),
            Service::Sns => action.replace("sns:", "SNS:"),
            _ => action,
        };
        let identity = self.sessions.arn(&caller.access_key_id, account);
        AwsError::access_denied(&identity, &action, &resource)
    }

    /// The answer of the operation itself.
    fn answer(&mut self, call: &Call, caller: &Caller) -> Answer {
        let answer = match call.operation.service() {
            Service::Lambda => lambda::answer(self, call, &caller.scope),
            Service::Tagging => tagging::get_resources(self, call, &caller.scope),
            Service::Sts => sts::answer(self, call, caller),
            Service::Organizations => organizations::answer(self, call, &caller.scope),
            Service::Account => account::list_regions(self, call, caller),
            Service::CloudWatch => cloudwatch::list_metrics(self, call, &caller.scope),
            Service::Sqs => sqs::get_queue_attributes(self, call, caller),
            Service::Sns => sns::get_topic_attributes(self, call, caller),
            Service::EventBridge => event_bridge::describe_event_bus(self, call, caller),
            Service::S3 => s3::head_bucket(self, call, caller),
        };
        answer.unwrap_or_else(|error| error.into_answer(call.operation.service()))
    }
}

/// The refusal of a service whose clock is ahead of this machine's, and so of its clients'.
fn wrong_clock(call: &Call, ahead: Duration) -> Answer {
    let here = SystemTime::now();
    let service = call.operation.service();
    let signed_at = call.signed_at.clone();
    let signed_at = signed_at.unwrap_or_else(|| timestamp::basic(here));
    AwsError::signature_expired(&signed_at, here + ahead, service)
        .into_answer(service)
        .header("date", &timestamp::http(here + ahead))
}

impl Call {
    /// Where the call is counted.
    pub(crate) fn scope(&self) -> Scope {
        self.caller
            .as_ref()
            .map_or_else(|| Scope::new("", ""), |caller| caller.scope.clone())
    }

    fn known_target(&self) -> Option<&Target> {
        self.target.as_ref().and_then(|target| target.as_ref().ok())
    }

    fn aim<'a>(&'a self, scope: &'a Scope) -> Aim<'a> {
        let target = self.known_target();
        Aim {
            operation: self.operation,
            account: &scope.account,
            role_account: self
                .role_account()
                .filter(|_| self.operation == Operation::AssumeRole),
            region: &scope.region,
            function: target.map(|target| target.name.as_str()),
            qualifier: target.map(Target::qualifier),
            resource: self.resource.as_deref(),
        }
    }
}

impl Reply {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Now(answer) | Self::Late(_, answer) | Self::Cut(answer) => Some(answer.status),
            Self::Never | Self::Reset => None,
        }
    }
}
