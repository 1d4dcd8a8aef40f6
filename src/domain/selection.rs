//! What is to be read in one scope, each target once however often and in however many ways it was
//! asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Discovery, FunctionName, Qualifier, Selector};

/// The qualifiers of one function that are watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qualifiers {
    /// `*`: every qualifier that has a config, and always `$LATEST`.
    pub every: bool,
    /// Those named one by one. They are published whether they have a config or not.
    pub named: BTreeSet<Qualifier>,
}

/// What is to be read in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The functions that were named.
    pub functions: BTreeMap<FunctionName, Qualifiers>,
    /// The filters on those that AWS lists; none: AWS is not asked for a list.
    pub discoveries: Vec<Discovery>,
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

    fn extend(&mut self, other: Self) {
        self.every |= other.every;
        self.named.extend(other.named);
    }
}

impl From<&Selector> for Qualifiers {
    fn from(selector: &Selector) -> Self {
        let named = match selector {
            Selector::Unqualified => Some(Qualifier::latest()),
            Selector::Qualifier(qualifier) => Some(qualifier.clone()),
            Selector::Every => None,
        };
        Self {
            every: named.is_none(),
            named: named.into_iter().collect(),
        }
    }
}

impl Selection {
    /// Adds what was asked for elsewhere. This is where a function named by name and by ARN, or by
    /// two entries, becomes one target.
    pub fn extend(&mut self, other: Self) {
        for (name, qualifiers) in other.functions {
            self.functions.entry(name).or_default().extend(qualifiers);
        }
        for discovery in other.discoveries {
            if !self.discoveries.contains(&discovery) {
                self.discoveries.push(discovery);
            }
        }
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.discoveries.is_empty()
    }

    /// The keys of the tags that decide which functions are wanted.
    pub fn tag_keys(&self) -> impl Iterator<Item = &String> {
        self.discoveries
            .iter()
            .flat_map(|discovery| discovery.tags.keys())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FunctionReference;

    fn selection(reference: &str) -> Selection {
        let reference: FunctionReference = reference.parse().unwrap();
        let qualifiers = Qualifiers::from(reference.selector());
        Selection {
            functions: BTreeMap::from([(reference.name().clone(), qualifiers)]),
            discoveries: vec![Discovery::default()],
        }
    }

    #[test]
    fn one_target_however_it_is_named() {
        let mut all = Selection::default();
        for reference in [
            "f",
            "f:$LATEST",
            "123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
            "f",
        ] {
            all.extend(selection(reference));
        }
        let qualifiers = &all.functions[&"f".parse().unwrap()];
        assert_eq!(qualifiers.named, BTreeSet::from([Qualifier::latest()]));
        assert!(!qualifiers.every);
        assert_eq!(all.discoveries.len(), 1);
    }

    #[test]
    fn every_always_has_latest() {
        let mut all = selection("f:*");
        all.extend(selection("f:BLUE"));
        let always: Vec<String> = all.functions[&"f".parse().unwrap()]
            .always()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(always, ["$LATEST", "BLUE"]);
    }
}
