//! Which targets are to be read, each once however often and in however many ways it was named.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccountId, FunctionName, FunctionReference, Qualifier, Region, ScopeId, Selector};

/// The qualifiers of one function that are watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qualifiers {
    /// `*`: every qualifier that has a config, and always `$LATEST`.
    pub every: bool,
    /// Those named one by one. They are published whether they have a config or not.
    pub named: BTreeSet<Qualifier>,
}

impl Qualifiers {
    /// The targets that are published even if AWS never answers: those named, and `$LATEST` for `*`.
    #[must_use]
    pub fn always(&self) -> BTreeSet<Qualifier> {
        let mut always = self.named.clone();
        if self.every {
            always.insert(Qualifier::latest());
        }
        always
    }
}

/// The functions of one scope and their watched qualifiers.
pub type Watched = BTreeMap<FunctionName, Qualifiers>;

/// Everything that is to be read, by the scope it lies in.
///
/// References without an account belong to the account of the credentials, which is known only once
/// AWS has told it; until then they stand under a scope without an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchList {
    by_scope: BTreeMap<ScopeId, Watched>,
}

impl WatchList {
    /// Adds a reference: to its own region, or else to each of the given ones.
    pub fn add(&mut self, reference: &FunctionReference, regions: &[Region]) {
        let own = reference.region().map(std::slice::from_ref);
        for region in own.unwrap_or(regions) {
            let scope = ScopeId {
                account: reference.account(),
                region: region.clone(),
            };
            let functions = self.by_scope.entry(scope).or_default();
            let qualifiers = functions.entry(reference.name().clone()).or_default();
            match reference.selector() {
                Selector::Unqualified => {
                    qualifiers.named.insert(Qualifier::latest());
                }
                Selector::Qualifier(qualifier) => {
                    qualifiers.named.insert(qualifier.clone());
                }
                Selector::Every => qualifiers.every = true,
            }
        }
    }

    /// The region of the first function.
    #[must_use]
    pub fn first_region(&self) -> Option<&Region> {
        self.by_scope.keys().next().map(|scope| &scope.region)
    }

    /// The list with the credentials' account put in, where it is known.
    ///
    /// This is where a function named by name and by ARN becomes one target.
    #[must_use]
    pub fn scopes(&self, own: Option<AccountId>) -> BTreeMap<ScopeId, Watched> {
        let mut scopes: BTreeMap<ScopeId, Watched> = BTreeMap::new();
        for (scope, functions) in &self.by_scope {
            let scope = ScopeId {
                account: scope.account.or(own),
                region: scope.region.clone(),
            };
            let merged = scopes.entry(scope).or_default();
            for (name, qualifiers) in functions {
                let entry = merged.entry(name.clone()).or_default();
                entry.every |= qualifiers.every;
                entry.named.extend(qualifiers.named.iter().cloned());
            }
        }
        scopes
    }

    /// How many functions are watched, as far as that is known before AWS has answered.
    #[must_use]
    pub fn functions(&self) -> usize {
        self.by_scope.values().map(BTreeMap::len).sum()
    }

    /// The scopes as they were named, for a person to read.
    #[must_use]
    pub fn describe_scopes(&self) -> String {
        let scopes: Vec<String> = self
            .by_scope
            .keys()
            .map(|scope| match scope.account {
                Some(account) => format!("{account}/{}", scope.region),
                None => scope.region.to_string(),
            })
            .collect();
        scopes.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(references: &[&str], regions: &[&str]) -> WatchList {
        let regions: Vec<Region> = regions
            .iter()
            .map(|region| region.parse().unwrap())
            .collect();
        let mut list = WatchList::default();
        for reference in references {
            list.add(&reference.parse().unwrap(), &regions);
        }
        list
    }

    #[test]
    fn one_target_however_it_is_named() {
        let list = list(
            &[
                "f",
                "f:$LATEST",
                "123456789012:function:f",
                "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
                "f",
            ],
            &["us-east-1", "us-east-1"],
        );
        let scopes = list.scopes(Some("123456789012".parse().unwrap()));
        assert_eq!(scopes.len(), 1);
        let (scope, watched) = scopes.first_key_value().unwrap();
        assert_eq!(scope.to_string(), "123456789012/us-east-1");
        let qualifiers = &watched[&"f".parse().unwrap()];
        assert_eq!(qualifiers.named, BTreeSet::from([Qualifier::latest()]));
        assert!(!qualifiers.every);
    }

    #[test]
    fn an_arn_has_its_own_region_and_a_name_all_regions() {
        let list = list(
            &["f", "arn:aws:lambda:eu-west-1:123456789012:function:g:*"],
            &["us-east-1", "us-west-2"],
        );
        let scopes: Vec<String> = list.scopes(None).keys().map(ToString::to_string).collect();
        assert_eq!(
            scopes,
            [
                "(account not known)/us-east-1",
                "(account not known)/us-west-2",
                "123456789012/eu-west-1"
            ]
        );
        assert_eq!(list.first_region().unwrap().as_str(), "us-east-1");
        assert_eq!(list.functions(), 3);
    }

    #[test]
    fn every_always_has_latest() {
        let list = list(&["f:*", "f:BLUE"], &["us-east-1"]);
        let scopes = list.scopes(None);
        let qualifiers = &scopes.values().next().unwrap()[&"f".parse().unwrap()];
        let always: Vec<String> = qualifiers
            .always()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(always, ["$LATEST", "BLUE"]);
    }
}
