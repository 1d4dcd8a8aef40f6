//! One entry of `accounts`: which functions are read, in which accounts and regions, with whose
//! credentials.

use std::{collections::BTreeSet, fmt, sync::Arc};

use super::{AccountId, Credentials, Discovery, FunctionReference, Pattern, Region, RoleName};

/// What is read in one account, or in the same way in many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// What people call the account, where it is one.
    pub name: Option<Arc<str>>,
    /// Which accounts.
    pub members: Members,
    /// Where to look for functions, other than those whose ARN says it.
    pub regions: Regions,
    /// Functions by name. One that names an account names that of the role, and none does in an
    /// organisation's entry.
    pub functions: Vec<FunctionReference>,
    /// Which of the functions that AWS lists are read too; always given where no function is
    /// named.
    pub discovery: Option<Discovery>,
}

/// The accounts that an entry stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// The account of these credentials.
    One(Credentials),
    /// Accounts of an organisation.
    Organization(Organization),
}

impl AccountEntry {
    /// Whether only the SDK can tell where some of this is.
    #[must_use]
    pub fn needs_default_region(&self) -> bool {
        let without_region = |function: &FunctionReference| function.region().is_none();
        self.regions == Regions::Default
            && (self.discovery.is_some() || self.functions.iter().any(without_region))
    }
}

/// Accounts of an organisation, each with a role of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Who lists the accounts and assumes the role in each: the management account or a delegated
    /// administrator.
    pub credentials: Credentials,
    /// The role that is assumed in each account.
    pub role_name: RoleName,
    /// What that role's trust policy asks for, if it asks: 2 to 1224 characters.
    pub external_id: Option<Arc<str>>,
    /// Under which name the sessions show in `CloudTrail`: 2 to 64 characters.
    pub session_name: Arc<str>,
    /// The accounts that are wanted; where it is empty, every account is.
    pub include: AccountFilter,
    /// Those of them that are not wanted.
    pub exclude: AccountFilter,
}

/// Where to look for functions, other than those whose ARN says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// In the SDK's region.
    Default,
    /// In every region that is enabled in the account.
    All,
    /// In these: at least one, each once, in the order in which they were given.
    Named(Vec<Region>),
}

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
    /// By id: exactly the ones listed.
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

impl fmt::Display for AccountFilter {
    /// As the configuration has it, without the keys that are empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.account_ids.iter().map(AccountId::as_str).collect();
        let names: Vec<&str> = self.account_names.iter().map(Pattern::as_str).collect();
        let units: Vec<&str> = self
            .organizational_units
            .iter()
            .map(String::as_str)
            .collect();
        let keys = [
            ("account_ids", ids),
            ("account_names", names),
            ("organizational_units", units),
        ];
        let keys = keys.iter().filter(|(_, values)| !values.is_empty());
        let keys: Vec<String> = keys
            .map(|(key, values)| format!("{key}: [{}]", values.join(", ")))
            .collect();
        write!(f, "{{{}}}", keys.join(", "))
    }
}
