//! A function as a person names it: by name, partial ARN or ARN, with or without a qualifier.
//!
//! The four forms are those of Lambda's API reference, plus `*` for every qualifier that has an
//! event invoke config. Printing gives back exactly what was parsed; which references mean the same
//! target is decided in [`super::watch`].

use std::{fmt, str::FromStr, sync::LazyLock};

use regex_lite::Regex;

use super::{
    AccountId, FunctionName, InvalidAccountId, InvalidFunctionName, InvalidQualifier,
    InvalidRegion, Qualifier, Region,
};

/// Lambda's own pattern for the partition of an ARN.
static PARTITION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^aws[a-zA-Z-]*$").expect("the pattern is a constant that the tests compile")
});

/// A reference to a function or to some of its qualifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReference {
    location: Location,
    name: FunctionName,
    selector: Selector,
}

/// How much of an ARN stands before the name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Location {
    /// `name`
    Anywhere,
    /// `123456789012:function:name`
    Account(AccountId),
    /// `arn:aws:lambda:us-east-1:123456789012:function:name`
    Arn {
        partition: String,
        region: Region,
        account: AccountId,
    },
}

/// Which qualifiers of the function are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// No qualifier: the function itself, which is `$LATEST`.
    Unqualified,
    /// One version or alias.
    Qualifier(Qualifier),
    /// `*`: every qualifier that has an event invoke config.
    Every,
}

/// Why a text is not a reference to a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFunctionReference {
    /// The name is wrong.
    #[error(transparent)]
    Name(#[from] InvalidFunctionName),
    /// The qualifier is wrong.
    #[error(transparent)]
    Qualifier(#[from] InvalidQualifier),
    /// The account id is wrong.
    #[error(transparent)]
    Account(#[from] InvalidAccountId),
    /// The region is wrong.
    #[error(transparent)]
    Region(#[from] InvalidRegion),
    /// The partition is wrong.
    #[error("partition `{0}` is not of the form aws, aws-cn or aws-us-gov")]
    Partition(String),
    /// An ARN of something else.
    #[error(
        "`{0}` is not the ARN of a Lambda function; \
         that has the form arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"
    )]
    NotAFunctionArn(String),
    /// What AWS takes for a function of an account, though its form is that of a name with a qualifier.
    #[error(
        "`{text}` is function `{name}` of account {account} for AWS: write `{account}:function:{rest}`, \
         or the whole ARN if a function is called `{account}`"
    )]
    AccountWithoutWord {
        /// The text.
        text: String,
        /// The account.
        account: AccountId,
        /// The name that AWS sees.
        name: FunctionName,
        /// The name with the qualifier, if there is one.
        rest: String,
    },
    /// What AWS takes for a name alone, though its form is that of a name with a qualifier.
    #[error(
        "`{text}` is function `{name}` for AWS: write `{rest}`, \
         or the whole ARN if a function is called `function`"
    )]
    WordWithoutAccount {
        /// The text.
        text: String,
        /// The name that AWS sees.
        name: FunctionName,
        /// The name with the qualifier, if there is one.
        rest: String,
    },
    /// Too many colons for any of the forms.
    #[error(
        "`{0}` is none of NAME[:QUALIFIER], ACCOUNT:function:NAME[:QUALIFIER] and \
         arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"
    )]
    Form(String),
}

impl FunctionReference {
    /// Whether it names no qualifier.
    #[must_use]
    pub fn is_unqualified(&self) -> bool {
        self.selector == Selector::Unqualified
    }

    /// The account, where the reference names one.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match &self.location {
            Location::Anywhere => None,
            Location::Account(account) | Location::Arn { account, .. } => Some(*account),
        }
    }

    /// The region, where the reference names one.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match &self.location {
            Location::Arn { region, .. } => Some(region),
            Location::Anywhere | Location::Account(_) => None,
        }
    }

    /// The partition, where the reference names one.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        match &self.location {
            Location::Arn { partition, .. } => Some(partition),
            Location::Anywhere | Location::Account(_) => None,
        }
    }

    /// The bare name of the function.
    #[must_use]
    pub fn name(&self) -> &FunctionName {
        &self.name
    }

    /// Which qualifiers are meant.
    #[must_use]
    pub fn selector(&self) -> &Selector {
        &self.selector
    }
}

impl FromStr for FunctionReference {
    type Err = InvalidFunctionReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        // A name, and perhaps a qualifier.
        let named = |rest: &[&str]| matches!(rest.len(), 1 | 2);
        let (location, rest) = match &parts[..] {
            [
                "arn",
                partition,
                "lambda",
                region,
                account,
                "function",
                rest @ ..,
            ] if named(rest) => (Location::arn(partition, region, account)?, rest),
            ["arn", _, _, ..] => {
                return Err(InvalidFunctionReference::NotAFunctionArn(text.to_owned()));
            }
            [account, "function", rest @ ..] if named(rest) => {
                (Location::Account(account.parse()?), rest)
            }
            [first, rest @ ..] if named(rest) && means_a_name(first, rest) => {
                return Err(InvalidFunctionReference::half_an_arn(text, first, rest));
            }
            rest if named(rest) => (Location::Anywhere, rest),
            _ => return Err(InvalidFunctionReference::Form(text.to_owned())),
        };
        let (name, qualifier) = (rest[0], rest.get(1).copied());
        Ok(Self {
            location,
            name: name.parse()?,
            selector: match qualifier {
                None => Selector::Unqualified,
                Some("*") => Selector::Every,
                Some(qualifier) => Selector::Qualifier(qualifier.parse()?),
            },
        })
    }
}

/// Whether AWS reads what follows an account's id or the word `function` as a function's name, and
/// not as a qualifier (Lambda's service model, `FunctionName`: account and word are each optional).
fn means_a_name(first: &str, rest: &[&str]) -> bool {
    let is_part_of_arn = first == "function" || first.parse::<AccountId>().is_ok();
    is_part_of_arn && rest[0].parse::<FunctionName>().is_ok()
}

impl InvalidFunctionReference {
    fn half_an_arn(text: &str, first: &str, rest: &[&str]) -> Self {
        let text = text.to_owned();
        let name = match rest[0].parse() {
            Ok(name) => name,
            Err(error) => return Self::Name(error),
        };
        let rest = rest.join(":");
        match first.parse() {
            Ok(account) => Self::AccountWithoutWord {
                text,
                account,
                name,
                rest,
            },
            Err(_) => Self::WordWithoutAccount { text, name, rest },
        }
    }
}

impl Location {
    fn arn(partition: &str, region: &str, account: &str) -> Result<Self, InvalidFunctionReference> {
        if !PARTITION.is_match(partition) {
            return Err(InvalidFunctionReference::Partition(partition.to_owned()));
        }
        Ok(Self::Arn {
            partition: partition.to_owned(),
            region: region.parse()?,
            account: account.parse()?,
        })
    }
}

impl fmt::Display for FunctionReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Location::Anywhere => {}
            Location::Account(account) => write!(f, "{account}:function:")?,
            Location::Arn {
                partition,
                region,
                account,
            } => write!(f, "arn:{partition}:lambda:{region}:{account}:function:")?,
        }
        write!(f, "{}", self.name)?;
        match &self.selector {
            Selector::Unqualified => Ok(()),
            Selector::Qualifier(qualifier) => write!(f, ":{qualifier}"),
            Selector::Every => write!(f, ":*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> FunctionReference {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_form_of_the_api_page() {
        let plain = parse("my-function");
        assert_eq!((plain.account(), plain.region()), (None, None));
        assert_eq!(plain.selector(), &Selector::Unqualified);

        let alias = parse("my-function:v1");
        assert_eq!(alias.name().as_str(), "my-function");
        assert_eq!(
            alias.selector(),
            &Selector::Qualifier("v1".parse().unwrap())
        );

        let partial = parse("123456789012:function:my-function");
        assert_eq!(partial.account().unwrap().as_str(), "123456789012");
        assert_eq!(partial.region(), None);

        let arn = parse("arn:aws:lambda:us-west-2:123456789012:function:my-function");
        assert_eq!(arn.account().unwrap().as_str(), "123456789012");
        assert_eq!(arn.region().unwrap().as_str(), "us-west-2");
        assert_eq!(arn.name().as_str(), "my-function");

        assert_eq!(parse("my-function:*").selector(), &Selector::Every);
    }

    #[test]
    fn all_are_printed_back_unchanged() {
        for text in [
            "f",
            "f:$LATEST",
            "f:1",
            "f:*",
            "123456789012:function:f",
            "123456789012:function:f:BLUE",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:42",
            "arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:f:*",
            // A function may be called so.
            "function",
            "function:$LATEST",
            "function:*",
            "123456789012",
            "123456789012:$LATEST",
            "123456789012:function:function",
            "arn:aws",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn mistakes_name_what_is_wrong() {
        for (text, message) in [
            ("", "the function name is empty"),
            ("f:", "the qualifier after the last `:` is empty"),
            (
                "arn:aws:sqs:us-east-1:123456789012:queue",
                "`arn:aws:sqs:us-east-1:123456789012:queue` is not the ARN of a Lambda function; \
                 that has the form arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]",
            ),
            (
                "arn:aws:lambda:us-east-1:12345:function:f",
                "account id `12345` is not twelve digits",
            ),
            (
                "arn:aws:lambda:useast1:123456789012:function:f",
                "region `useast1` is not of the form us-east-1",
            ),
            (
                "arn:azure:lambda:us-east-1:123456789012:function:f",
                "partition `azure` is not of the form aws, aws-cn or aws-us-gov",
            ),
            (
                "123456789012:f",
                "`123456789012:f` is function `f` of account 123456789012 for AWS: \
                 write `123456789012:function:f`, or the whole ARN if a function is called `123456789012`",
            ),
            (
                "123456789012:f:BLUE",
                "`123456789012:f:BLUE` is function `f` of account 123456789012 for AWS: \
                 write `123456789012:function:f:BLUE`, \
                 or the whole ARN if a function is called `123456789012`",
            ),
            (
                "123456789012:function",
                "`123456789012:function` is function `function` of account 123456789012 for AWS: \
                 write `123456789012:function:function`, \
                 or the whole ARN if a function is called `123456789012`",
            ),
            (
                "function:f",
                "`function:f` is function `f` for AWS: write `f`, \
                 or the whole ARN if a function is called `function`",
            ),
            (
                "function:f:*",
                "`function:f:*` is function `f` for AWS: write `f:*`, \
                 or the whole ARN if a function is called `function`",
            ),
            ("function:", "the qualifier after the last `:` is empty"),
            (
                "a:b:c",
                "`a:b:c` is none of NAME[:QUALIFIER], ACCOUNT:function:NAME[:QUALIFIER] and \
                 arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]",
            ),
        ] {
            assert_eq!(
                text.parse::<FunctionReference>().unwrap_err().to_string(),
                message
            );
        }
    }

    fn reference() -> impl Strategy<Value = String> {
        let location = prop_oneof![
            Just(String::new()),
            "[0-9]{12}:function:",
            "arn:aws(-cn|-us-gov|-iso)?:lambda:(us|eu|ap)(-gov|-isob)?-[a-z]{4,9}-[1-9]:[0-9]{12}:function:",
        ];
        let qualifier = prop_oneof![
            Just(String::new()),
            Just(":*".to_owned()),
            Just(":$LATEST".to_owned()),
            ":[a-zA-Z0-9_$-]{1,128}",
        ];
        (location, "[a-zA-Z_.-][a-zA-Z0-9_.-]{0,63}", qualifier)
            .prop_filter("half an ARN", |(location, name, _)| {
                !location.is_empty() || name != "function"
            })
            .prop_map(|(location, name, qualifier)| location + &name + &qualifier)
    }

    proptest! {
        #[test]
        fn printing_undoes_parsing(text in reference()) {
            prop_assert_eq!(parse(&text).to_string(), text);
        }

        #[test]
        fn whatever_parses_prints_back(text in "(arn:|aws|lambda:|:|function:|[0-9]{12}|[a-z$*.-]{0,5}|\\PC){0,12}") {
            if let Ok(reference) = text.parse::<FunctionReference>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
