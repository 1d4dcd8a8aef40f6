//! Whose functions an entry watches: those of a role's account, or of the accounts of an organisation.

use std::{
    str::FromStr,
    sync::{Arc, LazyLock},
};

use regex_lite::Regex;

use super::super::{
    mapping::{Mapping, Section},
    node::Node,
    problem::Problem,
};
use super::Expression;
use crate::domain::{AccountFilter, Credentials, Organization, Role, RoleArn, RoleName};

/// The keys of `organization`.
pub(in crate::config) const ORGANIZATION: Section = Section {
    keys: &["role_name", "include", "exclude"],
};

/// The keys of `include` and of `exclude`.
pub(in crate::config) const FILTER: Section = Section {
    keys: &["account_ids", "account_names", "organizational_units"],
};

/// AWS's own patterns for the ids of organizational units and roots (`AWS Organizations API
/// Reference`, `OrganizationalUnit` and `Root`).
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$")
        .expect("the pattern is a constant that the tests compile")
});

/// What shows in `CloudTrail` where no name is given.
const DEFAULT_SESSION_NAME: &str = "lambda-async-exporter";

/// What STS accepts (`AssumeRole`, `RoleSessionName`: `[\w+=,.@-]*`, 2 to 64).
const SESSION_NAME: Accepted = Accepted {
    what: "a session name",
    longest: 64,
    signs: "_+=,.@-",
};

/// What STS accepts (`AssumeRole`, `ExternalId`: `[\w+=,.@:\/-]*`, 2 to 1224).
const EXTERNAL_ID: Accepted = Accepted {
    what: "an external id",
    longest: 1224,
    signs: "_+=,.@:/-",
};

/// A string as STS accepts it: 2 characters or more, ASCII letters, digits and some signs.
struct Accepted {
    what: &'static str,
    longest: usize,
    signs: &'static str,
}

/// How every role of an entry is assumed.
pub(super) struct Assumption {
    /// What the roles' trust policies ask for.
    pub(super) external_id: Option<Arc<str>>,
    /// Under which name the sessions show in `CloudTrail`.
    pub(super) session_name: Arc<str>,
}

impl Assumption {
    /// Reads `external_id` and `session_name`, which are nothing without a role.
    pub(super) fn read(mapping: &Mapping, problems: &mut Vec<Problem>) -> Self {
        let external_id = mapping.read("external_id", problems, |node| EXTERNAL_ID.read(node));
        let session_name = mapping.read("session_name", problems, |node| SESSION_NAME.read(node));
        if mapping.get("role_arn").is_none() && mapping.named("organization").is_none() {
            let given = ["external_id", "session_name"].map(|key| mapping.get(key));
            problems.extend(given.into_iter().flatten().map(|node| {
                node.problem(
                    "there is no role to use it with: \
                     give `role_arn` or `organization` beside it, or leave it out",
                )
            }));
        }
        Self {
            external_id,
            session_name: session_name.unwrap_or_else(|| DEFAULT_SESSION_NAME.into()),
        }
    }

    /// Reads `role_arn`; without it the credentials are the ambient ones.
    pub(super) fn credentials(
        &self,
        mapping: &Mapping,
        problems: &mut Vec<Problem>,
    ) -> Credentials {
        let arn = mapping.read("role_arn", problems, Node::parsed::<RoleArn>);
        arn.map_or(Credentials::Ambient, |arn| {
            Credentials::Role(Arc::new(Role {
                arn,
                external_id: self.external_id.clone(),
                session_name: Arc::clone(&self.session_name),
                assumed_with: Credentials::Ambient,
            }))
        })
    }
}

impl Accepted {
    /// The string is not repeated: an external id is nobody else's business.
    fn read(&self, node: &Node) -> Result<Arc<str>, Problem> {
        let Self {
            what,
            longest,
            signs,
        } = self;
        let text = node.string()?;
        let accepted = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
        if (2..=*longest).contains(&text.len()) && text.chars().all(accepted) {
            Ok(text.into())
        } else {
            Err(node.problem(format!(
                "not {what}: AWS accepts 2 to {longest} letters, digits and `{signs}`"
            )))
        }
    }
}

/// Reads `organization`; there is none without the name of the role.
pub(super) fn organization(
    node: &Node,
    credentials: Credentials,
    assumption: Assumption,
    problems: &mut Vec<Problem>,
) -> Option<Organization> {
    let mapping = node.section(&ORGANIZATION, problems)?;
    if mapping.get("role_name").is_none() {
        problems.push(node.problem(
            "`role_name` is missing: give the name of the role to assume in each account",
        ));
    }
    let role_name = mapping.read("role_name", problems, role_name);
    let include = filter(&mapping, "include", problems);
    let exclude = filter(&mapping, "exclude", problems);
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
fn role_name(node: &Node) -> Result<RoleName, Problem> {
    let text = node.string()?;
    if text.starts_with("arn:") {
        return Err(node.problem(format!(
            "`{text}` is an ARN: give only what stands after `:role/`, the same in each account"
        )));
    }
    if text.starts_with('/') {
        return Err(node.problem(format!("`{text}` starts with `/`: leave the first `/` out")));
    }
    node.parsed()
}

fn filter(organization: &Mapping, key: &str, problems: &mut Vec<Problem>) -> AccountFilter {
    let mapping = organization.section(key, &FILTER, problems);
    let ids = mapping.list("account_ids", "['111122223333']", problems);
    let names = Expression::list(&mapping, "account_names", "['^prod-']", problems);
    let units = mapping.list::<Unit>("organizational_units", "[ou-ab12-34cdefgh]", problems);
    let filter = AccountFilter {
        account_ids: ids.into_iter().collect(),
        account_names: names,
        organizational_units: units.into_iter().map(|unit| unit.0).collect(),
    };
    if key == "include" && filter.is_empty() {
        let given = FILTER.keys.iter().filter_map(|key| mapping.get(key));
        problems.extend(given.filter(|node| node.is_empty_list()).map(|node| {
            node.problem(
                "the list is empty: name accounts, or leave `include` out for every account",
            )
        }));
    }
    filter
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

/// A string that is not such an id.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not the id of an organizational unit or root; \
     those are of the form ou-ab12-34cdefgh or r-ab12"
)]
struct InvalidUnit(String);
