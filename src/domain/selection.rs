//! Which functions of a scope are read: those that are named, and of those that AWS lists the ones that a filter
//! wants. Each target is one, however often and in however many ways it was asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use regex_lite::Regex;

use super::{FunctionName, Qualifier, Selector};

/// The qualifiers of one function that are read.
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

/// A function's tags, as far as they are of interest.
pub type Tags = BTreeMap<String, String>;

/// The tags of a scope's functions; a function without any is not in it.
pub type TagsByFunction = BTreeMap<FunctionName, Tags>;

/// A filter on the functions that AWS lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// A name must match one of these; none: every name does.
    pub include: Vec<Pattern>,
    /// A name must match none of these.
    pub exclude: Vec<Pattern>,
    /// A function must have every key, with any of its values; no values: any will do.
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// Whether every alias of the function is published, configured or not.
    pub aliases: bool,
}

/// What a filter says of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is wanted.
    Wanted,
    /// It is not.
    Unwanted,
    /// Its tags decide, and they could not be read.
    Unknown,
}

impl Discovery {
    /// What this filter says of a function; `tags` are those of all functions, if they are known.
    #[must_use]
    pub fn judge(&self, name: &FunctionName, tags: Option<&TagsByFunction>) -> Verdict {
        if !self.admits_name(name) {
            return Verdict::Unwanted;
        }
        if self.tags.is_empty() {
            return Verdict::Wanted;
        }
        match tags {
            None => Verdict::Unknown,
            Some(tags) if self.admits_tags(tags.get(name)) => Verdict::Wanted,
            Some(_) => Verdict::Unwanted,
        }
    }

    fn admits_name(&self, name: &FunctionName) -> bool {
        let matches = |pattern: &Pattern| pattern.is_match(name.as_str());
        (self.include.is_empty() || self.include.iter().any(matches))
            && !self.exclude.iter().any(matches)
    }

    fn admits_tags(&self, tags: Option<&Tags>) -> bool {
        self.tags.iter().all(|(key, values)| {
            tags.and_then(|tags| tags.get(key))
                .is_some_and(|value| values.is_empty() || values.contains(value))
        })
    }
}

/// A regular expression, compared by its text. It matches anywhere unless it is anchored.
#[derive(Clone)]
pub struct Pattern(Regex);

/// A text that is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a regular expression: {reason}")]
pub struct InvalidPattern {
    /// The text as given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Pattern {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches somewhere in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(pattern: &str) -> Result<Self, Self::Err> {
        Regex::new(pattern)
            .map(Self)
            .map_err(|error| InvalidPattern {
                pattern: pattern.to_owned(),
                reason: error.to_string(),
            })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

    fn name(text: &str) -> FunctionName {
        text.parse().unwrap()
    }

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn names_are_included_then_excluded() {
        let discovery = Discovery {
            include: patterns(&["^prod-", "^live-"]),
            exclude: patterns(&["-canary$"]),
            ..Discovery::default()
        };
        for (function, verdict) in [
            ("prod-a", Verdict::Wanted),
            ("live-a", Verdict::Wanted),
            ("dev-prod-a", Verdict::Unwanted),
            ("prod-a-canary", Verdict::Unwanted),
        ] {
            assert_eq!(
                discovery.judge(&name(function), None),
                verdict,
                "{function}"
            );
        }
        assert_eq!(
            Discovery::default().judge(&name("any"), None),
            Verdict::Wanted
        );
    }

    #[test]
    fn every_key_with_any_of_its_values() {
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let discovery = Discovery {
            tags: BTreeMap::from([
                ("team".to_owned(), values(&["payments", "search"])),
                ("env".to_owned(), values(&[])),
            ]),
            ..Discovery::default()
        };
        let tagged = |tags: &[(&str, &str)]| {
            let tags = tags
                .iter()
                .map(|&(key, value)| (key.to_owned(), value.to_owned()))
                .collect();
            TagsByFunction::from([(name("f"), tags)])
        };
        for (tags, verdict) in [
            (tagged(&[("team", "search"), ("env", "")]), Verdict::Wanted),
            (tagged(&[("team", "search")]), Verdict::Unwanted),
            (
                tagged(&[("team", "other"), ("env", "x")]),
                Verdict::Unwanted,
            ),
            (TagsByFunction::default(), Verdict::Unwanted),
        ] {
            assert_eq!(
                discovery.judge(&name("f"), Some(&tags)),
                verdict,
                "{tags:?}"
            );
        }
        assert_eq!(discovery.judge(&name("f"), None), Verdict::Unknown);
    }
}
