//! Who there is to ask about: the account of the credentials, its regions, and the accounts of the
//! organisation. One attempt on the wire each.

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;

use super::{
    caller::{Caller, signed},
    clients::RegionClients,
    translate::{self, malformed},
};
use crate::{
    domain::{AccountId, CallError, InvalidAccountId, MemberAccount, Operation, Region, ScopeId},
    port::Page,
};

/// The most regions that a page can have (API reference, `ListRegions`).
const REGIONS_PER_PAGE: i32 = 50;

/// Needs no permission: AWS answers `sts:GetCallerIdentity` even where a policy denies it.
pub(super) async fn own_account(
    clients: &RegionClients,
    caller: &Caller,
    region: &Region,
) -> Result<AccountId, CallError> {
    let operation = Operation::GetCallerIdentity;
    let request = clients.sts.get_caller_identity().customize();
    let send = signed!(aws_sdk_sts, request);
    let read = |identity: &GetCallerIdentityOutput| {
        let account = identity.account().unwrap_or_default();
        account
            .parse()
            .map_err(|error: InvalidAccountId| malformed(operation, &error.to_string()))
    };
    // The account is not known before the answer.
    let scope = |result: &Result<AccountId, CallError>| ScopeId {
        account: result.as_ref().ok().copied(),
        region: region.clone(),
    };
    let issued = caller.ready().await.map_err(CallError::Failed)?;
    let (result, _) = caller.attempt(&issued, operation, send, read, scope).await;
    result
}

/// IAM action `account:ListRegions`.
pub(super) async fn list_regions(
    clients: &RegionClients,
    caller: &Caller,
    scope: &ScopeId,
    token: Option<&str>,
) -> Result<Page<Region>, CallError> {
    use aws_sdk_account::types::RegionOptStatus;
    let request = clients
        .account
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
        .max_results(REGIONS_PER_PAGE)
        .set_next_token(token.map(str::to_owned))
        .customize();
    caller
        .call(
            scope,
            Operation::ListRegions,
            signed!(aws_sdk_account, request),
            translate::regions,
        )
        .await
}

/// IAM action `organizations:ListAccounts`.
pub(super) async fn list_accounts(
    clients: &RegionClients,
    caller: &Caller,
    scope: &ScopeId,
    token: Option<&str>,
) -> Result<Page<MemberAccount>, CallError> {
    let operation = Operation::ListAccounts;
    let request = clients
        .organizations
        .list_accounts()
        .set_next_token(token.map(str::to_owned))
        .customize();
    caller
        .call(
            scope,
            operation,
            signed!(aws_sdk_organizations, request),
            |output| {
                translate::member_accounts(
                    operation,
                    output.accounts.as_deref(),
                    output.next_token(),
                )
            },
        )
        .await
}

/// IAM action `organizations:ListAccountsForParent`.
pub(super) async fn list_accounts_for_parent(
    clients: &RegionClients,
    caller: &Caller,
    scope: &ScopeId,
    parent: &str,
    token: Option<&str>,
) -> Result<Page<MemberAccount>, CallError> {
    let operation = Operation::ListAccountsForParent;
    let request = clients
        .organizations
        .list_accounts_for_parent()
        .parent_id(parent)
        .set_next_token(token.map(str::to_owned))
        .customize();
    caller
        .call(
            scope,
            operation,
            signed!(aws_sdk_organizations, request),
            |output| {
                translate::member_accounts(
                    operation,
                    output.accounts.as_deref(),
                    output.next_token(),
                )
            },
        )
        .await
        .map_err(|error| naming(parent, error))
}

/// IAM action `organizations:ListOrganizationalUnitsForParent`.
pub(super) async fn list_units_for_parent(
    clients: &RegionClients,
    caller: &Caller,
    scope: &ScopeId,
    parent: &str,
    token: Option<&str>,
) -> Result<Page<String>, CallError> {
    let request = clients
        .organizations
        .list_organizational_units_for_parent()
        .parent_id(parent)
        .set_next_token(token.map(str::to_owned))
        .customize();
    caller
        .call(
            scope,
            Operation::ListOrganizationalUnitsForParent,
            signed!(aws_sdk_organizations, request),
            translate::units,
        )
        .await
        .map_err(|error| naming(parent, error))
}

/// AWS does not say which parent it does not find.
fn naming(parent: &str, error: CallError) -> CallError {
    match error {
        CallError::Failed(mut failure)
            if failure.code.as_deref() == Some("ParentNotFoundException") =>
        {
            failure.message = format!("`{parent}`: {}", failure.message);
            CallError::Failed(failure)
        }
        error => error,
    }
}
