//! Which of the functions that AWS lists are wanted.

use std::collections::{BTreeMap, BTreeSet};

use super::{FunctionName, Pattern};

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

#[cfg(test)]
mod tests {
    use super::*;

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
