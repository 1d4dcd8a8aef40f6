//! The adapter: one method for each operation, each one attempt on the wire.

use aws_sdk_lambda::Client;

use super::{classify::classify, translate};
use crate::{
    domain::{AccountId, EventInvokeConfig, Function, FunctionName, Qualifier},
    poll::{CallError, ConfigPage, Lambda},
};

/// Lambda's control plane in one region.
#[derive(Debug, Clone)]
pub struct LambdaClient {
    client: Client,
    foreign: Option<AccountId>,
}

impl LambdaClient {
    /// `foreign` is the functions' account, unless it is known to be the caller's own.
    pub(super) fn new(client: Client, foreign: Option<AccountId>) -> Self {
        Self { client, foreign }
    }

    /// How the function is named on the wire. A bare name would mean a function of the caller's own
    /// account, and a namesake there would answer for the one that was meant.
    fn wire_name(&self, function: &FunctionName) -> String {
        match self.foreign {
            Some(account) => format!("{account}:function:{function}"),
            None => function.to_string(),
        }
    }
}

/// `$LATEST` is asked for without a qualifier: IAM policies that name the function's ARN then match.
fn wire_qualifier(qualifier: &Qualifier) -> Option<String> {
    (!qualifier.is_latest()).then(|| qualifier.to_string())
}

impl Lambda for LambdaClient {
    /// IAM action `lambda:GetFunctionEventInvokeConfig`.
    async fn get_event_invoke_config(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let output = self
            .client
            .get_function_event_invoke_config()
            .function_name(self.wire_name(function))
            .set_qualifier(wire_qualifier(qualifier))
            .send()
            .await
            .map_err(|error| classify(&error))?;
        translate::config(&output, function, qualifier)
    }

    /// IAM action `lambda:ListFunctionEventInvokeConfigs`.
    async fn list_event_invoke_configs(
        &self,
        function: &FunctionName,
        marker: Option<&str>,
    ) -> Result<ConfigPage, CallError> {
        let output = self
            .client
            .list_function_event_invoke_configs()
            .function_name(self.wire_name(function))
            .set_marker(marker.map(str::to_owned))
            .send()
            .await
            .map_err(|error| classify(&error))?;
        translate::page(&output, function)
    }

    /// IAM action `lambda:GetFunctionConfiguration`.
    async fn get_function(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let output = self
            .client
            .get_function_configuration()
            .function_name(self.wire_name(function))
            .set_qualifier(wire_qualifier(qualifier))
            .send()
            .await
            .map_err(|error| classify(&error))?;
        translate::function(&output, function)
    }
}
