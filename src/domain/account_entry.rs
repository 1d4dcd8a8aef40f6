//! One entry of `accounts`: which functions are read, in which accounts and regions, with whose
//! credentials.

use std::sync::Arc;

use super::{AccountFilter, Credentials, Discovery, FunctionReference, Region, RoleName};

/// What is watched in one account, or in the same way in many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// Which accounts.
    pub members: Members,
    /// Where to look for functions, other than those whose ARN says it.
    pub regions: Regions,
    /// Functions by name. One that names an account names that of the role, and none does in an
    /// organisation's entry.
    pub functions: Vec<FunctionReference>,
    /// Which of the functions that AWS lists are watched too; always given where no function is
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
