//! The file, the environment and the flags as one tree of values, each of which knows its source.
//!
//! figment merges, later layers over earlier ones, and remembers by tags which value came from
//! where; what the values mean is decided afterwards. The defaults are not in the tree: what is
//! absent from it has its default.

use std::io;

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::{Format, Yaml, YamlExtended},
    value::{Dict, Map, Value},
};

use super::{Arguments, problem::Problem};

/// What the exporter's environment variables start with.
const PREFIX: &str = "LAMBDA_ASYNC_EXPORTER_";

/// What stands between the sections and the key in the name of a variable.
const SEPARATOR: &str = "__";

/// A configuration file as read.
pub(super) struct File {
    /// The path as given.
    pub(super) path: String,
    /// The content, or why there is none.
    pub(super) text: io::Result<String>,
}

/// The merged layers.
pub(super) struct Layers {
    /// The merged values.
    pub(super) root: Value,
    /// Knows their sources.
    pub(super) figment: Figment,
}

/// One source of values.
struct Layer {
    source: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
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
        if let Some(File { path, text }) = file {
            match read_file(text) {
                Ok(values) => layers.push(Layer {
                    source: path,
                    values,
                }),
                Err(message) => problems.push(Problem::new("", path, message)),
            }
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
        }
    }
}

fn read_file(text: io::Result<String>) -> Result<Dict, String> {
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; check --config.file".to_owned(),
        _ => format!("cannot read this file: {error}"),
    })?;
    match parse_yaml(&text)? {
        Value::Dict(_, values) => Ok(values),
        Value::Empty(..) => Ok(Dict::new()),
        _ => Err("the file must hold a mapping, such as `poll: {interval: 5m}`".to_owned()),
    }
}

/// The plain reader takes every key as text but lets the last of two equal keys win; the extended
/// one, which also knows merge keys (`<<`), refuses both.
fn parse_yaml(text: &str) -> Result<Value, String> {
    let plain = Yaml::from_str(text).map_err(|error| format!("not valid YAML: {error}"))?;
    let error = match YamlExtended::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let message = error.to_string();
    if !message.contains("duplicate entry") {
        return Ok(plain);
    }
    let line = error.location().map_or(1, |location| location.line());
    let what = message.split(" at line ").next().unwrap_or_default();
    Err(format!(
        "not valid YAML: {what} in the mapping that starts at line {line}"
    ))
}

/// A layer for each variable of the exporter, so that a problem can name the variable.
///
/// Kubernetes sets variables such as `LAMBDA_ASYNC_EXPORTER_PORT` for a service of this name. None
/// of them has the separator, so without it only the one section that is a list is taken.
fn environment_layers(environment: impl IntoIterator<Item = (String, String)>) -> Vec<Layer> {
    let mut layers: Vec<Layer> = environment
        .into_iter()
        .filter_map(|(source, text)| {
            let (prefix, path) = source.split_at_checked(PREFIX.len())?;
            let path = path.to_ascii_lowercase();
            let ours = prefix.eq_ignore_ascii_case(PREFIX)
                && (path.contains(SEPARATOR) || path == "accounts");
            let value = text.parse().unwrap_or(Value::from(text));
            let values = ours.then(|| nest(&path.split(SEPARATOR).collect::<Vec<_>>(), value))?;
            Some(Layer { source, values })
        })
        .collect();
    // The environment has no order; messages should have one.
    layers.sort_by(|one, other| one.source.cmp(&other.source));
    layers
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
    .filter_map(|(flag, key, value)| {
        Some(Layer {
            source: flag.to_owned(),
            values: nest(&["web", key], value?),
        })
    })
    .collect()
}
