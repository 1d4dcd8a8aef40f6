//! The role of an entry, and how it and the roles in an organisation's accounts are assumed.

use std::sync::Arc;

use super::{entry::Entry, fields::Fields, problem::Problem};
use crate::domain::{Credentials, Role, RoleArn};

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

/// A text as STS accepts it: 2 characters or more, ASCII letters, digits and some signs.
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
    pub(super) fn read(fields: &Fields, problems: &mut Vec<Problem>) -> Self {
        let external_id = fields.read("external_id", problems, |entry| EXTERNAL_ID.read(entry));
        let session_name = fields.read("session_name", problems, |entry| SESSION_NAME.read(entry));
        if fields.get("role_arn").is_none() && fields.named("organization").is_none() {
            let given = ["external_id", "session_name"].map(|key| fields.get(key));
            problems.extend(given.into_iter().flatten().map(|entry| {
                entry.problem(
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
    pub(super) fn credentials(&self, fields: &Fields, problems: &mut Vec<Problem>) -> Credentials {
        let arn = fields.read("role_arn", problems, Entry::parsed::<RoleArn>);
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
    /// The text is not repeated: an external id is nobody else's business.
    fn read(&self, entry: &Entry) -> Result<Arc<str>, Problem> {
        let Self {
            what,
            longest,
            signs,
        } = self;
        let text = entry.text()?;
        let accepted = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
        if (2..=*longest).contains(&text.len()) && text.chars().all(accepted) {
            Ok(text.into())
        } else {
            Err(entry.problem(format!(
                "not {what}: AWS accepts 2 to {longest} letters, digits and `{signs}`"
            )))
        }
    }
}
