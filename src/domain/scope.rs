//! An account and a region: what shares one quota, one limiter and one poller.

use std::fmt;

use super::{AccountId, Region};

/// One account in one region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId {
    /// The account; `None` while its credentials have not told which one it is.
    pub account: Option<AccountId>,
    /// The region.
    pub region: Region,
}

impl ScopeId {
    /// The value of the label `account_id`: empty while the account is not known.
    #[must_use]
    pub fn account_label(&self) -> &str {
        self.account.as_ref().map_or("", AccountId::as_str)
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "{account}/{}", self.region),
            None => write!(f, "(account not known)/{}", self.region),
        }
    }
}
