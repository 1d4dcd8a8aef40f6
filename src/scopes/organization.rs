//! How far the listing of an organisation's accounts has come: what to ask for next, and what was told so far. A plain
//! value that is kept from one try to the next, so that a failure costs time and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::query::AccountNames;
use crate::{
    domain::{AccountFilter, AccountId, CallError, MemberAccount, Operation, Organization},
    poll::Pages,
    port::Page,
};

/// Something that is listed in pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// All accounts.
    Accounts,
    /// The accounts right below a unit or root.
    AccountsBelow(String),
    /// The units right below one.
    UnitsBelow(String),
}

/// A page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageOf {
    pub(super) subject: Subject,
    /// Where it begins; `None` is the first one.
    pub(super) token: Option<String>,
}

/// What is on a page.
#[derive(Debug)]
pub(super) enum Listed {
    Accounts(Page<MemberAccount>),
    Units(Page<String>),
}

/// What the pages so far say, and which are still to come.
#[derive(Debug)]
pub(super) struct OrganizationListing {
    pub(super) begun_at: Instant,
    accounts: BTreeMap<AccountId, MemberAccount>,
    /// The organizational units of both filters, and all below them.
    units: BTreeMap<String, Unit>,
    /// What is not complete yet; the last one comes next.
    open: Vec<(Subject, Pages)>,
    /// How many pages have come.
    pages: usize,
}

/// What lies right below an organizational unit or root.
#[derive(Debug, Default)]
struct Unit {
    accounts: BTreeSet<AccountId>,
    units: BTreeSet<String>,
}

impl Subject {
    /// What lists it.
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::Accounts => Operation::ListAccounts,
            Self::AccountsBelow(_) => Operation::ListAccountsForParent,
            Self::UnitsBelow(_) => Operation::ListOrganizationalUnitsForParent,
        }
    }
}

impl OrganizationListing {
    /// Nothing was told yet.
    pub(super) fn new(organization: &Organization, begun_at: Instant) -> Self {
        let mut listing = Self {
            begun_at,
            accounts: BTreeMap::new(),
            units: BTreeMap::new(),
            open: Vec::new(),
            pages: 0,
        };
        for filter in [&organization.include, &organization.exclude] {
            for unit in &filter.organizational_units {
                listing.add_unit(unit);
            }
        }
        // First, since without it nothing else counts.
        listing.add(Subject::Accounts);
        listing
    }

    /// The next page to ask for; `None`: all have come.
    pub(super) fn next(&self) -> Option<PageOf> {
        let (subject, pages) = self.open.last()?;
        Some(PageOf {
            subject: subject.clone(),
            token: pages.marker().map(str::to_owned),
        })
    }

    /// How many pages have come.
    pub(super) fn pages(&self) -> usize {
        self.pages
    }

    /// Takes the page that was to come next.
    ///
    /// # Errors
    /// If the listing goes in a circle.
    pub(super) fn take(&mut self, listed: Listed) -> Result<(), CallError> {
        let Some((subject, mut pages)) = self.open.pop() else {
            return Ok(());
        };
        let taken = self.take_items(&subject, &mut pages, listed);
        self.pages += 1;
        if taken.is_err() {
            // From its beginning: the items are known by what they are, so none counts twice.
            self.add(subject);
        } else if !pages.is_complete() {
            self.open.push((subject, pages));
        }
        taken
    }

    fn take_items(
        &mut self,
        subject: &Subject,
        pages: &mut Pages,
        listed: Listed,
    ) -> Result<(), CallError> {
        match (subject, listed) {
            (Subject::AccountsBelow(unit), Listed::Accounts(page)) => {
                let accounts = pages.take(page)?.into_iter().map(|account| account.id);
                let unit = self.units.entry(unit.clone()).or_default();
                unit.accounts.extend(accounts);
            }
            (_, Listed::Accounts(page)) => {
                let accounts = pages.take(page)?.into_iter();
                self.accounts
                    .extend(accounts.map(|account| (account.id, account)));
            }
            (Subject::UnitsBelow(unit), Listed::Units(page)) => {
                let below = pages.take(page)?;
                for unit in &below {
                    self.add_unit(unit);
                }
                let unit = self.units.entry(unit.clone()).or_default();
                unit.units.extend(below);
            }
            (_, Listed::Units(_)) => {}
        }
        Ok(())
    }

    /// Once all pages have come: the accounts that are in use and wanted.
    pub(super) fn wanted(&self, organization: &Organization) -> AccountNames {
        let Organization {
            include, exclude, ..
        } = organization;
        let (included, excluded) = (self.in_units(include), self.in_units(exclude));
        let wanted = |account: &&MemberAccount| {
            account.active
                && (include.is_empty() || include.holds(account, &included))
                && !exclude.holds(account, &excluded)
        };
        let wanted = self.accounts.values().filter(wanted);
        wanted
            .map(|account| (account.id, account.name.as_str().into()))
            .collect()
    }

    /// The accounts anywhere below the organizational units of a filter.
    fn in_units(&self, filter: &AccountFilter) -> BTreeSet<AccountId> {
        let mut accounts = BTreeSet::new();
        let mut seen: BTreeSet<&String> = filter.organizational_units.iter().collect();
        let mut open: Vec<&String> = seen.iter().copied().collect();
        while let Some(id) = open.pop() {
            if let Some(unit) = self.units.get(id) {
                accounts.extend(&unit.accounts);
                open.extend(unit.units.iter().filter(|below| seen.insert(below)));
            }
        }
        accounts
    }

    fn add_unit(&mut self, id: &str) {
        if !self.units.contains_key(id) {
            self.units.insert(id.to_owned(), Unit::default());
            self.add(Subject::UnitsBelow(id.to_owned()));
            self.add(Subject::AccountsBelow(id.to_owned()));
        }
    }

    fn add(&mut self, subject: Subject) {
        let pages = Pages::of(subject.operation());
        self.open.push((subject, pages));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Credentials;

    fn organization(include: &[&str], exclude: &[&str]) -> Organization {
        let filter = |units: &[&str]| AccountFilter {
            organizational_units: units.iter().map(|&unit| unit.to_owned()).collect(),
            ..AccountFilter::default()
        };
        Organization {
            credentials: Credentials::Ambient,
            role_name: "reader".parse().unwrap(),
            external_id: None,
            session_name: "exporter".into(),
            include: filter(include),
            exclude: filter(exclude),
        }
    }

    fn accounts(numbers: &[u8], next: Option<&str>) -> Listed {
        let member = |n: &u8| MemberAccount {
            id: format!("{n:012}").parse().unwrap(),
            name: format!("account {n}"),
            active: true,
        };
        Listed::Accounts(Page {
            items: numbers.iter().map(member).collect(),
            next: next.map(str::to_owned),
        })
    }

    fn units(ids: &[&str]) -> Listed {
        Listed::Units(Page {
            items: ids.iter().map(|&id| id.to_owned()).collect(),
            next: None,
        })
    }

    /// Answers all that is asked for; gives what that was.
    fn finish(
        listing: &mut OrganizationListing,
        answer: impl Fn(&PageOf) -> Listed,
    ) -> Vec<Subject> {
        let mut asked = Vec::new();
        while let Some(page) = listing.next() {
            listing.take(answer(&page)).unwrap();
            asked.push(page.subject);
        }
        asked
    }

    fn wanted(listing: &OrganizationListing, organization: &Organization) -> Vec<String> {
        let wanted = listing.wanted(organization).into_keys();
        wanted.map(|id| id.to_string()[11..].to_owned()).collect()
    }

    #[test]
    fn each_page_and_each_unit_is_asked_for_once() {
        let organization = organization(&["a", "b"], &["b"]);
        let mut listing = OrganizationListing::new(&organization, Instant::now());
        let asked = finish(&mut listing, |page| match (&page.subject, &page.token) {
            (Subject::Accounts, None) => accounts(&[1, 2], Some("more")),
            (Subject::Accounts, Some(_)) => accounts(&[3, 4], None),
            (Subject::AccountsBelow(unit), _) if unit == "a" => accounts(&[1], None),
            (Subject::AccountsBelow(unit), _) if unit == "b" => accounts(&[2], None),
            (Subject::AccountsBelow(_), _) => accounts(&[3], None),
            // Units that lie below one another: no circle.
            (Subject::UnitsBelow(unit), _) if unit == "a" => units(&["c", "b"]),
            (Subject::UnitsBelow(_), _) => units(&["a"]),
        });
        assert_eq!(asked.len(), 2 + 3 + 3);
        assert_eq!(listing.pages(), asked.len());
        // b leads back to a, and so to all: nothing is left.
        assert_eq!(wanted(&listing, &organization), [""; 0]);
    }

    #[test]
    fn a_listing_that_goes_in_a_circle_begins_again() {
        let organization = organization(&[], &[]);
        let mut listing = OrganizationListing::new(&organization, Instant::now());
        listing.take(accounts(&[1], Some("x"))).unwrap();
        assert!(listing.take(accounts(&[2], Some("x"))).is_err());
        assert_eq!(listing.next().unwrap().token, None);
        listing.take(accounts(&[1, 2], None)).unwrap();
        assert_eq!(listing.next(), None);
        assert_eq!(wanted(&listing, &organization), ["1", "2"]);
    }
}
