//! A regular expression that a person wrote.

use std::{fmt, str::FromStr};

use regex_lite::Regex;

/// A regular expression, compared by its text. It matches anywhere unless it is anchored.
#[derive(Clone)]
pub struct Pattern(Regex);

/// A text that is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a regular expression: {reason}")]
pub struct InvalidPattern {
    /// The text as given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Pattern {
    /// Whether it matches somewhere in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(pattern: &str) -> Result<Self, Self::Err> {
        Regex::new(pattern)
            .map(Self)
            .map_err(|error| InvalidPattern {
                pattern: pattern.to_owned(),
                reason: error.to_string(),
            })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}
