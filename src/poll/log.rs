//! Log lines about what changes: one when it does, none at every poll.

use std::{collections::BTreeSet, mem};

use tracing::{debug, info, warn};

use super::read::FailedCall;
use crate::domain::{
    CallFailure, FailureKind, FunctionName, Operation, Reading, ScopeId, TargetState,
};

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

/// How many targets may each have a line in one sweep. When a region fails, all that is in it does.
const MAX_LOGGED_PER_SWEEP: usize = 20;

/// Lines about targets whose state is not what it was; the first ones in a sweep are for people.
#[derive(Default)]
pub(super) struct Changes {
    logged: usize,
}

/// What one read did to one target.
struct Change<'a> {
    scope: &'a ScopeId,
    target: String,
    was: Option<TargetState>,
    state: TargetState,
    failed_call: Option<&'a FailedCall>,
}

impl Changes {
    /// What a read of a function changed.
    pub(super) fn log(
        &mut self,
        scope: &ScopeId,
        name: &FunctionName,
        before: &Reading,
        after: &Reading,
        failed_calls: &[FailedCall],
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
            let is_about = |failed_call: &&FailedCall| {
                failed_call
                    .qualifier
                    .as_ref()
                    .is_none_or(|of| of == qualifier)
            };
            let change = Change {
                scope,
                target: format!("{name}:{qualifier}"),
                was,
                state: target.state,
                failed_call: failed_calls.iter().find(is_about).or(failed_calls.first()),
            };
            if was != Some(target.state) && !change.is_told_elsewhere() {
                self.count(scope);
                change.log(self.logged > MAX_LOGGED_PER_SWEEP);
            }
        }
    }

    fn count(&mut self, scope: &ScopeId) {
        self.logged += 1;
        if self.logged == MAX_LOGGED_PER_SWEEP + 1 {
            info!(
                account_id = scope.account_label(),
                region = scope.region.as_str(),
                "the states of many targets change; the others of this sweep are logged at debug"
            );
        }
    }
}

impl Change<'_> {
    /// Thousands of targets that are well from the start are no news. A refusal is warned of once for
    /// all of them, and the end of a sweep tells that all is well again.
    fn is_told_elsewhere(&self) -> bool {
        use TargetState::{Denied, Ok};
        matches!(
            (self.was, self.state),
            (None | Some(Denied), Ok) | (_, Denied)
        )
    }

    fn log(&self, quietly: bool) {
        let account_id = self.scope.account_label();
        let region = self.scope.region.as_str();
        let target = self.target.as_str();
        let state = self.state.as_str();
        let failure = self.failed_call.map(|failed_call| &failed_call.failure);
        let code = failure.and_then(|failure| failure.code.as_deref());
        let error = failure.map(|failure| failure.message.as_str());
        let request_id = failure.and_then(|failure| failure.request_id.as_deref());
        let operation = failure.map(CallFailure::operation_label);
        match (self.state, self.was) {
            _ if quietly => debug!(account_id, region, target, state, error, "target changed"),
            (TargetState::Ok, Some(TargetState::NotFound)) => {
                info!(account_id, region, target, state, "target exists now");
            }
            (TargetState::Ok, _) => {
                info!(account_id, region, target, state, "target recovered");
            }
            (TargetState::NotFound, _) => warn!(
                account_id,
                region, target, state, "no such function, version or alias"
            ),
            _ => warn!(
                account_id,
                region, target, state, operation, code, error, request_id, "target cannot be read"
            ),
        }
    }
}
