//! An AWS region code.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

use regex_lite::Regex;

/// Lambda's own pattern for regions, in its service model: commercial, `GovCloud`, isolated and
/// European sovereign ones.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]$")
        .expect("the pattern is a constant that the tests compile")
});

/// An AWS region, such as `us-east-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

/// A text that is not a region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("region `{0}` is not of the form us-east-1")]
pub struct InvalidRegion(pub String);

impl Region {
    /// The region code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if PATTERN.is_match(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRegion(text.to_owned()))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_region_parses() {
        for region in [
            "us-east-1",
            "ap-southeast-4",
            "us-gov-west-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "cn-north-1",
            "eusc-de-east-1",
        ] {
            assert_eq!(region.parse::<Region>().unwrap().as_str(), region);
        }
    }

    #[test]
    fn other_texts_do_not() {
        for wrong in [
            "",
            "us-east",
            "useast1",
            "us-east-1a",
            "US-EAST-1",
            "us-east-10",
            "all",
        ] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }
}
