//! The fleet as it was last published: what polling writes and serving reads.
//!
//! Each scope has a cell of its own, into which its poller puts finished readings, swapped whole.
//! Publishing one scope costs the same however many others there are.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use crate::domain::{AccountId, Fleet, ScopeId, ScopeReadings};

/// One scope's readings as last published.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    readings: ArcSwap<ScopeReadings>,
    changed: Arc<Notify>,
}

/// The fleet as it was last published. Clones are handles on the same one.
#[derive(Debug, Clone, Default)]
pub struct SharedFleet(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cells: ArcSwap<Cells>,
    changed: Arc<Notify>,
}

#[derive(Debug, Clone, Default)]
struct Cells {
    scopes: BTreeMap<ScopeId, Arc<Cell>>,
    scopes_known: bool,
    organizations: BTreeMap<Option<AccountId>, bool>,
    account_names: BTreeMap<AccountId, Arc<str>>,
}

impl SharedFleet {
    /// All readings as they are now.
    #[must_use]
    pub fn load(&self) -> Fleet {
        let cells = self.0.cells.load();
        let scopes = cells.scopes.iter();
        Fleet {
            scopes: scopes
                .map(|(scope, cell)| (scope.clone(), cell.load()))
                .collect(),
            scopes_known: cells.scopes_known,
            organizations: cells.organizations.clone(),
            account_names: cells.account_names.clone(),
        }
    }

    /// Waits for a change since the last time; one that has come meanwhile counts. For one who waits.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// The cell of a scope; of one that is not there, a cell that nobody reads.
    pub(crate) fn cell(&self, scope: &ScopeId) -> Arc<Cell> {
        let cells = self.0.cells.load();
        cells.scopes.get(scope).cloned().unwrap_or_default()
    }

    /// Makes these the scopes that there are. What pollers of others still publish is not shown.
    pub(crate) fn set_scopes<T>(&self, scopes: &BTreeMap<ScopeId, T>) {
        let is_same = self.0.cells.load().scopes.keys().eq(scopes.keys());
        if !is_same {
            self.change(|cells| {
                let before = std::mem::take(&mut cells.scopes);
                let cell = |scope: &ScopeId| match before.get(scope) {
                    Some(cell) => Arc::clone(cell),
                    None => Arc::new(Cell::new(&self.0.changed)),
                };
                cells.scopes = scopes
                    .keys()
                    .map(|scope| (scope.clone(), cell(scope)))
                    .collect();
            });
        }
    }

    /// Puts the scopes whose account was not known under `own`, where nothing of that scope is known
    /// yet.
    pub(crate) fn adopt(&self, own: AccountId) {
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
    pub(crate) fn set_scopes_known(&self) {
        if !self.0.cells.load().scopes_known {
            self.change(|cells| cells.scopes_known = true);
        }
    }

    /// How the last listings of organisations ended, by the account that lists them.
    pub(crate) fn set_organizations(&self, listed: &BTreeMap<Option<AccountId>, bool>) {
        if self.0.cells.load().organizations != *listed {
            self.change(|cells| cells.organizations.clone_from(listed));
        }
    }

    /// What people call the accounts.
    pub(crate) fn set_account_names(&self, names: &BTreeMap<AccountId, Arc<str>>) {
        if self.0.cells.load().account_names != *names {
            self.change(|cells| cells.account_names.clone_from(names));
        }
    }

    fn change(&self, change: impl Fn(&mut Cells)) {
        self.0.cells.rcu(|cells| {
            let mut cells = Cells::clone(cells);
            change(&mut cells);
            cells
        });
        self.0.changed.notify_one();
    }
}

impl Cell {
    fn new(changed: &Arc<Notify>) -> Self {
        Self {
            readings: ArcSwap::default(),
            changed: Arc::clone(changed),
        }
    }

    /// The readings as last published.
    pub(crate) fn load(&self) -> Arc<ScopeReadings> {
        self.readings.load_full()
    }

    /// Something else is to be read in the scope: what is said of its polling no longer applies.
    pub(crate) fn expect_other_selection(&self) {
        let before = self.load();
        self.store(ScopeReadings {
            status: before.status.of_other_selection(),
            ..ScopeReadings::clone(&before)
        });
    }

    /// Publishes readings.
    pub(crate) fn store(&self, readings: ScopeReadings) {
        self.readings.store(Arc::new(readings));
        self.changed.notify_one();
    }
}
