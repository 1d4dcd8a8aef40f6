//! The fleet as it was last published: what polling writes and serving reads.
//!
//! Each scope has a cell of its own, into which its poller puts finished readings, swapped whole.
//! Publishing one scope costs the same however many others there are.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;

use crate::domain::{AccountId, Fleet, ScopeId, ScopeReadings};

/// One scope's readings as last published.
pub type Cell = ArcSwap<ScopeReadings>;

/// The fleet as it was last published. Clones are handles on the same one.
#[derive(Debug, Clone, Default)]
pub struct SharedFleet(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cells: ArcSwap<Cells>,
    ready: AtomicBool,
}

#[derive(Debug, Clone, Default)]
struct Cells {
    scopes: BTreeMap<ScopeId, Arc<Cell>>,
    planned: bool,
    organizations: BTreeMap<Option<AccountId>, bool>,
}

impl SharedFleet {
    /// All readings as they are now.
    #[must_use]
    pub fn load(&self) -> Fleet {
        let cells = self.0.cells.load();
        let scopes = cells.scopes.iter();
        Fleet {
            scopes: scopes
                .map(|(scope, cell)| (scope.clone(), cell.load_full()))
                .collect(),
            planned: cells.planned,
            organizations: cells.organizations.clone(),
        }
    }

    /// Whether the first sweep of every scope has ended. What is ready once is ready always: an account
    /// that joins an organisation must not take a running exporter out of service.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Relaxed)
            || (self.load().is_swept() && {
                self.0.ready.store(true, Ordering::Relaxed);
                true
            })
    }

    /// The cell of a scope, which comes to be if it is not there.
    pub(super) fn cell(&self, scope: &ScopeId) -> Arc<Cell> {
        self.change(|cells| {
            cells.scopes.entry(scope.clone()).or_default();
        });
        self.0
            .cells
            .load()
            .scopes
            .get(scope)
            .cloned()
            .unwrap_or_default()
    }

    /// Removes the scopes that are not to stay; what their pollers still publish is lost.
    pub(super) fn retain(&self, stays: impl Fn(&ScopeId) -> bool) {
        if self.0.cells.load().scopes.keys().all(&stays) {
            return;
        }
        self.change(|cells| cells.scopes.retain(|scope, _| stays(scope)));
    }

    /// Puts the scopes whose account was not known under `own`, where nothing of that scope is known
    /// yet.
    pub(super) fn adopt(&self, own: AccountId) {
        self.change(|cells| {
            let unknown = cells
                .scopes
                .extract_if(.., |scope, _| scope.account.is_none());
            let unknown: Vec<_> = unknown.collect();
            for (scope, cell) in unknown {
                let account = Some(own);
                let scope = ScopeId { account, ..scope };
                cells.scopes.entry(scope).or_insert(cell);
            }
        });
    }

    /// Every question about which scopes there are has had a first answer.
    pub(super) fn set_planned(&self) {
        if !self.0.cells.load().planned {
            self.change(|cells| cells.planned = true);
        }
    }

    /// How the last listing of an organisation ended.
    pub(super) fn set_organization(&self, account: Option<AccountId>, listed: bool) {
        self.change(|cells| {
            cells.organizations.insert(account, listed);
        });
    }

    fn change(&self, change: impl Fn(&mut Cells)) {
        self.0.cells.rcu(|cells| {
            let mut cells = Cells::clone(cells);
            change(&mut cells);
            cells
        });
    }
}
