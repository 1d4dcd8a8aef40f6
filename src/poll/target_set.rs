//! The functions of one scope that are read, and how: those that were named, and those that AWS
//! listed and a filter wants. A plain value.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{FunctionName, Qualifiers, Selection, TagsByFunction, Verdict};

/// How one function is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ReadSpec {
    /// Which of its qualifiers.
    pub(super) qualifiers: Qualifiers,
    /// Whether AWS listed it: that told what it is, and that it exists.
    pub(super) listed: bool,
    /// Whether every alias is published, configured or not.
    pub(super) aliases: bool,
}

/// The functions of a scope that are read.
#[derive(Debug)]
pub(super) struct TargetSet {
    selection: Selection,
    /// Those that AWS listed and a filter wants, and whether their aliases are wanted, too.
    discovered: BTreeMap<FunctionName, bool>,
}

/// Why calls are needed, for a person to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SweepCost {
    /// How many functions are read.
    pub(super) functions: usize,
    /// How many calls a sweep takes.
    pub(super) calls: usize,
}

impl TargetSet {
    /// Those named, and of `known`, functions of an earlier set, those that a filter may still want:
    /// the next listing tells.
    pub(super) fn new(
        selection: Selection,
        known: impl IntoIterator<Item = FunctionName>,
        tags: Option<&TagsByFunction>,
    ) -> Self {
        let mut target_set = Self {
            selection,
            discovered: BTreeMap::new(),
        };
        for name in known {
            // One that is named may have been read for that alone.
            let before = (!target_set.selection.functions.contains_key(&name)).then_some(true);
            if let Some(aliases) = target_set.wants_aliases(&name, tags, before) {
                target_set.discovered.insert(name, aliases);
            }
        }
        target_set
    }

    /// Whether AWS is asked which functions there are.
    pub(super) fn discovers(&self) -> bool {
        !self.selection.discoveries.is_empty()
    }

    /// The keys of the tags that decide which functions are wanted.
    pub(super) fn tag_keys(&self) -> impl Iterator<Item = &String> {
        self.selection.tag_keys()
    }

    /// Every function that is read.
    pub(super) fn names(&self) -> BTreeSet<FunctionName> {
        let named = self.selection.functions.keys();
        named.chain(self.discovered.keys()).cloned().collect()
    }

    /// AWS listed a function. Gives whether it is one to read; its `tags` may not be known.
    pub(super) fn list(&mut self, name: &FunctionName, tags: Option<&TagsByFunction>) -> bool {
        let before = self.discovered.get(name).copied();
        match self.wants_aliases(name, tags, before) {
            Some(aliases) => {
                self.discovered.insert(name.clone(), aliases);
                true
            }
            None => false,
        }
    }

    /// A complete listing found just these wanted; gives those that are no longer read at all.
    pub(super) fn retain(&mut self, wanted: &BTreeSet<FunctionName>) -> Vec<FunctionName> {
        let gone: Vec<FunctionName> = self
            .discovered
            .keys()
            .filter(|name| !wanted.contains(*name))
            .cloned()
            .collect();
        for name in &gone {
            self.discovered.remove(name);
        }
        gone.into_iter()
            .filter(|name| !self.selection.functions.contains_key(name))
            .collect()
    }

    /// Whether AWS listed this function.
    pub(super) fn is_discovered(&self, name: &FunctionName) -> bool {
        self.discovered.contains_key(name)
    }

    /// How a function is read.
    pub(super) fn spec(&self, name: &FunctionName) -> ReadSpec {
        let mut qualifiers = self
            .selection
            .functions
            .get(name)
            .cloned()
            .unwrap_or_default();
        let discovered = self.discovered.get(name);
        qualifiers.every |= discovered.is_some();
        ReadSpec {
            qualifiers,
            listed: discovered.is_some(),
            aliases: discovered == Some(&true),
        }
    }

    /// What a sweep takes, where listing takes so many pages and no function has more configs or
    /// aliases than fit on one.
    pub(super) fn cost(&self, pages: usize) -> SweepCost {
        let names = self.names();
        let calls = names.iter().map(|name| self.spec(name).calls());
        SweepCost {
            functions: names.len(),
            calls: pages + calls.sum::<usize>(),
        }
    }

    /// Whether a filter wants the function and, if so, its aliases; `before` is what was said of it
    /// before. What cannot be judged, since the tags are not known, stays what it was.
    fn wants_aliases(
        &self,
        name: &FunctionName,
        tags: Option<&TagsByFunction>,
        before: Option<bool>,
    ) -> Option<bool> {
        let discoveries = self.selection.discoveries.iter();
        let wanted = discoveries.filter_map(|discovery| match discovery.judge(name, tags) {
            Verdict::Wanted => Some(discovery.aliases),
            Verdict::Unwanted => None,
            Verdict::Unknown => before.map(|aliases| aliases && discovery.aliases),
        });
        wanted.reduce(|a, b| a | b)
    }
}

impl ReadSpec {
    /// How many calls a read takes.
    fn calls(&self) -> usize {
        let named = self.qualifiers.named.iter();
        if self.qualifiers.every {
            let owners = named.filter(|named| !named.is_latest()).count();
            1 + usize::from(!self.listed) + usize::from(self.aliases) + owners
        } else {
            2 * named.count()
        }
    }
}
