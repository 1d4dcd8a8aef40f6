//! The section `discovery` of an entry: which of the functions that AWS lists are watched.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    entry::Entry,
    fields::Fields,
    keys::Section,
    problem::{Problem, keep},
};
use crate::domain::{Discovery, TagLabel};

/// The keys of the section.
pub(super) const SECTION: Section = Section {
    keys: &["include", "exclude", "tags", "aliases"],
};

/// AWS's longest tag value, in characters (`Tagging AWS resources`, limits).
const MAX_VALUE_CHARACTERS: usize = 256;

/// Reads the section; what is absent from it filters nothing.
pub(super) fn read(fields: &Fields, problems: &mut Vec<Problem>) -> Discovery {
    Discovery {
        include: fields.list("include", "['^prod-']", problems),
        exclude: fields.list("exclude", "['-canary$']", problems),
        tags: tags(fields, problems),
        aliases: fields
            .read("aliases", problems, Entry::truth)
            .unwrap_or_default(),
    }
}

fn tags(fields: &Fields, problems: &mut Vec<Problem>) -> BTreeMap<String, BTreeSet<String>> {
    let entries = fields
        .get("tags")
        .and_then(|entry| entry.mapping("a mapping, such as {team: [payments]}", problems));
    let entries = entries.into_iter().flatten();
    entries
        .filter_map(|(key, entry)| {
            let parsed = key.parse::<TagLabel>();
            let key = parsed.map_err(|error| entry.problem(error.to_string()));
            let key = keep(key, problems);
            let values = values(&entry, problems);
            Some((key?.key, values))
        })
        .collect()
}

fn values(entry: &Entry, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let elements = match entry.text() {
        // A text alone is the mistake that everyone makes.
        Ok(text) => {
            problems.push(entry.remedied("a list", &format!("write a list: [{text}]")));
            None
        }
        Err(_) => entry.list("[payments], or [] for any value", problems),
    };
    let elements = elements.into_iter().flatten();
    elements
        .filter_map(|element| keep(value(&element), problems))
        .collect()
}

fn value(entry: &Entry) -> Result<String, Problem> {
    let value = entry.text()?;
    match value.chars().count() {
        0..=MAX_VALUE_CHARACTERS => Ok(value),
        length => Err(entry.problem(format!(
            "tag value `{value}` has {length} characters; AWS accepts {MAX_VALUE_CHARACTERS} at most"
        ))),
    }
}
