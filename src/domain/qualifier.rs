//! What a function name can be qualified with: a version, an alias, or `$LATEST`.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

/// The longest qualifier that AWS accepts, in characters.
const MAX_LENGTH: usize = 128;

/// A version number, an alias, or `$LATEST`: each has an event invoke config of its own.
///
/// `$LATEST`, the unqualified function, sorts before all others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qualifier(Arc<str>);

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

    /// Whether this is an alias: versions are numbers, and an alias never is one (Lambda API reference,
    /// `CreateAlias`).
    #[must_use]
    pub fn is_alias(&self) -> bool {
        !self.0.starts_with('$') && !self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The qualifier as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
        if text.len() > MAX_LENGTH {
            return Err(InvalidQualifier::TooLong {
                qualifier: text.to_owned(),
                length: text.len(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_aliases_and_latest() {
        let longest = "v".repeat(128);
        for text in [
            "1",
            "BLUE",
            "$LATEST",
            "$LATEST.PUBLISHED",
            "a-b_c",
            "0",
            &longest,
        ] {
            assert_eq!(text.parse::<Qualifier>().unwrap().as_str(), text);
        }
        assert!("$LATEST".parse::<Qualifier>().unwrap().is_latest());
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!("".parse::<Qualifier>(), Err(InvalidQualifier::Empty));
        assert!(matches!(
            "v".repeat(129).parse::<Qualifier>(),
            Err(InvalidQualifier::TooLong { length: 129, .. })
        ));
        for wrong in ["a.b", "a b", "*", "$LATEST.published", "é"] {
            assert!(
                matches!(
                    wrong.parse::<Qualifier>(),
                    Err(InvalidQualifier::Character { .. })
                ),
                "{wrong}"
            );
        }
    }

    #[test]
    fn latest_comes_first() {
        let mut all: Vec<Qualifier> = ["BLUE", "1", "$LATEST", "-"]
            .iter()
            .map(|q| q.parse().unwrap())
            .collect();
        all.sort();
        assert!(all[0].is_latest());
    }
}
