//! The function that a request is about: a name, partial ARN or ARN, with a qualifier in it or beside it.

use crate::aws_error::AwsError;
use crate::caller::is_account;
use crate::function::LATEST;
use crate::scope::Scope;

/// A function in its scope, with the qualifier that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

const NAME_PATTERN: &str = r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str =
    r"Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
const CONFLICT: &str =
    "The derived qualifier from the function name does not match the specified qualifier.";

impl Target {
    /// Reads a `FunctionName` and a `Qualifier` as sent by a caller in `scope`.
    pub(crate) fn read(
        raw: &str,
        specified: Option<&str>,
        scope: &Scope,
    ) -> Result<Self, AwsError> {
        let (named, name, derived) = split(raw).ok_or_else(|| invalid_name(raw, NAME_PATTERN))?;
        if !is_name(name) || derived.is_some_and(|qualifier| !is_qualifier(qualifier)) {
            return Err(invalid_name(raw, NAME_PATTERN));
        }
        if name.len() > 64 {
            return Err(invalid_name(
                name,
                "Member must have length less than or equal to 64",
            ));
        }
        if let Some(qualifier) = specified.filter(|qualifier| !is_qualifier(qualifier)) {
            return Err(AwsError::validation(
                qualifier,
                "qualifier",
                QUALIFIER_PATTERN,
            ));
        }
        if derived
            .zip(specified)
            .is_some_and(|(derived, specified)| derived != specified)
        {
            return Err(AwsError::invalid_parameter(CONFLICT));
        }
        let scope = Scope {
            account: named.account.unwrap_or(&scope.account).to_owned(),
            region: reachable(named.region, &scope.region)?,
        };
        let qualifier = derived.or(specified).map(str::to_owned);
        Ok(Self {
            scope,
            name: name.to_owned(),
            qualifier,
        })
    }

    /// The qualifier in force.
    pub(crate) fn qualifier(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }

    /// The ARN as asked for: qualified only if a qualifier was given.
    pub(crate) fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => self.scope.qualified_arn(&self.name, qualifier),
            None => self.function_arn(),
        }
    }

    pub(crate) fn function_arn(&self) -> String {
        self.scope.function_arn(&self.name)
    }

    /// The ARN with the qualifier in force, given or not.
    pub(crate) fn qualified_arn(&self) -> String {
        self.scope.qualified_arn(&self.name, self.qualifier())
    }
}

/// What an ARN names beside the function.
#[derive(Default)]
struct Named<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
}

/// Splits a name into its scope, function and qualifier.
fn split(raw: &str) -> Option<(Named<'_>, &str, Option<&str>)> {
    let parts: Vec<&str> = raw.split(':').collect();
    let (named, rest) = match parts.as_slice() {
        [
            "arn",
            partition,
            "lambda",
            region,
            account,
            "function",
            rest @ ..,
        ] => {
            let whole = partition.starts_with("aws") && !region.is_empty() && is_account(account);
            (
                whole.then_some(Named {
                    region: Some(region),
                    account: Some(account),
                })?,
                rest,
            )
        }
        [account, "function", rest @ ..] if is_account(account) => (
            Named {
                region: None,
                account: Some(account),
            },
            rest,
        ),
        rest => (Named::default(), rest),
    };
    match rest {
        [name] => Some((named, name, None)),
        [name, qualifier] => Some((named, name, Some(qualifier))),
        _ => None,
    }
}

/// A region serves its own functions only.
fn reachable(named: Option<&str>, own: &str) -> Result<String, AwsError> {
    match named {
        Some(region) if region != own => Err(AwsError::not_found(format!(
            "Functions from '{region}' are not reachable in this region ('{own}')"
        ))),
        _ => Ok(own.to_owned()),
    }
}

fn invalid_name(value: &str, constraint: &str) -> AwsError {
    AwsError::validation(value, "functionName", constraint)
}

fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(legal)
}

fn is_qualifier(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte);
    let plain = !text.is_empty() && text.len() <= 128 && text.bytes().all(legal);
    plain || text == "$LATEST.PUBLISHED"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str, specified: Option<&str>) -> Result<(String, String), String> {
        Target::read(raw, specified, &Scope::new("111122223333", "us-east-1"))
            .map(|target| (target.arn(), target.qualifier().to_owned()))
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn reads_every_form() {
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:f";
        let other = "arn:aws:lambda:us-east-1:444455556666:function:f:BLUE";
        let cases = [
            ("f", None, arn.to_owned(), "$LATEST"),
            ("f:1", None, format!("{arn}:1"), "1"),
            ("f", Some("$LATEST"), format!("{arn}:$LATEST"), "$LATEST"),
            (
                "111122223333:function:f:BLUE",
                Some("BLUE"),
                format!("{arn}:BLUE"),
                "BLUE",
            ),
            (arn, Some("BLUE"), format!("{arn}:BLUE"), "BLUE"),
            (other, None, other.to_owned(), "BLUE"),
        ];
        for (raw, specified, arn, qualifier) in cases {
            assert_eq!(
                read(raw, specified),
                Ok((arn, qualifier.to_owned())),
                "{raw}"
            );
        }
    }

    #[test]
    fn refuses_what_aws_refuses() {
        let long = "f".repeat(65);
        let elsewhere = "arn:aws:lambda:eu-west-1:111122223333:function:f";
        let cases = [
            ("f:1", Some("2"), "derived qualifier"),
            ("f g", None, "functionName"),
            ("f:1:2", None, "functionName"),
            ("", None, "functionName"),
            (long.as_str(), None, "length"),
            ("f", Some("a b"), "'qualifier'"),
            (elsewhere, None, "not reachable"),
        ];
        for (raw, specified, text) in cases {
            let error = read(raw, specified).expect_err(raw);
            assert!(error.contains(text), "{raw}: {error}");
        }
    }
}
