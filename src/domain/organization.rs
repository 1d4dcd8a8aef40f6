//! The accounts of an organisation, and which of them are wanted.

use std::collections::BTreeSet;

use super::{AccountId, Pattern};

/// An account as AWS Organizations lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name, which need not be unique.
    pub name: String,
    /// Whether it is in use: neither suspended nor being closed.
    pub active: bool,
}

/// A set of accounts, described by any of three ways.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// These.
    pub account_ids: BTreeSet<AccountId>,
    /// Those whose name matches one of these.
    pub account_names: Vec<Pattern>,
    /// Those in these organizational units or roots, or anywhere below them: ids such as
    /// `ou-ab12-34cdefgh` or `r-ab12`.
    pub organizational_units: BTreeSet<String>,
}

impl AccountFilter {
    /// Whether nothing is described.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.account_ids.is_empty()
            && self.account_names.is_empty()
            && self.organizational_units.is_empty()
    }

    /// Whether the account is in the set; `in_units` are the accounts that lie in its organizational
    /// units.
    #[must_use]
    pub fn holds(&self, account: &MemberAccount, in_units: &BTreeSet<AccountId>) -> bool {
        self.account_ids.contains(&account.id)
            || in_units.contains(&account.id)
            || self
                .account_names
                .iter()
                .any(|pattern| pattern.is_match(&account.name))
    }
}
