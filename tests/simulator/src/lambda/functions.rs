//! Functions and their versions.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::function::{Function, LATEST};
use crate::page::Page;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::state::State;
use crate::target::Target;

/// `ListFunctions` takes up to 10,000 for `MaxItems`, and still sends 50.
const MAX_ITEMS: usize = 10_000;

/// One line of a listing; `version` is `None` for the unpublished function.
struct Line<'a> {
    function: &'a Function,
    version: Option<(u64, &'a Settings)>,
}

pub(super) fn list(state: &State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    let all = match call.parameter("FunctionVersion") {
        None => false,
        Some("ALL") => true,
        Some(other) => {
            let constraint = "Member must satisfy enum value set: [ALL]";
            return Err(AwsError::validation(other, "functionVersion", constraint));
        }
    };
    let ask = call.page(MAX_ITEMS, super::PER_PAGE)?;
    let after = ask.after.as_deref().map(position);
    let start = after.map_or(Bound::Unbounded, |(name, _)| Bound::Included(name));
    let functions = state
        .region(scope)
        .map(|region| region.functions.range::<str, _>((start, Bound::Unbounded)));
    let lines = functions
        .into_iter()
        .flatten()
        .flat_map(|(_, function)| lines(function, all));
    let rest = lines.filter(|line| after.is_none_or(|after| line.position() > after));
    let page = Page::take(rest, ask.size, Line::key);
    let functions: Vec<Value> = page
        .items
        .iter()
        .map(|line| line.to_json(scope, all))
        .collect();
    let mut body = json!({ "Functions": functions });
    if let Some(marker) = page.next {
        body["NextMarker"] = marker.into();
    }
    Ok(Answer::json(200, &body))
}

fn lines(function: &Function, all: bool) -> impl Iterator<Item = Line<'_>> {
    let versions = function
        .versions
        .iter()
        .take(if all { usize::MAX } else { 0 });
    let versions = versions.map(|(number, settings)| Some((*number, settings)));
    std::iter::once(None)
        .chain(versions)
        .map(move |version| Line { function, version })
}

impl Line<'_> {
    /// Where the line stands in the listing: `$LATEST` comes before version 1.
    fn position(&self) -> (&str, u64) {
        (
            &self.function.name,
            self.version.map_or(0, |(number, _)| number),
        )
    }

    fn key(&self) -> String {
        let (name, version) = self.position();
        format!("{name}:{version}")
    }

    fn to_json(&self, scope: &Scope, all: bool) -> Value {
        let name = &self.function.name;
        match self.version {
            Some((number, settings)) => {
                let version = number.to_string();
                settings.summary(scope, name, &version, &scope.qualified_arn(name, &version))
            }
            // Recorded: with `FunctionVersion=ALL` the ARN of `$LATEST` is qualified too.
            None if all => {
                let arn = scope.qualified_arn(name, LATEST);
                self.function.settings.summary(scope, name, LATEST, &arn)
            }
            None => self
                .function
                .settings
                .summary(scope, name, LATEST, &scope.function_arn(name)),
        }
    }
}

/// Reads a marker's key back; one that has no version names a function.
fn position(key: &str) -> (&str, u64) {
    let (name, version) = key.split_once(':').unwrap_or((key, "0"));
    (name, version.parse().unwrap_or(0))
}

pub(super) fn get(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let function = find(state, target)?;
    let mut body = json!({
        "Code": {
            "Location": format!("https://code.example/{}", target.name),
            "RepositoryType": "S3",
        },
        "Configuration": configuration(function, target)?,
    });
    if !function.tags.is_empty() {
        body["Tags"] = json!(function.tags);
    }
    Ok(Answer::json(200, &body))
}

pub(super) fn get_configuration(state: &State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    Ok(Answer::json(
        200,
        &configuration(find(state, target)?, target)?,
    ))
}

pub(super) fn publish_version(state: &mut State, call: &Call) -> Result<Answer, AwsError> {
    let target = call.target()?;
    let function = find_mut(state, target)?;
    let version = function.publish().to_string();
    let published = Target {
        qualifier: Some(version),
        ..target.clone()
    };
    Ok(Answer::json(201, &configuration(function, &published)?))
}

fn configuration(function: &Function, target: &Target) -> Result<Value, AwsError> {
    let arn = target.arn();
    let (version, settings) = function
        .resolve(target.qualifier())
        .ok_or_else(|| AwsError::function_not_found(&arn))?;
    Ok(settings.configuration(&target.scope, &target.name, version, &arn))
}

/// The function, whatever its qualifier; what AWS says without it names the qualifier too, if one was given.
pub(super) fn find<'a>(state: &'a State, target: &Target) -> Result<&'a Function, AwsError> {
    let region = state.region(&target.scope);
    region
        .and_then(|region| region.functions.get(&target.name))
        .ok_or_else(|| AwsError::function_not_found(&target.arn()))
}

pub(super) fn find_mut<'a>(
    state: &'a mut State,
    target: &Target,
) -> Result<&'a mut Function, AwsError> {
    let functions = &mut state.region_mut(&target.scope).functions;
    functions
        .get_mut(&target.name)
        .ok_or_else(|| AwsError::function_not_found(&target.arn()))
}
