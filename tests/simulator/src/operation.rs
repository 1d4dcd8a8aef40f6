//! The operations that the simulator knows.

use std::fmt;

/// An operation of Lambda, STS or the tagging API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Lambda: a page of functions.
    ListFunctions,
    /// Lambda: one function with its code and tags.
    GetFunction,
    /// Lambda: one function, version or alias.
    GetFunctionConfiguration,
    /// Lambda: publishes the next version of a function.
    PublishVersion,
    /// Lambda: every qualifier's event invoke config.
    ListFunctionEventInvokeConfigs,
    /// Lambda: one event invoke config.
    GetFunctionEventInvokeConfig,
    /// Lambda: creates or replaces an event invoke config.
    PutFunctionEventInvokeConfig,
    /// Lambda: changes some fields of an event invoke config.
    UpdateFunctionEventInvokeConfig,
    /// Lambda: deletes an event invoke config.
    DeleteFunctionEventInvokeConfig,
    /// Lambda: a page of a function's aliases.
    ListAliases,
    /// Lambda: one alias.
    GetAlias,
    /// Lambda: creates an alias.
    CreateAlias,
    /// Lambda: changes some fields of an alias.
    UpdateAlias,
    /// Lambda: deletes an alias.
    DeleteAlias,
    /// Tagging: a page of tagged resources.
    GetResources,
    /// STS: who the caller is.
    GetCallerIdentity,
    /// STS: temporary credentials of a role.
    AssumeRole,
    /// Anything else that was asked; answered with 404.
    Unknown,
}

/// The service that an operation belongs to; it decides the shape of an error on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Tagging,
    Sts,
}

impl Operation {
    /// The name as AWS writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListFunctions => "ListFunctions",
            Self::GetFunction => "GetFunction",
            Self::GetFunctionConfiguration => "GetFunctionConfiguration",
            Self::PublishVersion => "PublishVersion",
            Self::ListFunctionEventInvokeConfigs => "ListFunctionEventInvokeConfigs",
            Self::GetFunctionEventInvokeConfig => "GetFunctionEventInvokeConfig",
            Self::PutFunctionEventInvokeConfig => "PutFunctionEventInvokeConfig",
            Self::UpdateFunctionEventInvokeConfig => "UpdateFunctionEventInvokeConfig",
            Self::DeleteFunctionEventInvokeConfig => "DeleteFunctionEventInvokeConfig",
            Self::ListAliases => "ListAliases",
            Self::GetAlias => "GetAlias",
            Self::CreateAlias => "CreateAlias",
            Self::UpdateAlias => "UpdateAlias",
            Self::DeleteAlias => "DeleteAlias",
            Self::GetResources => "GetResources",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::Unknown => "Unknown",
        }
    }

    /// The IAM action that AWS names when it denies the operation.
    #[must_use]
    pub fn iam_action(self) -> String {
        let service = match self.service() {
            Service::Lambda => "lambda",
            Service::Tagging => "tag",
            Service::Sts => "sts",
        };
        format!("{service}:{self}")
    }

    pub(crate) const fn service(self) -> Service {
        match self {
            Self::GetResources => Service::Tagging,
            Self::GetCallerIdentity | Self::AssumeRole => Service::Sts,
            _ => Service::Lambda,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
