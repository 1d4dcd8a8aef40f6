//! Log lines about what changes: one when it does, none at every poll.

mod changes;

use std::{collections::BTreeSet, mem};

use tracing::warn;

pub(super) use self::changes::{Changes, some_of};
use crate::domain::{CallFailure, FailureKind, FunctionName, Operation, ScopeId};

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
