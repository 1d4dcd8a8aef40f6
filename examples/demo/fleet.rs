//! The fleet at the beginning of the story: `fleet.txt`, read and put into the simulator.

use lambda_simulator::{EventInvokeConfig, Function, Region};

/// The account that the fleet lives in.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The region that the fleet lives in.
pub(crate) const REGION: &str = "us-east-1";

const TABLE: &str = include_str!("fleet.txt");

/// 2026-01-05T09:00:00Z: when the first config was last modified; every further one 26 hours and 45 seconds later.
const FIRST_MODIFIED: f64 = 1_767_603_600.0;
const MODIFIED_APART: f64 = 93_645.0;

/// One line of the table: a function, or below it one of its qualifiers.
struct Row {
    /// `name`, `name:*`, `5` or `live@5`.
    key: &'static str,
    below: bool,
    fields: Vec<&'static str>,
}

/// Puts every function that is not missing into the simulator; returns how many.
pub(crate) fn put(region: &Region) -> usize {
    let (mut functions, mut name, mut modified) = (0, "", FIRST_MODIFIED);
    for row in rows() {
        let qualifier = if row.below {
            put_qualifier(region, name, row.key)
        } else if row.fields.contains(&"missing") {
            continue;
        } else {
            name = row.function();
            region.put_function(row.to_function());
            functions += 1;
            "$LATEST"
        };
        if let Some(config) = row.to_config() {
            region.put_event_invoke_config(name, qualifier, config.last_modified(modified));
            modified += MODIFIED_APART;
        }
    }
    functions
}

/// What the exporter is told to watch, in its own words.
pub(crate) fn watched() -> Vec<String> {
    let mut watched = Vec::new();
    let mut function = "";
    for row in rows() {
        if !row.below {
            function = row.key;
            watched.push(function.to_owned());
        } else if !function.ends_with(":*") {
            watched.push(format!("{function}:{}", row.qualifier()));
        }
    }
    watched
}

/// A destination as the table writes it, as an ARN.
pub(crate) fn arn(destination: &str) -> String {
    let (kind, name) = destination
        .split_once(':')
        .expect("a destination is KIND:NAME");
    match kind {
        "kafka" => format!("kafka://{name}"),
        "s3" => format!("arn:aws:s3:::{name}"),
        "lambda" => format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
        "events" => format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}"),
        _ => format!("arn:aws:{kind}:{REGION}:{ACCOUNT}:{name}"),
    }
}

fn rows() -> impl Iterator<Item = Row> {
    let lines = TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(Row {
            key: words.next()?,
            below: line.starts_with(' '),
            fields: words.collect(),
        })
    })
}

fn put_qualifier<'a>(region: &Region, function: &str, key: &'a str) -> &'a str {
    if let Some((alias, version)) = key.split_once('@') {
        region.put_alias(function, alias, version);
        return alias;
    }
    region.update_function(function, |function| function.version(key));
    key
}

impl Row {
    fn function(&self) -> &'static str {
        self.key.strip_suffix(":*").unwrap_or(self.key)
    }

    fn qualifier(&self) -> &'static str {
        self.key.split('@').next().unwrap_or(self.key)
    }

    fn get(&self, key: &str) -> Option<&'static str> {
        let value = |field: &&'static str| field.strip_prefix(key)?.strip_prefix('=');
        self.fields.iter().find_map(value)
    }

    fn to_function(&self) -> Function {
        let name = self.function();
        let team = name.split('-').next().unwrap_or(name);
        let function = Function::new(name).tag("team", team).tag("env", "prod");
        let function = match self.fields.first() {
            Some(&"image") => function.image(),
            Some(runtime) => function.runtime(runtime),
            None => function,
        };
        match self.get("dlq") {
            Some(queue) => function.dead_letter(&arn(queue)),
            None => function,
        }
    }

    fn to_config(&self) -> Option<EventInvokeConfig> {
        let settings = ["retries", "age", "failure", "success"].map(|key| self.get(key));
        if !self.fields.contains(&"config") && settings.iter().all(Option::is_none) {
            return None;
        }
        let [retries, age, failure, success] = settings;
        let mut config = EventInvokeConfig::new();
        config.maximum_retry_attempts = retries.and_then(|attempts| attempts.parse().ok());
        config.maximum_event_age_in_seconds = age.and_then(|seconds| seconds.parse().ok());
        if let Some(destination) = failure {
            config = config.on_failure(arn(destination));
        }
        if let Some(destination) = success {
            config = config.on_success(arn(destination));
        }
        Some(config)
    }
}
