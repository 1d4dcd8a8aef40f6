//! An organization of accounts, as a test describes it and as the simulator holds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::caller::is_account;

/// The id of every organization's root: the parent of what is in no organizational unit.
pub const ROOT_ID: &str = "r-ab12";

/// An organization: its management account, its member accounts and its organizational units.
#[derive(Clone, Debug)]
pub struct Organization {
    pub(crate) management: String,
    pub(crate) accounts: BTreeMap<String, Member>,
    /// Each unit's parent.
    pub(crate) units: BTreeMap<String, String>,
    administrators: BTreeSet<String>,
}

/// An account in an organization; the management account is one too.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) parent: String,
    pub(crate) standing: Standing,
}

/// How an account stands with AWS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing {
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

impl Organization {
    /// An organization with nothing but its management account, `management`, in the root.
    #[must_use]
    pub fn new(management_account_id: &str) -> Self {
        let organization = Self {
            management: management_account_id.to_owned(),
            accounts: BTreeMap::new(),
            units: BTreeMap::new(),
            administrators: BTreeSet::new(),
        };
        organization.account(management_account_id, "management")
    }

    /// Adds an active account in the root, or moves it there under this name.
    #[must_use]
    pub fn account(self, id: &str, name: &str) -> Self {
        self.account_in(ROOT_ID, id, name)
    }

    /// Adds an active account in an organizational unit, or moves it there under this name.
    #[must_use]
    pub fn account_in(mut self, parent: &str, id: &str, name: &str) -> Self {
        let member = Member {
            name: name.to_owned(),
            parent: parent.to_owned(),
            standing: Standing::Active,
        };
        self.accounts.insert(id.to_owned(), member);
        self
    }

    /// Adds an organizational unit in the root ([`ROOT_ID`]) or in another unit, or moves it there. Its name is its id.
    #[must_use]
    pub fn organizational_unit(mut self, id: &str, parent: &str) -> Self {
        self.units.insert(id.to_owned(), parent.to_owned());
        self
    }

    /// Suspends an account: `SUSPENDED`, both as `Status` and as `State`.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn suspended(self, id: &str) -> Self {
        self.standing(id, Standing::Suspended)
    }

    /// Asks for an account's end: `PENDING_CLOSURE`.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn pending_closure(self, id: &str) -> Self {
        self.standing(id, Standing::PendingClosure)
    }

    /// Closes an account, which stays on the list for 90 days: `Status` `SUSPENDED`, `State` `CLOSED`.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn closed(self, id: &str) -> Self {
        self.standing(id, Standing::Closed)
    }

    /// Lets a member account ask, as the management account may.
    #[must_use]
    pub fn delegated_administrator(mut self, id: &str) -> Self {
        self.administrators.insert(id.to_owned());
        self
    }

    fn standing(mut self, id: &str, standing: Standing) -> Self {
        match self.accounts.get_mut(id) {
            Some(member) => member.standing = standing,
            None => panic!("no account {id} in the organization of {}", self.management),
        }
        self
    }

    pub(crate) fn may_ask(&self, account: &str) -> bool {
        account == self.management || self.administrators.contains(account)
    }

    pub(crate) fn has_parent(&self, id: &str) -> bool {
        id == ROOT_ID || self.units.contains_key(id)
    }

    /// What a test got wrong, if anything: found when the whole is there.
    pub(crate) fn mistake(&self) -> Option<String> {
        let malformed = self.accounts.keys().find(|id| !is_account(id));
        let malformed = malformed.or_else(|| self.units.keys().find(|id| !is_unit(id)));
        if let Some(id) = malformed {
            return Some(format!("{id} is no id"));
        }
        let parents = self.accounts.values().map(|member| &member.parent);
        let mut parents = parents.chain(self.units.values());
        if let Some(parent) = parents.find(|parent| !self.has_parent(parent)) {
            return Some(format!("no organizational unit {parent}"));
        }
        let mut administrators = self.administrators.iter();
        let stranger = administrators.find(|id| !self.accounts.contains_key(*id));
        stranger.map(|id| format!("the delegated administrator {id} is no member"))
    }
}

impl Standing {
    pub(crate) const fn status(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Suspended | Self::Closed => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
        }
    }

    pub(crate) const fn state(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            other => other.status(),
        }
    }
}

/// Whether it has the form of a root's or a unit's id.
pub(crate) fn is_parent(id: &str) -> bool {
    let root = id.strip_prefix("r-");
    root.is_some_and(|root| is_part(root, 4)) || is_unit(id)
}

/// `ou-`, the root's part, `-`, and a part of its own.
fn is_unit(id: &str) -> bool {
    let parts = id.strip_prefix("ou-").and_then(|id| id.split_once('-'));
    parts.is_some_and(|(root, own)| is_part(root, 4) && is_part(own, 8))
}

fn is_part(text: &str, least: usize) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (least..=32).contains(&text.len()) && text.bytes().all(legal)
}
