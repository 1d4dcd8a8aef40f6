//! Which scopes are polled, with whose credentials, and what is read in each: plain values.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::domain::{AccountEntry, AccountId, Credentials, Qualifiers, Region, ScopeId, Selection};

/// What is polled in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScopePlan {
    /// With whose credentials.
    pub(super) credentials: Credentials,
    /// Whether the functions are not, or not known to be, those of the credentials' own account.
    pub(super) cross_account: bool,
    /// What is read.
    pub(super) selection: Selection,
}

/// All scopes; those without an account wait until it is known.
pub(super) type Plan = BTreeMap<ScopeId, ScopePlan>;

/// One account that an entry of the configuration means.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// With whose credentials it is read.
    pub(super) credentials: Credentials,
    /// The account of the credentials; `None` while it is not known.
    pub(super) account: Option<AccountId>,
    /// Where to look for functions that are named without a region, and for those not named.
    pub(super) regions: Vec<Region>,
}

/// Adds what an entry wants of one of its accounts.
///
/// A scope that several entries lead to is one scope. It is read with the credentials of the first
/// entry, but those of its own account before those of another.
pub(super) fn add(plan: &mut Plan, entry: &AccountEntry, member: &Member) {
    for function in &entry.functions {
        let account = function.account().or(member.account);
        let qualifiers = Qualifiers::from(function.selector());
        let selection = Selection {
            functions: BTreeMap::from([(function.name().clone(), qualifiers)]),
            ..Selection::default()
        };
        let own = function.region().map(std::slice::from_ref);
        for region in own.unwrap_or(&member.regions) {
            add_scope(plan, member, account, region, selection.clone());
        }
    }
    for region in &member.regions {
        let selection = Selection {
            discoveries: entry.discovery.iter().cloned().collect(),
            ..Selection::default()
        };
        if !selection.is_empty() {
            add_scope(plan, member, member.account, region, selection);
        }
    }
}

fn add_scope(
    plan: &mut Plan,
    member: &Member,
    account: Option<AccountId>,
    region: &Region,
    selection: Selection,
) {
    let scope = ScopeId {
        account,
        region: region.clone(),
    };
    let cross_account = account != member.account;
    let credentials = member.credentials.clone();
    match plan.entry(scope) {
        Entry::Vacant(vacant) => {
            vacant.insert(ScopePlan {
                credentials,
                cross_account,
                selection,
            });
        }
        Entry::Occupied(mut occupied) => {
            let planned = occupied.get_mut();
            if planned.cross_account && !cross_account {
                planned.credentials = credentials;
                planned.cross_account = false;
            }
            planned.selection.extend(selection);
        }
    }
}
