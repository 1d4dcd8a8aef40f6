//! Log lines about what changes: one when it does, none at every poll.

use std::{collections::BTreeSet, mem};

use tracing::{info, warn};

use super::{
    CallFailure, Operation, Trouble,
    directory::{Asking, Question, Unanswered},
};
use crate::domain::{AccountId, FailureKind, FunctionName, Reading, ScopeId, TargetState};

/// Refusals by AWS, each of which is warned of once: a policy that lacks an action lacks it for every
/// function, and credentials that have expired have expired for all.
#[derive(Default)]
pub(super) struct Refusals {
    warned: BTreeSet<Refusal>,
    in_this_sweep: BTreeSet<Refusal>,
}

/// What was refused, and AWS's code for why.
type Refusal = (Option<Operation>, Option<String>);

impl Refusals {
    /// Warns of a refusal, of any other failure not; `name` is the function that was asked about.
    pub(super) fn warn(
        &mut self,
        scope: &ScopeId,
        name: Option<&FunctionName>,
        failure: &CallFailure,
    ) {
        if failure.kind != FailureKind::Denied {
            return;
        }
        let refusal = (failure.operation, failure.code.clone());
        self.in_this_sweep.insert(refusal.clone());
        if !self.warned.insert(refusal) {
            return;
        }
        let meaning = match failure.operation {
            Some(operation) if failure.is_missing_permission() => {
                let action = operation.iam_action();
                format!("AWS denies the IAM action {action}; what it would tell cannot be read")
            }
            _ => "AWS refuses the credentials; what they would show cannot be read".to_owned(),
        };
        warn!(
            account_id = scope.account_label(),
            region = scope.region.as_str(),
            operation = failure.operation_label(),
            function_name = name.map(FunctionName::as_str),
            code = failure.code,
            error = failure.message,
            request_id = failure.request_id,
            "{meaning}"
        );
    }

    /// What was not refused in a whole sweep is allowed now, and is warned of again if it is refused.
    pub(super) fn end_sweep(&mut self) {
        self.warned = mem::take(&mut self.in_this_sweep);
    }
}

/// One line when AWS begins not to answer a question about accounts or regions.
pub(super) fn log_unanswered(asked: &Asking, failure: &CallFailure, unanswered: &Unanswered) {
    if !unanswered.is_news {
        return;
    }
    let account = match &asked.question {
        Question::Regions(credentials) => credentials.account(),
        Question::Identity | Question::Organization(_) => None,
    };
    let meaning = match (&asked.question, unanswered.told_before) {
        (Question::Identity, _) => {
            "AWS does not tell the account of the credentials; \
             functions named without an account cannot be read until it does"
        }
        (Question::Organization(_), false) => {
            "the accounts of the organisation cannot be listed; none of them is read until they are"
        }
        (Question::Organization(_), true) => {
            "the accounts of the organisation cannot be listed; those known go on being read"
        }
        (Question::Regions(_), false) => {
            "the regions that are enabled in the account cannot be listed; those that are enabled in \
             every account are read instead; allow account:ListRegions, or name the regions"
        }
        (Question::Regions(_), true) => {
            "the regions that are enabled in the account cannot be listed; those known go on being read"
        }
    };
    warn!(
        account_id = account.as_ref().map(AccountId::as_str),
        region = asked.region.as_str(),
        operation = failure.operation_label(),
        code = failure.code,
        error = failure.message,
        request_id = failure.request_id,
        "{meaning}"
    );
}

/// One line for each target whose state is not what it was.
pub(super) fn log_changes(
    scope: &ScopeId,
    name: &FunctionName,
    before: &Reading,
    after: &Reading,
    troubles: &[Trouble],
) {
    for qualifier in before.targets.keys() {
        if !after.targets.contains_key(qualifier) {
            info!(
                account_id = scope.account_label(),
                region = scope.region.as_str(),
                target = format!("{name}:{qualifier}"),
                "target is no longer published"
            );
        }
    }
    for (qualifier, target) in &after.targets {
        let was = before.targets.get(qualifier).map(|target| target.state);
        if was == Some(target.state) {
            continue;
        }
        let target_name = format!("{name}:{qualifier}");
        let account_id = scope.account_label();
        let region = scope.region.as_str();
        let state = target.state.as_str();
        let trouble = troubles
            .iter()
            .find(|trouble| trouble.qualifier.as_ref().is_none_or(|of| of == qualifier))
            .or(troubles.first());
        match (target.state, was, trouble) {
            // Thousands of targets that are well from the start are no news.
            (TargetState::Ok, None, _) => {}
            (TargetState::Ok, Some(TargetState::NotFound), _) => {
                info!(
                    account_id,
                    region,
                    target = target_name,
                    state,
                    "target exists now"
                );
            }
            (TargetState::Ok, Some(_), _) => {
                info!(
                    account_id,
                    region,
                    target = target_name,
                    state,
                    "target is read again"
                );
            }
            (TargetState::NotFound, ..) => warn!(
                account_id,
                region,
                target = target_name,
                state,
                "no such function, version or alias"
            ),
            // The reason is the same for many targets, and was warned of once.
            (TargetState::Denied, _, trouble) => info!(
                account_id,
                region,
                target = target_name,
                state,
                operation = trouble.map(|trouble| trouble.failure.operation_label()),
                "target cannot be read in full"
            ),
            (_, _, trouble) => warn!(
                account_id,
                region,
                target = target_name,
                state,
                operation = trouble.map(|trouble| trouble.failure.operation_label()),
                code = trouble.and_then(|trouble| trouble.failure.code.as_deref()),
                error = trouble.map(|trouble| trouble.failure.message.as_str()),
                request_id = trouble.and_then(|trouble| trouble.failure.request_id.as_deref()),
                "target cannot be read"
            ),
        }
    }
}
