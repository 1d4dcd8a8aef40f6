//! The keys of one section, each with its entry.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use super::{
    entry::Entry,
    keys::Section,
    problem::{Problem, keep},
};

/// The entries of a section by the names of their keys.
#[derive(Default)]
pub(super) struct Fields<'a>(BTreeMap<&'a str, Entry<'a>>);

impl<'a> FromIterator<(&'a str, Entry<'a>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Entry<'a>)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<'a> Fields<'a> {
    /// The entry of a key, whether anything stands after it or not.
    pub(super) fn named(&self, key: &str) -> Option<&Entry<'a>> {
        self.0.get(key)
    }

    /// The entry of a key, unless it is absent or nothing stands after it.
    pub(super) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.named(key).filter(|entry| !entry.is_nothing())
    }

    /// What a key means, unless it is absent or a mistake.
    pub(super) fn read<T>(
        &self,
        key: &str,
        problems: &mut Vec<Problem>,
        meaning: impl FnOnce(&Entry<'a>) -> Result<T, Problem>,
    ) -> Option<T> {
        keep(meaning(self.get(key)?), problems)
    }

    /// What the texts of a list mean; none where the key is absent.
    pub(super) fn list<T>(&self, key: &str, example: &str, problems: &mut Vec<Problem>) -> Vec<T>
    where
        T: FromStr<Err: Display>,
    {
        let elements = self
            .get(key)
            .map(|entry| entry.parsed_list(example, problems));
        let elements = elements.into_iter().flatten();
        elements.map(|(_, value)| value).collect()
    }

    /// The fields of a section within this one.
    pub(super) fn section(
        &self,
        key: &str,
        section: &Section,
        problems: &mut Vec<Problem>,
    ) -> Fields<'a> {
        self.get(key)
            .and_then(|entry| entry.fields(section, problems))
            .unwrap_or_default()
    }
}
