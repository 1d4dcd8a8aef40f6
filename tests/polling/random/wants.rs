//! What the configuration wants of one scope, and so what is owed to whoever reads the metrics.

use std::collections::{BTreeMap, BTreeSet};

use lambda_async_exporter::domain::{Discovery, Operation, Tags};

use super::truth::Truth;
use crate::aws::LATEST;

pub(super) const TAG: &str = "team";

/// A filter on the functions that AWS lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) prefix: Option<&'static str>,
    pub(super) not_suffix: Option<&'static str>,
    /// The tag's values; none of them: any value.
    pub(super) teams: Option<Vec<&'static str>>,
    pub(super) aliases: bool,
}

/// How a function is named.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// With `*`.
    pub(super) every: bool,
    pub(super) qualifiers: BTreeSet<String>,
    /// Whether it is named without its account.
    pub(super) needs_identity: bool,
}

/// What the configuration wants of one scope.
#[derive(Debug, Clone, Default)]
pub(super) struct Wants {
    pub(super) named: BTreeMap<String, Named>,
    /// Each with whether the account is known only by the ambient credentials.
    pub(super) filters: Vec<(Filter, bool)>,
}

impl Filter {
    pub(super) fn discovery(&self) -> Discovery {
        let tags = self.teams.iter().map(|teams| {
            let values = teams.iter().map(|&team| team.to_owned()).collect();
            (TAG.to_owned(), values)
        });
        let include = self.prefix.map(|prefix| format!("^{prefix}"));
        let exclude = self.not_suffix.map(|suffix| format!("{suffix}$"));
        Discovery {
            include: include.iter().map(|text| text.parse().unwrap()).collect(),
            exclude: exclude.iter().map(|text| text.parse().unwrap()).collect(),
            tags: tags.collect(),
            aliases: self.aliases,
        }
    }

    fn admits_name(&self, name: &str) -> bool {
        self.prefix.is_none_or(|prefix| name.starts_with(prefix))
            && !self.not_suffix.is_some_and(|suffix| name.ends_with(suffix))
    }

    fn admits(&self, name: &str, tags: &Tags) -> bool {
        let admits_tags = self.teams.as_ref().is_none_or(|teams| {
            tags.get(TAG)
                .is_some_and(|team| teams.is_empty() || teams.contains(&team.as_str()))
        });
        self.admits_name(name) && admits_tags
    }
}

impl Wants {
    fn filters_for(&self, name: &str) -> impl Iterator<Item = &(Filter, bool)> {
        self.filters
            .iter()
            .filter(move |(filter, _)| filter.admits_name(name))
    }

    /// Whether a listing may tell that the function is wanted.
    pub(super) fn may_be_discovered(&self, name: &str) -> bool {
        self.filters_for(name).next().is_some()
    }

    pub(super) fn needs_identity(&self, name: &str) -> bool {
        self.named
            .get(name)
            .is_some_and(|named| named.needs_identity)
            || self.filters_for(name).any(|(_, needs)| *needs)
    }

    /// Whether a filter wants the function; one that does not exist nobody wants.
    pub(super) fn discovers(&self, name: &str, truth: &Truth) -> bool {
        truth.function.is_some() && self.admits(name, &truth.tags)
    }

    /// Whether a filter wants a function of this name with these tags.
    pub(super) fn admits(&self, name: &str, tags: &Tags) -> bool {
        let mut filters = self.filters.iter();
        filters.any(|(filter, _)| filter.admits(name, tags))
    }

    /// Whether a filter wants the function's aliases.
    pub(super) fn aliases(&self, name: &str, tags: &Tags) -> bool {
        let mut filters = self.filters.iter();
        filters.any(|(filter, _)| filter.aliases && filter.admits(name, tags))
    }

    pub(super) fn filters_by_tags(&self) -> bool {
        self.filters
            .iter()
            .any(|(filter, _)| filter.teams.is_some())
    }

    /// Whether this qualifier is shown even if nothing can be read.
    pub(super) fn names(&self, name: &str, qualifier: &str) -> bool {
        self.named.get(name).is_some_and(|named| {
            named.qualifiers.contains(qualifier) || (named.every && qualifier == LATEST)
        })
    }

    /// Whether the settings of this qualifier are to be published without the help of a listing.
    pub(super) fn owes_named(&self, name: &str, qualifier: &str, truth: &Truth) -> bool {
        let (Some(function), Some(named)) = (&truth.function, self.named.get(name)) else {
            return false;
        };
        if named.qualifiers.contains(qualifier) {
            return function.has(qualifier);
        }
        named.every && self.owes_configured(name, qualifier, truth)
    }

    /// Whether the settings of this qualifier are to be published.
    pub(super) fn owes(&self, name: &str, qualifier: &str, truth: &Truth) -> bool {
        if self.owes_named(name, qualifier, truth) {
            return true;
        }
        let named = self.named.get(name);
        let is_named = named.is_some_and(|named| named.qualifiers.contains(qualifier));
        let is_alias = || {
            let function = truth.function.as_ref();
            self.aliases(name, &truth.tags)
                && function.is_some_and(|function| function.aliases.contains_key(qualifier))
        };
        !is_named
            && self.discovers(name, truth)
            && (is_alias() || self.owes_configured(name, qualifier, truth))
    }

    /// Whether this is `$LATEST` or has a config, and not one that a deleted alias may have left: who
    /// asks for aliases knows these.
    fn owes_configured(&self, name: &str, qualifier: &str, truth: &Truth) -> bool {
        truth.function.as_ref().is_some_and(|function| {
            let is_orphan = !function.has(qualifier);
            let is_told_apart = is_orphan && self.may_ask_for_aliases(name);
            qualifier == LATEST || (function.configs.contains_key(qualifier) && !is_told_apart)
        })
    }

    /// Whether aliases are ever asked for, so that an orphan's config may be known as one.
    pub(super) fn may_ask_for_aliases(&self, name: &str) -> bool {
        self.filters_for(name).any(|(filter, _)| filter.aliases)
    }

    /// Whether a filter that needs no tags asks for its aliases, whatever happens.
    pub(super) fn always_asks_for_aliases(&self, name: &str) -> bool {
        self.filters_for(name).any(|(filter, needs_identity)| {
            filter.aliases && filter.teams.is_none() && !needs_identity
        })
    }

    /// Whether a filter judges the function by its tags.
    pub(super) fn is_judged_by_tags(&self, name: &str) -> bool {
        self.filters_for(name)
            .any(|(filter, _)| filter.teams.is_some())
    }

    /// Whether reading the function may take this operation.
    pub(super) fn reads_with(&self, name: &str, operation: Operation) -> bool {
        let is_named = self.named.contains_key(name);
        let every = self.named.get(name).is_some_and(|named| named.every);
        match operation {
            Operation::GetFunctionEventInvokeConfig => is_named,
            // Of a function that is listed, where it lost something or is new.
            Operation::GetFunctionConfiguration => is_named || self.may_be_discovered(name),
            Operation::ListFunctionEventInvokeConfigs => every || self.may_be_discovered(name),
            Operation::ListAliases => self.may_ask_for_aliases(name),
            _ => false,
        }
    }
}
