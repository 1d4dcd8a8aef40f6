//! The section `organization` of an entry: which accounts of an organisation are watched.

use std::{str::FromStr, sync::LazyLock};

use regex_lite::Regex;

use super::{entry::Entry, fields::Fields, keys::Section, problem::Problem, role::Assumption};
use crate::domain::{AccountFilter, Credentials, Organization, RoleName};

/// The keys of the section.
pub(super) const SECTION: Section = Section {
    keys: &["role_name", "include", "exclude"],
};

/// The keys of `include` and of `exclude`.
pub(super) const FILTER: Section = Section {
    keys: &["account_ids", "account_names", "organizational_units"],
};

/// AWS's own patterns for the ids of organizational units and roots (`AWS Organizations API
/// Reference`, `OrganizationalUnit` and `Root`).
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$")
        .expect("the pattern is a constant that the tests compile")
});

/// Reads the section; there is none without the name of the role.
pub(super) fn read(
    entry: &Entry,
    credentials: Credentials,
    assumption: Assumption,
    problems: &mut Vec<Problem>,
) -> Option<Organization> {
    let fields = entry.fields(&SECTION, problems)?;
    if fields.get("role_name").is_none() {
        problems.push(entry.problem(
            "`role_name` is missing: give the name of the role to assume in each account",
        ));
    }
    let role_name = fields.read("role_name", problems, role_name);
    let include = filter(&fields, "include", problems);
    let exclude = filter(&fields, "exclude", problems);
    Some(Organization {
        credentials,
        role_name: role_name?,
        external_id: assumption.external_id,
        session_name: assumption.session_name,
        include,
        exclude,
    })
}

/// An ARN would be a name by its characters.
fn role_name(entry: &Entry) -> Result<RoleName, Problem> {
    let text = entry.text()?;
    if text.starts_with("arn:") {
        return Err(entry.problem(format!(
            "`{text}` is an ARN: give only what stands after `:role/`, the same in each account"
        )));
    }
    if text.starts_with('/') {
        return Err(entry.problem(format!("`{text}` starts with `/`: leave the first `/` out")));
    }
    entry.parsed()
}

fn filter(fields: &Fields, key: &str, problems: &mut Vec<Problem>) -> AccountFilter {
    let fields = fields.section(key, &FILTER, problems);
    let ids = fields.list("account_ids", "['111122223333']", problems);
    let names = fields.list("account_names", "['^prod-']", problems);
    let units = fields.list::<Unit>("organizational_units", "[ou-ab12-34cdefgh]", problems);
    AccountFilter {
        account_ids: ids.into_iter().collect(),
        account_names: names,
        organizational_units: units.into_iter().map(|unit| unit.0).collect(),
    }
}

/// The id of an organizational unit or root.
struct Unit(String);

impl FromStr for Unit {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if UNIT.is_match(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidUnit(text.to_owned()))
        }
    }
}

/// A text that is not such an id.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not the id of an organizational unit or root; \
     those are of the form ou-ab12-34cdefgh or r-ab12"
)]
struct InvalidUnit(String);
