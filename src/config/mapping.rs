//! The keys of a section, and what to say about those that are not among them.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use super::{
    node::Node,
    problem::{Problem, keep},
};

/// What may stand in one mapping.
pub(super) struct Section {
    /// The keys that have a meaning.
    pub(super) keys: &'static [&'static str],
}

impl Section {
    /// Whether the key has a meaning.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    /// What to say about a key without a meaning.
    pub(super) fn refuse(&self, key: &str) -> String {
        match self.nearest(key) {
            Some(nearest) => format!("unknown key `{key}`, did you mean `{nearest}`?"),
            None => format!("unknown key `{key}`; known here: {}", self.keys.join(", ")),
        }
    }

    /// The key that was probably meant: at most a third of its characters are different.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let typed = key.to_lowercase().replace('-', "_");
        let length = typed.chars().count();
        self.keys
            .iter()
            // What cannot be near is not compared: the time that takes grows with the key's length.
            .filter(|known| length.abs_diff(known.len()) * 3 <= known.len())
            .map(|known| (strsim::damerau_levenshtein(&typed, known), *known))
            .filter(|(distance, known)| distance * 3 <= known.len())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }
}

/// The keys of a section that are given, each with its node.
#[derive(Default)]
pub(super) struct Mapping<'a>(BTreeMap<&'a str, Node<'a>>);

impl<'a> FromIterator<(&'a str, Node<'a>)> for Mapping<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Node<'a>)>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

impl<'a> Mapping<'a> {
    /// The node of a key, null or not.
    pub(super) fn named(&self, key: &str) -> Option<&Node<'a>> {
        self.0.get(key)
    }

    /// The node of a key, unless it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.named(key).filter(|node| !node.is_null())
    }

    /// What a key means, unless it is absent or a mistake.
    pub(super) fn read<T>(
        &self,
        key: &str,
        problems: &mut Vec<Problem>,
        meaning: impl FnOnce(&Node<'a>) -> Result<T, Problem>,
    ) -> Option<T> {
        keep(meaning(self.get(key)?), problems)
    }

    /// What the strings of a list mean; none where the key is absent.
    pub(super) fn list<T>(&self, key: &str, example: &str, problems: &mut Vec<Problem>) -> Vec<T>
    where
        T: FromStr<Err: Display>,
    {
        let elements = self
            .get(key)
            .map(|node| node.parsed_list(example, problems));
        let elements = elements.into_iter().flatten();
        elements.map(|(_, value)| value).collect()
    }

    /// The keys of a section within this one.
    pub(super) fn section(
        &self,
        key: &str,
        section: &Section,
        problems: &mut Vec<Problem>,
    ) -> Mapping<'a> {
        self.get(key)
            .and_then(|node| node.section(section, problems))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: Section = Section {
        keys: &["interval", "max_in_flight"],
    };

    #[test]
    fn a_slip_is_told_from_an_invention() {
        for (typed, meant) in [
            ("intervall", Some("interval")),
            ("intreval", Some("interval")),
            ("Interval", Some("interval")),
            ("max-in-flight", Some("max_in_flight")),
            ("maxInFlight", Some("max_in_flight")),
            ("internal_only", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(SECTION.nearest(typed), meant, "{typed}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        assert_eq!(
            SECTION.refuse("intervall"),
            "unknown key `intervall`, did you mean `interval`?"
        );
        assert_eq!(
            SECTION.refuse("speed"),
            "unknown key `speed`; known here: interval, max_in_flight"
        );
    }
}
