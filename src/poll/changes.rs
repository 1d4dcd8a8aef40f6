//! Log lines about what changes: one when it does, none at every poll.

use std::{collections::BTreeSet, mem};

use tracing::{info, warn};

use super::{Operation, Trouble};
use crate::domain::{FailureKind, FunctionName, Reading, ScopeId, TargetState};

/// Refusals by AWS, each of which is warned of once: a policy that lacks an action lacks it for every
/// function, and credentials that have expired have expired for all.
#[derive(Default)]
pub(super) struct Refusals {
    warned: BTreeSet<Refusal>,
    in_this_sweep: BTreeSet<Refusal>,
}

/// What was refused, and AWS's code for why.
type Refusal = (Operation, Option<String>);

impl Refusals {
    pub(super) fn warn(&mut self, scope: &ScopeId, name: &FunctionName, troubles: &[Trouble]) {
        let denied = |trouble: &&Trouble| trouble.failure.kind == FailureKind::Denied;
        for trouble in troubles.iter().filter(denied) {
            let Trouble {
                operation, failure, ..
            } = trouble;
            let refusal = (*operation, failure.code.clone());
            self.in_this_sweep.insert(refusal.clone());
            if !self.warned.insert(refusal) {
                continue;
            }
            let meaning = if failure.is_missing_permission() {
                let action = operation.iam_action();
                format!("AWS denies the IAM action {action}; what it would tell cannot be read")
            } else {
                "AWS refuses the credentials; what they would show cannot be read".to_owned()
            };
            warn!(
                account_id = scope.account_label(),
                region = scope.region.as_str(),
                operation = operation.as_str(),
                function_name = %name,
                code = failure.code,
                error = failure.message,
                request_id = failure.request_id,
                "{meaning}"
            );
        }
    }

    /// What was not refused in a whole sweep is allowed now, and is warned of again if it is refused.
    pub(super) fn end_sweep(&mut self) {
        self.warned = mem::take(&mut self.in_this_sweep);
    }
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
                operation = trouble.map(|trouble| trouble.operation.as_str()),
                "target cannot be read in full"
            ),
            (_, _, trouble) => warn!(
                account_id,
                region,
                target = target_name,
                state,
                operation = trouble.map(|trouble| trouble.operation.as_str()),
                code = trouble.and_then(|trouble| trouble.failure.code.as_deref()),
                error = trouble.map(|trouble| trouble.failure.message.as_str()),
                request_id = trouble.and_then(|trouble| trouble.failure.request_id.as_deref()),
                "target cannot be read"
            ),
        }
    }
}
