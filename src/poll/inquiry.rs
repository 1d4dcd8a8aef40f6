//! Asking AWS a question of the directory: all pages, each attempt counted.

use std::{collections::BTreeSet, future::Future, sync::Arc};

use tokio::{sync::Semaphore, time::Instant, time::sleep};

use super::{
    Aws, CallError, CallFailure, Operation,
    calls::outcome,
    directory::{Asking, Question, Told},
    pages::Pages,
};
use crate::{
    config::Organization,
    domain::{AccountFilter, AccountId, Credentials, MemberAccount, Region, ScopeId},
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
        let mut pages = Pages::of(operation);
        while pages.has_more() {
            let call = self.aws.list_regions(credentials, region, pages.marker());
            let page = self.counted(operation, credentials, region, call).await?;
            pages.take(page)?;
        }
        let mut regions = pages.into_items();
        regions.sort();
        if regions.is_empty() {
            let nothing = CallFailure::error(Operation::ListRegions, "AWS lists no region");
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
        let accounts = self.all_accounts(credentials, region).await?;
        let included = self.in_units(include, credentials, region).await?;
        let excluded = self.in_units(exclude, credentials, region).await?;
        let wanted = |account: &&MemberAccount| {
            account.active
                && (include.is_empty() || include.holds(account, &included))
                && !exclude.holds(account, &excluded)
        };
        Ok(accounts
            .iter()
            .filter(wanted)
            .map(|account| account.id)
            .collect())
    }

    async fn all_accounts(
        &self,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<Vec<MemberAccount>, CallError> {
        let operation = Operation::ListAccounts;
        let mut pages = Pages::of(operation);
        while pages.has_more() {
            let call = self.aws.list_accounts(credentials, region, pages.marker());
            let page = self.counted(operation, credentials, region, call).await?;
            pages.take(page)?;
        }
        Ok(pages.into_items())
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
            let below = self.accounts_below(&parent, credentials, region).await?;
            accounts.extend(below.iter().map(|account| account.id));
            let units = self.units_below(&parent, credentials, region).await?;
            open.extend(units.into_iter().filter(|unit| seen.insert(unit.clone())));
        }
        Ok(accounts)
    }

    async fn accounts_below(
        &self,
        parent: &str,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<Vec<MemberAccount>, CallError> {
        let operation = Operation::ListAccountsForParent;
        let mut pages = Pages::of(operation);
        while pages.has_more() {
            let token = pages.marker();
            let call = self
                .aws
                .list_accounts_for_parent(credentials, region, parent, token);
            let page = self.counted(operation, credentials, region, call).await?;
            pages.take(page)?;
        }
        Ok(pages.into_items())
    }

    async fn units_below(
        &self,
        parent: &str,
        credentials: &Credentials,
        region: &Region,
    ) -> Result<Vec<String>, CallError> {
        let operation = Operation::ListOrganizationalUnitsForParent;
        let mut pages = Pages::of(operation);
        while pages.has_more() {
            let token = pages.marker();
            let call = self
                .aws
                .list_units_for_parent(credentials, region, parent, token);
            let page = self.counted(operation, credentials, region, call).await?;
            pages.take(page)?;
        }
        Ok(pages.into_items())
    }

    async fn counted<T>(
        &self,
        operation: Operation,
        credentials: &Credentials,
        region: &Region,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let started = Instant::now();
        let result = call.await;
        self.count(credentials.account(), region, operation, started, &result);
        result
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
