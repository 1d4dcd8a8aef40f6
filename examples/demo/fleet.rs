//! The fleets at the beginning of the story: `fleet.txt`, read and put into the simulator.

use lambda_simulator::{EventInvokeConfig, EventSourceMapping, Function, Region, Simulator};

const TABLE: &str = include_str!("fleet.txt");

/// 2026-01-05T09:00:00Z: when the first config of a region was last modified; every further one 26 hours and 45 seconds
/// later.
const FIRST_MODIFIED: f64 = 1_767_603_600.0;
const MODIFIED_APART: f64 = 93_645.0;

/// One line of the table: a function, or below it one of its qualifiers.
struct Row {
    /// `name`, `5`, `live@5` or `<sqs:queue`.
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

/// Makes what a destination of the table leads to; functions are made by their own rows.
pub(crate) fn put_destination(region: &Region, destination: &str) {
    match destination.split_once(':') {
        Some(("sqs", queue)) => region.put_queue(queue),
        Some(("sns", topic)) => region.put_topic(topic),
        Some(("events", bus)) => region.put_event_bus(bus),
        Some(("s3", bucket)) => region.put_bucket(bucket),
        _ => {}
    }
}

fn put_region(region: &Region, table: &'static str) {
    let (mut name, mut queue, mut modified) = ("", None, FIRST_MODIFIED);
    for (number, row) in rows(table).enumerate() {
        row.put_destinations(region);
        if row.has("missing") {
            continue;
        }
        let qualifier = if let Some(source) = row.key.strip_prefix('<') {
            row.put_mapping(region, name, source, number);
            continue;
        } else if row.below {
            row.put_qualifier(region, name, queue)
        } else {
            (name, queue) = (row.key, row.get("dlq"));
            region.put_function(row.to_function(region));
            "$LATEST"
        };
        if row.receives_events() {
            region.receive_async_events(name, qualifier);
        }
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

impl Row {
    fn has(&self, word: &str) -> bool {
        self.fields.contains(&word)
    }

    fn get(&self, key: &str) -> Option<&'static str> {
        let value = |field: &&'static str| field.strip_prefix(key)?.strip_prefix('=');
        self.fields.iter().find_map(value)
    }

    fn put_destinations(&self, region: &Region) {
        for key in ["dlq", "success", "failure"] {
            if !(key == "failure" && self.has("gone")) {
                put_destination(region, self.get(key).unwrap_or_default());
            }
        }
    }

    /// What somebody has thought of is used.
    fn receives_events(&self) -> bool {
        let is_set = ["retries", "age", "failure", "success", "dlq"]
            .iter()
            .any(|key| self.get(key).is_some_and(|value| value != "none"));
        self.has("events") || !self.has("idle") && (is_set || self.has("config"))
    }

    /// A version, an alias of one or two, or what a deleted alias left behind; gives its name.
    fn put_qualifier(
        &self,
        region: &Region,
        function: &str,
        function_queue: Option<&str>,
    ) -> &'static str {
        if self.has("orphan") {
            return self.key;
        }
        let Some((alias, versions)) = self.key.split_once('@') else {
            let queue = self
                .get("dlq")
                .or(function_queue)
                .filter(|queue| *queue != "none");
            region.update_function(function, |function| {
                let published = with_queue(function, region, queue).version(self.key);
                with_queue(published, region, function_queue)
            });
            return self.key;
        };
        match versions.split_once(',') {
            Some((version, other)) => {
                region.put_weighted_alias(function, alias, version, other, 0.1);
            }
            None => region.put_alias(function, alias, versions),
        }
        alias
    }

    fn put_mapping(&self, region: &Region, function: &str, source: &str, number: usize) {
        let uuid = format!("{number:08x}-0000-4000-8000-{}", region.account_id());
        let (kind, name) = source.split_once(':').expect("a source is KIND:NAME");
        let here = format!("{}:{}", region.region_name(), region.account_id());
        let new = |arn: String| EventSourceMapping::new(&uuid, function, &arn);
        let mut mapping = match kind {
            "kinesis" => new(format!("arn:aws:kinesis:{here}:stream/{name}")),
            "dynamodb" => new(format!(
                "arn:aws:dynamodb:{here}:table/{name}/stream/2026-01-01T00:00:00.000"
            )),
            "sqs" if self.has("redrive") => {
                let dead_letters = region.queue_arn(&format!("{name}-dead-letters"));
                region.put_queue_with_redrive(name, &dead_letters, 5);
                new(region.queue_arn(name))
            }
            "sqs" => {
                region.put_queue(name);
                new(region.queue_arn(name))
            }
            _ => {
                let server = "kafka.acme.example:9092";
                EventSourceMapping::self_managed_kafka(&uuid, function, server, name)
            }
        };
        if self.has("disabled") {
            mapping = mapping.state("Disabled");
        }
        if let Some(attempts) = self
            .get("retries")
            .and_then(|attempts| attempts.parse().ok())
        {
            mapping = mapping.retries(attempts);
        }
        if let Some(seconds) = self.get("age").and_then(|seconds| seconds.parse().ok()) {
            mapping = mapping.record_age(seconds);
        }
        if let Some(destination) = self.get("failure") {
            mapping = mapping.on_failure(arn(region, destination));
        }
        region.put_event_source_mapping(mapping);
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
        with_queue(function, region, self.get("dlq"))
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

fn with_queue(function: Function, region: &Region, queue: Option<&str>) -> Function {
    match queue {
        Some(queue) => function.dead_letter(&arn(region, queue)),
        None => function.without_dead_letter(),
    }
}
