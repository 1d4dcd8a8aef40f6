//! Who there is to ask about: the account of the credentials, its regions, and the accounts of the
//! organisation. One attempt on the wire each.

use aws_sdk_organizations::config::{Builder, Credentials};

use super::{
    caller::Caller,
    clients::RegionClients,
    translate::{self, malformed},
};
use crate::{
    domain::{AccountId, InvalidAccountId, MemberAccount, Region},
    domain::{CallError, Operation},
    port::Page,
};

/// The most regions that a page can have (API reference, `ListRegions`).
const REGIONS_PER_PAGE: i32 = 50;

/// Needs no permission: AWS answers `sts:GetCallerIdentity` even where a policy denies it.
pub(super) async fn own_account(
    clients: &RegionClients,
    caller: &Caller,
) -> Result<AccountId, CallError> {
    use aws_sdk_sts::config::Builder;
    let operation = Operation::GetCallerIdentity;
    let request = clients.sts.get_caller_identity().customize();
    let identity = caller
        .call(operation, |credentials| {
            let signed = Builder::new().credentials_provider(credentials);
            request.config_override(signed).send()
        })
        .await?;
    let account = identity.account().unwrap_or_default();
    account
        .parse()
        .map_err(|error: InvalidAccountId| malformed(operation, &error.to_string()))
}

/// IAM action `account:ListRegions`.
pub(super) async fn list_regions(
    clients: &RegionClients,
    caller: &Caller,
    token: Option<&str>,
) -> Result<Page<Region>, CallError> {
    use aws_sdk_account::{config::Builder, types::RegionOptStatus};
    let request = clients
        .account
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
        .max_results(REGIONS_PER_PAGE)
        .set_next_token(token.map(str::to_owned))
        .customize();
    let output = caller
        .call(Operation::ListRegions, |credentials| {
            let signed = Builder::new().credentials_provider(credentials);
            request.config_override(signed).send()
        })
        .await?;
    translate::regions(&output)
}

/// IAM action `organizations:ListAccounts`.
pub(super) async fn list_accounts(
    clients: &RegionClients,
    caller: &Caller,
    token: Option<&str>,
) -> Result<Page<MemberAccount>, CallError> {
    let operation = Operation::ListAccounts;
    let request = clients
        .organizations
        .list_accounts()
        .set_next_token(token.map(str::to_owned))
        .customize();
    let output = caller
        .call(operation, |credentials| {
            request.config_override(signed_with(credentials)).send()
        })
        .await?;
    translate::member_accounts(operation, output.accounts.as_deref(), output.next_token())
}

/// IAM action `organizations:ListAccountsForParent`.
pub(super) async fn list_accounts_for_parent(
    clients: &RegionClients,
    caller: &Caller,
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
    let output = caller
        .call(operation, |credentials| {
            request.config_override(signed_with(credentials)).send()
        })
        .await
        .map_err(|error| naming(parent, error))?;
    translate::member_accounts(operation, output.accounts.as_deref(), output.next_token())
}

/// IAM action `organizations:ListOrganizationalUnitsForParent`.
pub(super) async fn list_units_for_parent(
    clients: &RegionClients,
    caller: &Caller,
    parent: &str,
    token: Option<&str>,
) -> Result<Page<String>, CallError> {
    let request = clients
        .organizations
        .list_organizational_units_for_parent()
        .parent_id(parent)
        .set_next_token(token.map(str::to_owned))
        .customize();
    let output = caller
        .call(Operation::ListOrganizationalUnitsForParent, |credentials| {
            request.config_override(signed_with(credentials)).send()
        })
        .await
        .map_err(|error| naming(parent, error))?;
    translate::units(&output)
}

fn signed_with(credentials: Credentials) -> Builder {
    Builder::new().credentials_provider(credentials)
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
