//! The key `regions`, and the flag for it: where an entry's functions are.

use std::str::FromStr;

use crate::domain::{InvalidRegion, Region, Regions};

/// The word for [`Regions::All`].
const ALL: &str = "all";

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

/// What the choices mean together, or why they mean nothing.
pub(super) fn from_choices(choices: &[Choice]) -> Result<Regions, &'static str> {
    let mut named: Vec<Region> = Vec::new();
    for choice in choices {
        match choice {
            Choice::One(region) if !named.contains(region) => named.push(region.clone()),
            Choice::One(_) | Choice::All => {}
        }
    }
    match (choices.contains(&Choice::All), named.is_empty()) {
        (true, true) => Ok(Regions::All),
        (true, false) => Err("`all` is every region already: give it alone, or name the regions"),
        (false, true) => Ok(Regions::Default),
        (false, false) => Ok(Regions::Named(named)),
    }
}
