//! One value of the merged layers, with its place and its source: from as typed to as usable.
//!
//! Every reading function gives the value or a [`Problem`] that names the key and the source, so
//! that the sections can go on and find the next mistake.

use std::{collections::BTreeMap, fmt::Display, str::FromStr, time::Duration};

use figment::{
    Figment,
    value::{Num, Value},
};

use super::{
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

/// The entries of a section that hold anything, by the names of their keys.
#[derive(Default)]
pub(super) struct Fields<'a>(BTreeMap<&'a str, Entry<'a>>);

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

    /// Whether there is anything here that was given, rightly or wrongly.
    pub(super) fn holds_anything(&self) -> bool {
        !matches!(self.value, Value::Array(_, values) if values.is_empty())
    }

    /// The keys of a section; those that nobody knows are problems.
    pub(super) fn fields(
        &self,
        section: &Section,
        problems: &mut Vec<Problem>,
    ) -> Option<Fields<'a>> {
        let dict = match self.value {
            Value::Dict(_, dict) => dict,
            Value::Empty(..) => return Some(Fields::default()),
            _ => {
                problems.push(self.wrong_type("a mapping"));
                return None;
            }
        };
        let mut fields = Fields::default();
        for (key, value) in dict {
            let entry = self.child(key, value);
            if section.knows(key) {
                if !matches!(value, Value::Empty(..)) {
                    fields.0.insert(key, entry);
                }
            } else {
                problems.push(entry.problem(section.refuse(key, &entry.key)));
            }
        }
        Some(fields)
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

    fn remedied(&self, wanted: &str, remedy: &str) -> Problem {
        let given = describe(self.value);
        self.problem(format!(
            "`{}` must be {wanted}, not {given}: {remedy}",
            self.key
        ))
    }
}

impl<'a> Fields<'a> {
    /// The entry of a key, unless it is absent or empty.
    pub(super) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.0.get(key)
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
