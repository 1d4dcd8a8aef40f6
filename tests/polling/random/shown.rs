//! What a page of metrics says of scopes, functions and targets; and what it should say of the truth.

use std::collections::BTreeMap;

use exporter_harness::{Labels, Sample, parse};
use lambda_async_exporter::domain::{Destination, EventInvokeConfig, ScopeId};

use super::{events::DESTINATIONS, wants::TAG};
use crate::aws::{Existing, arn};

/// Samples by family and by the labels that tell them apart.
pub(super) type Facts = BTreeMap<String, f64>;

/// What a page says.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// By account and region.
    pub(super) scopes: BTreeMap<ScopeKey, ShownScope>,
}

pub(super) type ScopeKey = (String, String);

/// What it says of one scope.
#[derive(Debug, Default)]
pub(super) struct ShownScope {
    /// By function and qualifier.
    pub(super) targets: BTreeMap<(String, String), ShownTarget>,
    pub(super) functions: BTreeMap<String, ShownFunction>,
    /// The scope's own samples.
    pub(super) facts: Facts,
}

/// What it says of one target.
#[derive(Debug, Default)]
pub(super) struct ShownTarget {
    pub(super) success: Option<f64>,
    pub(super) settings: Facts,
    /// The dead-letter queue in force.
    pub(super) queue: Facts,
    /// Whether what fails for good is kept.
    pub(super) retained: Option<f64>,
}

/// What it says of one function.
#[derive(Debug, Default)]
pub(super) struct ShownFunction {
    pub(super) facts: Facts,
    pub(super) team: Option<String>,
}

const SUCCESS: &str = "lambda_async_exporter_target_success";
/// Says nothing that the states of targets do not say.
const NOT_FOUND: &str = "lambda_async_exporter_target_not_found";
const SUBJECT: [&str; 4] = ["account_id", "region", "function_name", "qualifier"];
const CONFIG: &str = "aws_lambda_event_invoke_config_";
const FUNCTION: &str = "aws_lambda_function_";
const QUEUE: &str = "aws_lambda_function_dead_letter_queue_";
const RETAINED: &str = "aws_lambda_function_async_failures_retained";

impl Shown {
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut shown = Self::default();
        for sample in parse(text)? {
            shown.add(&sample)?;
        }
        Ok(shown)
    }

    fn add(&mut self, sample: &Sample<'_>) -> Result<(), String> {
        let Sample {
            name: family,
            labels,
            value,
        } = sample;
        let take = |label: &str| sample.label(label).map(str::to_owned);
        let (Some(account), Some(region)) = (take("account_id"), take("region")) else {
            return Ok(());
        };
        let scope = self.scopes.entry((account, region)).or_default();
        let own = |prefix: &str| fact(family.strip_prefix(prefix).unwrap(), labels);
        match (take("function_name"), take("qualifier")) {
            (Some(function), Some(qualifier)) => {
                let target = scope.targets.entry((function, qualifier)).or_default();
                if *family == SUCCESS {
                    target.success = Some(*value);
                } else if family.starts_with(CONFIG) {
                    target.settings.insert(own(CONFIG), *value);
                } else if *family == RETAINED {
                    target.retained = Some(*value);
                } else if family.starts_with(QUEUE) {
                    target.queue.insert(own(QUEUE), *value);
                } else if *family != NOT_FOUND {
                    return Err(format!("{family} has a qualifier"));
                }
            }
            (Some(function), None) if family.starts_with(FUNCTION) => {
                let function = scope.functions.entry(function).or_default();
                function.facts.insert(own(FUNCTION), *value);
                function.team = take(&tag_label()).or(function.team.take());
            }
            (None, None) => {
                scope.facts.insert(own(""), *value);
            }
            _ => return Err(format!("{family} has the wrong labels")),
        }
        Ok(())
    }
}

fn tag_label() -> String {
    format!("tag_{TAG}")
}

/// A family and the labels that are not those of its subject.
fn fact(family: &str, labels: &Labels<'_>) -> String {
    let mut fact = family.to_owned();
    for (label, value) in labels {
        if !SUBJECT.contains(label) && *label != tag_label() {
            for part in [" ", label, "=", value] {
                fact.push_str(part);
            }
        }
    }
    fact
}

/// What is to be shown of a config, or of none: AWS's defaults, from its documentation.
pub(super) fn settings(config: Option<&EventInvokeConfig>) -> Facts {
    let default = EventInvokeConfig::default();
    let of = config.unwrap_or(&default);
    let mut facts = Facts::from([
        ("present".to_owned(), f64::from(u8::from(config.is_some()))),
        (
            "maximum_retry_attempts".to_owned(),
            of.maximum_retry_attempts.unwrap_or(2).into(),
        ),
        (
            "maximum_event_age_seconds".to_owned(),
            of.maximum_event_age_seconds.unwrap_or(21_600).into(),
        ),
    ]);
    for (condition, destination) in [
        ("on_failure", &of.on_failure),
        ("on_success", &of.on_success),
    ] {
        let condition = format!("condition={condition}");
        let present = f64::from(u8::from(destination.is_some()));
        facts.insert(format!("destination_present {condition}"), present);
        if let Some(destination) = destination {
            let own = arn_and_type("destination", destination.arn());
            facts.insert(format!("destination_info {condition} {own}"), 1.0);
        }
    }
    if let Some(at) = of.last_modified {
        facts.insert("last_modified_timestamp_seconds".to_owned(), at);
    }
    facts
}

/// What is to be shown of a function, but for its tags.
pub(super) fn function(scope: &ScopeId, name: &str, existing: &Existing) -> Facts {
    let (arn, runtime) = (arn(scope, name), &existing.runtime);
    let info = format!("info function_arn={arn} package_type=Zip runtime={runtime}");
    Facts::from([(info, 1.0)])
}

/// What is to be shown of the dead-letter queues of these versions.
pub(super) fn dead_letter_queues(of_versions: &[Option<&Destination>]) -> Facts {
    let present = of_versions.iter().all(Option::is_some);
    let present = ("present".to_owned(), f64::from(u8::from(present)));
    let queues = of_versions.iter().flatten();
    let infos = queues.map(|queue| {
        let own = arn_and_type("target", queue.arn());
        (format!("info {own}"), 1.0)
    });
    infos.chain([present]).collect()
}

fn arn_and_type(what: &str, arn: &str) -> String {
    let known = DESTINATIONS.iter().find(|(_, known)| *known == arn);
    // All other ARNs are those of dead-letter queues.
    let service = known.map_or("sqs", |(service, _)| service);
    format!("{what}_arn={arn} {what}_type={service}")
}
