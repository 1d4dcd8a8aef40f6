//! The key `regions`, and the flag for it: where an entry's functions are.

use std::str::FromStr;

use crate::domain::{InvalidRegion, Region};

/// The word for [`Regions::All`].
const ALL: &str = "all";

/// Where to look for functions, other than those whose ARN says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// In the SDK's region.
    Default,
    /// In every region that is enabled in the account.
    All,
    /// In these: at least one, each once, in the order in which they were given.
    Named(Vec<Region>),
}

/// One of the texts that were given.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Choice {
    All,
    One(Region),
}

impl FromStr for Choice {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            ALL => Ok(Self::All),
            text => text.parse().map(Self::One),
        }
    }
}

impl Regions {
    /// What the choices mean together, or why they mean nothing.
    pub(super) fn from_choices(choices: &[Choice]) -> Result<Self, &'static str> {
        let mut named: Vec<Region> = Vec::new();
        for choice in choices {
            match choice {
                Choice::One(region) if !named.contains(region) => named.push(region.clone()),
                Choice::One(_) | Choice::All => {}
            }
        }
        match (choices.contains(&Choice::All), named.is_empty()) {
            (true, true) => Ok(Self::All),
            (true, false) => {
                Err("`all` is every region already: give it alone, or name the regions")
            }
            (false, true) => Ok(Self::Default),
            (false, false) => Ok(Self::Named(named)),
        }
    }
}
