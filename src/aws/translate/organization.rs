//! The accounts and units of an organisation, and the regions of an account.

use aws_sdk_account::{
    operation::list_regions::ListRegionsOutput,
    types::{Region as ListedRegion, RegionOptStatus},
};
use aws_sdk_organizations::{
    operation::list_organizational_units_for_parent::ListOrganizationalUnitsForParentOutput,
    types::{Account, AccountState, AccountStatus},
};

use super::{malformed, page};
use crate::{
    domain::{CallError, MemberAccount, Operation, Region},
    port::Page,
};

/// One page of the answer to `ListAccounts` or `ListAccountsForParent`.
pub(in crate::aws) fn member_accounts(
    operation: Operation,
    accounts: Option<&[Account]>,
    next: Option<&str>,
) -> Result<Page<MemberAccount>, CallError> {
    page(operation, accounts, next, |account| {
        member_account(operation, account).map(Some)
    })
}

fn member_account(operation: Operation, account: &Account) -> Result<MemberAccount, CallError> {
    let id = account.id().unwrap_or_default();
    Ok(MemberAccount {
        id: id
            .parse()
            .map_err(|_| malformed(operation, "an account has no id"))?,
        name: account.name().unwrap_or_default().to_owned(),
        active: is_active(account)
            .ok_or_else(|| malformed(operation, "an account has neither state nor status"))?,
    })
}

/// By `State`; by `Status`, which AWS announced to retire in September 2026, where that is all there
/// is. A state that is not known yet is no reason to leave an account out: that would be silent.
fn is_active(account: &Account) -> Option<bool> {
    let by_state = account.state().map(|state| {
        !matches!(
            state,
            AccountState::Suspended
                | AccountState::PendingClosure
                | AccountState::Closed
                | AccountState::PendingActivation
        )
    });
    by_state.or_else(|| {
        let status = account.status()?;
        Some(!matches!(
            status,
            AccountStatus::Suspended | AccountStatus::PendingClosure
        ))
    })
}

/// One page of the answer to `ListOrganizationalUnitsForParent`.
pub(in crate::aws) fn units(
    output: &ListOrganizationalUnitsForParentOutput,
) -> Result<Page<String>, CallError> {
    let operation = Operation::ListOrganizationalUnitsForParent;
    page(
        operation,
        output.organizational_units.as_deref(),
        output.next_token(),
        |unit| match unit.id() {
            Some(id) if !id.is_empty() => Ok(Some(id.to_owned())),
            _ => Err(malformed(operation, "an organizational unit has no id")),
        },
    )
}

/// One page of the answer to `ListRegions`. A region whose code this version cannot read is left
/// out: it would not know how to call there.
pub(in crate::aws) fn regions(output: &ListRegionsOutput) -> Result<Page<Region>, CallError> {
    page(
        Operation::ListRegions,
        output.regions.as_deref(),
        output.next_token(),
        enabled_region,
    )
}

fn enabled_region(region: &ListedRegion) -> Result<Option<Region>, CallError> {
    let malformed = |why| malformed(Operation::ListRegions, why);
    let name = region
        .region_name()
        .ok_or_else(|| malformed("a region has no name"))?;
    let status = region
        .region_opt_status()
        .ok_or_else(|| malformed("a region has no status"))?;
    let enabled = matches!(
        status,
        RegionOptStatus::Enabled | RegionOptStatus::EnabledByDefault
    );
    Ok(name.parse().ok().filter(|_| enabled))
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::types::OrganizationalUnit;

    use super::*;

    const OPERATION: Operation = Operation::ListAccounts;

    fn account() -> aws_sdk_organizations::types::builders::AccountBuilder {
        Account::builder().id("111122223333").name("payments")
    }

    fn active(account: Account) -> bool {
        let page = member_accounts(OPERATION, Some(&[account]), Some("")).unwrap();
        assert_eq!(page.next, None);
        assert_eq!(page.items[0].name, "payments");
        page.items[0].active
    }

    #[test]
    fn accounts_are_active_unless_suspended_or_closing() {
        for (state, expected) in [
            ("ACTIVE", true),
            ("SUSPENDED", false),
            ("PENDING_CLOSURE", false),
            ("PENDING_ACTIVATION", false),
            ("CLOSED", false),
            ("SOMETHING_NEW", true),
        ] {
            assert_eq!(active(account().state(state.into()).build()), expected);
        }
        assert!(active(account().status(AccountStatus::Active).build()));
        assert!(!active(account().status(AccountStatus::Suspended).build()));
    }

    #[test]
    fn enabled_regions_are_listed_and_unreadable_codes_left_out() {
        let region = |name: &str, status| {
            ListedRegion::builder()
                .region_name(name)
                .region_opt_status(status)
                .build()
        };
        let output = ListRegionsOutput::builder()
            .regions(region("us-east-1", RegionOptStatus::EnabledByDefault))
            .regions(region("af-south-1", RegionOptStatus::Enabled))
            .regions(region("me-south-1", RegionOptStatus::Disabled))
            .regions(region("moon", RegionOptStatus::Enabled))
            .next_token("more")
            .build();
        let page = regions(&output).unwrap();
        let expected = ["us-east-1", "af-south-1"].map(|region| region.parse().unwrap());
        assert_eq!(page.items, expected);
        assert_eq!(page.next.as_deref(), Some("more"));
    }

    #[test]
    fn a_page_that_is_not_whole_is_not_believed() {
        assert!(member_accounts(OPERATION, None, None).is_err());
        for account in [account().build(), Account::builder().build()] {
            assert!(member_accounts(OPERATION, Some(&[account]), None).is_err());
        }
        let nameless = ListedRegion::builder().build();
        for output in [
            ListRegionsOutput::builder(),
            ListRegionsOutput::builder().regions(nameless),
        ] {
            assert!(regions(&output.build()).is_err());
        }
        let nameless = OrganizationalUnit::builder().build();
        for output in [
            ListOrganizationalUnitsForParentOutput::builder(),
            ListOrganizationalUnitsForParentOutput::builder().organizational_units(nameless),
        ] {
            assert!(units(&output.build()).is_err());
        }
    }
}
