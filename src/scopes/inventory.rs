//! What is known about accounts and regions, and what has to be asked of AWS about them: plain values.
//!
//! An entry of the configuration may leave open whose the ambient credentials are, which accounts an organisation
//! has, and which regions an account uses. Each of these is a [`Query`] with a [`Lookup`] of its own type. An
//! organisation is known by what it is, not by its place in the configuration, so no answer can be taken for
//! another's, and none that means "no accounts" can come from anywhere but AWS.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    lookup::{Failed, Lookup},
    plan::{self, Member, Plan},
    query::{AccountNames, Applied, PendingQuery, Problem, Query, Reply},
};
use crate::domain::{
    AccountEntry, AccountId, Backoff, Credentials, Members, Organization, Partition, Region,
    Regions, Role, RoleArn, Shard,
};

/// How often AWS is asked for accounts and regions that it told before.
pub(super) const REFRESH: Duration = Duration::from_hours(1);

/// Whose the credentials are decides whether anything is read at all.
const IDENTITY_BACKOFF: Backoff = backoff(Duration::from_mins(1));

/// So does which accounts there are.
const ACCOUNTS_BACKOFF: Backoff = backoff(Duration::from_mins(5));

/// That an organisation has no account for us is as likely to change as which ones it has, but for the first minutes.
const EMPTY_BACKOFF: Backoff = Backoff {
    first: Duration::from_mins(1),
    longest: REFRESH,
};

/// Regions have a fallback, and there are as many queries about them as accounts.
const REGIONS_BACKOFF: Backoff = backoff(Duration::from_mins(10));

/// The same where the regions are known.
const KNOWN_REGIONS_BACKOFF: Backoff = backoff(REFRESH);

const fn backoff(longest: Duration) -> Backoff {
    Backoff {
        first: Duration::from_secs(1),
        longest,
    }
}

/// What is known about accounts and regions.
#[derive(Debug)]
pub(super) struct Inventory {
    entries: Vec<AccountEntry>,
    default_region: Option<Region>,
    shard: Shard,
    /// Whether tags are read of all functions. AWS tells only those of the credentials' own account.
    reads_tags: bool,
    identity: Option<Lookup<AccountId>>,
    /// Few: an exporter reads one organisation, seldom two.
    accounts: Vec<(Arc<Organization>, Lookup<AccountNames>)>,
    regions: BTreeMap<Credentials, Lookup<Vec<Region>>>,
}

impl Inventory {
    /// Nothing is known yet. The default region is given where an entry needs it.
    pub(super) fn new(
        entries: Vec<AccountEntry>,
        default_region: Option<Region>,
        shard: Shard,
        reads_tags: bool,
    ) -> Self {
        Self {
            entries,
            default_region,
            shard,
            reads_tags,
            identity: None,
            accounts: Vec::new(),
            regions: BTreeMap::new(),
        }
    }

    /// The queries that were never sent before. Each is given once; after that [`Self::apply`] says when to send
    /// it again. What no entry needs any more is forgotten.
    pub(super) fn new_queries(&mut self) -> Vec<PendingQuery> {
        let mut queries = Vec::new();
        if self.identity.is_none() && self.entries.iter().any(|entry| self.needs_identity(entry)) {
            self.identity = Some(Lookup::default());
            queries.push(Query::Identity);
        }
        for entry in &self.entries {
            if let Members::Organization(organization) = &entry.members
                && self.accounts_of(organization).is_none()
            {
                let organization = Arc::new(organization.clone());
                let lookup = (Arc::clone(&organization), Lookup::default());
                self.accounts.push(lookup);
                queries.push(Query::Accounts(organization));
            }
        }
        let with_all_regions = self
            .entries
            .iter()
            .filter(|entry| entry.regions == Regions::All);
        let wanted: BTreeSet<Credentials> = with_all_regions
            .flat_map(|entry| self.credentials(entry))
            .collect();
        // Roles that are no longer used are asked about no more.
        self.regions
            .retain(|credentials, _| wanted.contains(credentials));
        for credentials in wanted {
            if !self.regions.contains_key(&credentials) {
                self.regions.insert(credentials.clone(), Lookup::default());
                queries.push(Query::Regions(credentials));
            }
        }
        let pending = |query| self.pending(query, 0, Duration::ZERO);
        queries.into_iter().filter_map(pending).collect()
    }

    /// The credentials turned out to be another account's: asks whose they are, once more.
    pub(super) fn identity_again(&self) -> Option<PendingQuery> {
        self.own_account()?;
        self.pending(Query::Identity, 0, Duration::ZERO)
    }

    /// Takes a reply.
    pub(super) fn apply(&mut self, reply: Reply) -> Applied {
        match reply {
            Reply::Identity(result) => {
                // Asked again only when an answer shows that it has changed.
                let lookup = self.identity.as_mut();
                let result = result.map_err(Problem::Failed);
                let taken = lookup.map(|lookup| take(lookup, result, IDENTITY_BACKOFF, None));
                self.applied(Query::Identity, taken)
            }
            Reply::Accounts(organization, result) => {
                let mut lookups = self.accounts.iter_mut();
                let lookup = lookups.find(|(known, _)| *known == organization);
                let (result, backoff) = match result {
                    Ok(accounts) if accounts.is_empty() => (Err(Problem::NoAccount), EMPTY_BACKOFF),
                    Ok(accounts) => (Ok(accounts), ACCOUNTS_BACKOFF),
                    Err(failure) => (Err(Problem::Failed(failure)), ACCOUNTS_BACKOFF),
                };
                let taken = lookup.map(|(_, lookup)| take(lookup, result, backoff, Some(REFRESH)));
                self.applied(Query::Accounts(organization), taken)
            }
            Reply::Regions(credentials, result) => {
                let result = result.map_err(Problem::Failed);
                let taken = self.regions.get_mut(&credentials).map(|lookup| {
                    let backoff = match lookup.answer() {
                        Some(_) => KNOWN_REGIONS_BACKOFF,
                        None => REGIONS_BACKOFF,
                    };
                    take(lookup, result, backoff, Some(REFRESH))
                });
                self.applied(Query::Regions(credentials), taken)
            }
        }
    }

    fn applied(&self, query: Query, taken: Option<Taken>) -> Applied {
        let Some(Taken {
            failures,
            again,
            failure,
        }) = taken
        else {
            return Applied {
                again: None,
                failure: None,
            };
        };
        Applied {
            again: again.and_then(|pause| self.pending(query.clone(), failures, pause)),
            failure: failure.map(|(failure, failed)| (query, failure, failed)),
        }
    }

    /// Whether every query has had a first reply, good or bad.
    pub(super) fn all_asked_once(&self) -> bool {
        self.identity.iter().all(Lookup::has_ended)
            && self.accounts.iter().all(|(_, lookup)| lookup.has_ended())
            && self.regions.values().all(Lookup::has_ended)
    }

    /// The account of the ambient credentials, once it is known.
    fn own_account(&self) -> Option<AccountId> {
        self.identity.as_ref()?.answer().copied()
    }

    /// Whether the accounts of the organisations could be listed the last time, by the account whose credentials
    /// list them; `None` stands for the ambient ones. With several organisations for one, all must succeed.
    pub(super) fn organizations(&self) -> BTreeMap<Option<AccountId>, bool> {
        let mut listed = BTreeMap::new();
        for (organization, lookup) in &self.accounts {
            if let Some(succeeded) = lookup.succeeded() {
                let account = organization.credentials.account();
                *listed.entry(account).or_insert(true) &= succeeded;
            }
        }
        listed
    }

    /// What people call the accounts: by an entry of their own, or else by the organisation.
    pub(super) fn account_names(&self) -> AccountNames {
        let mut names = AccountNames::new();
        for (_, lookup) in &self.accounts {
            names.extend(lookup.answer().cloned().unwrap_or_default());
        }
        for entry in self.entries.iter().rev() {
            if let (Some(name), Members::One(credentials)) = (&entry.name, &entry.members)
                && let Some(account) = credentials.account().or_else(|| self.own_account())
            {
                names.insert(account, Arc::clone(name));
            }
        }
        names
    }

    /// The scopes of this shard, as far as is known. Those without an account are every shard's.
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan::new();
        for entry in &self.entries {
            for credentials in self.credentials(entry) {
                let account = credentials.account().or_else(|| self.own_account());
                let member = Member {
                    account,
                    regions: self.regions_of(entry, &credentials),
                    credentials,
                };
                plan::add(&mut plan, entry, &member);
            }
        }
        plan.retain(|scope, _| scope.account.is_none() || self.shard.holds(scope));
        plan
    }

    /// The entries of an organisation, as the configuration counts them.
    pub(super) fn entries_of(&self, organization: &Organization) -> String {
        let is_of = |entry: &AccountEntry| matches!(&entry.members, Members::Organization(other) if other == organization);
        let entries = self.entries.iter().enumerate();
        let entries = entries.filter(|(_, entry)| is_of(entry));
        let keys: Vec<String> = entries
            .map(|(index, _)| format!("accounts[{index}].organization"))
            .collect();
        keys.join(", ")
    }

    /// Whether the account of the ambient credentials must be known: something is read with them and named without
    /// an account, or its tags are read if the account is theirs.
    fn needs_identity(&self, entry: &AccountEntry) -> bool {
        let mut functions = entry.functions.iter();
        entry.members == Members::One(Credentials::Ambient)
            && (entry.discovery.is_some()
                || functions.any(|function| self.reads_tags || function.account().is_none()))
    }

    fn accounts_of(&self, organization: &Organization) -> Option<&Lookup<AccountNames>> {
        let mut lookups = self.accounts.iter();
        let found = lookups.find(|(known, _)| **known == *organization);
        found.map(|(_, lookup)| lookup)
    }

    /// Whose credentials an entry means, as far as is known.
    fn credentials(&self, entry: &AccountEntry) -> Vec<Credentials> {
        let organization = match &entry.members {
            Members::One(credentials) => return vec![credentials.clone()],
            Members::Organization(organization) => organization,
        };
        let lookup = self.accounts_of(organization);
        let Some(accounts) = lookup.and_then(Lookup::answer) else {
            return Vec::new();
        };
        let partition = self.partition(entry);
        let role = |account: &AccountId| {
            let name = organization.role_name.clone();
            Credentials::Role(Arc::new(Role {
                arn: RoleArn::new(partition.name, *account, name),
                external_id: organization.external_id.clone(),
                session_name: Arc::clone(&organization.session_name),
                assumed_with: organization.credentials.clone(),
            }))
        };
        accounts.keys().map(role).collect()
    }

    /// Where an entry looks for functions with these credentials.
    fn regions_of(&self, entry: &AccountEntry, credentials: &Credentials) -> Vec<Region> {
        match &entry.regions {
            Regions::Named(regions) => regions.clone(),
            Regions::Default => self.default_region.iter().cloned().collect(),
            Regions::All => {
                let lookup = self.regions.get(credentials);
                match lookup.map(|lookup| (lookup.answer(), lookup.has_ended())) {
                    Some((Some(regions), _)) => regions.clone(),
                    Some((None, true)) => self.partition(entry).default_regions(),
                    // The first reply is on its way. Where even the account is not known, it shows
                    // in one region that it is not.
                    _ if self.own_account().is_none() && credentials.account().is_none() => {
                        vec![self.home(self.partition(entry))]
                    }
                    _ => Vec::new(),
                }
            }
        }
    }

    fn pending(&self, query: Query, failures: u32, pause: Duration) -> Option<PendingQuery> {
        let regions = self.regions_to_ask_in(&query);
        let region = regions
            .get(failures as usize % regions.len().max(1))?
            .clone();
        Some(PendingQuery {
            query,
            pause,
            region,
        })
    }

    /// The regions that a query can be sent to; at least one.
    fn regions_to_ask_in(&self, query: &Query) -> Vec<Region> {
        let entries_of = |is_meant: &dyn Fn(&Members) -> bool| {
            let entries = self.entries.iter().filter(|entry| is_meant(&entry.members));
            entries
                .flat_map(|entry| self.regions_of_entry(entry))
                .collect()
        };
        let mut regions: Vec<Region> = match query {
            Query::Identity => {
                let ambient = Members::One(Credentials::Ambient);
                entries_of(&|members| *members == ambient)
            }
            Query::Accounts(organization) => entries_of(
                &|members| matches!(members, Members::Organization(other) if *other == **organization),
            ),
            Query::Regions(Credentials::Role(role)) => {
                vec![self.home(Partition::named(role.arn.partition()))]
            }
            Query::Regions(Credentials::Ambient) => {
                let default = self.default_region.clone();
                vec![default.unwrap_or_else(|| Partition::named("aws").home())]
            }
        };
        let mut seen = BTreeSet::new();
        regions.retain(|region| seen.insert(region.clone()));
        regions
    }

    fn regions_of_entry(&self, entry: &AccountEntry) -> Vec<Region> {
        match &entry.regions {
            Regions::Named(regions) => regions.clone(),
            Regions::Default | Regions::All => vec![self.home(self.partition(entry))],
        }
    }

    /// Where a partition's global services are asked.
    fn home(&self, partition: &Partition) -> Region {
        let default = self.default_region.as_ref();
        let default = default.filter(|region| Partition::of(region) == partition);
        default.cloned().unwrap_or_else(|| partition.home())
    }

    /// The partition of an entry: that of its role, or else of its regions.
    fn partition(&self, entry: &AccountEntry) -> &'static Partition {
        let credentials = match &entry.members {
            Members::One(credentials) => credentials,
            Members::Organization(organization) => &organization.credentials,
        };
        if let Credentials::Role(role) = credentials {
            return Partition::named(role.arn.partition());
        }
        let region = match &entry.regions {
            Regions::Named(regions) => regions.first(),
            Regions::Default | Regions::All => self.default_region.as_ref(),
        };
        region.map_or_else(|| Partition::named("aws"), Partition::of)
    }
}

/// What a lookup made of a result.
struct Taken {
    /// In a row, so far.
    failures: u32,
    /// The pause before the next query; `None`: there is no next one.
    again: Option<Duration>,
    failure: Option<(Problem, Failed)>,
}

fn take<T>(
    lookup: &mut Lookup<T>,
    result: Result<T, Problem>,
    backoff: Backoff,
    refresh: Option<Duration>,
) -> Taken {
    let (again, failure) = match result {
        Ok(answer) => {
            lookup.answered(answer);
            (refresh, None)
        }
        Err(problem) => {
            let failed = lookup.failed(problem.failure(), backoff);
            (Some(failed.pause), Some((problem, failed)))
        }
    };
    Taken {
        failures: lookup.failures(),
        again,
        failure,
    }
}

#[cfg(test)]
mod tests;
