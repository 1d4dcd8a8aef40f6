//! AWS in memory, in whatever time the test runs in: how calls are answered. What there is, and what goes wrong, is up
//! to the test: a scenario written by hand ([`super::fake_aws`]) or one at random ([`super::random`]).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use lambda_async_exporter::{
    domain::{
        AccountId, Alias, CallError, CallFailure, Credentials, Destination, DestinationType,
        EventInvokeConfig, EventSourceMapping, FailureKind, Function, FunctionName, MemberAccount,
        Operation, Qualifier, Region, ScopeId, Tags,
    },
    port::{Aws, DestinationAnswer, Lambda, ListedFunction, ListedMapping, Page},
};
use tokio::time::sleep;

/// The account of the ambient credentials.
pub(crate) const ACCOUNT: &str = "123456789012";

/// The time limit of an attempt, which the SDK keeps in reality.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) const LATEST: &str = "$LATEST";

/// A function that exists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Existing {
    pub(crate) runtime: String,
    pub(crate) dead_letter_queue: Option<Destination>,
    /// Each with the dead-letter queue that it was published with.
    pub(crate) versions: BTreeMap<String, Option<Destination>>,
    /// Each with the version that it points to, or two.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
    /// By qualifier. A config outlives its alias, as on AWS.
    pub(crate) configs: BTreeMap<String, EventInvokeConfig>,
}

/// One attempt on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) operation: Operation,
    /// `None` where it is not about a region's functions.
    pub(crate) scope: Option<ScopeId>,
    /// The function, if it is about one.
    pub(crate) about: String,
    /// How many pages came before.
    pub(crate) page: usize,
    /// How many of its kind there were with it, where that is counted.
    pub(crate) number: u32,
}

/// What goes wrong with an attempt.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// No answer within the time limit.
    Hangs,
    /// It comes, but late: credentials alone.
    Delays(Duration),
    /// AWS says so.
    Fails(CallFailure),
    /// The program has a bug.
    Panics,
}

/// What there is at AWS, and what goes wrong there.
pub(crate) trait Cloud: Send + 'static {
    /// An attempt begins: how long until AWS looks at it, and from then until the answer is there.
    fn begin(&mut self, attempt: &mut Attempt) -> [Duration; 2];

    /// What goes wrong with an attempt that AWS looks at now. The question whose the credentials are and
    /// credentials themselves are judged alike, but are no attempts that begin and end.
    fn trouble(&mut self, attempt: &Attempt) -> Option<Trouble>;

    /// An answer is there.
    fn end(&mut self, _: &Attempt, _: Option<&CallError>) {}

    /// All configs of a function were told.
    fn told_configs(&mut self, _: &ScopeId, _: &FunctionName) {}

    /// All else about a function was told.
    fn told_function(&mut self, _: &ScopeId, _: &FunctionName) {}

    /// The functions that exist, by name.
    fn functions(&self, scope: &ScopeId) -> impl Iterator<Item = (&str, &Existing)>;

    /// One of them.
    fn function(&self, scope: &ScopeId, name: &str) -> Option<&Existing>;

    /// The functions that have tags, deleted ones among them, as on AWS.
    fn tags(&self, scope: &ScopeId) -> impl Iterator<Item = (&str, &Tags)>;

    /// The event source mappings, those of deleted functions among them.
    fn mappings(&self, _: &ScopeId) -> Vec<(FunctionName, EventSourceMapping)> {
        Vec::new()
    }

    /// What received asynchronous events within the past two weeks.
    fn async_events(&self, _: &ScopeId) -> Vec<(FunctionName, Qualifier)> {
        Vec::new()
    }

    /// What a service says of a destination of its own.
    fn destination(&self, _: &ScopeId, _: &Destination) -> DestinationAnswer {
        DestinationAnswer::Unknown
    }

    /// How many items are on a page.
    fn page_size(&self, operation: Operation) -> usize;

    /// Whether listings go from Z to A.
    fn is_reversed(&self) -> bool {
        false
    }

    /// The regions that are enabled.
    fn regions(&self) -> Vec<Region> {
        Vec::new()
    }

    /// The accounts right below an organizational unit, or all of them.
    fn members(&self, _parent: Option<&str>) -> Vec<MemberAccount> {
        Vec::new()
    }

    /// The units right below one.
    fn units(&self, _parent: &str) -> Vec<String> {
        Vec::new()
    }
}

/// AWS, or one scope of it. Clones are the same one.
pub(crate) struct InMemoryAws<C> {
    cloud: Arc<Mutex<C>>,
    scope: Option<ScopeId>,
}

/// Where a page begins: its number, and the key of its first item.
#[derive(Clone, Copy)]
struct Begin<'a> {
    page: usize,
    key: Option<&'a str>,
}

/// A failure of an operation.
pub(crate) fn failed(operation: Operation, kind: FailureKind) -> CallFailure {
    let denied = kind == FailureKind::Denied;
    CallFailure {
        operation: Some(operation),
        kind,
        code: denied.then(|| "AccessDeniedException".to_owned()),
        message: "as the test wants it".to_owned(),
        request_id: None,
        retry_after: None,
    }
}

/// The ARN of a function.
pub(crate) fn arn(scope: &ScopeId, name: &str) -> String {
    let (region, account) = (&scope.region, scope.account_label());
    format!("arn:aws:lambda:{region}:{account}:function:{name}")
}

impl Existing {
    pub(crate) fn has(&self, qualifier: &str) -> bool {
        self.dead_letter_queue_of(qualifier).is_some()
    }

    /// Every qualifier that exists.
    pub(crate) fn qualifiers(&self) -> impl Iterator<Item = &str> {
        let others = self.versions.keys().chain(self.aliases.keys());
        [LATEST].into_iter().chain(others.map(String::as_str))
    }

    /// These aliases, all of which point to `$LATEST`.
    pub(crate) fn set_aliases<'a>(&mut self, aliases: impl IntoIterator<Item = &'a str>) {
        let aliases = aliases.into_iter();
        let to_latest = aliases.map(|alias| (alias.to_owned(), vec![LATEST.to_owned()]));
        self.aliases = to_latest.collect();
    }

    /// The dead-letter queue that a version, or the first version of an alias, was published with; `None` if there is
    /// no such qualifier.
    pub(crate) fn dead_letter_queue_of(&self, qualifier: &str) -> Option<Option<&Destination>> {
        let version = self.aliases.get(qualifier).map_or(qualifier, |to| &to[0]);
        if version == LATEST {
            return Some(self.dead_letter_queue.as_ref());
        }
        self.versions.get(version).map(Option::as_ref)
    }

    fn told(&self, scope: &ScopeId, name: &str, qualifier: &str) -> Option<Function> {
        let queue = self.dead_letter_queue_of(qualifier)?;
        Some(Function {
            arn: arn(scope, name).into(),
            runtime: Some(self.runtime.as_str().into()),
            package_type: "Zip".into(),
            dead_letter_queue: queue.cloned(),
        })
    }
}

impl<C> Clone for InMemoryAws<C> {
    fn clone(&self) -> Self {
        Self {
            cloud: Arc::clone(&self.cloud),
            scope: self.scope.clone(),
        }
    }
}

impl<C: Cloud> InMemoryAws<C> {
    pub(crate) fn new(cloud: C) -> Self {
        Self {
            cloud: Arc::new(Mutex::new(cloud)),
            scope: None,
        }
    }

    pub(crate) fn cloud(&self) -> MutexGuard<'_, C> {
        self.cloud.lock().unwrap()
    }

    fn scope(&self) -> &ScopeId {
        self.scope.as_ref().unwrap()
    }

    fn to(&self, operation: Operation, about: &str, page: usize) -> Attempt {
        Attempt {
            operation,
            scope: self.scope.clone(),
            about: about.to_owned(),
            page,
            number: 0,
        }
    }

    async fn attempt<T>(
        &self,
        mut attempt: Attempt,
        answer: impl FnOnce(&C) -> Option<T>,
    ) -> Result<T, CallError> {
        let [before, after] = self.cloud().begin(&mut attempt);
        pause(before).await;
        let trouble = self.cloud().trouble(&attempt);
        let result = match trouble {
            Some(Trouble::Hangs) => {
                pause(REQUEST_TIMEOUT.saturating_sub(before + after)).await;
                let failure = failed(attempt.operation, FailureKind::TimedOut);
                Err(CallError::Failed(failure))
            }
            Some(Trouble::Fails(failure)) => Err(CallError::Failed(failure)),
            Some(Trouble::Panics) => panic!("as the test wants it"),
            Some(Trouble::Delays(_)) | None => answer(&self.cloud()).ok_or(CallError::NotFound),
        };
        pause(after).await;
        self.cloud().end(&attempt, result.as_ref().err());
        result
    }

    /// An attempt that is not about one function, answered on one page.
    async fn all<T>(
        &self,
        operation: Operation,
        answer: impl FnOnce(&C) -> Vec<T>,
    ) -> Result<Page<T>, CallError> {
        let attempt = self.to(operation, "", 0);
        let items = self.attempt(attempt, |cloud| Some(answer(cloud))).await?;
        Ok(Page { items, next: None })
    }

    /// An attempt to list what is not about one function, page by page; markers count what came.
    async fn list<T>(
        &self,
        operation: Operation,
        marker: Option<&str>,
        all: impl FnOnce(&C) -> Vec<T>,
    ) -> Result<Page<T>, CallError> {
        let begin = marker.map_or(0, |marker| marker.parse().unwrap());
        let list = |cloud: &C| {
            let (mut all, size) = (all(cloud), cloud.page_size(operation));
            let end = all.len().min(size.saturating_add(begin));
            let next = (end < all.len()).then(|| end.to_string());
            all.truncate(end);
            let items = all.split_off(begin.min(end));
            Some((items, next))
        };
        let attempt = self.to(operation, "", begin);
        let (items, next) = self.attempt(attempt, list).await?;
        Ok(Page { items, next })
    }

    /// An attempt to ask about a function that must exist.
    async fn ask<T>(
        &self,
        operation: Operation,
        name: &FunctionName,
        page: usize,
        answer: impl FnOnce(&C, &Existing) -> Option<T>,
    ) -> Result<T, CallError> {
        let attempt = self.to(operation, name.as_str(), page);
        let answer = |cloud: &C| answer(cloud, cloud.function(self.scope(), name.as_str())?);
        self.attempt(attempt, answer).await
    }

    /// What is waited for before a call.
    async fn prepare(&self, operation: Operation) -> Result<(), CallFailure> {
        let trouble = self.cloud().trouble(&self.to(operation, "", 0));
        match trouble {
            Some(Trouble::Hangs) => {
                sleep(REQUEST_TIMEOUT).await;
                Err(failed(operation, FailureKind::TimedOut))
            }
            Some(Trouble::Fails(failure)) => Err(failure),
            Some(Trouble::Panics) => panic!("as the test wants it"),
            Some(Trouble::Delays(delay)) => {
                sleep(delay).await;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Nothing that takes no time gives others a turn.
async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

impl<'a> Begin<'a> {
    fn of(marker: Option<&'a str>) -> Self {
        match marker.map(|marker| marker.split_once('/').unwrap()) {
            None => Self { page: 0, key: None },
            Some((page, key)) => Self {
                page: page.parse().unwrap(),
                key: Some(key),
            },
        }
    }

    /// By key, as whatever comes or goes meanwhile must not make it skip anything else.
    fn page<'b, V, T>(
        self,
        cloud: &impl Cloud,
        operation: Operation,
        all: impl Iterator<Item = (&'b str, V)>,
        item: impl Fn(&str, V) -> T,
    ) -> Page<T> {
        let reversed = cloud.is_reversed();
        let mut all: Vec<(&str, V)> = all.collect();
        if reversed {
            all.reverse();
        }
        let comes = |key: &str| {
            let begin = self.key;
            begin.is_none_or(|begin| if reversed { key <= begin } else { key >= begin })
        };
        let mut rest = all.into_iter().filter(|(key, _)| comes(key));
        let page = rest.by_ref().take(cloud.page_size(operation));
        let items = page.map(|(key, value)| item(key, value)).collect();
        let next = rest.next();
        Page {
            items,
            next: next.map(|(key, _)| format!("{}/{key}", self.page + 1)),
        }
    }
}

impl<C: Cloud> Aws for InMemoryAws<C> {
    type Lambda = Self;

    fn lambda(&self, scope: &ScopeId, _: &Credentials, _: bool) -> Self {
        Self {
            cloud: Arc::clone(&self.cloud),
            scope: Some(scope.clone()),
        }
    }

    async fn own_account(&self, _: &Region) -> Result<AccountId, CallError> {
        let identity = self.prepare(Operation::GetCallerIdentity).await;
        identity.map_err(CallError::Failed)?;
        Ok(ACCOUNT.parse().unwrap())
    }

    async fn list_regions(
        &self,
        _: &Credentials,
        _: &Region,
        _: Option<&str>,
    ) -> Result<Page<Region>, CallError> {
        self.all(Operation::ListRegions, C::regions).await
    }

    async fn list_accounts(
        &self,
        _: &Credentials,
        _: &Region,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        let all = |cloud: &C| cloud.members(None);
        self.all(Operation::ListAccounts, all).await
    }

    async fn list_accounts_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        parent: &str,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        let below = |cloud: &C| cloud.members(Some(parent));
        self.all(Operation::ListAccountsForParent, below).await
    }

    async fn list_units_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        parent: &str,
        _: Option<&str>,
    ) -> Result<Page<String>, CallError> {
        let operation = Operation::ListOrganizationalUnitsForParent;
        self.all(operation, |cloud| cloud.units(parent)).await
    }
}

impl<C: Cloud> Lambda for InMemoryAws<C> {
    async fn ready(&self) -> Result<(), CallFailure> {
        self.prepare(Operation::AssumeRole).await
    }

    async fn get_event_invoke_config(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let operation = Operation::GetFunctionEventInvokeConfig;
        let config = |_: &C, function: &Existing| function.configs.get(qualifier.as_str()).cloned();
        let result = self.ask(operation, name, 0, config).await;
        if matches!(result, Ok(_) | Err(CallError::NotFound)) {
            self.cloud().told_configs(self.scope(), name);
        }
        result
    }

    async fn list_event_invoke_configs(
        &self,
        name: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
        let operation = Operation::ListFunctionEventInvokeConfigs;
        let begin = Begin::of(marker);
        let list = |cloud: &C, function: &Existing| {
            let all = function
                .configs
                .iter()
                .map(|(key, config)| (key.as_str(), config));
            let item =
                |key: &str, config: &EventInvokeConfig| (key.parse().unwrap(), config.clone());
            Some(begin.page(cloud, operation, all, item))
        };
        let page = self.ask(operation, name, begin.page, list).await?;
        if page.next.is_none() {
            self.cloud().told_configs(self.scope(), name);
        }
        Ok(page)
    }

    async fn get_function(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let operation = Operation::GetFunctionConfiguration;
        let find = |_: &C, function: &Existing| {
            function.told(self.scope(), name.as_str(), qualifier.as_str())
        };
        let function = self.ask(operation, name, 0, find).await?;
        self.cloud().told_function(self.scope(), name);
        Ok(function)
    }

    async fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<ListedFunction>, CallError> {
        let operation = Operation::ListFunctions;
        let begin = Begin::of(marker);
        let list = |cloud: &C| {
            let all = cloud.functions(self.scope());
            let item = |name: &str, function: &Existing| {
                let told = function.told(self.scope(), name, LATEST).unwrap();
                ListedFunction::Known(name.parse().unwrap(), told)
            };
            Some(begin.page(cloud, operation, all, item))
        };
        let attempt = self.to(operation, "", begin.page);
        let page: Page<ListedFunction> = self.attempt(attempt, list).await?;
        for listed in &page.items {
            if let ListedFunction::Known(name, _) = listed {
                self.cloud().told_function(self.scope(), name);
            }
        }
        Ok(page)
    }

    async fn list_aliases(
        &self,
        name: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<Alias>, CallError> {
        let operation = Operation::ListAliases;
        let begin = Begin::of(marker);
        let list = |cloud: &C, function: &Existing| {
            let all = function.aliases.iter();
            let all = all.map(|(alias, versions)| (alias.as_str(), versions));
            let item = |alias: &str, versions: &Vec<String>| Alias {
                name: alias.parse().unwrap(),
                versions: versions.iter().map(|to| to.parse().unwrap()).collect(),
            };
            Some(begin.page(cloud, operation, all, item))
        };
        self.ask(operation, name, begin.page, list).await
    }

    async fn list_event_source_mappings(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<ListedMapping>, CallError> {
        let list = |cloud: &C| cloud.mappings(self.scope());
        let page = self.list(Operation::ListEventSourceMappings, marker, list);
        let page = page.await?;
        let known = |(name, mapping)| ListedMapping::Known(name, mapping);
        Ok(Page {
            items: page.items.into_iter().map(known).collect(),
            next: page.next,
        })
    }

    async fn list_async_events(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Qualifier)>, CallError> {
        let list = |cloud: &C| cloud.async_events(self.scope());
        self.list(Operation::ListMetrics, token, list).await
    }

    async fn get_destination(
        &self,
        destination: &Destination,
    ) -> Result<DestinationAnswer, CallError> {
        let operation = match destination.destination_type() {
            DestinationType::Sns => Operation::GetTopicAttributes,
            DestinationType::Events => Operation::DescribeEventBus,
            DestinationType::S3 => Operation::HeadBucket,
            DestinationType::Lambda => Operation::GetFunctionConfiguration,
            _ => Operation::GetQueueAttributes,
        };
        let attempt = self.to(operation, destination.arn(), 0);
        let answer = |cloud: &C| Some(cloud.destination(self.scope(), destination));
        self.attempt(attempt, answer).await
    }

    async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        let operation = Operation::GetResources;
        let begin = Begin::of(token);
        let list = |cloud: &C| {
            let all = cloud.tags(self.scope());
            let item = |name: &str, tags: &Tags| (name.parse().unwrap(), tags.clone());
            Some(begin.page(cloud, operation, all, item))
        };
        let attempt = self.to(operation, "", begin.page);
        self.attempt(attempt, list).await
    }
}
