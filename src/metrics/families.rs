//! The table of all families that are made from readings.
//!
//! To add one, write a row here and a line in the README's table, which a test compares with this one.

use Subject::{Function, Organization, Scope, Target};

use super::{
    text::Samples,
    views::{FunctionView, OrganizationView, ScopeView, TargetView},
};
use crate::domain::{Condition, Settings, TargetState};

/// A family of gauges.
pub struct Family {
    /// The metric's name.
    pub name: &'static str,
    /// A full sentence that names the AWS field and its default.
    pub help: &'static str,
    /// The labels beyond those of the subject, in their order.
    own_labels: &'static [&'static str],
    subject: Subject,
}

/// What a family has samples of, and the function that adds those of one.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    /// A function and a qualifier.
    Target(fn(&TargetView<'_>, &mut Samples<'_>)),
    Function(fn(&FunctionView<'_>, &mut Samples<'_>)),
    /// An account and a region.
    Scope(fn(&ScopeView<'_>, &mut Samples<'_>)),
    /// An organisation, by the account that lists it.
    Organization(fn(&OrganizationView, &mut Samples<'_>)),
}

/// In the order of the exposition. Families about functions come first: the page is made of groups of
/// functions, followed by a summary.
pub static FAMILIES: &[Family] = &[
    Family {
        name: "aws_lambda_event_invoke_config_present",
        help: "Whether AWS holds an event invoke config for this function and qualifier; \
               0 means that AWS's defaults apply.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(settings) = target.current(|facts| &facts.settings) {
                samples.push(&[], flag(settings.config().is_some()));
            }
        }),
    },
    Family {
        name: "aws_lambda_event_invoke_config_maximum_retry_attempts",
        help: "MaximumRetryAttempts in force: how often Lambda retries an asynchronous event that \
               the function failed on; AWS's default is 2.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(settings) = target.current(|facts| &facts.settings) {
                samples.push(&[], settings.maximum_retry_attempts().into());
            }
        }),
    },
    Family {
        name: "aws_lambda_event_invoke_config_maximum_event_age_seconds",
        help: "MaximumEventAgeInSeconds in force: how long Lambda keeps an asynchronous event that \
               is not processed; AWS's default is 21600.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(settings) = target.current(|facts| &facts.settings) {
                samples.push(&[], settings.maximum_event_age_seconds().into());
            }
        }),
    },
    Family {
        name: "aws_lambda_event_invoke_config_destination_present",
        help: "Whether DestinationConfig names a destination for this condition; without one, \
               AWS's default, an event that fails is lost unless there is a dead-letter queue.",
        own_labels: &["condition"],
        subject: Target(|target, samples| {
            let Some(settings) = target.current(|facts| &facts.settings) else {
                return;
            };
            for condition in Condition::ALL {
                let present = flag(settings.destination(condition).is_some());
                samples.push(&[condition.as_str()], present);
            }
        }),
    },
    Family {
        name: "aws_lambda_event_invoke_config_destination_info",
        help: "The destination that DestinationConfig names for this condition, by service and \
               ARN; absent where there is none, which is AWS's default.",
        own_labels: &["condition", "destination_type", "destination_arn"],
        subject: Target(|target, samples| {
            let Some(settings) = target.current(|facts| &facts.settings) else {
                return;
            };
            for condition in Condition::ALL {
                if let Some(destination) = settings.destination(condition) {
                    let kind = destination.destination_type().as_str();
                    samples.push(&[condition.as_str(), kind, destination.arn()], 1.0);
                }
            }
        }),
    },
    Family {
        name: "aws_lambda_event_invoke_config_last_modified_timestamp_seconds",
        help: "LastModified of the event invoke config, in seconds since the Unix epoch; absent \
               where AWS holds no config.",
        own_labels: &[],
        subject: Target(|target, samples| {
            let config = target
                .current(|facts| &facts.settings)
                .and_then(Settings::config);
            if let Some(at) = config.and_then(|config| config.last_modified) {
                samples.push(&[], at);
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_target_success",
        help: "Whether AWS answered the last read of this function and qualifier in full; while it \
               is 0, the other series show the last good reading until it is stale.",
        own_labels: &[],
        subject: Target(|target, samples| {
            samples.push(&[], flag(target.state() == TargetState::Ok));
        }),
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_present",
        help: "Whether the function's DeadLetterConfig names a TargetArn; AWS's default is none.",
        own_labels: &[],
        subject: Function(|view, samples| {
            if let Some(function) = view.current(|facts| &facts.configuration) {
                samples.push(&[], flag(function.dead_letter_queue.is_some()));
            }
        }),
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_info",
        help: "The TargetArn of the function's DeadLetterConfig, by service and ARN; absent where \
               there is none, which is AWS's default.",
        own_labels: &["target_type", "target_arn"],
        subject: Function(|view, samples| {
            let function = view.current(|facts| &facts.configuration);
            if let Some(queue) = function.and_then(|function| function.dead_letter_queue.as_ref()) {
                samples.push(&[queue.destination_type().as_str(), queue.arn()], 1.0);
            }
        }),
    },
    Family {
        name: "aws_lambda_function_info",
        help: "The function's FunctionArn, Runtime (empty for container images) and PackageType \
               (Zip by default), and a label tag_KEY for each key in labels.tags (none by default): empty \
               where there is no such tag, absent while the tags could not be read.",
        own_labels: &["function_arn", "runtime", "package_type"],
        subject: Function(|view, samples| {
            if let Some(function) = view.current(|facts| &facts.configuration) {
                let runtime = function.runtime.as_deref().unwrap_or_default();
                let own = [&*function.arn, runtime, &*function.package_type];
                samples.push_with(&own, view.tag_labels(), 1.0);
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_targets",
        help: "Functions and qualifiers that are read, by the outcome of the last read; each is in \
               one state.",
        own_labels: &["state"],
        subject: Scope(|scope, samples| {
            for (state, count) in scope.readings.targets_by_state() {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^52 targets")]
                let count = count as f64;
                samples.push(&[state.as_str()], count);
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_sweep_duration_seconds",
        help: "How long the last sweep, one round through all functions of the account and region, \
               took; after the first one, calls are spread over poll.interval (5 minutes by default).",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            if let Some(duration) = scope.readings.status.sweep_duration {
                samples.push(&[], duration.as_secs_f64());
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_last_success_timestamp_seconds",
        help: "The end of the last sweep in which AWS answered for every target, in seconds since \
               the Unix epoch; absent before the first such sweep.",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            if let Some(at) = scope.readings.status.last_success {
                samples.push(&[], at.unix_seconds());
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_oldest_reading_timestamp_seconds",
        help: "When the oldest of the settings that are published was read, in seconds since the \
               Unix epoch; absent while none are.",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            if let Some(at) = scope.oldest_reading() {
                samples.push(&[], at.unix_seconds());
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_discovery_success",
        help: "Whether the last listing of the functions of the account and region was complete; if \
               not, those known go on being read and none leaves. Absent before the first listing has \
               ended, and where functions are only named.",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            if let Some(complete) = scope.readings.status.discovered {
                samples.push(&[], flag(complete));
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_request_budget_per_second",
        help: "Requests a second that the limiter of the account and region allows now; throttling \
               by AWS lowers it below poll.max_requests_per_second (5 by default).",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            // A scope whose account is not known makes no requests.
            if scope.readings.status.request_budget > 0.0 {
                samples.push(&[], scope.readings.status.request_budget);
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_organization_success",
        help: "Whether the accounts of the organisation could be listed when AWS was last asked, with any that \
               is in use and selected; if not, those known go on being read. account_id is that of the role that lists them, empty for the \
               ambient credentials.",
        own_labels: &[],
        subject: Organization(|organization, samples| {
            samples.push(&[], flag(organization.listed));
        }),
    },
];

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

impl Subject {
    /// The labels that all its samples have.
    fn labels(self) -> &'static [&'static str] {
        match self {
            Target(_) => &["account_id", "region", "function_name", "qualifier"],
            Function(_) => &["account_id", "region", "function_name"],
            Scope(_) => &["account_id", "region"],
            Organization(_) => &["account_id"],
        }
    }
}

impl Family {
    /// All labels, in their order. Labels that the configuration adds are not among them.
    pub fn labels(&self) -> impl Iterator<Item = &'static str> {
        self.subject.labels().iter().chain(self.own_labels).copied()
    }

    pub(super) fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether its samples are made function by function.
    pub(super) fn is_about_functions(&self) -> bool {
        match self.subject {
            Target(_) | Function(_) => true,
            Scope(_) | Organization(_) => false,
        }
    }

    /// Appends what comes before its samples.
    pub(super) fn write_header(&self, out: &mut String) {
        let Self { name, help, .. } = self;
        for part in ["# HELP ", name, " ", help, "\n# TYPE ", name, " gauge\n"] {
            out.push_str(part);
        }
    }

    /// For appending the samples of the subject whose labels have these values.
    pub(super) fn samples<'a>(&self, out: &'a mut String, values: &'a [&'a str]) -> Samples<'a> {
        Samples::new(
            out,
            self.name,
            (self.subject.labels(), values),
            self.own_labels,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_about_functions_come_first() {
        assert!(FAMILIES.is_sorted_by_key(|family| !family.is_about_functions()));
    }

    #[test]
    fn a_family_begins_with_its_help_and_its_type() {
        let family = Family {
            name: "a_b",
            help: "Help.",
            own_labels: &["y"],
            subject: Organization(|_, _| ()),
        };
        let mut text = String::new();
        family.write_header(&mut text);
        family.samples(&mut text, &["x"]).push(&["1"], 2.0);
        assert_eq!(
            text,
            "# HELP a_b Help.\n# TYPE a_b gauge\na_b{account_id=\"x\",y=\"1\"} 2\n"
        );
    }
}
