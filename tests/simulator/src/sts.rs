//! STS: who the caller is, and temporary credentials of roles.

use std::time::{Duration, SystemTime};

use crate::answer::Answer;
use crate::aws_error::{AwsError, Code};
use crate::call::Call;
use crate::caller::{Caller, is_account};
use crate::operation::Operation;
use crate::state::State;
use crate::timestamp;

pub(crate) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The answer to an STS call.
pub(crate) fn answer(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, AwsError> {
    match call.operation {
        Operation::AssumeRole => assume_role(state, call, caller),
        _ => Ok(get_caller_identity(state, caller)),
    }
}

fn get_caller_identity(state: &State, caller: &Caller) -> Answer {
    let account = &caller.scope.account;
    let arn = state.sessions.arn(&caller.access_key_id, account);
    let result =
        format!("<Arn>{arn}</Arn><UserId>AIDA0000{account}</UserId><Account>{account}</Account>");
    Answer::query("GetCallerIdentity", NAMESPACE, &result)
}

fn assume_role(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, AwsError> {
    let role_arn = call.parameter("RoleArn").unwrap_or_default();
    let (account, role) = split_role(role_arn)
        .ok_or_else(|| AwsError::new(Code::Validation, format!("{role_arn} is invalid")))?;
    let session = call.parameter("RoleSessionName").unwrap_or_default();
    if session.len() < 2 {
        let constraint = "Member must have length greater than or equal to 2";
        return Err(AwsError::validation(session, "roleSessionName", constraint));
    }
    if !state
        .sessions
        .may_assume(role_arn, call.parameter("ExternalId"))
    {
        return Err(denial(state, caller, role_arn));
    }
    let asked = call
        .parameter("DurationSeconds")
        .and_then(|text| text.parse().ok());
    let duration = state
        .sessions
        .duration
        .unwrap_or(Duration::from_secs(asked.unwrap_or(3600)));
    let ends = SystemTime::now() + duration;
    let arn = format!("arn:aws:sts::{account}:assumed-role/{role}/{session}");
    let key = state.sessions.open(role_arn, account, arn.clone(), ends);
    let result = format!(
        "<AssumedRoleUser><AssumedRoleId>AROA0000{account}:{session}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>simulated</SecretAccessKey>\
         <SessionToken>session-of-{key}</SessionToken><Expiration>{}</Expiration></Credentials>",
        timestamp::iso(ends)
    );
    Ok(Answer::query("AssumeRole", NAMESPACE, &result))
}

/// STS does not say which policy was missing: it may be the role's.
fn denial(state: &State, caller: &Caller, role_arn: &str) -> AwsError {
    let identity = state
        .sessions
        .arn(&caller.access_key_id, &caller.scope.account);
    let message = format!(
        "User: {identity} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    );
    AwsError::new(Code::AccessDenied, message)
}

/// The account and the name (without its path) of a role's ARN.
fn split_role(arn: &str) -> Option<(&str, &str)> {
    let (head, role) = arn.split_once(":role/")?;
    let account = head
        .rsplit(':')
        .next()
        .filter(|account| is_account(account))?;
    Some((account, role.rsplit('/').next()?))
}
