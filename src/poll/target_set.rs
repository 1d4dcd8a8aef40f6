//! The functions of one scope that are read, and how: those that were named, and those that AWS
//! listed and a filter wants. A plain value.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    FunctionName, Operation, Qualifier, Qualifiers, Selection, TagsByFunction, Verdict,
};

/// How one function is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own"
)]
pub(super) struct ReadSpec {
    /// Which of its qualifiers.
    pub(super) qualifiers: Qualifiers,
    /// Whether AWS listed it: that told what it is, and that it exists.
    pub(super) listed: bool,
    /// Whether every alias is published, configured or not.
    pub(super) aliases: bool,
    /// Whether the function itself is asked for though AWS listed it, so that all facts are of one age.
    pub(super) confirm: bool,
    /// Whether versions that are known are asked for again: they may have been deleted.
    pub(super) asks_versions: bool,
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
            confirm: false,
            asks_versions: false,
        }
    }

    /// What a sweep takes, where listing takes that many pages and no function has more configs or
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
    /// What a read calls first.
    pub(super) fn first_operation(&self) -> Operation {
        if self.asks_aliases() {
            Operation::ListAliases
        } else if self.listed || self.qualifiers.every {
            Operation::ListFunctionEventInvokeConfigs
        } else {
            Operation::GetFunctionEventInvokeConfig
        }
    }

    /// Whether the aliases are listed, whatever has a config.
    pub(super) fn asks_aliases(&self) -> bool {
        self.aliases || self.qualifiers.named.iter().any(Qualifier::is_alias)
    }

    /// How many calls a read takes, where it is known beforehand.
    fn calls(&self) -> usize {
        let named = self.qualifiers.named.iter();
        let aliases = usize::from(self.asks_aliases());
        if self.qualifiers.every {
            // The listing of aliases tells what is asked of them.
            let owners = named.filter(|named| named.is_version()).count();
            1 + usize::from(!self.listed) + aliases + owners
        } else {
            aliases + 2 * named.count()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Discovery, Tags};

    fn name(name: &str) -> FunctionName {
        name.parse().unwrap()
    }

    fn named(references: &[(&str, &[&str])]) -> BTreeMap<FunctionName, Qualifiers> {
        let qualifiers = |qualifiers: &[&str]| Qualifiers {
            every: qualifiers.contains(&"*"),
            named: qualifiers
                .iter()
                .filter(|&&qualifier| qualifier != "*")
                .map(|qualifier| qualifier.parse().unwrap())
                .collect(),
        };
        references
            .iter()
            .map(|(function, of)| (name(function), qualifiers(of)))
            .collect()
    }

    fn discovery(include: &str, aliases: bool) -> Discovery {
        Discovery {
            include: vec![include.parse().unwrap()],
            aliases,
            ..Discovery::default()
        }
    }

    /// Wants functions of one team, and their aliases.
    fn of_team(team: &str) -> Discovery {
        Discovery {
            tags: BTreeMap::from([("team".to_owned(), BTreeSet::from([team.to_owned()]))]),
            aliases: true,
            ..Discovery::default()
        }
    }

    fn tags(functions: &[(&str, &str)]) -> TagsByFunction {
        let tagged = |&(function, team): &(&str, &str)| {
            (
                name(function),
                Tags::from([("team".to_owned(), team.to_owned())]),
            )
        };
        functions.iter().map(tagged).collect()
    }

    fn target_set(
        functions: &[(&str, &[&str])],
        discoveries: &[Discovery],
        known: &[&str],
        tags: Option<&TagsByFunction>,
    ) -> TargetSet {
        let selection = Selection {
            functions: named(functions),
            discoveries: discoveries.to_vec(),
        };
        TargetSet::new(selection, known.iter().map(|known| name(known)), tags)
    }

    fn names(set: &TargetSet) -> Vec<String> {
        set.names().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_named_function_is_read_as_it_was_named_until_it_is_listed() {
        let mut set = target_set(&[("f", &["BLUE"])], &[discovery("^f", true)], &[], None);
        let before = set.spec(&name("f"));
        assert!(!before.listed && !before.qualifiers.every && !before.aliases);
        assert!(set.list(&name("f"), None));
        let after = set.spec(&name("f"));
        assert!(after.listed && after.qualifiers.every && after.aliases);
        assert_eq!(
            after.qualifiers.named,
            BTreeSet::from(["BLUE".parse::<Qualifier>().unwrap()])
        );
    }

    #[test]
    fn only_a_complete_listing_shows_what_is_gone() {
        let mut set = target_set(
            &[("named", &["$LATEST"])],
            &[discovery("", false)],
            &[],
            None,
        );
        for function in ["a", "b", "named"] {
            assert!(set.list(&name(function), None));
        }
        let gone = set.retain(&BTreeSet::from([name("a")]));
        // One that is named stays, though it is no longer read as a listed one.
        assert_eq!(gone, [name("b")]);
        assert_eq!(names(&set), ["a", "named"]);
        assert!(!set.is_discovered(&name("named")));
    }

    #[test]
    fn of_several_filters_any_one_suffices() {
        let mut set = target_set(
            &[],
            &[discovery("^a", false), discovery("b$", true)],
            &[],
            None,
        );
        for (function, aliases) in [
            ("ax", Some(false)),
            ("xb", Some(true)),
            ("ab", Some(true)),
            ("x", None),
        ] {
            assert_eq!(
                set.list(&name(function), None),
                aliases.is_some(),
                "{function}"
            );
            assert_eq!(
                set.spec(&name(function)).aliases,
                aliases == Some(true),
                "{function}"
            );
        }
    }

    #[test]
    fn while_tags_are_not_known_all_stays_as_it_was() {
        let mut set = target_set(&[], &[of_team("x")], &[], None);
        assert!(
            !set.list(&name("new"), None),
            "nobody knows whether it is wanted"
        );
        let known = tags(&[("f", "x"), ("g", "y")]);
        assert!(set.list(&name("f"), Some(&known)));
        assert!(!set.list(&name("g"), Some(&known)));
        assert!(set.list(&name("f"), None));
        assert!(set.spec(&name("f")).aliases);
        assert!(
            !set.list(&name("f"), Some(&tags(&[("f", "y")]))),
            "it changed its team"
        );
    }

    #[test]
    fn after_a_restart_what_was_read_is_read_on_if_a_filter_may_want_it() {
        let by_name = target_set(&[], &[discovery("^f", false)], &["f", "other"], None);
        assert_eq!(names(&by_name), ["f"]);
        // What is named may have been read for that alone: the next listing tells.
        let named = target_set(&[("f", &["$LATEST"])], &[of_team("x")], &["f", "g"], None);
        assert!(!named.is_discovered(&name("f")));
        assert!(named.is_discovered(&name("g")));
    }

    #[test]
    fn a_sweep_costs_what_its_reads_cost() {
        let mut set = target_set(
            &[
                ("named", &["$LATEST", "BLUE"]),
                ("every", &["*"]),
                ("listed", &["$LATEST", "1"]),
            ],
            &[discovery("^listed", true)],
            &[],
            None,
        );
        set.list(&name("listed"), None);
        // Two for each named qualifier, and the aliases; configs and existence; configs, aliases and the version's existence.
        let calls = 5 + 2 + 3;
        assert_eq!(
            set.cost(7),
            SweepCost {
                functions: 3,
                calls: 7 + calls
            }
        );
    }
}
