//! Asking AWS: whose the credentials are, which accounts an organisation has, which regions are enabled.

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::sleep};

use super::inventory::{PendingQuery, Query, Reply};
use crate::{
    domain::{
        AccountFilter, AccountId, Backoff, CallError, CallFailure, Credentials, FailureKind,
        MemberAccount, Operation, Organization, Region,
    },
    poll::Pages,
    port::{Aws, Page},
};

/// What queries are sent with. Clones share the bound on how many are sent at once.
pub(super) struct Asker<A> {
    aws: Arc<A>,
    /// Hundreds of accounts are asked about at the start.
    permits: Arc<Semaphore>,
}

/// How many queries are under way at once.
const AT_ONCE: usize = 16;

/// Between two pages of one listing.
const BETWEEN_PAGES: Duration = Duration::from_millis(250);

/// How often a page that does not come is asked for again.
const PAGE_RETRIES: u32 = 5;

/// Before a page is asked for again.
const PAGE_BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_mins(1),
};

impl<A> Clone for Asker<A> {
    fn clone(&self) -> Self {
        Self {
            aws: Arc::clone(&self.aws),
            permits: Arc::clone(&self.permits),
        }
    }
}

impl<A: Aws> Asker<A> {
    pub(super) fn new(aws: Arc<A>) -> Self {
        Self {
            aws,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Asks after the pause.
    pub(super) async fn ask(self, pending: PendingQuery) -> Reply {
        let PendingQuery {
            query,
            pause,
            region,
        } = pending;
        sleep(pause).await;
        // Nothing closes the semaphore; without a permit the query would only be sent sooner.
        let _permit = self.permits.acquire().await;
        match query {
            Query::Identity => {
                let account = self.aws.own_account(&region).await;
                Reply::Identity(failing(account, Operation::GetCallerIdentity))
            }
            Query::Accounts(organization) => {
                let accounts = self.accounts(&organization, &region).await;
                let accounts = failing(accounts, Operation::ListAccounts);
                Reply::Accounts(organization, accounts)
            }
            Query::Regions(credentials) => {
                let regions = self.regions(&credentials, &region).await;
                let regions = failing(regions, Operation::ListRegions);
                Reply::Regions(credentials, regions)
            }
        }
    }

    async fn regions(
        &self,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<Vec<Region>, CallError> {
        let operation = Operation::ListRegions;
        let page = |token: Option<String>| async move {
            let token = token.as_deref();
            self.aws.list_regions(credentials, region, token).await
        };
        let mut regions = self.pages(operation, page).await?;
        regions.sort();
        if regions.is_empty() {
            let nothing = CallFailure::error(operation, "AWS lists no region");
            return Err(CallError::Failed(nothing));
        }
        Ok(regions)
    }

    /// The accounts of an organisation that are in use and wanted.
    async fn accounts(
        &self,
        organization: &Organization,
        region: &Region,
    ) -> Result<BTreeSet<AccountId>, CallError> {
        let Organization {
            credentials,
            include,
            exclude,
            ..
        } = organization;
        let page = |token: Option<String>| async move {
            let token = token.as_deref();
            self.aws.list_accounts(credentials, region, token).await
        };
        let accounts = self.pages(Operation::ListAccounts, page).await?;
        let included = self.in_units(include, credentials, region).await?;
        let excluded = self.in_units(exclude, credentials, region).await?;
        let wanted = |account: &&MemberAccount| {
            account.active
                && (include.is_empty() || include.holds(account, &included))
                && !exclude.holds(account, &excluded)
        };
        let wanted = accounts.iter().filter(wanted);
        Ok(wanted.map(|account| account.id).collect())
    }

    /// The accounts anywhere below the organizational units of a filter.
    async fn in_units(
        &self,
        filter: &AccountFilter,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<BTreeSet<AccountId>, CallError> {
        let mut accounts = BTreeSet::new();
        let mut seen: BTreeSet<String> = filter.organizational_units.clone();
        let mut open: Vec<String> = seen.iter().cloned().collect();
        while let Some(parent) = open.pop() {
            let parent = parent.as_str();
            let operation = Operation::ListAccountsForParent;
            let page = |token: Option<String>| async move {
                let token = token.as_deref();
                self.aws
                    .list_accounts_for_parent(credentials, region, parent, token)
                    .await
            };
            let below = self.pages(operation, page).await?;
            accounts.extend(below.iter().map(|account| account.id));
            let operation = Operation::ListOrganizationalUnitsForParent;
            let page = |token: Option<String>| async move {
                let token = token.as_deref();
                self.aws
                    .list_units_for_parent(credentials, region, parent, token)
                    .await
            };
            let units = self.pages(operation, page).await?;
            open.extend(units.into_iter().filter(|unit| seen.insert(unit.clone())));
        }
        Ok(accounts)
    }

    /// Everything on all pages, at a pace that leaves the service to others. A page that does not come
    /// for a reason that may pass is asked for again: a large organisation has hundreds.
    async fn pages<T, F>(
        &self,
        operation: Operation,
        page: impl Fn(Option<String>) -> F,
    ) -> Result<Vec<T>, CallError>
    where
        F: Future<Output = Result<Page<T>, CallError>>,
    {
        let mut pages = Pages::of(operation);
        let mut items = Vec::new();
        let mut failures = 0;
        while !pages.is_complete() {
            match page(pages.marker().map(str::to_owned)).await {
                Ok(page) => {
                    items.extend(pages.take(page)?);
                    failures = 0;
                    if !pages.is_complete() {
                        sleep(BETWEEN_PAGES).await;
                    }
                }
                Err(CallError::Failed(failure))
                    if pages.has_begun() && may_pass(&failure) && failures < PAGE_RETRIES =>
                {
                    failures += 1;
                    sleep(PAGE_BACKOFF.after_asked(failures, failure.retry_after)).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(items)
    }
}

/// None of these operations knows "not found" as an answer.
fn failing<T>(result: Result<T, CallError>, operation: Operation) -> Result<T, CallFailure> {
    result.map_err(|error| error.into_failure(operation))
}

fn may_pass(failure: &CallFailure) -> bool {
    failure.kind != FailureKind::Denied && !failure.is_about_credentials()
}
