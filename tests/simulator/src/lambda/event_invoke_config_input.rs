//! The body of Put and Update, and what AWS refuses in it.

use serde_json::Value;

use crate::aws_error::AwsError;
use crate::caller::is_account;
use crate::event_invoke_config::Wire;
use crate::state::State;
use crate::target::Target;

const PATTERN: &str = r"Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// What was given; `None` is a member that was not.
pub(super) struct Input {
    pub(super) retries: Option<i32>,
    pub(super) event_age: Option<i32>,
    pub(super) on_success: Option<Wire>,
    pub(super) on_failure: Option<Wire>,
}

impl Input {
    /// Reads a body, and refuses what does not satisfy the model.
    pub(super) fn read(body: &Value) -> Result<Self, AwsError> {
        let nothing = body["MaximumRetryAttempts"].is_null()
            && body["MaximumEventAgeInSeconds"].is_null()
            && body["DestinationConfig"].is_null();
        let input = Self {
            retries: integer(body, "MaximumRetryAttempts", "maximumRetryAttempts", 0, 2)?,
            event_age: integer(
                body,
                "MaximumEventAgeInSeconds",
                "maximumEventAgeInSeconds",
                60,
                21_600,
            )?,
            on_success: destination(body, "OnSuccess", "onSuccess")?,
            on_failure: destination(body, "OnFailure", "onFailure")?,
        };
        if nothing {
            let text = "You must specify at least one of error handling or destination setting.";
            return Err(AwsError::invalid_parameter(text));
        }
        Ok(input)
    }

    /// Refuses destinations that AWS refuses: an unknown function, the function itself, another service.
    pub(super) fn check_destinations(
        &self,
        state: &State,
        target: &Target,
    ) -> Result<(), AwsError> {
        for arn in [&self.on_failure, &self.on_success]
            .into_iter()
            .filter_map(|wire| arn(wire.as_ref()))
        {
            match arn.split(':').nth(2) {
                Some("lambda") => check_function(state, target, arn)?,
                Some("sns" | "sqs" | "events" | "s3") => {}
                _ if arn.starts_with("kafka://") => {}
                _ => return Err(self.invalid()),
            }
        }
        Ok(())
    }

    fn invalid(&self) -> AwsError {
        let show = |condition: &str, wire| {
            arn(wire).map_or("null".to_owned(), |arn| {
                format!("{condition}(destination={arn})")
            })
        };
        AwsError::invalid_parameter(format!(
            "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
            show("OnSuccess", self.on_success.as_ref()),
            show("OnFailure", self.on_failure.as_ref()),
        ))
    }
}

fn check_function(state: &State, target: &Target, arn: &str) -> Result<(), AwsError> {
    let destination = Target::read(arn, None, &target.scope).ok();
    let known = destination.as_ref().filter(|destination| {
        let region = state.region(&destination.scope);
        region.is_some_and(|region| region.functions.contains_key(&destination.name))
    });
    match known {
        None => Err(AwsError::invalid_parameter(format!(
            "The destination ARN {arn} is invalid."
        ))),
        Some(known) if known.name == target.name && known.scope == target.scope => {
            let text = "You can't specify the function as a destination for itself.";
            Err(AwsError::invalid_parameter(text))
        }
        Some(_) => Ok(()),
    }
}

fn arn(wire: Option<&Wire>) -> Option<&str> {
    match wire {
        Some(Wire::Arn(arn)) => Some(arn),
        _ => None,
    }
}

fn integer(
    body: &Value,
    key: &str,
    member: &str,
    least: i32,
    most: i32,
) -> Result<Option<i32>, AwsError> {
    let Some(given) = body[key].as_i64() else {
        return Ok(None);
    };
    let bound =
        |side: &str, limit| format!("Member must have value {side} than or equal to {limit}");
    let refuse = |text: String| AwsError::validation(&given.to_string(), member, &text);
    match i32::try_from(given) {
        Ok(value) if value < least => Err(refuse(bound("greater", least))),
        Ok(value) if value <= most => Ok(Some(value)),
        _ => Err(refuse(bound("less", most))),
    }
}

/// A destination that is given as none, in whatever way, stands as `{}` afterwards.
fn destination(body: &Value, key: &str, member: &str) -> Result<Option<Wire>, AwsError> {
    let condition = &body["DestinationConfig"][key];
    if condition.is_null() {
        return Ok(None);
    }
    match condition["Destination"].as_str() {
        None | Some("") => Ok(Some(Wire::Empty)),
        Some(text) if is_destination(text) => Ok(Some(Wire::Arn(text.to_owned()))),
        Some(text) => {
            let member = format!("destinationConfig.{member}.destination");
            Err(AwsError::validation(text, &member, PATTERN))
        }
    }
}

/// Whether the model's pattern is satisfied, but for the form of the region.
fn is_destination(text: &str) -> bool {
    let plain = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    match (next(), next(), next(), next(), next(), next()) {
        (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(_)) => {
            partition.starts_with("aws")
                && [partition, service, region].into_iter().all(plain)
                && !service.is_empty()
                && (account.is_empty() || is_account(account))
        }
        _ => text.len() > "kafka://".len() && text.starts_with("kafka://"),
    }
}
