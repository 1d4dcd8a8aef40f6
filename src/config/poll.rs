//! The section `poll`: how often and how fast AWS is asked; and what is read beside it, which `collectors` says.

use std::time::Duration;

use super::{
    collectors, duration,
    mapping::{Mapping, Section},
    node::Node,
    problem::Problem,
};
use crate::domain::PollSettings;

/// The keys of the section.
pub(super) const SECTION: Section = Section {
    keys: &[
        "interval",
        "stale_after",
        "max_requests_per_second",
        "max_in_flight",
        "request_timeout",
    ],
};

/// A longer time cannot be meant, and adding it to the clock could overflow.
const MAX_DURATION: Duration = Duration::from_hours(100 * 365 * 24);

/// The requests a second that AWS allows an account in a region over all of Lambda's control plane
/// (Lambda quotas, "Rate of control plane API requests").
const AWS_REQUESTS_PER_SECOND: f64 = 15.0;

/// One request in a thousand seconds; the time between requests must stay a sensible duration.
const MIN_REQUESTS_PER_SECOND: f64 = 0.001;

/// More would only queue behind the limiter, holding memory and connections.
const MAX_IN_FLIGHT: usize = 1000;

/// Reads the section; what is absent has its default.
pub(super) fn read(root: &Mapping, problems: &mut Vec<Problem>) -> PollSettings {
    let mapping = root.section("poll", &SECTION, problems);
    let default = PollSettings::default();
    let before = problems.len();
    let interval = mapping.read("interval", problems, length);
    let stale_after = mapping.read("stale_after", problems, length);
    let times_are_good = problems.len() == before;
    let rate = mapping.read("max_requests_per_second", problems, requests_per_second);
    let in_flight = mapping.read("max_in_flight", problems, in_flight);
    let timeout = mapping.read("request_timeout", problems, length);
    let poll = PollSettings {
        interval: interval.unwrap_or(default.interval),
        stale_after: stale_after.unwrap_or(default.stale_after),
        max_requests_per_second: rate.unwrap_or(default.max_requests_per_second),
        max_in_flight: in_flight.unwrap_or(default.max_in_flight),
        request_timeout: timeout.unwrap_or(default.request_timeout),
        collectors: collectors::read(root, problems),
    };
    if times_are_good {
        problems.extend(stale_before_read_again(&poll, &mapping));
    }
    poll
}

/// A reading that is stale before its turn comes again would come and go.
fn stale_before_read_again(poll: &PollSettings, mapping: &Mapping) -> Option<Problem> {
    if poll.stale_after >= poll.interval {
        return None;
    }
    let given = mapping.get("stale_after");
    let source = given.or_else(|| mapping.get("interval")).map(Node::source);
    let stale_after = duration::format(poll.stale_after);
    let interval = duration::format(poll.interval);
    let default = if given.is_none() {
        " (the default)"
    } else {
        ""
    };
    Some(Problem::new(
        "poll.stale_after",
        source.unwrap_or_default(),
        format!(
            "{stale_after}{default} is shorter than poll.interval ({interval}); \
                 a reading must not go stale before it is taken again"
        ),
    ))
}

/// A time that must pass.
pub(super) fn length(node: &Node) -> Result<Duration, Problem> {
    let duration = node.duration()?;
    if duration.is_zero() {
        Err(node.problem("must be longer than 0s"))
    } else if duration > MAX_DURATION {
        Err(node.problem("must be 100 years at most"))
    } else {
        Ok(duration)
    }
}

fn requests_per_second(node: &Node) -> Result<f64, Problem> {
    let rate = node.number()?;
    if (MIN_REQUESTS_PER_SECOND..=AWS_REQUESTS_PER_SECOND).contains(&rate) {
        Ok(rate)
    } else {
        Err(node.problem(format!(
            "{rate} is not between {MIN_REQUESTS_PER_SECOND} and {AWS_REQUESTS_PER_SECOND}, \
             the requests a second that AWS shares among all callers, deployments included"
        )))
    }
}

fn in_flight(node: &Node) -> Result<usize, Problem> {
    let given = node.integer()?;
    usize::try_from(given)
        .ok()
        .filter(|given| (1..=MAX_IN_FLIGHT).contains(given))
        .ok_or_else(|| node.problem(format!("{given} is not between 1 and {MAX_IN_FLIGHT}")))
}
