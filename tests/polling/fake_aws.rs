//! AWS in memory, in whatever time the test runs in.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use lambda_async_exporter::{
    domain::{
        AccountId, Credentials, EventInvokeConfig, FailureKind, Function, FunctionName,
        MemberAccount, Qualifier, Region, ScopeId, Tags,
    },
    domain::{CallError, CallFailure, Operation},
    port::{Aws, Lambda, Page},
};
use tokio::time::{Instant, sleep, sleep_until};

/// The account of the ambient credentials.
pub(crate) const ACCOUNT: &str = "123456789012";

/// The time limit of an attempt, which the SDK keeps in reality.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How a function behaves.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    pub(crate) missing: bool,
    /// The config of `$LATEST`.
    pub(crate) config: Option<EventInvokeConfig>,
    /// Those of other qualifiers, existing or not.
    pub(crate) configs: BTreeMap<String, EventInvokeConfig>,
    pub(crate) aliases: BTreeSet<String>,
    pub(crate) tags: Tags,
    pub(crate) fails: Option<FailureKind>,
    pub(crate) hangs: bool,
}

/// One call, as it was made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) at: Instant,
    pub(crate) scope: String,
    pub(crate) operation: Operation,
    /// The function, or where the page begins.
    pub(crate) about: String,
}

/// AWS: the same functions in every scope, and a log of the calls. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct FakeAws {
    state: Arc<Mutex<State>>,
    scope: Option<ScopeId>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) functions: BTreeMap<String, Behaviour>,
    pub(crate) identity: Option<FailureKind>,
    pub(crate) identity_hangs: bool,
    /// What fails, and how; and after how many times that it went well.
    pub(crate) failing: BTreeMap<Operation, (usize, FailureKind)>,
    /// Accounts whose role is refused.
    pub(crate) refused: BTreeSet<String>,
    pub(crate) organization: Vec<MemberAccount>,
    /// The accounts right below each organizational unit, and the units there.
    pub(crate) units: BTreeMap<String, (Vec<MemberAccount>, Vec<String>)>,
    pub(crate) regions: Vec<Region>,
    /// How many functions stand on a page; 0: all.
    pub(crate) page_size: usize,
    pub(crate) calls: Vec<Call>,
    /// Credentials come only then.
    pub(crate) ready_at: Option<Instant>,
}

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

fn known_function(name: &FunctionName) -> Function {
    Function {
        arn: format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}").into(),
        runtime: None,
        package_type: "Zip".into(),
        dead_letter_queue: None,
    }
}

fn one_page<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None }
}

impl FakeAws {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Puts a function, or changes it.
    pub(crate) fn set(&self, name: &str, change: impl FnOnce(&mut Behaviour)) {
        change(self.state().functions.entry(name.to_owned()).or_default());
    }

    pub(crate) fn set_identity(&self, failure: Option<FailureKind>) {
        self.state().identity = failure;
    }

    /// Lets an operation fail from the nth time on.
    pub(crate) fn fail_after(&self, operation: Operation, times: usize, kind: FailureKind) {
        self.state().failing.insert(operation, (times, kind));
    }

    pub(crate) fn heal(&self, operation: Operation) {
        self.state().failing.remove(&operation);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How often an operation was called.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        let calls = self.calls();
        calls
            .iter()
            .filter(|call| call.operation == operation)
            .count()
    }

    fn call(
        &self,
        operation: Operation,
        about: &(impl ToString + ?Sized),
    ) -> Result<(), CallError> {
        let scope = self
            .scope
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        let mut state = self.state();
        state.calls.push(Call {
            at: Instant::now(),
            scope,
            operation,
            about: about.to_string(),
        });
        match state.failing.get_mut(&operation) {
            Some((0, kind)) => Err(CallError::Failed(failed(operation, *kind))),
            Some((times, _)) => {
                *times -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn behaviour(
        &self,
        operation: Operation,
        name: &FunctionName,
    ) -> Result<Behaviour, CallError> {
        self.call(operation, name)?;
        let found = self.state().functions.get(name.as_str()).cloned();
        let behaviour = found
            .filter(|function| !function.missing)
            .ok_or(CallError::NotFound)?;
        if behaviour.hangs {
            sleep(REQUEST_TIMEOUT).await;
            return Err(CallError::Failed(failed(operation, FailureKind::TimedOut)));
        }
        match behaviour.fails {
            Some(kind) => Err(CallError::Failed(failed(operation, kind))),
            None => Ok(behaviour),
        }
    }
}

impl Aws for FakeAws {
    type Lambda = Self;

    fn lambda(&self, scope: &ScopeId, _: &Credentials, _: bool) -> Self {
        Self {
            state: Arc::clone(&self.state),
            scope: Some(scope.clone()),
        }
    }

    async fn own_account(&self, _: &Region) -> Result<AccountId, CallError> {
        let operation = Operation::GetCallerIdentity;
        if self.state().identity_hangs {
            sleep(REQUEST_TIMEOUT).await;
            return Err(CallError::Failed(failed(operation, FailureKind::TimedOut)));
        }
        match self.state().identity {
            Some(kind) => Err(CallError::Failed(failed(operation, kind))),
            None => Ok(ACCOUNT.parse().unwrap()),
        }
    }

    async fn list_regions(
        &self,
        _: &Credentials,
        region: &Region,
        _: Option<&str>,
    ) -> Result<Page<Region>, CallError> {
        self.call(Operation::ListRegions, region)?;
        Ok(one_page(self.state().regions.clone()))
    }

    async fn list_accounts(
        &self,
        _: &Credentials,
        region: &Region,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        self.call(Operation::ListAccounts, region)?;
        Ok(one_page(self.state().organization.clone()))
    }

    async fn list_accounts_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        parent: &str,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        self.call(Operation::ListAccountsForParent, parent)?;
        Ok(one_page(self.state().units[parent].0.clone()))
    }

    async fn list_units_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        parent: &str,
        _: Option<&str>,
    ) -> Result<Page<String>, CallError> {
        self.call(Operation::ListOrganizationalUnitsForParent, parent)?;
        Ok(one_page(self.state().units[parent].1.clone()))
    }
}

impl Lambda for FakeAws {
    async fn ready(&self) -> Result<(), CallFailure> {
        let account = self.scope.as_ref().map_or("", ScopeId::account_label);
        if self.state().refused.contains(account) {
            return Err(failed(Operation::AssumeRole, FailureKind::Denied));
        }
        let ready_at = self.state().ready_at;
        if let Some(at) = ready_at {
            sleep_until(at).await;
        }
        Ok(())
    }

    async fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let operation = Operation::GetFunctionEventInvokeConfig;
        let behaviour = self.behaviour(operation, function).await?;
        let config = if qualifier.is_latest() {
            behaviour.config
        } else {
            behaviour.configs.get(qualifier.as_str()).cloned()
        };
        config.ok_or(CallError::NotFound)
    }

    async fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        _: Option<&str>,
    ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
        let operation = Operation::ListFunctionEventInvokeConfigs;
        let behaviour = self.behaviour(operation, function).await?;
        let latest = behaviour.config.into_iter();
        let latest = latest.map(|config| (Qualifier::latest(), config));
        let others = behaviour.configs.into_iter();
        let others = others.map(|(qualifier, config)| (qualifier.parse().unwrap(), config));
        Ok(one_page(latest.chain(others).collect()))
    }

    async fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let operation = Operation::GetFunctionConfiguration;
        let behaviour = self.behaviour(operation, function).await?;
        if qualifier.is_alias() && !behaviour.aliases.contains(qualifier.as_str()) {
            return Err(CallError::NotFound);
        }
        Ok(known_function(function))
    }

    async fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<(FunctionName, Function)>, CallError> {
        self.call(Operation::ListFunctions, marker.unwrap_or_default())?;
        let state = self.state();
        let begin = marker.unwrap_or_default();
        let mut rest = state
            .functions
            .iter()
            .filter(|(name, function)| !function.missing && name.as_str() >= begin)
            .map(|(name, _)| name.parse().unwrap());
        let size = match state.page_size {
            0 => usize::MAX,
            size => size,
        };
        let page: Vec<FunctionName> = rest.by_ref().take(size).collect();
        Ok(Page {
            items: page
                .into_iter()
                .map(|name| (name.clone(), known_function(&name)))
                .collect(),
            next: rest.next().map(|name: FunctionName| name.to_string()),
        })
    }

    async fn list_aliases(
        &self,
        function: &FunctionName,
        _: Option<&str>,
    ) -> Result<Page<Qualifier>, CallError> {
        let behaviour = self.behaviour(Operation::ListAliases, function).await?;
        let aliases = behaviour.aliases.iter();
        Ok(one_page(
            aliases.map(|alias| alias.parse().unwrap()).collect(),
        ))
    }

    async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        self.call(Operation::GetResources, token.unwrap_or_default())?;
        let state = self.state();
        // Deleted functions among them, as on AWS.
        let tagged = state.functions.iter().filter(|(_, f)| !f.tags.is_empty());
        let tagged = tagged.map(|(name, f)| (name.parse().unwrap(), f.tags.clone()));
        Ok(one_page(tagged.collect()))
    }
}
