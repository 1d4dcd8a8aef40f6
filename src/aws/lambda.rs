//! The adapter: one method for each operation, each one attempt on the wire.

use std::sync::Arc;

use super::{
    caller::{Caller, signed},
    clients::{Clients, RegionClients},
    destinations,
    owner::Owner,
    translate,
};
use crate::{
    domain::{
        AccountId, Alias, CallError, CallFailure, Destination, EventInvokeConfig, Function,
        FunctionName, Operation, Qualifier, ScopeId, Tags,
    },
    port::{DestinationAnswer, Lambda, ListedFunction, ListedMapping, Page},
};

/// What the tagging API calls a Lambda function.
const FUNCTION: &str = "lambda:function";

/// The most entries that the tagging API puts on a page (API reference, `GetResources`).
const RESOURCES_PER_PAGE: i32 = 100;

/// Lambda's control plane in one scope.
#[derive(Debug)]
pub struct LambdaClient {
    scope: ScopeId,
    cross_account: bool,
    all_clients: Arc<Clients>,
    clients: Arc<RegionClients>,
    caller: Caller,
    owner: Option<Arc<Owner>>,
}

impl LambdaClient {
    /// `cross_account`: the functions are not, or not known to be, those of the caller's own account. `owner`: who is
    /// told whose they turn out to be, where the caller's account can change.
    pub(super) fn new(
        scope: ScopeId,
        cross_account: bool,
        all_clients: Arc<Clients>,
        caller: Caller,
        owner: Option<Arc<Owner>>,
    ) -> Self {
        let clients = all_clients.of(&scope.region);
        Self {
            scope,
            cross_account,
            all_clients,
            clients,
            caller,
            owner,
        }
    }

    /// The ARN of a function in an answer.
    fn notice(&self, arn: Option<&str>) {
        if let Some(owner) = &self.owner {
            owner.seen(self.scope.account, arn);
        }
    }

    /// How the function is named on the wire. A bare name would mean a function of the caller's own
    /// account, and a namesake there would answer for the one that was meant.
    fn wire_name(&self, function: &FunctionName) -> String {
        match self.scope.account {
            Some(account) if self.cross_account => format!("{account}:function:{function}"),
            _ => function.to_string(),
        }
    }
}

/// `$LATEST` is asked for without a qualifier: IAM policies that name the function's ARN then match.
pub(super) fn wire_qualifier(qualifier: &Qualifier) -> Option<String> {
    (!qualifier.is_latest()).then(|| qualifier.to_string())
}

impl LambdaClient {
    /// A listing of a whole account is always of the caller's own.
    fn lists_its_own(&self, operation: Operation) -> Result<(), CallError> {
        if self.cross_account {
            return Err(CallError::Failed(CallFailure::error(
                operation,
                "AWS lists only what belongs to the credentials' own account",
            )));
        }
        Ok(())
    }

    /// The account of the credentials, where it is known to be the scope's.
    fn own_account(&self) -> Option<AccountId> {
        self.scope.account.filter(|_| !self.cross_account)
    }
}

impl Lambda for LambdaClient {
    async fn ready(&self) -> Result<(), CallFailure> {
        self.caller.ready().await.map(|_| ())
    }

    fn is_ready(&self) -> bool {
        self.caller.is_ready()
    }

    /// IAM action `lambda:GetFunctionEventInvokeConfig`.
    async fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let request = self
            .clients
            .lambda
            .get_function_event_invoke_config()
            .function_name(self.wire_name(function))
            .set_qualifier(wire_qualifier(qualifier))
            .customize();
        self.caller
            .call(
                &self.scope,
                Operation::GetFunctionEventInvokeConfig,
                signed!(aws_sdk_lambda, request),
                |output| {
                    self.notice(output.function_arn());
                    translate::config(output, function, qualifier, &self.scope)
                },
            )
            .await
    }

    /// IAM action `lambda:ListFunctionEventInvokeConfigs`.
    async fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
        let request = self
            .clients
            .lambda
            .list_function_event_invoke_configs()
            .function_name(self.wire_name(function))
            .set_marker(marker.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                Operation::ListFunctionEventInvokeConfigs,
                signed!(aws_sdk_lambda, request),
                |output| {
                    let first = output.function_event_invoke_configs().first();
                    self.notice(first.and_then(|config| config.function_arn()));
                    translate::configs(output, function, &self.scope)
                },
            )
            .await
    }

    /// IAM action `lambda:GetFunctionConfiguration`.
    async fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let request = self
            .clients
            .lambda
            .get_function_configuration()
            .function_name(self.wire_name(function))
            .set_qualifier(wire_qualifier(qualifier))
            .customize();
        self.caller
            .call(
                &self.scope,
                Operation::GetFunctionConfiguration,
                signed!(aws_sdk_lambda, request),
                |output| {
                    self.notice(output.function_arn());
                    translate::function(output, function, &self.scope)
                },
            )
            .await
    }

    /// IAM action `lambda:ListFunctions`. Without `FunctionVersion`, which would list every version.
    async fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<ListedFunction>, CallError> {
        let operation = Operation::ListFunctions;
        self.lists_its_own(operation)?;
        let request = self
            .clients
            .lambda
            .list_functions()
            .set_marker(marker.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                operation,
                signed!(aws_sdk_lambda, request),
                |output| {
                    let first = output.functions().first();
                    self.notice(first.and_then(|function| function.function_arn()));
                    translate::functions(output, &self.scope)
                },
            )
            .await
    }

    /// IAM action `lambda:ListAliases`.
    async fn list_aliases(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<Alias>, CallError> {
        let request = self
            .clients
            .lambda
            .list_aliases()
            .function_name(self.wire_name(function))
            .set_marker(marker.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                Operation::ListAliases,
                signed!(aws_sdk_lambda, request),
                |output| translate::aliases(output, function, &self.scope),
            )
            .await
    }

    /// IAM action `tag:GetResources`.
    async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        let request = self
            .clients
            .tagging
            .get_resources()
            .resource_type_filters(FUNCTION)
            .resources_per_page(RESOURCES_PER_PAGE)
            .set_pagination_token(token.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                Operation::GetResources,
                signed!(aws_sdk_resourcegroupstagging, request),
                |output| translate::tags(output, &self.scope),
            )
            .await
    }

    /// IAM action `lambda:ListEventSourceMappings`.
    async fn list_event_source_mappings(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<ListedMapping>, CallError> {
        let operation = Operation::ListEventSourceMappings;
        self.lists_its_own(operation)?;
        let request = self
            .clients
            .lambda
            .list_event_source_mappings()
            .set_marker(marker.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                operation,
                signed!(aws_sdk_lambda, request),
                |output| translate::event_source_mappings(output, &self.scope),
            )
            .await
    }

    /// IAM action `cloudwatch:ListMetrics`.
    async fn list_async_events(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Qualifier)>, CallError> {
        let operation = Operation::ListMetrics;
        self.lists_its_own(operation)?;
        let request = self
            .clients
            .cloudwatch
            .list_metrics()
            .namespace("AWS/Lambda")
            .metric_name("AsyncEventsReceived")
            .set_next_token(token.map(str::to_owned))
            .customize();
        self.caller
            .call(
                &self.scope,
                operation,
                signed!(aws_sdk_cloudwatch, request),
                translate::async_events,
            )
            .await
    }

    async fn get_destination(
        &self,
        destination: &Destination,
    ) -> Result<DestinationAnswer, CallError> {
        let own = self.own_account();
        destinations::get(
            &self.all_clients,
            &self.caller,
            &self.scope,
            own,
            destination,
        )
        .await
    }
}
