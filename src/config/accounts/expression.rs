//! Regular expressions of filters, other than those that by a slip match every name.

use std::str::FromStr;

use super::super::{mapping::Mapping, problem::Problem};
use crate::domain::{InvalidPattern, Pattern};

/// A regular expression as a filter has it.
pub(super) struct Expression(Pattern);

/// Why a text is not one.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidExpression {
    /// What a template writes for a value that is not set.
    #[error("an empty regular expression matches every name: leave it out, or write what is meant")]
    Empty,
    /// What a template writes for a list that lacks an element.
    #[error(
        "`{0}` matches every name, because nothing stands on one side of a `|`: leave that `|` out"
    )]
    EmptyAlternative(String),
    /// It cannot be compiled.
    #[error(transparent)]
    Pattern(#[from] InvalidPattern),
}

impl Expression {
    /// The expressions of a key; none where it is absent.
    pub(super) fn list(
        mapping: &Mapping,
        key: &str,
        example: &str,
        problems: &mut Vec<Problem>,
    ) -> Vec<Pattern> {
        let listed = mapping.list::<Self>(key, example, problems);
        listed.into_iter().map(|Self(pattern)| pattern).collect()
    }
}

impl FromStr for Expression {
    type Err = InvalidExpression;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(InvalidExpression::Empty);
        }
        let pattern = text.parse()?;
        if has_empty_alternative(text) {
            return Err(InvalidExpression::EmptyAlternative(text.to_owned()));
        }
        Ok(Self(pattern))
    }
}

/// Whether nothing stands before the first `|`, after the last one or between two.
fn has_empty_alternative(text: &str) -> bool {
    // An escaped `|` is a character like others.
    let text = text.replace(r"\\", "").replace(r"\|", "");
    text.starts_with('|') || text.ends_with('|') || text.contains("||")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternative_of_nothing_is_a_slip() {
        for (text, is_good) in [
            ("a|b", true),
            ("(a|)b", true),
            (r"a\|", true),
            (r"a\\|", false),
            ("", false),
            ("|", false),
            ("a|", false),
            ("|a", false),
            ("a||b", false),
            ("(", false),
        ] {
            assert_eq!(text.parse::<Expression>().is_ok(), is_good, "{text}");
        }
    }
}
