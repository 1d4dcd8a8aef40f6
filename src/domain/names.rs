//! The names that AWS gives things: account ids, regions, functions and their qualifiers. Each is checked once,
//! where it comes in; after that it can be trusted to be what AWS accepts.

use std::{
    str::FromStr,
    sync::{Arc, LazyLock},
};

use regex_lite::Regex;

/// Makes a type print as the string that it is, without quotes also in `Debug`.
macro_rules! prints_as_str {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Declares a type for strings that are shared and never change.
macro_rules! string_type {
    ($(#[$attribute:meta])* pub struct $name:ident;) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::std::sync::Arc<str>);

        impl $name {
            /// The string.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        prints_as_str!($name);
    };
}

pub(super) use {prints_as_str, string_type};

/// An AWS account id: exactly twelve digits, leading zeros included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

/// A text that is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id `{0}` is not twelve digits")]
pub struct InvalidAccountId(pub String);

impl AccountId {
    /// The id as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The only way in is `from_str`, which lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        <[u8; 12]>::try_from(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.iter().all(u8::is_ascii_digit))
            .map(Self)
            .ok_or_else(|| InvalidAccountId(text.to_owned()))
    }
}

prints_as_str!(AccountId);

/// Lambda's own pattern for regions, in its service model: commercial, `GovCloud`, isolated and
/// European sovereign ones.
static REGION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]$")
        .expect("the pattern is a constant that the tests compile")
});

string_type! {
    /// An AWS region, such as `us-east-1`.
    pub struct Region;
}

/// A text that is not a region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("region `{0}` is not of the form us-east-1")]
pub struct InvalidRegion(pub String);

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if REGION.is_match(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRegion(text.to_owned()))
        }
    }
}

/// The longest name that AWS accepts, in characters (API reference, `FunctionName`).
const MAX_FUNCTION_NAME: usize = 64;

string_type! {
    /// The bare name of a function: letters, digits, `-`, `_` and `.`, 64 characters at most.
    pub struct FunctionName;
}

/// Why a text is not a function's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFunctionName {
    /// Nothing was given.
    #[error("the function name is empty")]
    Empty,
    /// Longer than AWS accepts.
    #[error("function name `{name}` has {length} characters; AWS accepts 64 at most")]
    TooLong {
        /// The name as given.
        name: String,
        /// Its length in characters.
        length: usize,
    },
    /// A character that AWS does not accept.
    #[error(
        "function name `{name}` has the character {character:?}; \
         AWS accepts letters, digits, `-`, `_` and `.`"
    )]
    Character {
        /// The name as given.
        name: String,
        /// The first character that is wrong.
        character: char,
    },
}

impl FromStr for FunctionName {
    type Err = InvalidFunctionName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() {
            return Err(InvalidFunctionName::Empty);
        }
        if let Some(character) = name.chars().find(|&c| !accepted(c)) {
            return Err(InvalidFunctionName::Character {
                name: name.to_owned(),
                character,
            });
        }
        if name.len() > MAX_FUNCTION_NAME {
            return Err(InvalidFunctionName::TooLong {
                name: name.to_owned(),
                length: name.len(),
            });
        }
        Ok(Self(name.into()))
    }
}

/// The longest qualifier that AWS accepts, in characters.
const MAX_QUALIFIER: usize = 128;

string_type! {
    /// A version number, an alias, or `$LATEST`: each has an event invoke config of its own.
    ///
    /// `$LATEST`, the unqualified function, sorts before all others.
    pub struct Qualifier;
}

/// Why a text is not a qualifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQualifier {
    /// Nothing after the colon.
    #[error("the qualifier after the last `:` is empty")]
    Empty,
    /// Longer than AWS accepts.
    #[error("qualifier `{qualifier}` has {length} characters; AWS accepts 128 at most")]
    TooLong {
        /// The qualifier as given.
        qualifier: String,
        /// Its length in characters.
        length: usize,
    },
    /// A character that AWS does not accept.
    #[error(
        "qualifier `{qualifier}` has the character {character:?}; \
         AWS accepts a version number, an alias of letters, digits, `-` and `_`, or `$LATEST`"
    )]
    Character {
        /// The qualifier as given.
        qualifier: String,
        /// The first character that is wrong.
        character: char,
    },
}

impl Qualifier {
    /// The qualifier of an unqualified function.
    pub const LATEST: &'static str = "$LATEST";

    /// `$LATEST`, the unqualified function.
    #[must_use]
    pub fn latest() -> Self {
        /// Nearly every function is read with it.
        static LATEST: LazyLock<Arc<str>> = LazyLock::new(|| Qualifier::LATEST.into());
        Self(Arc::clone(&LATEST))
    }

    /// Whether this is the unqualified function.
    #[must_use]
    pub fn is_latest(&self) -> bool {
        &*self.0 == Self::LATEST
    }

    /// Whether this is a published version.
    #[must_use]
    pub fn is_version(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether this is an alias: versions are numbers, and an alias never is one (Lambda API reference,
    /// `CreateAlias`).
    #[must_use]
    pub fn is_alias(&self) -> bool {
        !self.0.starts_with('$') && !self.is_version()
    }
}

impl FromStr for Qualifier {
    type Err = InvalidQualifier;

    /// Lambda's own pattern: `\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$');
        if text.is_empty() {
            return Err(InvalidQualifier::Empty);
        }
        if text == Self::LATEST {
            return Ok(Self::latest());
        }
        if text != "$LATEST.PUBLISHED"
            && let Some(character) = text.chars().find(|&c| !accepted(c))
        {
            return Err(InvalidQualifier::Character {
                qualifier: text.to_owned(),
                character,
            });
        }
        if text.len() > MAX_QUALIFIER {
            return Err(InvalidQualifier::TooLong {
                qualifier: text.to_owned(),
                length: text.len(),
            });
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests;
