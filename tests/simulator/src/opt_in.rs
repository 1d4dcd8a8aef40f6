//! Which regions an account has enabled.

use std::collections::{BTreeMap, HashMap};

/// The commercial regions that every account has, and that nobody can disable.
const BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The commercial regions that are disabled until an account enables them: those since March 2019.
const ON_DEMAND: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// A region's standing in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptIn {
    ByDefault,
    Enabled,
    Disabled,
}

/// What accounts chose.
#[derive(Default)]
pub(crate) struct OptIns(HashMap<String, BTreeMap<String, OptIn>>);

impl OptIns {
    pub(crate) fn choose(&mut self, account: &str, region: &str, opt_in: OptIn) {
        let chosen = self.0.entry(account.to_owned()).or_default();
        chosen.insert(region.to_owned(), opt_in);
    }

    /// A region that is in neither table is enabled, unless the account disabled it.
    pub(crate) fn is_disabled(&self, account: &str, region: &str) -> bool {
        let chosen = self.0.get(account).and_then(|chosen| chosen.get(region));
        chosen.map_or_else(
            || ON_DEMAND.contains(&region),
            |chosen| *chosen == OptIn::Disabled,
        )
    }

    /// Every region of an account that is in a table, or that the account chose about.
    pub(crate) fn of<'a>(&'a self, account: &str) -> BTreeMap<&'a str, OptIn> {
        let on_demand = ON_DEMAND.map(|region| (region, OptIn::Disabled));
        let chosen = self.0.get(account).into_iter().flatten();
        let chosen = chosen.map(|(region, opt_in)| (region.as_str(), *opt_in));
        // What comes later wins.
        let by_default = BY_DEFAULT.map(|region| (region, OptIn::ByDefault));
        on_demand
            .into_iter()
            .chain(chosen)
            .chain(by_default)
            .collect()
    }
}

impl OptIn {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ByDefault => "ENABLED_BY_DEFAULT",
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }
}

pub(crate) fn is_by_default(region: &str) -> bool {
    BY_DEFAULT.contains(&region)
}
