//! From method and path (or target, or action) to the operation.

use crate::operation::Operation;

/// An operation and the path's parameters, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) function: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) bucket: Option<String>,
}

impl Route {
    /// Routes a REST request by its decoded path segments.
    pub(crate) fn rest(method: &str, segments: &[&str]) -> Self {
        use Operation as Op;
        if let ("HEAD", [bucket]) = (method, segments) {
            return Self {
                bucket: Some((*bucket).to_owned()),
                ..Self::plain(Op::HeadBucket)
            };
        }
        let (operation, function, alias) = match (method, segments) {
            ("GET", ["2015-03-31", "functions"]) => (Op::ListFunctions, None, None),
            ("GET", ["2015-03-31", "event-source-mappings"]) => {
                (Op::ListEventSourceMappings, None, None)
            }
            (
                "POST",
                [
                    "service",
                    "GraniteServiceVersion20100801",
                    "operation",
                    "ListMetrics",
                ],
            ) => (Op::ListMetrics, None, None),
            ("POST", ["listRegions"]) => (Op::ListRegions, None, None),
            (_, ["2015-03-31", "functions", function, rest @ ..]) => match (method, rest) {
                ("GET", []) => (Op::GetFunction, Some(function), None),
                ("GET", ["configuration"]) => (Op::GetFunctionConfiguration, Some(function), None),
                ("POST", ["versions"]) => (Op::PublishVersion, Some(function), None),
                ("GET", ["aliases"]) => (Op::ListAliases, Some(function), None),
                ("POST", ["aliases"]) => (Op::CreateAlias, Some(function), None),
                ("GET", ["aliases", alias]) => (Op::GetAlias, Some(function), Some(alias)),
                ("PUT", ["aliases", alias]) => (Op::UpdateAlias, Some(function), Some(alias)),
                ("DELETE", ["aliases", alias]) => (Op::DeleteAlias, Some(function), Some(alias)),
                _ => (Op::Unknown, None, None),
            },
            (
                _,
                [
                    "2019-09-25",
                    "functions",
                    function,
                    "event-invoke-config",
                    rest @ ..,
                ],
            ) => {
                let operation = match (method, rest) {
                    ("GET", []) => Op::GetFunctionEventInvokeConfig,
                    ("PUT", []) => Op::PutFunctionEventInvokeConfig,
                    ("POST", []) => Op::UpdateFunctionEventInvokeConfig,
                    ("DELETE", []) => Op::DeleteFunctionEventInvokeConfig,
                    ("GET", ["list"]) => Op::ListFunctionEventInvokeConfigs,
                    _ => Op::Unknown,
                };
                (operation, Some(function), None)
            }
            _ => (Op::Unknown, None, None),
        };
        let owned = |text: Option<&&str>| text.map(|text| (*text).to_owned());
        Self {
            operation,
            function: owned(function),
            alias: owned(alias),
            bucket: None,
        }
    }

    /// Routes a JSON request by its `X-Amz-Target`.
    pub(crate) fn target(target: &str) -> Self {
        use Operation as Op;
        let (service, name) = target.split_once('.').unwrap_or((target, ""));
        Self::plain(match (service, name) {
            ("ResourceGroupsTaggingAPI_20170126", "GetResources") => Op::GetResources,
            ("AWSOrganizationsV20161128", "ListAccounts") => Op::ListAccounts,
            ("AWSOrganizationsV20161128", "ListAccountsForParent") => Op::ListAccountsForParent,
            ("AWSOrganizationsV20161128", "ListOrganizationalUnitsForParent") => {
                Op::ListOrganizationalUnitsForParent
            }
            ("AmazonSQS", "GetQueueAttributes") => Op::GetQueueAttributes,
            ("AWSEvents", "DescribeEventBus") => Op::DescribeEventBus,
            _ => Op::Unknown,
        })
    }

    /// Routes a query-protocol request by its `Action`.
    pub(crate) fn action(action: &str) -> Self {
        match action {
            "GetCallerIdentity" => Self::plain(Operation::GetCallerIdentity),
            "GetTopicAttributes" => Self::plain(Operation::GetTopicAttributes),
            "AssumeRole" => Self::plain(Operation::AssumeRole),
            _ => Self::plain(Operation::Unknown),
        }
    }

    fn plain(operation: Operation) -> Self {
        Self {
            operation,
            function: None,
            alias: None,
            bucket: None,
        }
    }
}
