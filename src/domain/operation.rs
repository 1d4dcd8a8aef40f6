//! The operations of AWS that the exporter calls, each with the permission that it needs.

/// An operation of one of AWS's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// The config of one qualifier.
    GetFunctionEventInvokeConfig,
    /// The configs of all qualifiers of a function.
    ListFunctionEventInvokeConfigs,
    /// Existence, runtime, package type and dead-letter queue.
    GetFunctionConfiguration,
    /// The same of all functions.
    ListFunctions,
    /// The aliases of a function.
    ListAliases,
    /// The tags of all functions.
    GetResources,
    /// Which account the credentials belong to.
    GetCallerIdentity,
    /// The credentials of a role.
    AssumeRole,
    /// The regions that are enabled in an account.
    ListRegions,
    /// The accounts of an organisation.
    ListAccounts,
    /// The accounts right below an organizational unit.
    ListAccountsForParent,
    /// The organizational units right below another.
    ListOrganizationalUnitsForParent,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::GetFunctionEventInvokeConfig,
        Self::ListFunctionEventInvokeConfigs,
        Self::GetFunctionConfiguration,
        Self::ListFunctions,
        Self::ListAliases,
        Self::GetResources,
        Self::GetCallerIdentity,
        Self::AssumeRole,
        Self::ListRegions,
        Self::ListAccounts,
        Self::ListAccountsForParent,
        Self::ListOrganizationalUnitsForParent,
    ];

    /// AWS's name for it; also the label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "GetFunctionConfiguration",
            Self::ListFunctions => "ListFunctions",
            Self::ListAliases => "ListAliases",
            Self::GetResources => "GetResources",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::ListRegions => "ListRegions",
            Self::ListAccounts => "ListAccounts",
            Self::ListAccountsForParent => "ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => "ListOrganizationalUnitsForParent",
        }
    }

    /// The IAM action that allows it (AWS service authorization reference).
    #[must_use]
    pub fn iam_action(self) -> &'static str {
        match self {
            Self::GetFunctionEventInvokeConfig => "lambda:GetFunctionEventInvokeConfig",
            Self::ListFunctionEventInvokeConfigs => "lambda:ListFunctionEventInvokeConfigs",
            Self::GetFunctionConfiguration => "lambda:GetFunctionConfiguration",
            Self::ListFunctions => "lambda:ListFunctions",
            Self::ListAliases => "lambda:ListAliases",
            Self::GetResources => "tag:GetResources",
            Self::GetCallerIdentity => "sts:GetCallerIdentity",
            Self::AssumeRole => "sts:AssumeRole",
            Self::ListRegions => "account:ListRegions",
            Self::ListAccounts => "organizations:ListAccounts",
            Self::ListAccountsForParent => "organizations:ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => {
                "organizations:ListOrganizationalUnitsForParent"
            }
        }
    }
}
