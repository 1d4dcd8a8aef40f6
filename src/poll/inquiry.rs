//! Asking AWS a question of the directory: all pages, each attempt counted.

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::Instant, time::sleep};

use super::{
    Aws, CallError, CallFailure, Operation, Page,
    calls::outcome,
    directory::{Asking, Question, Told},
    pages::Pages,
};
use crate::{
    domain::{
        AccountFilter, AccountId, Credentials, FailureKind, MemberAccount, Organization, Region,
        ScopeId,
    },
    metrics::ApiMetrics,
};

/// What questions are asked with. Clones share the bound on how many are asked at once.
pub(super) struct Inquirer<A> {
    aws: Arc<A>,
    metrics: Arc<ApiMetrics>,
    /// Hundreds of accounts are asked about at the start.
    places: Arc<Semaphore>,
}

/// How many questions are asked at once.
const AT_ONCE: usize = 16;

/// Between two pages of one listing.
const BETWEEN_PAGES: Duration = Duration::from_millis(250);

/// Before a page is asked for again, the first, second … time.
const PAGE_PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// The longest `Retry-After` that is obeyed between pages.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How a question was answered.
pub(super) struct Finding {
    /// What was asked, and where.
    pub(super) asked: Asking,
    /// What AWS told.
    pub(super) result: Result<Told, CallFailure>,
}

impl<A> Clone for Inquirer<A> {
    fn clone(&self) -> Self {
        Self {
            aws: Arc::clone(&self.aws),
            metrics: Arc::clone(&self.metrics),
            places: Arc::clone(&self.places),
        }
    }
}

impl<A: Aws> Inquirer<A> {
    pub(super) fn new(aws: Arc<A>, metrics: Arc<ApiMetrics>) -> Self {
        Self {
            aws,
            metrics,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Asks after the pause. The organisation is given where the question is about one.
    pub(super) async fn ask(self, asking: Asking, organization: Option<Organization>) -> Finding {
        sleep(asking.pause).await;
        // Nothing closes the semaphore; without a place the question would only be asked sooner.
        let _place = self.places.acquire().await;
        let region = &asking.region;
        let told = match (&asking.question, &organization) {
            (Question::Identity, _) => self.identity(region).await.map(Told::Identity),
            (Question::Regions(credentials), _) => {
                self.regions(credentials, region).await.map(Told::Regions)
            }
            (Question::Organization(_), Some(organization)) => self
                .accounts(organization, region)
                .await
                .map(Told::Accounts),
            (Question::Organization(_), None) => Ok(Told::Accounts(BTreeSet::new())),
        };
        let result = told.map_err(|error| match error {
            CallError::Failed(failure) => failure,
            // None of these operations knows such an answer.
            CallError::NotFound => CallFailure::error(Operation::ListAccounts, "not found"),
        });
        Finding {
            asked: asking,
            result,
        }
    }

    async fn identity(&self, region: &Region) -> Result<AccountId, CallError> {
        let started = Instant::now();
        let result = self.aws.own_account(region).await;
        let account = result.as_ref().ok().copied();
        self.count(
            account,
            region,
            Operation::GetCallerIdentity,
            started,
            &result,
        );
        result
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
        let mut regions = self.pages(operation, credentials, region, page).await?;
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
        let accounts = self
            .pages(Operation::ListAccounts, credentials, region, page)
            .await?;
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
            let below = self.pages(operation, credentials, region, page).await?;
            accounts.extend(below.iter().map(|account| account.id));
            let operation = Operation::ListOrganizationalUnitsForParent;
            let page = |token: Option<String>| async move {
                let token = token.as_deref();
                self.aws
                    .list_units_for_parent(credentials, region, parent, token)
                    .await
            };
            let units = self.pages(operation, credentials, region, page).await?;
            open.extend(units.into_iter().filter(|unit| seen.insert(unit.clone())));
        }
        Ok(accounts)
    }

    /// Everything on all pages, at a pace that leaves the service to others. A page that does not come
    /// for a reason that may pass is asked for again: a large organisation has hundreds.
    async fn pages<T, F>(
        &self,
        operation: Operation,
        credentials: &Credentials,
        region: &Region,
        page: impl Fn(Option<String>) -> F,
    ) -> Result<Vec<T>, CallError>
    where
        F: Future<Output = Result<Page<T>, CallError>>,
    {
        let mut pages = Pages::of(operation);
        let mut pauses = PAGE_PAUSES.into_iter();
        while pages.has_more() {
            let started = Instant::now();
            let result = page(pages.marker().map(str::to_owned)).await;
            self.count(credentials.account(), region, operation, started, &result);
            match result {
                Ok(page) => {
                    pages.take(page)?;
                    pauses = PAGE_PAUSES.into_iter();
                    if pages.has_more() {
                        sleep(BETWEEN_PAGES).await;
                    }
                }
                Err(CallError::Failed(failure)) if pages.has_begun() && may_pass(&failure) => {
                    let Some(pause) = pauses.next() else {
                        return Err(CallError::Failed(failure));
                    };
                    let asked = failure.retry_after.unwrap_or_default();
                    sleep(pause.max(asked.min(LONGEST_PAUSE))).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(pages.into_items())
    }

    /// Counts an attempt, unless there were no credentials, so that nothing went out.
    fn count<T>(
        &self,
        account: Option<AccountId>,
        region: &Region,
        operation: Operation,
        started: Instant,
        result: &Result<T, CallError>,
    ) {
        if let Err(CallError::Failed(failure)) = result
            && failure.is_about_credentials()
        {
            return;
        }
        let scope = ScopeId {
            account,
            region: region.clone(),
        };
        self.metrics
            .observe(&scope, operation, outcome(result), started.elapsed());
    }
}

fn may_pass(failure: &CallFailure) -> bool {
    failure.kind != FailureKind::Denied && !failure.is_about_credentials()
}
