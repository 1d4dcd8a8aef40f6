//! The fleets at the beginning of the story: `fleet.txt`, read and put into the simulator.

use lambda_simulator::{EventInvokeConfig, Function, Region, Simulator};

const TABLE: &str = include_str!("fleet.txt");

/// 2026-01-05T09:00:00Z: when the first config of a region was last modified; every further one 26 hours and 45 seconds
/// later.
const FIRST_MODIFIED: f64 = 1_767_603_600.0;
const MODIFIED_APART: f64 = 93_645.0;

/// One line of the table: a function, or below it one of its qualifiers.
struct Row {
    /// `name`, `5` or `live@5`.
    key: &'static str,
    below: bool,
    fields: Vec<&'static str>,
}

/// Puts every function that is not missing into the simulator; returns the accounts and regions, in their order.
pub(crate) fn put(simulator: &Simulator) -> Vec<Region> {
    let sections = TABLE.split("\n[").skip(1);
    sections
        .map(|section| {
            let (heading, table) = section.split_once("]\n").expect("a heading has an end");
            let (account, region) = heading.split_once(' ').expect("ACCOUNT REGION");
            let region = simulator.region(account, region);
            put_region(&region, table);
            region
        })
        .collect()
}

/// A destination as the table writes it, as an ARN.
pub(crate) fn arn(scope: &Region, destination: &str) -> String {
    let (kind, name) = destination
        .split_once(':')
        .expect("a destination is KIND:NAME");
    let here = format!("{}:{}", scope.region_name(), scope.account_id());
    match kind {
        "kafka" => format!("kafka://{name}"),
        "s3" => format!("arn:aws:s3:::{name}"),
        "lambda" => format!("arn:aws:lambda:{here}:function:{name}"),
        "events" => format!("arn:aws:events:{here}:event-bus/{name}"),
        _ => format!("arn:aws:{kind}:{here}:{name}"),
    }
}

fn put_region(region: &Region, table: &'static str) {
    let (mut name, mut modified) = ("", FIRST_MODIFIED);
    for row in rows(table) {
        let qualifier = if row.below {
            put_qualifier(region, name, row.key)
        } else if row.has("missing") {
            continue;
        } else {
            name = row.key;
            region.put_function(row.to_function(region));
            "$LATEST"
        };
        if let Some(config) = row.to_config(region) {
            region.put_event_invoke_config(name, qualifier, config.last_modified(modified));
            modified += MODIFIED_APART;
        }
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    let lines = table
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
    fn has(&self, word: &str) -> bool {
        self.fields.contains(&word)
    }

    fn get(&self, key: &str) -> Option<&'static str> {
        let value = |field: &&'static str| field.strip_prefix(key)?.strip_prefix('=');
        self.fields.iter().find_map(value)
    }

    fn to_function(&self, region: &Region) -> Function {
        let mut function = Function::new(self.key);
        function = match self.fields.first() {
            Some(&"image") => function.image(),
            Some(runtime) => function.runtime(runtime),
            None => function,
        };
        if !self.has("untagged") {
            let team = self.key.split('-').next().unwrap_or(self.key);
            let env = self.get("env").unwrap_or("prod");
            function = function.tag("team", team).tag("env", env);
        }
        if let Some(silence) = self.get("alerts") {
            function = function.tag("lambda-async-alerts", silence);
        }
        match self.get("dlq") {
            Some(queue) => function.dead_letter(&arn(region, queue)),
            None => function,
        }
    }

    fn to_config(&self, region: &Region) -> Option<EventInvokeConfig> {
        let settings = ["retries", "age", "failure", "success"].map(|key| self.get(key));
        if !self.has("config") && settings.iter().all(Option::is_none) {
            return None;
        }
        let [retries, age, failure, success] = settings;
        let mut config = EventInvokeConfig::new();
        config.maximum_retry_attempts = retries.and_then(|attempts| attempts.parse().ok());
        config.maximum_event_age_in_seconds = age.and_then(|seconds| seconds.parse().ok());
        if let Some(destination) = failure {
            config = config.on_failure(arn(region, destination));
        }
        if let Some(destination) = success {
            config = config.on_success(arn(region, destination));
        }
        Some(config)
    }
}
