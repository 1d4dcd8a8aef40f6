//! One value of the merged layers, with its place and its source: from as typed to as usable.
//!
//! Every reading function gives the value or a [`Problem`] that names the key and the source, so
//! that the sections can go on and find the next mistake.

use std::{fmt::Display, str::FromStr, time::Duration};

use figment::{
    Figment,
    value::{Num, Value},
};

use super::{
    fields::Fields,
    keys::Section,
    problem::{Problem, keep},
};

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    key: String,
    value: &'a Value,
    figment: &'a Figment,
}

impl<'a> Entry<'a> {
    /// The whole configuration.
    pub(super) fn root(value: &'a Value, figment: &'a Figment) -> Self {
        let key = String::new();
        Self {
            key,
            value,
            figment,
        }
    }

    /// The file, variable or flag that the value came from.
    pub(super) fn source(&self) -> String {
        let metadata = self.figment.get_metadata(self.value.tag());
        metadata.map_or_else(String::new, |metadata| metadata.name.to_string())
    }

    /// A mistake in this value. A flag says by itself which key it is about.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        let source = self.source();
        let key = if source.starts_with("--") {
            ""
        } else {
            &self.key
        };
        Problem::new(key, source, message)
    }

    /// Whether nothing stands after the key.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self.value, Value::Empty(..))
    }

    /// The keys of a section; those that nobody knows are problems.
    pub(super) fn fields(
        &self,
        section: &Section,
        problems: &mut Vec<Problem>,
    ) -> Option<Fields<'a>> {
        if self.is_nothing() {
            return Some(Fields::default());
        }
        let entries = self.mapping("a mapping", problems)?;
        let (known, unknown): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(key, _)| section.knows(key));
        problems.extend(
            unknown
                .iter()
                .map(|(key, entry)| entry.problem(section.refuse(key))),
        );
        Some(known.into_iter().collect())
    }

    /// The entries of a mapping by their keys, none where this is something else.
    pub(super) fn mapping(
        &self,
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<(&'a str, Self)>> {
        let Value::Dict(_, dict) = self.value else {
            problems.push(self.wrong_type(wanted));
            return None;
        };
        let entry = |(key, value): (&'a String, &'a Value)| (key.as_str(), self.child(key, value));
        Some(dict.iter().map(entry).collect())
    }

    /// The elements of a list, none where this is something else.
    pub(super) fn list(&self, example: &str, problems: &mut Vec<Problem>) -> Option<Vec<Self>> {
        let Value::Array(_, values) = self.value else {
            problems.push(self.wrong_type(&format!("a list, such as {example}")));
            return None;
        };
        let element = |(index, value)| Self {
            key: format!("{}[{index}]", self.key),
            value,
            figment: self.figment,
        };
        Some(values.iter().enumerate().map(element).collect())
    }

    /// The elements of a list of texts that mean something; those that do not are problems.
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

    /// A text that means something.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T, Problem> {
        let parsed = self.text()?.parse();
        parsed.map_err(|error: T::Err| self.problem(error.to_string()))
    }

    /// A text.
    pub(super) fn text(&self) -> Result<String, Problem> {
        match self.value {
            Value::String(_, text) => Ok(text.clone()),
            Value::Char(_, character) => Ok(character.to_string()),
            Value::Num(..) | Value::Bool(..) => Err(self.remedied("a text", "write it in quotes")),
            Value::Dict(..) => Err(self.remedied(
                "a text",
                "write it in quotes, or without the space after the colon",
            )),
            Value::Empty(..) | Value::Array(..) => Err(self.wrong_type("a text")),
        }
    }

    /// Yes or no.
    pub(super) fn truth(&self) -> Result<bool, Problem> {
        match self.value {
            Value::Bool(_, truth) => Ok(*truth),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A length of time, as `humantime` reads it.
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
        humantime::parse_duration(text).map_err(|_| {
            self.problem(format!(
                "`{text}` is not a duration: write it with a unit, such as 300s, 5m or 1h 30m"
            ))
        })
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
    pub(super) fn whole_number(&self) -> Result<i128, Problem> {
        match self.value {
            Value::Num(_, num) => number(*num).parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type("a whole number"))
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let key = match self.key.as_str() {
            "" => key.to_owned(),
            parent => format!("{parent}.{key}"),
        };
        Self {
            key,
            value,
            figment: self.figment,
        }
    }

    fn wrong_type(&self, wanted: &str) -> Problem {
        let given = describe(self.value);
        match self.key.as_str() {
            "" => self.problem(format!("the configuration must be {wanted}, not {given}")),
            key => self.problem(format!("`{key}` must be {wanted}, not {given}")),
        }
    }

    /// A value of another type, and how to write it.
    pub(super) fn remedied(&self, wanted: &str, remedy: &str) -> Problem {
        let given = describe(self.value);
        self.problem(format!(
            "`{}` must be {wanted}, not {given}: {remedy}",
            self.key
        ))
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("the text `{text}`"),
        Value::Char(_, character) => format!("the text `{character}`"),
        Value::Bool(_, truth) => format!("the truth value {truth}"),
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
