//! One value of the merged layers, with its place and its source: from as typed to as usable.
//!
//! Every reading function gives the value or a [`Problem`] that names the key and the source, so
//! that the sections can go on and find the next mistake.

use std::{fmt::Display, str::FromStr, time::Duration};

use figment::{
    Figment, Source,
    value::{Num, Value},
};

use super::{
    duration,
    layers::Layers,
    mapping::{Mapping, Section},
    problem::{Problem, keep},
    yaml::{Located, Position},
};

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node<'a> {
    /// The path of its key, such as `accounts[0].functions[2]`.
    path: String,
    value: &'a Value,
    /// What the file has at this path, which may not be where the value is from.
    in_file: Option<&'a Located>,
    figment: &'a Figment,
}

impl<'a> Node<'a> {
    /// The whole configuration.
    pub(super) fn root(layers: &'a Layers) -> Self {
        Self {
            path: String::new(),
            value: &layers.root,
            in_file: layers.file.as_ref(),
            figment: &layers.figment,
        }
    }

    /// The variable or flag that the value came from, or the file with the value's line and column.
    pub(super) fn source(&self) -> String {
        self.source_at(|located| located.position)
    }

    fn source_at(&self, position: impl FnOnce(&Located) -> Position) -> String {
        let Some(metadata) = self.figment.get_metadata(self.value.tag()) else {
            return String::new();
        };
        let in_file = self
            .in_file
            .filter(|_| matches!(metadata.source, Some(Source::File(_))));
        match in_file {
            Some(located) => format!("{}:{}", metadata.name, position(located)),
            None => metadata.name.to_string(),
        }
    }

    /// A mistake in this value.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        self.problem_in(self.source(), message)
    }

    /// A mistake in the key of this value.
    pub(super) fn key_problem(&self, message: impl Into<String>) -> Problem {
        self.problem_in(self.source_at(|located| located.key), message)
    }

    /// A flag says by itself which key it is about.
    fn problem_in(&self, source: String, message: impl Into<String>) -> Problem {
        let is_flag = source.starts_with("--");
        let path = if is_flag { "" } else { &self.path };
        Problem::new(path, source, message)
    }

    /// Whether nothing stands after the key.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Value::Empty(..))
    }

    /// The keys of a section; those that nobody knows are problems.
    pub(super) fn section(
        &self,
        section: &Section,
        problems: &mut Vec<Problem>,
    ) -> Option<Mapping<'a>> {
        if self.is_null() {
            return Some(Mapping::default());
        }
        let pairs = self.pairs("a mapping", problems)?;
        let (known, unknown): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(key, _)| section.knows(key));
        let refuse = |(key, node): &(&str, Self)| node.key_problem(section.refuse(key));
        problems.extend(unknown.iter().map(refuse));
        Some(known.into_iter().collect())
    }

    /// The keys of a mapping with their nodes, none where this is something else.
    pub(super) fn pairs(
        &self,
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<(&'a str, Self)>> {
        let Value::Dict(_, dict) = self.value else {
            problems.push(self.wrong_type(wanted));
            return None;
        };
        let pair = |(key, value): (&'a String, &'a Value)| (key.as_str(), self.child(key, value));
        Some(dict.iter().map(pair).collect())
    }

    /// The elements of a list, none where this is something else.
    pub(super) fn list(&self, example: &str, problems: &mut Vec<Problem>) -> Option<Vec<Self>> {
        let Value::Array(_, values) = self.value else {
            problems.push(self.wrong_type(&format!("a list, such as {example}")));
            return None;
        };
        let element = |(index, value)| Self {
            path: format!("{}[{index}]", self.path),
            value,
            in_file: self.in_file.and_then(|located| located.element(index)),
            figment: self.figment,
        };
        Some(values.iter().enumerate().map(element).collect())
    }

    /// Whether this is a list without elements.
    pub(super) fn is_empty_list(&self) -> bool {
        matches!(self.value, Value::Array(_, values) if values.is_empty())
    }

    /// The elements of a list of strings that mean something; those that do not are problems.
    pub(super) fn parsed_list<T>(
        &self,
        example: &str,
        problems: &mut Vec<Problem>,
    ) -> Vec<(Self, T)>
    where
        T: FromStr<Err: Display>,
    {
        let elements = self.list(example, problems).unwrap_or_default();
        let parse = |element: Self| {
            let value = keep(element.parsed(), problems)?;
            Some((element, value))
        };
        elements.into_iter().filter_map(parse).collect()
    }

    /// A string that means something.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T, Problem> {
        let parsed = self.string()?.parse();
        parsed.map_err(|error: T::Err| self.problem(error.to_string()))
    }

    /// A string.
    pub(super) fn string(&self) -> Result<String, Problem> {
        match self.value {
            Value::String(_, text) => Ok(text.clone()),
            Value::Char(_, character) => Ok(character.to_string()),
            Value::Num(..) | Value::Bool(..) => {
                Err(self.remedied("a string", "write it in quotes"))
            }
            Value::Dict(..) => Err(self.remedied(
                "a string",
                "write it in quotes, or without the space after the colon",
            )),
            Value::Empty(..) | Value::Array(..) => Err(self.wrong_type("a string")),
        }
    }

    /// True or false.
    pub(super) fn boolean(&self) -> Result<bool, Problem> {
        match self.value {
            Value::Bool(_, boolean) => Ok(*boolean),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A length of time, in Prometheus's units.
    pub(super) fn duration(&self) -> Result<Duration, Problem> {
        let text = match self.value {
            Value::Num(_, num) => number(*num),
            Value::String(_, text) => text.clone(),
            _ => return Err(self.wrong_type("a duration, such as 5m")),
        };
        let text = text.trim();
        if text.parse::<u64>().is_ok_and(|seconds| seconds > 0) {
            let message = format!("`{text}` has no unit: write it with a unit, such as {text}s");
            return Err(self.problem(message));
        }
        duration::parse(text).map_err(|message| self.problem(message))
    }

    /// A number, whole or not.
    pub(super) fn number(&self) -> Result<f64, Problem> {
        match self.value {
            // Every number there is has a text that can be read as a float.
            Value::Num(_, num) => Ok(number(*num).parse().unwrap_or(f64::NAN)),
            _ => Err(self.wrong_type("a number")),
        }
    }

    /// A whole number of either sign.
    pub(super) fn integer(&self) -> Result<i128, Problem> {
        match self.value {
            Value::Num(_, num) => number(*num).parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type("a whole number"))
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let path = match self.path.as_str() {
            "" => key.to_owned(),
            parent => format!("{parent}.{key}"),
        };
        Self {
            path,
            value,
            in_file: self.in_file.and_then(|located| located.get(key)),
            figment: self.figment,
        }
    }

    fn wrong_type(&self, wanted: &str) -> Problem {
        let given = describe(self.value);
        match self.path.as_str() {
            "" => self.problem(format!("the configuration must be {wanted}, not {given}")),
            path => self.problem(format!("`{path}` must be {wanted}, not {given}")),
        }
    }

    /// A value of another type, and how to write it.
    pub(super) fn remedied(&self, wanted: &str, remedy: &str) -> Problem {
        let given = describe(self.value);
        self.problem(format!(
            "`{}` must be {wanted}, not {given}: {remedy}",
            self.path
        ))
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("the string `{text}`"),
        Value::Char(_, character) => format!("the string `{character}`"),
        Value::Bool(_, boolean) => format!("the boolean {boolean}"),
        Value::Num(_, num) => format!("the number {}", number(*num)),
        Value::Empty(..) => "nothing".to_owned(),
        Value::Dict(..) => "a mapping".to_owned(),
        Value::Array(..) => "a list".to_owned(),
    }
}

fn number(num: Num) -> String {
    num.to_u128()
        .map(|unsigned| unsigned.to_string())
        .or_else(|| num.to_i128().map(|signed| signed.to_string()))
        .or_else(|| num.to_f64().map(|float| float.to_string()))
        .unwrap_or_default()
}
