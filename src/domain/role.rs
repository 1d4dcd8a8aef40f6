//! IAM roles, and whose credentials a call is made with.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

use regex_lite::Regex;

use super::{
    AccountId,
    names::{prints_as_str, string_type},
};

/// A role's ARN: a path may stand before the name of up to 64 characters (IAM API reference,
/// `CreateRole`).
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^arn:(aws[a-zA-Z-]*):iam::([0-9]{12}):role/((?:[A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64})$")
        .expect("the pattern is a constant that the tests compile")
});

/// The name of a role with its path, as it stands at the end of its ARN.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}$")
        .expect("the pattern is a constant that the tests compile")
});

/// The ARN of an IAM role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleArn {
    partition: Arc<str>,
    account: AccountId,
    name: RoleName,
}

string_type! {
    /// The name of a role, with the path before it if it has one.
    pub struct RoleName;
}

/// A text that is not the ARN of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of a role; that has the form arn:aws:iam::ACCOUNT:role/NAME")]
pub struct InvalidRoleArn(pub String);

/// A text that is not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the name of a role; that has 64 characters at most, letters, digits and `+=,.@_-`, \
     perhaps with a path before it, such as path/name"
)]
pub struct InvalidRoleName(pub String);

/// A role to assume, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role {
    /// Which one.
    pub arn: RoleArn,
    /// The external id that the role's trust policy asks for, if it does.
    pub external_id: Option<Arc<str>>,
    /// Under which name the session shows in the account's `CloudTrail`.
    pub session_name: Arc<str>,
    /// Who assumes it.
    pub assumed_with: Credentials,
}

/// Whose credentials a call is made with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credentials {
    /// Those that the SDK's default chain finds.
    Ambient,
    /// Those of an assumed role.
    Role(Arc<Role>),
}

impl RoleArn {
    /// The role of this name in an account.
    #[must_use]
    pub fn new(partition: &str, account: AccountId, name: RoleName) -> Self {
        Self {
            partition: partition.into(),
            account,
            name,
        }
    }

    /// The account that the role belongs to, and so what is read with it.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The partition, `aws` for commercial regions.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }
}

impl Credentials {
    /// The account of an assumed role; AWS has to be asked for that of the ambient credentials.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Ambient => None,
            Self::Role(role) => Some(role.arn.account()),
        }
    }
}

/// Without the external id, which is nobody else's business.
impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role")
            .field("arn", &self.arn)
            .field("session_name", &self.session_name)
            .field("assumed_with", &self.assumed_with)
            .finish_non_exhaustive()
    }
}

impl FromStr for RoleArn {
    type Err = InvalidRoleArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidRoleArn(text.to_owned());
        let parts = PATTERN.captures(text).ok_or_else(invalid)?;
        Ok(Self {
            partition: parts[1].into(),
            account: parts[2].parse().map_err(|_| invalid())?,
            name: RoleName(parts[3].into()),
        })
    }
}

impl FromStr for RoleName {
    type Err = InvalidRoleName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if NAME.is_match(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRoleName(text.to_owned()))
        }
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            account,
            name,
        } = self;
        write!(f, "arn:{partition}:iam::{account}:role/{}", name.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_printed_as_it_was_read() {
        for arn in [
            "arn:aws:iam::111122223333:role/reader",
            "arn:aws-us-gov:iam::000000000001:role/some/path/reader+=,.@_-",
        ] {
            let parsed: RoleArn = arn.parse().unwrap();
            assert_eq!(parsed.to_string(), arn);
        }
    }

    #[test]
    fn other_arns_and_names_are_refused() {
        for arn in [
            "",
            "reader",
            "arn:aws:iam::11112222333:role/reader",
            "arn:aws:iam::111122223333:user/reader",
            "arn:aws:sts::111122223333:assumed-role/reader/session",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/with space",
        ] {
            assert_eq!(
                arn.parse::<RoleArn>(),
                Err(InvalidRoleArn(arn.to_owned())),
                "{arn}"
            );
        }
        for name in [
            "",
            "/",
            "/p/x",
            "a//x",
            "a:b/x",
            "arn:aws:iam::111122223333:role/reader",
        ] {
            assert!(name.parse::<RoleName>().is_err(), "{name}");
        }
    }
}
