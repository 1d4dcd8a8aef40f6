//! Targets whose state is not what it was: a line for each at `debug`, and for people one line for all that came to the
//! same in one sweep. When a region is throttled, so is much of what is in it.

use std::{collections::BTreeMap, fmt::Display};

use tracing::{debug, info, warn};

use crate::{
    domain::{CallFailure, FunctionName, Qualifier, Reading, ScopeId, TargetState},
    poll::read::FailedCall,
};

/// How many of many are named in a line.
const NAMED: usize = 5;

/// Of how many targets in a sweep it is kept why they could not be read.
const EXPLAINED: usize = 20;

/// The targets of which the state has changed in one sweep.
#[derive(Debug, Default)]
pub(in crate::poll) struct Changes {
    by_target: BTreeMap<(FunctionName, Qualifier), Change>,
    explained: usize,
}

/// What became of a target in one sweep.
#[derive(Debug)]
struct Change {
    was: Option<TargetState>,
    is: Option<TargetState>,
    /// Why it could not be read for a while.
    failure: Option<CallFailure>,
}

/// What is said of a target at the end of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    Throttled,
    Failed,
    NotFound,
    Recovered,
    Exists,
    Gone,
}

impl Changes {
    /// What a read of a function changed.
    pub(in crate::poll) fn note(
        &mut self,
        scope: &ScopeId,
        name: &FunctionName,
        before: &Reading,
        after: &Reading,
        failed_calls: &[FailedCall],
    ) {
        let state = |reading: &Reading, qualifier: &Qualifier| {
            let target = reading.targets.get(qualifier);
            target.map(|target| target.state)
        };
        let gone = before.targets.keys();
        let gone = gone.filter(|qualifier| !after.targets.contains_key(*qualifier));
        for qualifier in after.targets.keys().chain(gone) {
            let (was, is) = (state(before, qualifier), state(after, qualifier));
            if was == is {
                continue;
            }
            let is_about = |failed_call: &&FailedCall| {
                let about = failed_call.qualifier.as_ref();
                about.is_none_or(|about| about == qualifier)
            };
            let failed_call = failed_calls.iter().find(is_about).or(failed_calls.first());
            let failure = failed_call.map(|failed_call| &failed_call.failure);
            debug!(
                account_id = scope.account_label(),
                region = scope.region.as_str(),
                target = format!("{name}:{qualifier}"),
                state = is.map(TargetState::as_str),
                code = failure.and_then(|failure| failure.code.as_deref()),
                error = failure.map(|failure| failure.message.as_str()),
                "target changed"
            );
            let is_failing = matches!(is, Some(TargetState::Throttled | TargetState::Failed));
            let failure = failure.filter(|_| is_failing);
            self.keep((name.clone(), qualifier.clone()), was, is, failure);
        }
    }

    fn keep(
        &mut self,
        target: (FunctionName, Qualifier),
        was: Option<TargetState>,
        is: Option<TargetState>,
        failure: Option<&CallFailure>,
    ) {
        let change = self.by_target.entry(target).or_insert(Change {
            was,
            is,
            failure: None,
        });
        change.is = is;
        if let Some(failure) = failure
            && self.explained < EXPLAINED
        {
            self.explained += 1;
            change.failure = Some(failure.clone());
        }
    }

    /// The end of a sweep: one line for all of which the same is to be said.
    pub(in crate::poll) fn log(&self, scope: &ScopeId) {
        let mut by_news: BTreeMap<News, Vec<(String, &Change)>> = BTreeMap::new();
        for ((name, qualifier), change) in &self.by_target {
            if let Some(news) = change.news() {
                let of_this_kind = by_news.entry(news).or_default();
                of_this_kind.push((format!("{name}:{qualifier}"), change));
            }
        }
        for (news, changes) in by_news {
            news.log(scope, &changes);
        }
    }
}

impl Change {
    /// Thousands of targets that are well from the start are no news. A refusal is warned of once for
    /// all of them, and the end of a sweep tells that all is well again.
    fn news(&self) -> Option<News> {
        use TargetState::{Denied, Failed, NotFound, Ok, Throttled};
        match (self.was, self.is) {
            (was, is) if was == is && is != Some(Ok) => None,
            (_, Some(Throttled)) => Some(News::Throttled),
            (_, Some(Failed)) => Some(News::Failed),
            (_, Some(NotFound)) => Some(News::NotFound),
            (Some(NotFound), Some(Ok)) => Some(News::Exists),
            (Some(Throttled | Failed), Some(Ok)) => Some(News::Recovered),
            (_, Some(Ok)) if self.failure.is_some() => Some(News::Recovered),
            (_, Some(Denied | Ok)) => None,
            (_, None) => Some(News::Gone),
        }
    }
}

impl News {
    fn log(self, scope: &ScopeId, changes: &[(String, &Change)]) {
        let account_id = scope.account_label();
        let region = scope.region.as_str();
        let count = changes.len();
        let targets = some_of(changes.iter().map(|(target, _)| target));
        let failures = changes
            .iter()
            .filter_map(|(_, change)| change.failure.as_ref());
        let failure = failures.into_iter().next();
        let operation = failure.map(CallFailure::operation_label);
        let code = failure.and_then(|failure| failure.code.as_deref());
        let error = failure.map(|failure| failure.message.as_str());
        let request_id = failure.and_then(|failure| failure.request_id.as_deref());
        match self {
            Self::Throttled | Self::Failed => {
                let state = match self {
                    Self::Throttled => TargetState::Throttled,
                    _ => TargetState::Failed,
                };
                warn!(
                    account_id,
                    region,
                    count,
                    targets,
                    state = state.as_str(),
                    operation,
                    code,
                    error,
                    request_id,
                    "target cannot be read"
                );
            }
            Self::NotFound => {
                warn!(
                    account_id,
                    region, count, targets, "no such function, version or alias"
                );
            }
            Self::Recovered => info!(
                account_id,
                region, count, targets, operation, code, error, "target recovered"
            ),
            Self::Exists => info!(account_id, region, count, targets, "target exists now"),
            Self::Gone => {
                info!(
                    account_id,
                    region, count, targets, "target is no longer published"
                );
            }
        }
    }
}

/// The first names of many.
pub(in crate::poll) fn some_of<T: Display>(names: impl ExactSizeIterator<Item = T>) -> String {
    let more = names.len() > NAMED;
    let mut text = String::new();
    for name in names.take(NAMED) {
        let separator = if text.is_empty() { "" } else { ", " };
        text = format!("{text}{separator}{name}");
    }
    if more { text + ", …" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Operation;

    #[test]
    fn what_is_said_of_a_target_follows_from_its_sweep() {
        use TargetState::{Denied, Failed, NotFound, Ok, Throttled};
        for (was, is, failed, expected) in [
            (None, Some(Ok), false, None),
            (Some(Ok), Some(Throttled), true, Some(News::Throttled)),
            (None, Some(Failed), true, Some(News::Failed)),
            (Some(Ok), Some(NotFound), false, Some(News::NotFound)),
            (Some(NotFound), Some(Ok), false, Some(News::Exists)),
            (Some(Failed), Some(Ok), false, Some(News::Recovered)),
            // It failed and recovered within the sweep.
            (Some(Ok), Some(Ok), true, Some(News::Recovered)),
            (None, Some(Ok), true, Some(News::Recovered)),
            (Some(Failed), Some(Failed), true, None),
            (Some(Ok), Some(Denied), true, None),
            (Some(Denied), Some(Ok), false, None),
            (Some(Ok), None, false, Some(News::Gone)),
        ] {
            let failure = CallFailure::error(Operation::ListFunctions, "as the test wants it");
            let change = Change {
                was,
                is,
                failure: Some(failure).filter(|_| failed),
            };
            assert_eq!(change.news(), expected, "{change:?}");
        }
    }

    #[test]
    fn of_many_the_first_are_named() {
        assert_eq!(some_of(["a"].iter()), "a");
        assert_eq!(some_of(["a", "b", "c", "d", "e"].iter()), "a, b, c, d, e");
        assert_eq!(
            some_of((0..1000).collect::<Vec<_>>().iter()),
            "0, 1, 2, 3, 4, …"
        );
    }
}
