//! What goes wrong in a week: something else every hour, in another account each time.

use exporter_harness::Aws;
use lambda_simulator::{Fault, FaultKind, Operation, Role};

use crate::{
    ACCOUNTS, HOUR, REGIONS,
    support::aws::{account, role_arn},
};

/// How many sweeps each lasts: longer than values stay published without a read.
const LENGTH: usize = 9;

const LIST: Operation = Operation::ListFunctions;
const READ: Operation = Operation::ListFunctionEventInvokeConfigs;

/// One after another.
const TROUBLES: [Trouble; 14] = [
    Trouble::Call(READ, FaultKind::TooManyRequests { retry_after: None }),
    Trouble::Call(READ, FaultKind::ServiceException),
    Trouble::Call(READ, FaultKind::AccessDenied),
    Trouble::Call(READ, FaultKind::Hang),
    Trouble::Role,
    Trouble::Call(LIST, FaultKind::Throttling400),
    Trouble::Call(LIST, FaultKind::BadGateway),
    Trouble::Call(LIST, FaultKind::AccessDenied),
    Trouble::Region,
    Trouble::Call(READ, FaultKind::ServiceUnavailable),
    Trouble::Call(READ, FaultKind::Reset),
    Trouble::Call(READ, FaultKind::TruncatedBody),
    Trouble::Call(READ, FaultKind::NotJson),
    Trouble::Sessions,
];

#[derive(Clone, Copy)]
enum Trouble {
    /// One operation fails in one account.
    Call(Operation, FaultKind),
    /// All sessions end, and one account's role cannot be assumed.
    Role,
    /// All sessions are revoked.
    Sessions,
    /// Nothing is answered in one region.
    Region,
}

/// What went wrong so far.
#[derive(Default)]
pub(crate) struct Troubles {
    begun: usize,
}

impl Troubles {
    /// How many there were.
    pub(crate) fn begun(&self) -> usize {
        self.begun
    }

    /// What begins or ends with this sweep.
    pub(crate) fn live_on(&mut self, aws: &Aws, sweep: usize) {
        if sweep % HOUR == LENGTH {
            aws.clear_faults();
            aws.put_role(Role::new(&role_arn(&self.account())));
        } else if sweep.is_multiple_of(HOUR) {
            self.begun += 1;
            self.begin(aws);
        }
    }

    /// Whose turn it is.
    fn account(&self) -> String {
        account(self.begun % ACCOUNTS)
    }

    fn begin(&self, aws: &Aws) {
        let account = self.account();
        match TROUBLES[self.begun % TROUBLES.len()] {
            Trouble::Call(operation, kind) => {
                aws.inject(Fault::on(operation).account(&account).kind(kind));
            }
            Trouble::Role => {
                aws.put_role(Role::new(&role_arn(&account)).denied());
                aws.expire_sessions();
            }
            Trouble::Sessions => aws.revoke_sessions(),
            Trouble::Region => {
                aws.inject(Fault::any().region(REGIONS[1]).kind(FaultKind::Hang));
            }
        }
    }
}
