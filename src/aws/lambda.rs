//! The adapter: one method for each operation, each one attempt on the wire.

use std::sync::Arc;

use aws_sdk_lambda::config::{Builder, Credentials};

use super::{caller::Caller, clients::RegionClients, owner::Owner, translate};
use crate::{
    domain::{
        CallError, CallFailure, EventInvokeConfig, Function, FunctionName, Operation, Qualifier,
        ScopeId, Tags,
    },
    port::{Lambda, ListedFunction, Page},
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
        clients: Arc<RegionClients>,
        caller: Caller,
        owner: Option<Arc<Owner>>,
    ) -> Self {
        Self {
            scope,
            cross_account,
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
fn wire_qualifier(qualifier: &Qualifier) -> Option<String> {
    (!qualifier.is_latest()).then(|| qualifier.to_string())
}

fn signed_with(credentials: Credentials) -> Builder {
    Builder::new().credentials_provider(credentials)
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
                |credentials| request.config_override(signed_with(credentials)).send(),
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
                |credentials| request.config_override(signed_with(credentials)).send(),
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
                |credentials| request.config_override(signed_with(credentials)).send(),
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
        if self.cross_account {
            // The answer would be the functions of the caller's own account.
            return Err(CallError::Failed(CallFailure::error(
                operation,
                "Lambda lists only the functions of the credentials' own account",
            )));
        }
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
                |credentials| request.config_override(signed_with(credentials)).send(),
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
    ) -> Result<Page<Qualifier>, CallError> {
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
                |credentials| request.config_override(signed_with(credentials)).send(),
                |output| translate::aliases(output, function, &self.scope),
            )
            .await
    }

    /// IAM action `tag:GetResources`.
    async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        use aws_sdk_resourcegroupstagging::config::Builder;
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
                |credentials| {
                    let signed = Builder::new().credentials_provider(credentials);
                    request.config_override(signed).send()
                },
                |output| translate::tags(output, &self.scope),
            )
            .await
    }
}
