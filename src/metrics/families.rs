//! The table of all families that are made from readings.
//!
//! To add one, write a row here and a line in the README's table, which a test compares with this one.

use Subject::{Account, Function, Mapping, Organization, Scope, Target};

use super::{
    text::Samples,
    views::{AccountView, FunctionView, MappingView, OrganizationView, ScopeView, TargetView},
};
use crate::domain::{Condition, DeadLetterQueues, Destination, OnFailure, Settings, TargetState};

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
    /// An event source mapping of a function.
    Mapping(fn(&MappingView<'_>, &mut Samples<'_>)),
    /// An account and a region.
    Scope(fn(&ScopeView<'_>, &mut Samples<'_>)),
    /// An organisation, by the account that lists it.
    Organization(fn(&OrganizationView, &mut Samples<'_>)),
    /// An account that has a name.
    Account(fn(&AccountView<'_>, &mut Samples<'_>)),
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
        name: "aws_lambda_event_invoke_config_destination_exists",
        help: "Whether the destination that DestinationConfig names for this condition exists; absent where \
               that is not known: access denied, another account's, a Kafka topic, or none, which is AWS's default.",
        own_labels: &["condition", "destination_arn"],
        subject: Target(|target, samples| {
            let Some(settings) = target.current(|facts| &facts.settings) else {
                return;
            };
            for condition in Condition::ALL {
                if let Some(destination) = settings.destination(condition)
                    && let Some(exists) = target.exists(destination)
                {
                    samples.push(&[condition.as_str(), destination.arn()], flag(exists));
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
        name: "lambda_async_exporter_target_not_found",
        help: "Whether a function, version or alias that the configuration names did not exist at the last read: \
               1, and absent for all others.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if target.is_missing() {
                samples.push(&[], 1.0);
            }
        }),
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_present",
        help: "Whether the DeadLetterConfig in force for this qualifier names a TargetArn; AWS's default is none. A \
               version's is locked in when it is published, an alias has that of its version, the lower of two \
               where it is weighted.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(queues) = target.dead_letter_queues() {
                samples.push(&[], flag(queues.are_present()));
            }
        }),
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_info",
        help: "The TargetArn of the DeadLetterConfig in force for this qualifier, by service and ARN; absent where \
               there is none, which is AWS's default.",
        own_labels: &["target_type", "target_arn"],
        subject: Target(|target, samples| {
            for queue in target
                .dead_letter_queues()
                .iter()
                .flat_map(DeadLetterQueues::distinct)
            {
                samples.push(&[queue.destination_type().as_str(), queue.arn()], 1.0);
            }
        }),
    },
    Family {
        name: "aws_lambda_function_dead_letter_queue_exists",
        help: "Whether the TargetArn of the DeadLetterConfig in force for this qualifier exists; absent where that \
               is not known, or there is none, which is AWS's default.",
        own_labels: &["target_arn"],
        subject: Target(|target, samples| {
            for queue in target
                .dead_letter_queues()
                .iter()
                .flat_map(DeadLetterQueues::distinct)
            {
                if let Some(exists) = target.exists(queue) {
                    samples.push(&[queue.arn()], flag(exists));
                }
            }
        }),
    },
    Family {
        name: "aws_lambda_function_async_failures_retained",
        help: "Whether an asynchronous event that fails for good is kept, by OnFailure of DestinationConfig or by \
               DeadLetterConfig, and not known to be sent to something that is gone; 0 where it is known to be lost, \
               which is AWS's default; absent where that is not known.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(retained) = target.failures_retained() {
                samples.push(&[], flag(retained));
            }
        }),
    },
    Family {
        name: "aws_lambda_function_async_events_received",
        help: "Whether CloudWatch has AsyncEventsReceived for this function and qualifier within the past two weeks; \
               absent where CloudWatch was not read in full.",
        own_labels: &[],
        subject: Target(|target, samples| {
            if let Some(received) = target.async_events_received() {
                samples.push(&[], flag(received));
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
        name: "aws_lambda_event_source_mapping_info",
        help: "An event source mapping by its EventSourceArn (empty for a self-managed Kafka cluster) and the kind \
               of source.",
        own_labels: &["event_source_arn", "source_type"],
        subject: Mapping(|view, samples| {
            let source = view.mapping.source.as_ref().map_or("", Destination::arn);
            samples.push(&[source, view.mapping.source_type.as_str()], 1.0);
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_enabled",
        help: "Whether State of the event source mapping is Enabled, Enabling or Updating; AWS's default is Enabled.",
        own_labels: &[],
        subject: Mapping(|view, samples| samples.push(&[], flag(view.mapping.enabled))),
    },
    Family {
        name: "aws_lambda_event_source_mapping_destination_present",
        help: "Whether DestinationConfig of the event source mapping names a destination for records that are given \
               up; AWS's default is none. Absent for sources that have no such setting, such as queues.",
        own_labels: &["condition"],
        subject: Mapping(|view, samples| {
            let on_failure = &view.mapping.on_failure;
            if *on_failure != OnFailure::Unsupported {
                let present = flag(on_failure.destination().is_some());
                samples.push(&[Condition::OnFailure.as_str()], present);
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_destination_info",
        help: "The destination that DestinationConfig of the event source mapping names, by service and ARN; absent \
               where there is none, which is AWS's default.",
        own_labels: &["condition", "destination_type", "destination_arn"],
        subject: Mapping(|view, samples| {
            if let Some(destination) = view.mapping.on_failure.destination() {
                let kind = destination.destination_type().as_str();
                let own = [Condition::OnFailure.as_str(), kind, destination.arn()];
                samples.push(&own, 1.0);
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_destination_exists",
        help: "Whether the destination of the event source mapping exists; absent where that is not known, or there \
               is none, which is AWS's default.",
        own_labels: &["condition", "destination_arn"],
        subject: Mapping(|view, samples| {
            if let Some(destination) = view.mapping.on_failure.destination()
                && let Some(exists) = view.exists(destination)
            {
                let own = [Condition::OnFailure.as_str(), destination.arn()];
                samples.push(&own, flag(exists));
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_maximum_retry_attempts",
        help: "MaximumRetryAttempts of the event source mapping; AWS's default, -1, is no limit and shows as +Inf. \
               Absent for sources that have no such setting.",
        own_labels: &[],
        subject: Mapping(|view, samples| {
            if let Some(attempts) = view.mapping.maximum_retry_attempts {
                samples.push(&[], unless_unlimited(attempts));
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_maximum_record_age_seconds",
        help: "MaximumRecordAgeInSeconds of the event source mapping; AWS's default, -1, is no limit and shows as \
               +Inf. Absent for sources that have no such setting.",
        own_labels: &[],
        subject: Mapping(|view, samples| {
            if let Some(age) = view.mapping.maximum_record_age_seconds {
                samples.push(&[], unless_unlimited(age));
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_bisect_batch_on_function_error",
        help: "BisectBatchOnFunctionError of the event source mapping; AWS's default is 0. Absent for sources that \
               have no such setting.",
        own_labels: &[],
        subject: Mapping(|view, samples| {
            if let Some(bisect) = view.mapping.bisect_batch_on_function_error {
                samples.push(&[], flag(bisect));
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_last_modified_timestamp_seconds",
        help: "LastModified of the event source mapping, in seconds since the Unix epoch.",
        own_labels: &[],
        subject: Mapping(|view, samples| {
            if let Some(at) = view.mapping.last_modified {
                samples.push(&[], at);
            }
        }),
    },
    Family {
        name: "aws_lambda_event_source_mapping_queue_redrive_present",
        help: "Whether the queue that the event source mapping reads from has a RedrivePolicy; without one, SQS's \
               default, messages that always fail are lost when they expire. Absent for other sources and where \
               that is not known.",
        own_labels: &[],
        subject: Mapping(|view, samples| {
            if let Some(redrive) = view.has_redrive() {
                samples.push(&[], flag(redrive));
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
        name: "lambda_async_exporter_first_sweep_complete",
        help: "Whether a listing of functions has been complete and each of them was asked for once; where \
               functions are only named, whether each was asked for once, and AWS answered for any.",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            samples.push(&[], flag(scope.readings.status.first_sweep_complete));
        }),
    },
    Family {
        name: "lambda_async_exporter_sweep_duration_seconds",
        help: "How long the last sweep, one round through all functions of the account and region, \
               took; after the first one, calls are spread over poll.interval (5 minutes by default). Absent \
               until the first sweep is complete.",
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
        name: "lambda_async_exporter_collector_success",
        help: "Whether all that the collector last asked for was answered: who receives asynchronous events, \
               which destinations exist, event source mappings, the functions' tags. Absent before its first round \
               has ended, and for one that is switched off.",
        own_labels: &["collector"],
        subject: Scope(|scope, samples| {
            for (collector, status) in &scope.readings.status.collectors {
                samples.push(&[collector.as_str()], flag(status.success));
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_collector_last_success_timestamp_seconds",
        help: "The end of the collector's last round in which all was answered, in seconds since the Unix epoch; \
               absent before the first such round.",
        own_labels: &["collector"],
        subject: Scope(|scope, samples| {
            for (collector, status) in &scope.readings.status.collectors {
                if let Some(at) = status.last_success {
                    samples.push(&[collector.as_str()], at.unix_seconds());
                }
            }
        }),
    },
    Family {
        name: "lambda_async_exporter_request_limit_per_second",
        help: "Requests a second that the account and region may get at most: poll.max_requests_per_second (5 by \
               default).",
        own_labels: &[],
        subject: Scope(|scope, samples| {
            // A scope whose account is not known makes no requests.
            if scope.readings.status.request_limit > 0.0 {
                samples.push(&[], scope.readings.status.request_limit);
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
    Family {
        name: "aws_lambda_account_info",
        help: "What the account is called, by the organisation's listing or by `name` of its entry in the \
               configuration, where either is known.",
        own_labels: &["account_name"],
        subject: Account(|account, samples| samples.push(&[account.name], 1.0)),
    },
];

/// AWS's -1 is no limit.
fn unless_unlimited(limit: i32) -> f64 {
    if limit < 0 {
        f64::INFINITY
    } else {
        limit.into()
    }
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

impl Subject {
    /// The labels that all its samples have.
    fn labels(self) -> &'static [&'static str] {
        match self {
            Target(_) => &["account_id", "region", "function_name", "qualifier"],
            Function(_) => &["account_id", "region", "function_name"],
            Mapping(_) => &["account_id", "region", "function_name", "qualifier", "uuid"],
            Scope(_) => &["account_id", "region"],
            Organization(_) | Account(_) => &["account_id"],
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
            Target(_) | Function(_) | Mapping(_) => true,
            Scope(_) | Organization(_) | Account(_) => false,
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
