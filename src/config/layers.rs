//! The file, the environment and the flags as one tree of values, each of which knows its source.
//!
//! figment merges, later layers over earlier ones, and remembers by tags which value came from
//! where; what the values mean is decided afterwards. The defaults are not in the tree: what is
//! absent from it has its default.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use figment::{
    Error, Figment, Metadata, Profile, Provider, Source,
    value::{Dict, Map, Value},
};

use super::{
    Arguments,
    problem::Problem,
    yaml::{self, Located, Position},
};

/// What the exporter's environment variables start with.
const PREFIX: &str = "LAMBDA_ASYNC_EXPORTER_";

/// What stands between the sections and the key in the name of a variable.
const SEPARATOR: &str = "__";

/// The longest file that is read, in bytes: more than any Kubernetes `ConfigMap` holds, and little
/// enough for memory where the path is that of a device.
const MAX_FILE: u64 = 1 << 20;

/// A configuration file as read.
pub(super) struct File {
    /// The path as given.
    pub(super) path: String,
    /// The content, or why there is none; of one that is too long, only the start.
    pub(super) content: io::Result<Vec<u8>>,
}

/// The merged layers.
pub(super) struct Layers {
    /// The merged values.
    pub(super) root: Value,
    /// Knows their sources.
    pub(super) figment: Figment,
    /// Knows where in the file its values stand.
    pub(super) file: Option<Located>,
}

/// One source of values.
struct Layer {
    metadata: Metadata,
    values: Dict,
}

impl Layer {
    fn named(source: impl Into<String>, values: Dict) -> Self {
        Self {
            metadata: Metadata::named(source.into()),
            values,
        }
    }
}

impl File {
    /// Reads a file, but not more of it than a configuration may have.
    pub(super) fn read(path: &Path) -> Self {
        let read = |file: fs::File| {
            let mut content = Vec::new();
            file.take(MAX_FILE + 1).read_to_end(&mut content)?;
            Ok(content)
        };
        Self {
            path: path.display().to_string(),
            content: fs::File::open(path).and_then(read),
        }
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new("", &self.path, message)
    }

    fn problem_after(&self, text: &str, message: String) -> Problem {
        let position = Position::after(text);
        Problem::new("", format!("{}:{position}", self.path), message)
    }

    /// The content as text that may be YAML.
    fn text(&self) -> Result<&str, Problem> {
        let content = self.content.as_deref();
        let content = content.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.problem("there is no such file; check --config.file"),
            io::ErrorKind::IsADirectory => {
                self.problem("this is a directory; give --config.file the path of a file")
            }
            _ => self.problem(format!("cannot read this file: {error}")),
        })?;
        if u64::try_from(content.len()).is_ok_and(|length| length > MAX_FILE) {
            return Err(self.problem(format!(
                "longer than {MAX_FILE} bytes; a configuration has fewer"
            )));
        }
        let text = str::from_utf8(content).map_err(|error| {
            let (valid, rest) = content.split_at(error.valid_up_to());
            let valid = str::from_utf8(valid).unwrap_or_default();
            let byte = rest.first().copied().unwrap_or_default();
            let message = format!(
                "not UTF-8: the byte 0x{byte:02x} at offset {} is no part of a character; \
                 save the file as UTF-8",
                valid.len()
            );
            self.problem_after(without_mark(valid), message)
        })?;
        let text = without_mark(text);
        match text.find(is_forbidden) {
            None => Ok(text),
            Some(start) => {
                let code = text[start..].chars().next().map_or(0, u32::from);
                let message = format!("not valid YAML: the character U+{code:04X} is not allowed");
                Err(self.problem_after(&text[..start], message))
            }
        }
    }

    fn document(&self, problems: &mut Vec<Problem>) -> Option<Located> {
        let text = self.text().map_err(|problem| problems.push(problem)).ok()?;
        let document = yaml::read(text, &self.path, problems)?;
        if document.is_mapping() {
            return Some(document);
        }
        problems.push(Problem::new(
            "",
            format!("{}:{}", self.path, document.position),
            "the file must hold a mapping, such as `poll: {interval: 5m}`",
        ));
        None
    }
}

/// Some editors start a file with the byte order mark; no column should count it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What YAML allows nowhere but in escapes (YAML 1.2.2, 5.1 "Character Set").
fn is_forbidden(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}');
    is_control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Layers {
    /// Merges the layers; what cannot be read is a problem, and the others are merged all the same.
    pub(super) fn merge(
        file: Option<File>,
        environment: impl IntoIterator<Item = (String, String)>,
        arguments: &Arguments,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        let document = file.as_ref().and_then(|file| file.document(problems));
        if let Some((file, document)) = file.zip(document.as_ref()) {
            layers.push(Layer {
                metadata: Metadata::from(file.path.clone(), Source::File(file.path.into())),
                values: document.value().into_dict().unwrap_or_default(),
            });
        }
        layers.extend(environment_layers(environment));
        layers.extend(flag_layers(arguments));
        let figment = layers.into_iter().fold(Figment::new(), Figment::merge);
        let root = match figment.data() {
            Ok(mut profiles) => profiles.remove(&Profile::Default).unwrap_or_default(),
            Err(error) => {
                problems.push(Problem::new("", "", error.to_string()));
                Dict::new()
            }
        };
        Self {
            root: root.into(),
            figment,
            file: document,
        }
    }
}

/// A layer for each variable of the exporter, so that a problem can name the variable.
///
/// Kubernetes sets variables such as `LAMBDA_ASYNC_EXPORTER_PORT` for a service of this name. None
/// of them has the separator, so without it only the one section that is a list is taken.
fn environment_layers(environment: impl IntoIterator<Item = (String, String)>) -> Vec<Layer> {
    let mut variables: Vec<(String, Dict)> = environment
        .into_iter()
        .filter_map(|(source, text)| {
            let path = path_of(&source)?;
            let value = text.parse().unwrap_or(Value::from(text));
            let values = nest(&path.split(SEPARATOR).collect::<Vec<_>>(), value);
            Some((source, values))
        })
        .collect();
    // The environment has no order; messages should have one.
    variables.sort_by(|(one, _), (other, _)| one.cmp(other));
    let layer = |(name, values)| Layer::named(name, values);
    variables.into_iter().map(layer).collect()
}

/// What follows the exporter's prefix, if the variable has it.
pub(super) fn after_prefix(variable: &str) -> Option<&str> {
    let (prefix, rest) = variable.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(rest)
}

/// The variable of a path in the exporter's sections.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.to_ascii_uppercase())
}

/// The sections and the key that a variable is about, if it is one that is read.
pub(super) fn path_of(variable: &str) -> Option<String> {
    let path = after_prefix(variable)?.to_ascii_lowercase();
    (path.contains(SEPARATOR) || path == "accounts").then_some(path)
}

/// The value in a section in a section, outermost first.
fn nest(keys: &[&str], value: Value) -> Dict {
    let within = |value, key: &&str| Value::from(Dict::from([((*key).to_owned(), value)]));
    let nested = keys.iter().rev().fold(value, within);
    nested.into_dict().unwrap_or_default()
}

/// The flags that stand for a key; those of `accounts` are not merged but exclude it.
fn flag_layers(arguments: &Arguments) -> Vec<Layer> {
    let addresses = &arguments.listen_addresses;
    let addresses = (!addresses.is_empty()).then(|| Value::from(addresses.clone()));
    let path = arguments.telemetry_path.clone().map(Value::from);
    [
        ("--web.listen-address", "listen_address", addresses),
        ("--web.telemetry-path", "telemetry_path", path),
    ]
    .into_iter()
    .filter_map(|(flag, key, value)| Some(Layer::named(flag, nest(&["web", key], value?))))
    .collect()
}
