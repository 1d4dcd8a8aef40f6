//! What polling needs of AWS, in the domain's own words.
//!
//! One adapter implements it on the SDK ([`crate::aws`]); the tests of polling implement it in
//! memory, where time can be paused.

use std::{
    fmt,
    future::{Future, pending},
    time::Duration,
};

use crate::domain::{
    AccountId, Alias, CallError, CallFailure, Credentials, Destination, EventInvokeConfig,
    EventSourceMapping, Function, FunctionName, MemberAccount, Operation, Outcome, Qualifier,
    Region, ScopeId, Tags,
};

/// Told of every attempt on the wire, once it has ended.
pub trait AttemptObserver: fmt::Debug + Send + Sync + 'static {
    /// One attempt has ended after this time, the wait for the limiter and for credentials not included.
    fn attempt_ended(
        &self,
        scope: &ScopeId,
        operation: Operation,
        outcome: Outcome,
        elapsed: Duration,
    );
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// One entry of `ListFunctions`.
#[derive(Debug, Clone, PartialEq)]
pub enum ListedFunction {
    /// A function, and what it is.
    Known(FunctionName, Function),
    /// Something that this version cannot read, by the ARN that AWS gives it.
    Unreadable(String),
}

/// What AWS says of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationAnswer {
    /// It is there.
    Exists {
        /// Whether a queue has a redrive policy; `None` for all that are no queues.
        redrive: Option<bool>,
    },
    /// It is not there.
    Gone,
    /// The answer is not to be relied on: it is another account's, or nothing that can be asked for.
    Unknown,
}

/// One entry of `ListEventSourceMappings`.
#[derive(Debug, Clone, PartialEq)]
pub enum ListedMapping {
    /// A mapping, and the function that it invokes.
    Known(FunctionName, EventSourceMapping),
    /// Something that this version cannot read, by its UUID.
    Unreadable(String),
}

/// Lambda's control plane in one scope, and the services beside it. Each method but
/// [`Self::ready`] is one attempt on the wire, bounded in time.
pub trait Lambda: Send + Sync + 'static {
    /// Makes sure that there are credentials; costs nothing where there are.
    ///
    /// # Errors
    /// Why there are none. A role that was refused a moment ago is not asked for again at once.
    fn ready(&self) -> impl Future<Output = Result<(), CallFailure>> + Send;

    /// Whether there still are credentials, so that a call would go out at once: AWS may have refused them since
    /// [`Self::ready`].
    fn is_ready(&self) -> bool {
        true
    }

    /// `GetFunctionEventInvokeConfig`. Not found means "no config" or "no function", never which.
    fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> impl Future<Output = Result<EventInvokeConfig, CallError>> + Send;

    /// `ListFunctionEventInvokeConfigs`. Not found means that there is no such function.
    fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> impl Future<Output = Result<Page<(Qualifier, EventInvokeConfig)>, CallError>> + Send;

    /// `GetFunctionConfiguration`. Not found means no such function, version or alias.
    fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> impl Future<Output = Result<Function, CallError>> + Send;

    /// `ListFunctions`: what exists.
    fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> impl Future<Output = Result<Page<ListedFunction>, CallError>> + Send;

    /// `ListAliases`. Not found means that there is no such function.
    fn list_aliases(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> impl Future<Output = Result<Page<Alias>, CallError>> + Send;

    /// `ListEventSourceMappings` of all functions.
    fn list_event_source_mappings(
        &self,
        marker: Option<&str>,
    ) -> impl Future<Output = Result<Page<ListedMapping>, CallError>> + Send;

    /// `ListMetrics` of CloudWatch: which functions and qualifiers received asynchronous events within the past two
    /// weeks, deleted ones among them.
    fn list_async_events(
        &self,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<(FunctionName, Qualifier)>, CallError>> + Send;

    /// Whether a destination exists, by the operation of its own service, in its own region.
    fn get_destination(
        &self,
        destination: &Destination,
    ) -> impl Future<Output = Result<DestinationAnswer, CallError>> + Send;

    /// `GetResources` of the tagging API: the functions that have tags, deleted ones among them.
    fn list_tags(
        &self,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<(FunctionName, Tags)>, CallError>> + Send;
}

/// The way into AWS, with whichever credentials.
///
/// Each method with a `region` is one attempt on the wire, bounded in time, and made there.
pub trait Aws: Send + Sync + 'static {
    /// Lambda in one scope.
    type Lambda: Lambda;

    /// Lambda in a scope. `cross_account` tells that the functions are not, or not known to be, those of
    /// the credentials' own account.
    fn lambda(
        &self,
        scope: &ScopeId,
        credentials: &Credentials,
        cross_account: bool,
    ) -> Self::Lambda;

    /// `GetCallerIdentity`: the account of the ambient credentials.
    fn own_account(
        &self,
        region: &Region,
    ) -> impl Future<Output = Result<AccountId, CallError>> + Send;

    /// Resolves when an answer has shown that the ambient credentials belong to another account than before.
    fn own_account_changed(&self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// `ListRegions`: those that are enabled in the account of the credentials.
    fn list_regions(
        &self,
        credentials: &Credentials,
        region: &Region,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<Region>, CallError>> + Send;

    /// `ListAccounts`: the accounts of the organisation.
    fn list_accounts(
        &self,
        credentials: &Credentials,
        region: &Region,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<MemberAccount>, CallError>> + Send;

    /// `ListAccountsForParent`: the accounts right below an organizational unit or root.
    fn list_accounts_for_parent(
        &self,
        credentials: &Credentials,
        region: &Region,
        parent: &str,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<MemberAccount>, CallError>> + Send;

    /// `ListOrganizationalUnitsForParent`: the ids of the units right below one, or a root.
    fn list_units_for_parent(
        &self,
        credentials: &Credentials,
        region: &Region,
        parent: &str,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page<String>, CallError>> + Send;
}
