//! The section `accounts`: which functions are watched.

use std::{fmt::Display, str::FromStr};

use super::{
    Arguments,
    entry::{Entry, Fields},
    keys::Section,
    problem::{Problem, keep},
};
use crate::domain::{FunctionReference, Region};

/// The keys of one entry.
pub(super) const SECTION: Section = Section {
    keys: &["regions", "functions"],
    later: &["role_arn", "external_id", "session_name", "discovery"],
};

/// A variable's list is written as figment reads it, not as YAML.
const EXAMPLE: &str =
    "[{functions: [my-function]}] (in a variable: [{functions=[\"my-function\"]}])";

/// Functions that are read with the same credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Where to look for functions that are named without a region; empty is the SDK's default
    /// region.
    pub regions: Vec<Region>,
    /// What to watch: at least one.
    pub functions: Vec<FunctionReference>,
}

/// The entries of the file or the variable, or else the one that the flags make.
///
/// `complete` tells that no layer is missing, so that what is not there was not given.
pub(super) fn read(
    root: &Fields,
    arguments: &Arguments,
    complete: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Account> {
    let flags = from_flags(arguments, problems);
    let entry = root.get("accounts");
    let listed = entry.map(|entry| entry.list(EXAMPLE, problems));
    match (entry, listed) {
        (Some(_), Some(None)) => Vec::new(),
        (Some(entry), Some(Some(listed))) if !listed.is_empty() => {
            problems.extend(flags_beside(entry, arguments));
            listed
                .iter()
                .filter_map(|entry| from_entry(entry, problems))
                .collect()
        }
        _ => {
            if arguments.lambda_functions.is_empty() && complete {
                problems.push(Problem::new(
                    "",
                    "",
                    "no functions to watch: \
                     name them with --lambda.function or in accounts[].functions \
                     (discovering all functions is not supported by this version yet)",
                ));
            }
            vec![flags]
        }
    }
}

fn from_entry(entry: &Entry, problems: &mut Vec<Problem>) -> Option<Account> {
    let fields = entry.fields(&SECTION, problems)?;
    let functions = fields.get("functions");
    let named = functions.map(|entry| entry.parsed_list("[my-function]", problems));
    let regions = fields.get("regions");
    let regions = regions.map(|entry| entry.parsed_list("[us-east-1]", problems));
    // A wrong type is told already.
    if !functions.is_some_and(Entry::holds_anything) {
        problems.push(entry.problem(
            "no functions to watch: name them in `functions` \
             (discovering all functions is not supported by this version yet)",
        ));
    }
    Some(Account {
        regions: values(regions),
        functions: values(named),
    })
}

fn values<T>(elements: Option<Vec<(Entry, T)>>) -> Vec<T> {
    elements
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
        .collect()
}

fn from_flags(arguments: &Arguments, problems: &mut Vec<Problem>) -> Account {
    Account {
        regions: parse_flag("--aws.region", &arguments.aws_regions, problems),
        functions: parse_flag("--lambda.function", &arguments.lambda_functions, problems),
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
