//! The operations that the simulator knows.

use std::fmt;

/// An operation of one of the services that the simulator has.
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
    /// Lambda: a page of event source mappings.
    ListEventSourceMappings,
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
    /// Organizations: a page of all accounts.
    ListAccounts,
    /// Organizations: a page of the accounts directly in a root or an organizational unit.
    ListAccountsForParent,
    /// Organizations: a page of the organizational units directly in a root or another unit.
    ListOrganizationalUnitsForParent,
    /// Account Management: a page of regions, with whether the account has them enabled.
    ListRegions,
    /// `CloudWatch`: a page of metrics.
    ListMetrics,
    /// SQS: attributes of a queue.
    GetQueueAttributes,
    /// SNS: attributes of a topic.
    GetTopicAttributes,
    /// `EventBridge`: one event bus.
    DescribeEventBus,
    /// S3: whether a bucket is there.
    HeadBucket,
    /// Anything else that was asked; answered with 404.
    Unknown,
}

/// The service that an operation belongs to; it decides the shape of an error on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Tagging,
    Sts,
    Organizations,
    Account,
    CloudWatch,
    Sqs,
    Sns,
    EventBridge,
    S3,
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
            Self::ListEventSourceMappings => "ListEventSourceMappings",
            Self::ListAliases => "ListAliases",
            Self::GetAlias => "GetAlias",
            Self::CreateAlias => "CreateAlias",
            Self::UpdateAlias => "UpdateAlias",
            Self::DeleteAlias => "DeleteAlias",
            Self::GetResources => "GetResources",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::ListAccounts => "ListAccounts",
            Self::ListAccountsForParent => "ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => "ListOrganizationalUnitsForParent",
            Self::ListRegions => "ListRegions",
            Self::ListMetrics => "ListMetrics",
            Self::GetQueueAttributes => "GetQueueAttributes",
            Self::GetTopicAttributes => "GetTopicAttributes",
            Self::DescribeEventBus => "DescribeEventBus",
            Self::HeadBucket => "HeadBucket",
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
            Service::Organizations => "organizations",
            Service::Account => "account",
            Service::CloudWatch => "cloudwatch",
            Service::Sqs => "sqs",
            Service::Sns => "sns",
            Service::EventBridge => "events",
            // S3's actions have names of their own.
            Service::S3 => return "s3:ListBucket".to_owned(),
        };
        format!("{service}:{self}")
    }

    pub(crate) const fn service(self) -> Service {
        match self {
            Self::GetResources => Service::Tagging,
            Self::GetCallerIdentity | Self::AssumeRole => Service::Sts,
            Self::ListAccounts
            | Self::ListAccountsForParent
            | Self::ListOrganizationalUnitsForParent => Service::Organizations,
            Self::ListRegions => Service::Account,
            Self::ListMetrics => Service::CloudWatch,
            Self::GetQueueAttributes => Service::Sqs,
            Self::GetTopicAttributes => Service::Sns,
            Self::DescribeEventBus => Service::EventBridge,
            Self::HeadBucket => Service::S3,
            _ => Service::Lambda,
        }
    }
}

impl Service {
    /// Whether it is one for all regions, which knows the account wherever it is enabled.
    pub(crate) const fn is_global(self) -> bool {
        matches!(self, Self::Sts | Self::Organizations | Self::Account)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
