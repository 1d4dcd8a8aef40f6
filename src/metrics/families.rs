//! The table of all families that are made from readings.
//!
//! To add one, write an entry here and a line in the README's table, which a test compares with
//! this one.

use std::time::{Duration, Instant};

use super::text::Samples;
use crate::domain::{
    Condition, ScopeReadings, Settings, TagLabel, Tags, TargetReading, TargetState,
};

/// A family of gauges: its text, and a function from what was read to samples.
pub struct Family<F> {
    /// The metric's name.
    pub name: &'static str,
    /// A full sentence that names the AWS field and its default.
    pub help: &'static str,
    /// The labels, in their order.
    pub labels: &'static [&'static str],
    /// Adds the samples for one subject, with the labels that all its samples share.
    pub samples: F,
}

/// A family about a target.
pub type TargetFamily = Family<fn(&Target<'_>, &[(&str, &str)], &mut Samples<'_>)>;
/// A family about a function.
pub type FunctionFamily = Family<fn(&Function<'_>, &[(&str, &str)], &mut Samples<'_>)>;
/// A family about a scope.
pub type ScopeFamily = Family<fn(&Scope<'_>, &[(&str, &str)], &mut Samples<'_>)>;

/// One function and qualifier, as far as it is published.
pub struct Target<'a> {
    /// What is known about it.
    pub reading: &'a TargetReading,
    /// Its settings, unless they are stale.
    pub settings: Option<&'a Settings>,
}

/// A function as it is published.
pub struct Function<'a> {
    /// What is known about it.
    pub function: &'a crate::domain::Function,
    /// Its tags, where it has any and they are known.
    pub tags: Option<&'a Tags>,
    /// Those that are published.
    pub tag_labels: &'a [TagLabel],
}

/// A scope as it is published.
pub struct Scope<'a> {
    /// What is known about it.
    pub readings: &'a ScopeReadings,
    /// The time of publishing.
    pub now: Instant,
    /// How long failing readings stay.
    pub stale_after: Duration,
}

/// A family about the listing of an organisation's accounts: whether it succeeded.
pub type OrganizationFamily = Family<fn(bool, &[(&str, &str)], &mut Samples<'_>)>;

/// The labels that every target has.
pub const TARGET: &[&str] = &["account_id", "region", "function_name", "qualifier"];
/// The labels that every function has.
pub const FUNCTION: &[&str] = &["account_id", "region", "function_name"];
/// The labels that every scope has.
pub const SCOPE: &[&str] = &["account_id", "region"];

/// Families with a sample for each function and qualifier.
pub const TARGET_FAMILIES: &[TargetFamily] = &[
    Family {
        name: "aws_lambda_event_invoke_config_present",
        help: "Whether AWS holds an event invoke config for this function and qualifier; \
               0 means that AWS's defaults apply.",
        labels: TARGET,
        samples: |target, labels, samples| {
            if let Some(settings) = target.settings {
                samples.push(labels, &[], flag(settings.config().is_some()));
            }
        },
    },
    Family {
        name: "aws_lambda_event_invoke_config_maximum_retry_attempts",
        help: "MaximumRetryAttempts in force: how often Lambda retries an asynchronous event that \
               the function failed on; AWS's default is 2.",
        labels: TARGET,
        samples: |target, labels, samples| {
            if let Some(settings) = target.settings {
                samples.push(labels, &[], settings.maximum_retry_attempts().into());
            }
        },
    },
    Family {
        name: "aws_lambda_event_invoke_config_maximum_event_age_seconds",
        help: "MaximumEventAgeInSeconds in force: how long Lambda keeps an asynchronous event that \
               is not processed; AWS's default is 21600.",
        labels: TARGET,
        samples: |target, labels, samples| {
            if let Some(settings) = target.settings {
                samples.push(labels, &[], settings.maximum_event_age_seconds().into());
            }
        },
    },
    Family {
        name: "aws_lambda_event_invoke_config_destination_present",
        help: "Whether DestinationConfig names a destination for this condition; without one, \
               AWS's default, an event that fails is lost unless there is a dead-letter queue.",
        labels: &[
            "account_id",
            "region",
            "function_name",
            "qualifier",
            "condition",
        ],
        samples: |target, labels, samples| {
            let Some(settings) = target.settings else {
                return;
            };
            for condition in Condition::ALL {
                let present = flag(settings.destination(condition).is_some());
                samples.push(labels, &[("condition", condition.as_str())], present);
            }
        },
    },
    Family {
        name: "aws_lambda_event_invoke_config_destination_info",
        help: "The destination that DestinationConfig names for this condition, by service and \
               ARN; absent where there is none, which is AWS's default.",
        labels: &[
            "account_id",
            "region",
            "function_name",
            "qualifier",
            "condition",
            "destination_type",
            "destination_arn",
        ],
        samples: |target, labels, samples| {
            let Some(settings) = target.settings else {
                return;
            };
            for condition in Condition::ALL {
                let Some(destination) = settings.destination(condition) else {
                    continue;
                };
                let own = [
                    ("condition", condition.as_str()),
                    ("destination_type", destination.destination_type().as_str()),
                    ("destination_arn", destination.arn()),
                ];
                samples.push(labels, &own, 1.0);
            }
        },
    },
    Family {
        name: "aws_lambda_event_invoke_config_last_modified_timestamp_seconds",
        help: "LastModified of the event invoke config, in seconds since the Unix epoch; absent \
               where AWS holds no config.",
        labels: TARGET,
        samples: |target, labels, samples| {
            let config = target.settings.and_then(Settings::config);
            if let Some(at) = config.and_then(|config| config.last_modified) {
                samples.push(labels, &[], at);
            }
        },
    },
    Family {
        name: "lambda_async_exporter_target_success",
        help: "Whether AWS answered the last read of this function and qualifier in full; while it \
               is 0, the other series show the last good reading until it is stale.",
        labels: TARGET,
        samples: |target, labels, samples| {
            samples.push(labels, &[], flag(target.reading.state == TargetState::Ok));
        },
    },
];

/// Families with a sample for each function.
pub const FUNCTION_FAMILIES: &[FunctionFamily] = &[
    Family {
        name: "aws_lambda_function_dead_letter_queue_present",
        help: "Whether the function's DeadLetterConfig names a TargetArn; AWS's default is none.",
        labels: FUNCTION,
        samples: |function, labels, samples| {
            samples.push(
                labels,
                &[],
                flag(function.function.dead_letter_queue.is_some()),
            );
        },
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_info",
        help: "The TargetArn of the function's DeadLetterConfig, by service and ARN; absent where \
               there is none, which is AWS's default.",
        labels: &[
            "account_id",
            "region",
            "function_name",
            "target_type",
            "target_arn",
        ],
        samples: |function, labels, samples| {
            if let Some(queue) = &function.function.dead_letter_queue {
                let own = [
                    ("target_type", queue.destination_type().as_str()),
                    ("target_arn", queue.arn()),
                ];
                samples.push(labels, &own, 1.0);
            }
        },
    },
    Family {
        name: "aws_lambda_function_info",
        help: "The function's FunctionArn, Runtime (empty for container images) and PackageType \
               (Zip by default), and a label tag_KEY, empty where there is no such tag, for each key in \
               labels.tags (none by default).",
        labels: &[
            "account_id",
            "region",
            "function_name",
            "function_arn",
            "runtime",
            "package_type",
        ],
        samples: |function, labels, samples| {
            let Function {
                function,
                tags,
                tag_labels,
            } = function;
            let mut own = vec![
                ("function_arn", &*function.arn),
                ("runtime", function.runtime.as_deref().unwrap_or_default()),
                ("package_type", &*function.package_type),
            ];
            own.extend(tag_labels.iter().map(|tag| {
                let value = tags.and_then(|tags| tags.get(&tag.key));
                (tag.label.as_str(), value.map_or("", String::as_str))
            }));
            samples.push(labels, &own, 1.0);
        },
    },
];

/// Families with samples for each account and region.
pub const SCOPE_FAMILIES: &[ScopeFamily; 6] = &[
    Family {
        name: "lambda_async_exporter_targets",
        help: "Functions and qualifiers that are read, by the outcome of the last read; each is in \
               one state.",
        labels: &["account_id", "region", "state"],
        samples: |scope, labels, samples| {
            for (state, count) in scope.readings.targets_by_state() {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^52 targets")]
                let count = count as f64;
                samples.push(labels, &[("state", state.as_str())], count);
            }
        },
    },
    Family {
        name: "lambda_async_exporter_sweep_duration_seconds",
        help: "How long the last sweep, one round through all functions of the account and region, \
               took; after the first one, calls are spread over poll.interval (5 minutes by default).",
        labels: SCOPE,
        samples: |scope, labels, samples| {
            if let Some(duration) = scope.readings.status.sweep_duration {
                samples.push(labels, &[], duration.as_secs_f64());
            }
        },
    },
    Family {
        name: "lambda_async_exporter_last_success_timestamp_seconds",
        help: "The end of the last sweep in which AWS answered for every target, in seconds since \
               the Unix epoch; absent before the first such sweep.",
        labels: SCOPE,
        samples: |scope, labels, samples| {
            if let Some(at) = scope.readings.status.last_success {
                samples.push(labels, &[], at.unix_seconds());
            }
        },
    },
    Family {
        name: "lambda_async_exporter_oldest_reading_timestamp_seconds",
        help: "When the oldest of the settings that are published was read, in seconds since the \
               Unix epoch; absent while none are.",
        labels: SCOPE,
        samples: |scope, labels, samples| {
            if let Some(at) = scope.readings.oldest_reading(scope.now, scope.stale_after) {
                samples.push(labels, &[], at.unix_seconds());
            }
        },
    },
    Family {
        name: "lambda_async_exporter_discovery_success",
        help: "Whether the last listing of the functions of the account and region was complete; if \
               not, those known go on being read and none leaves. Absent before the first listing has \
               ended, and where functions are only named.",
        labels: SCOPE,
        samples: |scope, labels, samples| {
            if let Some(complete) = scope.readings.status.discovered {
                samples.push(labels, &[], flag(complete));
            }
        },
    },
    Family {
        name: "lambda_async_exporter_request_budget_per_second",
        help: "Requests a second that the limiter of the account and region allows now; throttling \
               by AWS lowers it below poll.max_requests_per_second (5 by default).",
        labels: SCOPE,
        samples: |scope, labels, samples| {
            // A scope whose account is not known makes no requests.
            if scope.readings.status.request_budget > 0.0 {
                samples.push(labels, &[], scope.readings.status.request_budget);
            }
        },
    },
];

/// Families with samples for each organisation.
pub const ORGANIZATION_FAMILIES: &[OrganizationFamily] = &[Family {
    name: "lambda_async_exporter_organization_success",
    help: "Whether the accounts of the organisation could be listed when AWS was last asked; if not, \
           those known go on being read. account_id is that of the role that lists them, empty for the \
           ambient credentials.",
    labels: &["account_id"],
    samples: |listed, labels, samples| samples.push(labels, &[], flag(listed)),
}];

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}
