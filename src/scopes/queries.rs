//! Asking AWS: whose the credentials are, which accounts an organisation has, which regions are enabled.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, sleep},
};

use super::{
    inventory::REFRESH,
    organization::{Listed, OrganizationListing, PageOf, Subject},
    query::{AccountNames, PendingQuery, Query, Reply},
};
use crate::{
    domain::{
        Backoff, CallError, CallFailure, Credentials, FailureKind, Operation, Organization, Region,
    },
    poll::{Limiter, Pages},
    port::{Aws, Page},
};

/// What queries are sent with. Clones share the limits, and how far listings have come.
pub(super) struct Asker<A> {
    aws: Arc<A>,
    /// Hundreds of accounts are asked about at the start.
    permits: Arc<Semaphore>,
    /// The pace of all calls of AWS Organizations.
    organizations: Arc<Limiter>,
    /// Listings of organisations that broke off.
    broken_off: Arc<Mutex<BrokenOff>>,
}

type BrokenOff = Vec<(Arc<Organization>, OrganizationListing)>;

/// How many queries are under way at once.
const AT_ONCE: usize = 16;

/// Calls of AWS Organizations a second. AWS allows a few, how many depends on the operation ("Quotas and service limits
/// for AWS Organizations", throttling limits).
const ORGANIZATIONS_PER_SECOND: f64 = 5.0;

/// Between two pages of one listing.
const BETWEEN_PAGES: Duration = Duration::from_millis(250);

/// How often in a row a page that does not come is asked for again.
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
            organizations: Arc::clone(&self.organizations),
            broken_off: Arc::clone(&self.broken_off),
        }
    }
}

impl<A: Aws> Asker<A> {
    pub(super) fn new(aws: Arc<A>) -> Self {
        Self {
            aws,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            organizations: Arc::new(Limiter::new(ORGANIZATIONS_PER_SECOND)),
            broken_off: Arc::default(),
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

    /// The accounts of an organisation that are in use and wanted. A try goes on where the one before it broke off.
    async fn accounts(
        &self,
        organization: &Arc<Organization>,
        region: &Region,
    ) -> Result<AccountNames, CallError> {
        let mut listing = self.resume(organization).await;
        let before = listing.pages();
        match self.list(organization, &mut listing, region).await {
            Ok(()) => Ok(listing.wanted(organization)),
            Err(error) => {
                // Where AWS objects to what is asked for next (a unit that is gone, a token that has expired), only to
                // begin again helps.
                if listing.pages() > before || is_no_answer(&error) {
                    let mut broken_off = self.broken_off.lock().await;
                    broken_off.push((Arc::clone(organization), listing));
                }
                Err(error)
            }
        }
    }

    async fn resume(&self, organization: &Organization) -> OrganizationListing {
        let mut broken_off = self.broken_off.lock().await;
        let kept = broken_off
            .extract_if(.., |(known, _)| **known == *organization)
            .map(|(_, listing)| listing)
            .next();
        kept.filter(|listing| listing.begun_at.elapsed() < REFRESH)
            .unwrap_or_else(|| OrganizationListing::new(organization, Instant::now()))
    }

    /// Asks for the pages that are still to come, each in its turn.
    async fn list(
        &self,
        organization: &Organization,
        listing: &mut OrganizationListing,
        region: &Region,
    ) -> Result<(), CallError> {
        let mut failures = 0;
        while let Some(page) = listing.next() {
            let operation = page.subject.operation();
            self.organizations.admit().await;
            let listed = self.listed(&page, &organization.credentials, region).await;
            match listed.and_then(|listed| listing.take(listed)) {
                Ok(()) => {
                    self.organizations.answered();
                    failures = 0;
                }
                Err(error) => {
                    if let CallError::Failed(failure) = &error
                        && failure.kind == FailureKind::Throttled
                        && failure.operation == Some(operation)
                    {
                        self.organizations.throttled(failure.retry_after);
                    }
                    // That nothing works is told at once.
                    failures += 1;
                    wait_after(error, listing.pages() > 0, failures).await?;
                }
            }
        }
        Ok(())
    }

    async fn listed(
        &self,
        page: &PageOf,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<Listed, CallError> {
        let (aws, token) = (&self.aws, page.token.as_deref());
        match &page.subject {
            Subject::Accounts => {
                let page = aws.list_accounts(credentials, region, token).await;
                page.map(Listed::Accounts)
            }
            Subject::AccountsBelow(parent) => {
                let page = aws.list_accounts_for_parent(credentials, region, parent, token);
                page.await.map(Listed::Accounts)
            }
            Subject::UnitsBelow(parent) => {
                let page = aws.list_units_for_parent(credentials, region, parent, token);
                page.await.map(Listed::Units)
            }
        }
    }

    /// Everything on all pages, at a pace that leaves the service to others. A page that does not come
    /// for a reason that may pass is asked for again.
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
                Err(error) => {
                    failures += 1;
                    wait_after(error, pages.has_begun(), failures).await?;
                }
            }
        }
        Ok(items)
    }
}

/// None of these operations knows "not found" as an answer.
fn failing<T>(result: Result<T, CallError>, operation: Operation) -> Result<T, CallFailure> {
    result.map_err(|error| error.into_failure(operation))
}

/// Waits until a page can be asked for again, after so many failures in a row.
///
/// # Errors
/// The same, where that does not help, or where no page has come at all.
async fn wait_after(error: CallError, has_begun: bool, failures: u32) -> Result<(), CallError> {
    match error {
        CallError::Failed(failure)
            if has_begun && may_pass(&failure) && failures <= PAGE_RETRIES =>
        {
            sleep(PAGE_BACKOFF.after_asked(failures, failure.retry_after)).await;
            Ok(())
        }
        error => Err(error),
    }
}

fn may_pass(failure: &CallFailure) -> bool {
    failure.kind != FailureKind::Denied && !failure.is_about_credentials()
}

/// Whether AWS did not say anything about what was asked for.
fn is_no_answer(error: &CallError) -> bool {
    let CallError::Failed(failure) = error else {
        return false;
    };
    let is_late = matches!(failure.kind, FailureKind::Throttled | FailureKind::TimedOut);
    is_late || failure.is_about_credentials()
}
