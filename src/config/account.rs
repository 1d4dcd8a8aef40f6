//! The section `accounts`: where functions are watched, and with whose credentials.

use std::{fmt::Display, str::FromStr};

use super::{
    Arguments, discovery,
    entry::Entry,
    fields::Fields,
    functions,
    keys::Section,
    organization,
    problem::{Problem, keep},
    regions::{self, Choice},
    role::Assumption,
};
use crate::domain::{AccountEntry, Credentials, Discovery, Members, Regions};

/// The keys of one entry.
pub(super) const SECTION: Section = Section {
    keys: &[
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

/// The entries of the file or the variable, or else the one that the flags make.
pub(super) fn read(
    root: &Fields,
    arguments: &Arguments,
    problems: &mut Vec<Problem>,
) -> Vec<AccountEntry> {
    let flags = from_flags(arguments, problems);
    let Some(entry) = root.get("accounts") else {
        return vec![flags];
    };
    match entry.list(EXAMPLE, problems) {
        None => Vec::new(),
        Some(listed) if listed.is_empty() => vec![flags],
        Some(listed) => {
            problems.extend(flags_beside(entry, arguments));
            listed
                .iter()
                .filter_map(|entry| from_entry(entry, problems))
                .collect()
        }
    }
}

fn from_entry(entry: &Entry, problems: &mut Vec<Problem>) -> Option<AccountEntry> {
    let fields = entry.fields(&SECTION, problems)?;
    let assumption = Assumption::read(&fields, problems);
    let credentials = assumption.credentials(&fields, problems);
    let functions = functions::read(&fields, &credentials, problems);
    let members = match fields.named("organization") {
        None => Some(Members::One(credentials)),
        Some(entry) => {
            organization::read(entry, credentials, assumption, problems).map(Members::Organization)
        }
    };
    let regions = regions(&fields, problems);
    let given = fields.named("discovery");
    let section = fields.section("discovery", &discovery::SECTION, problems);
    let discovery = discovery::read(&section, problems);
    Some(AccountEntry {
        members: members?,
        regions,
        discovery: (given.is_some() || functions.is_empty()).then_some(discovery),
        functions,
    })
}

fn regions(fields: &Fields, problems: &mut Vec<Problem>) -> Regions {
    let choices: Vec<Choice> = fields.list("regions", "[us-east-1]", problems);
    let meaning = |entry: &Entry| regions::from_choices(&choices).map_err(|why| entry.problem(why));
    let regions = fields.read("regions", problems, meaning);
    regions.unwrap_or(Regions::Default)
}

fn from_flags(arguments: &Arguments, problems: &mut Vec<Problem>) -> AccountEntry {
    let choices: Vec<Choice> = parse_flag("--aws.region", &arguments.aws_regions, problems);
    let regions = regions::from_choices(&choices)
        .map_err(|message| Problem::new("", "--aws.region", message));
    let functions = parse_flag("--lambda.function", &arguments.lambda_functions, problems);
    AccountEntry {
        members: Members::One(Credentials::Ambient),
        regions: keep(regions, problems).unwrap_or(Regions::Default),
        discovery: functions.is_empty().then(Discovery::default),
        functions,
    }
}

fn parse_flag<T>(flag: &str, texts: &[String], problems: &mut Vec<Problem>) -> Vec<T>
where
    T: FromStr<Err: Display>,
{
    let parse = |text: &String| {
        text.parse()
            .map_err(|e: T::Err| Problem::new("", flag, e.to_string()))
    };
    texts
        .iter()
        .filter_map(|text| keep(parse(text), problems))
        .collect()
}

/// Flags and entries together could mean either; nobody should have to guess.
fn flags_beside(entry: &Entry, arguments: &Arguments) -> Vec<Problem> {
    [
        ("--aws.region", &arguments.aws_regions),
        ("--lambda.function", &arguments.lambda_functions),
    ]
    .into_iter()
    .filter(|(_, texts)| !texts.is_empty())
    .map(|(flag, _)| {
        let message = format!(
            "does not go together with `accounts` in {}; use one or the other",
            entry.source()
        );
        Problem::new("", flag, message)
    })
    .collect()
}
