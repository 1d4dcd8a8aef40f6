//! The example and the reference have what the code has: no key more, none less, the same defaults.

use std::collections::BTreeSet;

use clap::CommandFactory;
use figment::value::Value;

use super::*;

const EXAMPLE: &str = include_str!("../../../config/example.yaml");
const REFERENCE: &str = include_str!("../../../docs/configuration.md");

/// Every section: its name in the reference, and the paths to where it can stand in the example.
fn sections() -> [(&'static str, Section, &'static [&'static str]); 10] {
    let organization = &["accounts[].organization"];
    let filter = &[
        "accounts[].organization.include",
        "accounts[].organization.exclude",
    ];
    [
        ("File", ROOT, &[""]),
        ("`<poll>`", poll::SECTION, &["poll"]),
        ("`<web>`", web::SECTION, &["web"]),
        (
            "`<account>`",
            crate::config::accounts::ENTRY,
            &["accounts[]"],
        ),
        (
            "`<organization>`",
            crate::config::accounts::ORGANIZATION,
            organization,
        ),
        (
            "`<account_filter>`",
            crate::config::accounts::FILTER,
            filter,
        ),
        (
            "`<discovery>`",
            crate::config::accounts::DISCOVERY,
            &["accounts[].discovery"],
        ),
        ("`<labels>`", crate::config::labels::SECTION, &["labels"]),
        (
            "`<collectors>`",
            crate::config::collectors::SECTION,
            &["collectors"],
        ),
        (
            "`<collector>`",
            crate::config::collectors::COLLECTOR,
            &[
                "collectors.async_events",
                "collectors.event_source_mappings",
                "collectors.destinations",
            ],
        ),
    ]
}

/// The paths of all keys, `[]` for whichever element of a list.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    found.insert(path.to_owned());
    if let Some(dict) = value.as_dict() {
        for (key, value) in dict {
            paths(
                value,
                format!("{path}.{key}").trim_start_matches('.'),
                found,
            );
        }
    }
    for element in value.as_array().into_iter().flatten() {
        paths(element, &format!("{path}[]"), found);
    }
}

/// The text under a heading of the reference, up to the next.
fn chapter(heading: &str) -> &'static str {
    let chapters = REFERENCE.split("\n##");
    let mut chapters = chapters.filter_map(|chapter| {
        let (title, text) = chapter.split_once('\n')?;
        (title.trim_start_matches('#').trim() == heading).then_some(text)
    });
    chapters
        .next()
        .unwrap_or_else(|| panic!("no chapter {heading}"))
}

fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    let blocks = text.split(&start).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// The keys that a block of the reference describes, each with its default if it has one.
fn described(block: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    block.lines().filter_map(|line| {
        let line = line.strip_prefix("[ ").unwrap_or(line);
        let (key, rest) = line.split_once(':')?;
        let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let default = rest.split_once("| default = ");
        let default = default.map(|(_, default)| default.trim_end_matches(" ]"));
        is_key.then_some((key, default))
    })
}

#[test]
fn the_example_shows_every_default() {
    let config = load(EXAMPLE, &[], &Arguments::default()).unwrap();
    assert_eq!(config.poll, PollSettings::default());
    assert_eq!(config.web, Web::default());
    assert_eq!(config.labels, Labels::default());
}

#[test]
fn the_example_shows_every_key() {
    let example = yaml::read(EXAMPLE, "", &mut Vec::new()).unwrap().value();
    let mut shown = BTreeSet::new();
    paths(&example, "", &mut shown);
    for (_, section, places) in sections() {
        for key in section.keys {
            let mut paths = places.iter().map(|place| format!("{place}.{key}"));
            let is_shown = paths.any(|path| shown.contains(path.trim_start_matches('.')));
            assert!(is_shown, "{places:?} {key}");
        }
    }
}

#[test]
fn the_reference_describes_every_key_and_no_other() {
    for (heading, section, _) in sections() {
        let blocks = blocks(chapter(heading), "yml");
        let described: Vec<&str> = blocks
            .iter()
            .flat_map(|block| described(block))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(described, section.keys, "{heading}");
    }
}

#[test]
fn the_reference_has_the_defaults() {
    for (heading, section) in [
        ("`<poll>`", "poll"),
        ("`<web>`", "web"),
        ("`<labels>`", "labels"),
    ] {
        let block = blocks(chapter(heading), "yml")[0];
        let mut yaml = format!("{section}:\n");
        for (key, default) in described(block) {
            let default = default.unwrap_or_else(|| panic!("{section}.{key}"));
            yaml.extend(["  ", key, ": ", default, "\n"]);
        }
        let config = load(&yaml, &[], &Arguments::default()).unwrap();
        assert_eq!(
            config,
            load("", &[], &Arguments::default()).unwrap(),
            "{yaml}"
        );
    }
}

#[test]
fn the_reference_describes_every_flag_and_no_other() {
    let described: BTreeSet<&str> = chapter("Flags")
        .lines()
        .filter_map(|line| line.strip_prefix("| `--")?.split([' ', '`']).next())
        .collect();
    let mut command = Arguments::command();
    command.build();
    let flags: BTreeSet<&str> = command
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .collect();
    assert_eq!(described, flags);
}

#[test]
fn the_examples_of_the_reference_load() {
    let examples = blocks(REFERENCE, "yaml");
    // One in each chapter but that of the whole file.
    assert_eq!(examples.len(), sections().len() - 1);
    for example in examples {
        if let Err(problems) = load(example, &[], &Arguments::default()) {
            panic!("{example}\n{problems}");
        }
    }
    let variables = chapter("Environment").lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.starts_with(|c: char| c.is_ascii_uppercase())
            .then_some((name, value.trim_matches('\'')))
    });
    let variables: Vec<_> = variables.collect();
    assert_eq!(variables.len(), 5);
    if let Err(problems) = load("", &variables, &Arguments::default()) {
        panic!("{problems}");
    }
}
