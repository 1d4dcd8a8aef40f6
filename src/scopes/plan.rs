//! Which scopes are polled, with whose credentials, and what is read in each: plain values.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::domain::{AccountEntry, AccountId, Credentials, Qualifiers, Region, ScopeId, Selection};

/// What is polled in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScopePlan {
    /// With whose credentials.
    pub(super) credentials: Credentials,
    /// Whether the functions are not, or not known to be, those of the credentials' own account.
    pub(super) cross_account: bool,
    /// What is read.
    pub(super) selection: Selection,
}

/// All scopes; those without an account wait until it is known.
pub(super) type Plan = BTreeMap<ScopeId, ScopePlan>;

/// One account that an entry of the configuration means.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// With whose credentials it is read.
    pub(super) credentials: Credentials,
    /// The account of the credentials; `None` while it is not known.
    pub(super) account: Option<AccountId>,
    /// Where to look for functions that are named without a region, and for those not named.
    pub(super) regions: Vec<Region>,
}

/// Adds what an entry wants of one of its accounts.
///
/// A scope that several entries lead to is one scope. It is read with the credentials of the first
/// entry, but those of its own account before those of another.
pub(super) fn add(plan: &mut Plan, entry: &AccountEntry, member: &Member) {
    for function in &entry.functions {
        let account = function.account().or(member.account);
        let qualifiers = Qualifiers::from(function.selector());
        let selection = Selection {
            functions: BTreeMap::from([(function.name().clone(), qualifiers)]),
            ..Selection::default()
        };
        let own = function.region().map(std::slice::from_ref);
        for region in own.unwrap_or(&member.regions) {
            add_scope(plan, member, account, region, selection.clone());
        }
    }
    for region in &member.regions {
        let selection = Selection {
            discoveries: entry.discovery.iter().cloned().collect(),
            ..Selection::default()
        };
        if !selection.is_empty() {
            add_scope(plan, member, member.account, region, selection);
        }
    }
}

fn add_scope(
    plan: &mut Plan,
    member: &Member,
    account: Option<AccountId>,
    region: &Region,
    selection: Selection,
) {
    let scope = ScopeId {
        account,
        region: region.clone(),
    };
    let cross_account = account != member.account;
    let credentials = member.credentials.clone();
    match plan.entry(scope) {
        Entry::Vacant(vacant) => {
            vacant.insert(ScopePlan {
                credentials,
                cross_account,
                selection,
            });
        }
        Entry::Occupied(mut occupied) => {
            let planned = occupied.get_mut();
            if planned.cross_account && !cross_account {
                planned.credentials = credentials;
                planned.cross_account = false;
            }
            planned.selection.extend(selection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Discovery, Members, Qualifier, Regions, Role};

    const OWN: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn account(id: &str) -> AccountId {
        id.parse().unwrap()
    }

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    fn role_of(id: &str) -> Credentials {
        Credentials::Role(Arc::new(Role {
            arn: format!("arn:aws:iam::{id}:role/reader").parse().unwrap(),
            external_id: None,
            session_name: "exporter".into(),
            assumed_with: Credentials::Ambient,
        }))
    }

    fn entry(functions: &[&str], discovery: Option<Discovery>) -> AccountEntry {
        AccountEntry {
            name: None,
            members: Members::One(Credentials::Ambient),
            regions: Regions::Default,
            functions: functions.iter().map(|name| name.parse().unwrap()).collect(),
            discovery,
        }
    }

    fn member(credentials: Credentials, id: Option<&str>, regions: &[&str]) -> Member {
        Member {
            credentials,
            account: id.map(account),
            regions: regions.iter().map(|code| region(code)).collect(),
        }
    }

    /// The credentials' own account, in two regions.
    fn own() -> Member {
        member(Credentials::Ambient, Some(OWN), &["us-east-1", "eu-west-1"])
    }

    fn scope(id: Option<&str>, code: &str) -> ScopeId {
        ScopeId {
            account: id.map(account),
            region: region(code),
        }
    }

    fn planned(entries: &[(&AccountEntry, &Member)]) -> Plan {
        let mut plan = Plan::new();
        for (entry, member) in entries {
            add(&mut plan, entry, member);
        }
        plan
    }

    #[test]
    fn a_name_is_looked_for_in_every_region_of_the_member() {
        let plan = planned(&[(&entry(&["f"], None), &own())]);
        let scopes: Vec<&ScopeId> = plan.keys().collect();
        assert_eq!(
            scopes,
            [
                &scope(Some(OWN), "eu-west-1"),
                &scope(Some(OWN), "us-east-1")
            ]
        );
        for planned in plan.values() {
            assert!(!planned.cross_account);
            assert!(
                planned
                    .selection
                    .functions
                    .contains_key(&"f".parse().unwrap())
            );
            assert!(planned.selection.discoveries.is_empty());
        }
    }

    #[test]
    fn an_arn_is_read_where_it_says_whatever_the_regions_say() {
        let arn = format!("arn:aws:lambda:ap-south-1:{OTHER}:function:f");
        let plan = planned(&[(&entry(&[&arn], None), &own())]);
        let scopes: Vec<&ScopeId> = plan.keys().collect();
        assert_eq!(scopes, [&scope(Some(OTHER), "ap-south-1")]);
        assert!(plan[scopes[0]].cross_account);
    }

    #[test]
    fn without_its_account_known_a_scope_waits() {
        let unknown = member(Credentials::Ambient, None, &["us-east-1"]);
        let discovering = entry(&[], Some(Discovery::default()));
        let plan = planned(&[(&discovering, &unknown)]);
        assert!(plan.contains_key(&scope(None, "us-east-1")));
    }

    #[test]
    fn entries_that_lead_to_one_scope_are_one_selection() {
        let discovering = entry(&["f:BLUE"], Some(Discovery::default()));
        let naming = entry(&["f", &format!("{OWN}:function:f:BLUE")], None);
        let plan = planned(&[
            (&discovering, &own()),
            (&naming, &own()),
            (&discovering, &own()),
        ]);
        assert_eq!(plan.len(), 2);
        for planned in plan.values() {
            assert_eq!(planned.selection.discoveries.len(), 1);
            let qualifiers = &planned.selection.functions[&"f".parse().unwrap()];
            let named: Vec<&str> = qualifiers.named.iter().map(Qualifier::as_str).collect();
            assert_eq!(named, ["$LATEST", "BLUE"]);
        }
    }

    #[test]
    fn credentials_of_the_account_itself_go_before_those_of_another() {
        let arn = format!("arn:aws:lambda:us-east-1:{OTHER}:function:f");
        let from_outside = entry(&[&arn], None);
        let from_inside = entry(&["g"], None);
        let role = member(role_of(OTHER), Some(OTHER), &["us-east-1"]);
        let pairs = [(&from_outside, &own()), (&from_inside, &role)];
        for order in [[pairs[0], pairs[1]], [pairs[1], pairs[0]]] {
            let plan = planned(&order);
            let planned = &plan[&scope(Some(OTHER), "us-east-1")];
            assert_eq!(planned.credentials, role_of(OTHER));
            assert!(!planned.cross_account);
            assert_eq!(planned.selection.functions.len(), 2);
        }
    }

    #[test]
    fn of_two_that_are_as_good_the_first_stays() {
        let entry = entry(&["f"], None);
        let ambient = member(Credentials::Ambient, Some(OTHER), &["us-east-1"]);
        let role = member(role_of(OTHER), Some(OTHER), &["us-east-1"]);
        let plan = planned(&[(&entry, &ambient), (&entry, &role)]);
        assert_eq!(
            plan[&scope(Some(OTHER), "us-east-1")].credentials,
            Credentials::Ambient
        );
    }

    #[test]
    fn where_nothing_is_wanted_there_is_no_scope() {
        assert!(planned(&[(&entry(&[], None), &own())]).is_empty());
    }
}
