//! The name of a Lambda function.

use std::{fmt, str::FromStr, sync::Arc};

/// The longest name that AWS accepts, in characters (API reference, `FunctionName`).
const MAX_LENGTH: usize = 64;

/// The bare name of a function: letters, digits, `-`, `_` and `.`, 64 characters at most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName(Arc<str>);

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

impl FunctionName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
        if name.len() > MAX_LENGTH {
            return Err(InvalidFunctionName::TooLong {
                name: name.to_owned(),
                length: name.len(),
            });
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_aws() {
        let longest = "a".repeat(64);
        assert_eq!(longest.parse::<FunctionName>().unwrap().as_str(), longest);
        assert_eq!(
            "a".repeat(65).parse::<FunctionName>(),
            Err(InvalidFunctionName::TooLong {
                name: "a".repeat(65),
                length: 65
            })
        );
        assert_eq!("".parse::<FunctionName>(), Err(InvalidFunctionName::Empty));
        assert_eq!(
            "my function"
                .parse::<FunctionName>()
                .unwrap_err()
                .to_string(),
            "function name `my function` has the character ' '; \
             AWS accepts letters, digits, `-`, `_` and `.`"
        );
    }
}
