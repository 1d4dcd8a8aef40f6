//! The section `accounts`: where functions are read, and with whose credentials.

mod expression;
mod members;
mod partitions;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Display,
    str::FromStr,
    sync::Arc,
};

#[cfg(test)]
pub(super) use self::members::{FILTER, ORGANIZATION};
use self::{
    expression::Expression,
    members::Assumption,
    partitions::{Place, strangers},
};
use super::{
    Arguments,
    mapping::{Mapping, Section},
    node::Node,
    problem::{Problem, keep},
};
use crate::domain::{
    AccountEntry, Credentials, Discovery, FunctionReference, InvalidRegion, Members, Region,
    Regions, TagLabel,
};

/// The keys of one entry.
pub(super) const ENTRY: Section = Section {
    keys: &[
        "name",
        "role_arn",
        "external_id",
        "session_name",
        "organization",
        "regions",
        "functions",
        "discovery",
    ],
};

/// A variable's list is written as figment reads it, not as YAML.
const EXAMPLE: &str =
    "[{functions: [my-function]}] (in a variable: [{functions=[\"my-function\"]}])";

/// The keys of `discovery`.
pub(super) const DISCOVERY: Section = Section {
    keys: &["include", "exclude", "tags", "aliases"],
};

/// AWS's longest tag value, in characters (`Tagging AWS resources`, limits).
const MAX_VALUE_CHARACTERS: usize = 256;

/// The longest name that AWS gives an account, in characters (AWS Account Management reference, `AccountName`).
const MAX_ACCOUNT_NAME: usize = 50;

/// The flags that stand for an entry's keys.
const REGION: &str = "--aws.region";
const FUNCTION: &str = "--lambda.function";

/// The word for [`Regions::All`].
const ALL: &str = "all";

/// The entries of the file or the variable, or else the one that the flags make.
pub(super) fn read(
    root: &Mapping,
    arguments: &Arguments,
    problems: &mut Vec<Problem>,
) -> Vec<AccountEntry> {
    let flags = from_flags(arguments, problems);
    let Some(accounts) = root.get("accounts") else {
        return vec![flags];
    };
    match accounts.list(EXAMPLE, problems) {
        None => Vec::new(),
        Some(listed) if listed.is_empty() => {
            problems.push(accounts.problem(
                "the list is empty: name accounts, \
                 or leave `accounts` out for every function of the ambient credentials' account",
            ));
            Vec::new()
        }
        Some(listed) => {
            problems.extend(flags_beside(accounts, arguments));
            listed
                .iter()
                .filter_map(|entry| from_entry(entry, problems))
                .collect()
        }
    }
}

fn from_entry(entry: &Node, problems: &mut Vec<Problem>) -> Option<AccountEntry> {
    let mapping = entry.section(&ENTRY, problems)?;
    let assumption = Assumption::read(&mapping, problems);
    let credentials = assumption.credentials(&mapping, problems);
    let role = match &credentials {
        Credentials::Role(role) => Some(role.arn.partition().to_owned()),
        Credentials::Ambient => None,
    };
    let functions = read_functions(&mapping, &credentials, problems);
    let members = match mapping.named("organization") {
        None => Some(Members::One(credentials)),
        Some(node) => members::organization(node, credentials, assumption, problems)
            .map(Members::Organization),
    };
    let (regions, choices) = read_regions(&mapping, problems);
    let places = Place::all(&choices, &functions);
    let apart = strangers(role.as_deref(), &places);
    problems.extend(apart.map(|(node, why)| node.problem(why)));
    let functions: Vec<_> = functions
        .into_iter()
        .map(|(_, function)| function)
        .collect();
    let given = mapping.named("discovery");
    problems.extend(functions_of_nothing(&mapping));
    let filters = mapping.section("discovery", &DISCOVERY, problems);
    let discovery = read_discovery(&filters, problems);
    let name = mapping.read("name", problems, account_name);
    problems.extend(name_of_many(&mapping));
    Some(AccountEntry {
        name,
        members: members?,
        regions,
        discovery: (given.is_some() || functions.is_empty()).then_some(discovery),
        functions,
    })
}

fn account_name(node: &Node) -> Result<Arc<str>, Problem> {
    let name = node.string()?;
    let characters = name.chars().count();
    if name.trim().is_empty() {
        Err(node.problem("the name is empty: give one, or leave `name` out"))
    } else if characters > MAX_ACCOUNT_NAME || name.chars().any(char::is_control) {
        Err(node.problem(format!(
            "an account's name has {MAX_ACCOUNT_NAME} characters at most and no control characters"
        )))
    } else {
        Ok(name.into())
    }
}

/// The accounts of an organisation have names already.
fn name_of_many(mapping: &Mapping) -> Option<Problem> {
    let name = mapping.get("name")?;
    mapping.get("organization")?;
    Some(name.problem("an organization's accounts have the names that it lists: leave `name` out"))
}

fn from_flags(arguments: &Arguments, problems: &mut Vec<Problem>) -> AccountEntry {
    let choices: Vec<(&str, Choice)> = parse_flag(REGION, &arguments.aws_regions, problems);
    let regions = from_choices(&choices).map_err(|message| Problem::new("", REGION, message));
    let functions = parse_flag(FUNCTION, &arguments.lambda_functions, problems);
    let places = Place::all(&choices, &functions);
    let apart = strangers(None, &places);
    problems.extend(apart.map(|(flag, why)| Problem::new("", *flag, why)));
    let functions: Vec<_> = functions
        .into_iter()
        .map(|(_, function)| function)
        .collect();
    AccountEntry {
        name: None,
        members: Members::One(Credentials::Ambient),
        regions: keep(regions, problems).unwrap_or(Regions::Default),
        discovery: functions.is_empty().then(Discovery::default),
        functions,
    }
}

fn parse_flag<'a, T>(
    flag: &'a str,
    texts: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<(&'a str, T)>
where
    T: FromStr<Err: Display>,
{
    let parse = |text: &String| {
        text.parse()
            .map_err(|e: T::Err| Problem::new("", flag, e.to_string()))
    };
    texts
        .iter()
        .filter_map(|text| Some((flag, keep(parse(text), problems)?)))
        .collect()
}

/// Flags and entries together could mean either; nobody should have to guess.
fn flags_beside(accounts: &Node, arguments: &Arguments) -> Vec<Problem> {
    [
        (REGION, &arguments.aws_regions),
        (FUNCTION, &arguments.lambda_functions),
    ]
    .into_iter()
    .filter(|(_, texts)| !texts.is_empty())
    .map(|(flag, _)| {
        let message = format!(
            "does not go together with `accounts` in {}; use one or the other",
            accounts.source()
        );
        Problem::new("", flag, message)
    })
    .collect()
}

/// Where to look, and what was given for it.
fn read_regions<'a>(
    mapping: &Mapping<'a>,
    problems: &mut Vec<Problem>,
) -> (Regions, Vec<(Node<'a>, Choice)>) {
    let Some(node) = mapping.get("regions") else {
        return (Regions::Default, Vec::new());
    };
    if node.is_empty_list() {
        problems.push(node.problem(
            "the list is empty: name regions, write [all] for every region, \
             or leave `regions` out for the SDK's region",
        ));
    }
    let choices = node.parsed_list("[us-east-1]", problems);
    let regions = from_choices(&choices).map_err(|why| node.problem(why));
    (keep(regions, problems).unwrap_or(Regions::Default), choices)
}

/// Nobody who lists no function wants every one.
fn functions_of_nothing(mapping: &Mapping) -> Option<Problem> {
    let node = mapping.get("functions")?;
    let is_wrong = node.is_empty_list() && mapping.named("discovery").is_none();
    is_wrong.then(|| {
        node.problem(
            "the list is empty: name functions, or leave `functions` out for every function",
        )
    })
}

/// One of the strings that were given for `regions`, or a flag.
#[derive(Clone, PartialEq, Eq)]
enum Choice {
    All,
    One(Region),
}

impl FromStr for Choice {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            ALL => Ok(Self::All),
            text => text.parse().map(Self::One),
        }
    }
}

/// What the choices mean together, or why they mean nothing.
fn from_choices<S>(choices: &[(S, Choice)]) -> Result<Regions, &'static str> {
    let mut seen = HashSet::new();
    let named: Vec<Region> = choices
        .iter()
        .filter_map(|(_, choice)| match choice {
            Choice::One(region) => seen.insert(region).then(|| region.clone()),
            Choice::All => None,
        })
        .collect();
    let all = choices.iter().any(|(_, choice)| *choice == Choice::All);
    match (all, named.is_empty()) {
        (true, true) => Ok(Regions::All),
        (true, false) => Err("`all` is every region already: give it alone, or name the regions"),
        (false, true) => Ok(Regions::Default),
        (false, false) => Ok(Regions::Named(named)),
    }
}

/// Functions by name, each of them one that the entry can read. `credentials` are the entry's own;
/// in an organisation's entry they read none of the functions themselves.
fn read_functions<'a>(
    mapping: &Mapping<'a>,
    credentials: &Credentials,
    problems: &mut Vec<Problem>,
) -> Vec<(Node<'a>, FunctionReference)> {
    let Some(node) = mapping.get("functions") else {
        return Vec::new();
    };
    let organization = mapping.named("organization").is_some();
    let listed: Vec<(Node, FunctionReference)> = node.parsed_list("[my-function]", problems);
    for (element, function) in &listed {
        let cross_account = if organization {
            beside_organization(function)
        } else {
            beyond_role(function, credentials)
        };
        problems.extend(cross_account.map(|why| {
            element.problem(format!("`{function}` {why}: give it an entry of its own"))
        }));
    }
    listed
}

/// Which of the organisation's accounts are read is for its filters to say.
fn beside_organization(function: &FunctionReference) -> Option<String> {
    let account = function.account()?;
    Some(format!(
        "names account {account}, but this entry is for the accounts of an organisation"
    ))
}

/// A role reads nothing outside its own account.
fn beyond_role(function: &FunctionReference, credentials: &Credentials) -> Option<String> {
    let Credentials::Role(role) = credentials else {
        return None;
    };
    let (account, of_role) = (function.account()?, role.arn.account());
    (account != of_role)
        .then(|| format!("is in account {account}, but this entry's role is in account {of_role}"))
}

/// Which of the functions that AWS lists are read; what is absent filters nothing.
fn read_discovery(mapping: &Mapping, problems: &mut Vec<Problem>) -> Discovery {
    let included = mapping.get("include").filter(|node| node.is_empty_list());
    problems.extend(included.map(|node| {
        node.problem(
            "the list is empty: write what names match, or leave `include` out for every function",
        )
    }));
    Discovery {
        include: Expression::list(mapping, "include", "['^prod-']", problems),
        exclude: Expression::list(mapping, "exclude", "['-canary$']", problems),
        tags: read_tags(mapping, problems),
        aliases: mapping
            .read("aliases", problems, Node::boolean)
            .unwrap_or_default(),
    }
}

fn read_tags(mapping: &Mapping, problems: &mut Vec<Problem>) -> BTreeMap<String, BTreeSet<String>> {
    let pairs = mapping
        .get("tags")
        .and_then(|node| node.pairs("a mapping, such as {team: [payments]}", problems));
    let pairs = pairs.into_iter().flatten();
    pairs
        .filter_map(|(key, node)| {
            let tag = key.parse::<TagLabel>();
            let tag = keep(
                tag.map_err(|error| node.key_problem(error.to_string())),
                problems,
            );
            let values = tag_values(&node, problems);
            Some((tag?.key, values))
        })
        .collect()
}

fn tag_values(node: &Node, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let elements = match node.string() {
        // A string alone is the mistake that everyone makes.
        Ok(text) => {
            problems.push(node.remedied("a list", &format!("write a list: [{text}]")));
            None
        }
        Err(_) => node.list("[payments], or [] for any value", problems),
    };
    let elements = elements.into_iter().flatten();
    elements
        .filter_map(|element| keep(tag_value(&element), problems))
        .collect()
}

fn tag_value(node: &Node) -> Result<String, Problem> {
    let value = node.string()?;
    match value.chars().count() {
        0..=MAX_VALUE_CHARACTERS => Ok(value),
        length => Err(node.problem(format!(
            "tag value `{value}` has {length} characters; AWS accepts {MAX_VALUE_CHARACTERS} at most"
        ))),
    }
}
