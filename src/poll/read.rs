//! One read of one function: which calls it takes, and what their answers together say.
//!
//! Without existence a 404 for a config means nothing, and existence is asked last: a function that
//! is deleted between the two calls then reads as deleted, not as one without a config. After a call
//! that was throttled or got no answer in time the rest of the read is given up: one function that
//! hangs delays the others by one time limit, not by several.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CallError, CallFailure, Calls, Lambda,
    port::{ConfigPage, Operation},
};
use crate::domain::{
    Answer, Answers, EventInvokeConfig, FailureKind, Function, FunctionName, Qualifier, Qualifiers,
    Settings, TargetAnswer, TargetState, Unmentioned,
};

/// No function has this many pages of configs; a listing that goes on longer goes in circles.
const MAX_PAGES: usize = 1000;

/// What one read gave.
#[derive(Debug)]
pub struct ReadReport {
    /// What AWS answered.
    pub answers: Answers,
    /// The calls that failed, first one first.
    pub troubles: Vec<Trouble>,
}

/// A call that failed.
#[derive(Debug)]
pub struct Trouble {
    /// What was asked.
    pub operation: Operation,
    /// About which qualifier; `None` for all of the function's.
    pub qualifier: Option<Qualifier>,
    /// How it failed.
    pub failure: CallFailure,
}

/// Reads one function.
pub async fn read<L: Lambda>(
    calls: &Calls<L>,
    function: &FunctionName,
    qualifiers: &Qualifiers,
) -> ReadReport {
    let mut read = Read {
        calls,
        function,
        troubles: Vec::new(),
        given_up: None,
    };
    let answers = if qualifiers.every {
        read.every(qualifiers).await
    } else {
        read.named(&qualifiers.named).await
    };
    ReadReport {
        answers,
        troubles: read.troubles,
    }
}

struct Read<'a, L> {
    calls: &'a Calls<L>,
    function: &'a FunctionName,
    troubles: Vec<Trouble>,
    given_up: Option<FailureKind>,
}

impl<L: Lambda> Read<'_, L> {
    /// Qualifiers named one by one: two calls each.
    async fn named(&mut self, named: &BTreeSet<Qualifier>) -> Answers {
        let mut targets = BTreeMap::new();
        let mut owners = Vec::new();
        for qualifier in named {
            let config = self.config(qualifier).await;
            let owner = self.owner(qualifier).await;
            targets.insert(qualifier.clone(), TargetAnswer::settle(config, &owner));
            owners.push(owner);
        }
        Answers {
            function: first_existing(owners),
            targets,
            unmentioned: Unmentioned::Gone,
        }
    }

    /// `name:*`: the listing tells every config, and whether there is such a function.
    async fn every(&mut self, qualifiers: &Qualifiers) -> Answers {
        let listing = self.listing().await;
        let owner = match listing {
            Answer::NotFound => Answer::NotFound,
            Answer::Known(_) | Answer::Failed(_) => self.owner(&Qualifier::latest()).await,
        };
        let mut configs = match (listing, &owner) {
            (_, Answer::NotFound) | (Answer::NotFound, _) => {
                return not_found(qualifiers.always());
            }
            (Answer::Failed(kind), _) => {
                let function = owner;
                return Answers {
                    function,
                    ..Answers::failed(kind, qualifiers.always())
                };
            }
            (Answer::Known(configs), _) => configs,
        };
        let mut targets = BTreeMap::new();
        for qualifier in qualifiers.named.iter().filter(|named| !named.is_latest()) {
            // Named, so it is published without a config too, if it exists; and a config in the
            // listing may be what a deleted alias left behind.
            let owner = self.owner(qualifier).await;
            let config = configs
                .remove(qualifier)
                .map_or(Answer::NotFound, Answer::Known);
            targets.insert(qualifier.clone(), TargetAnswer::settle(config, &owner));
        }
        let state = match owner {
            Answer::Failed(kind) => kind.into(),
            Answer::Known(_) | Answer::NotFound => TargetState::Ok,
        };
        let latest = configs
            .remove(&Qualifier::latest())
            .map_or(Settings::Unconfigured, Settings::Configured);
        let listed = configs
            .into_iter()
            .map(|(qualifier, config)| (qualifier, Settings::Configured(config)));
        for (qualifier, settings) in listed.chain([(Qualifier::latest(), latest)]) {
            let settings = Answer::Known(settings);
            targets.insert(qualifier, TargetAnswer { settings, state });
        }
        Answers {
            function: owner,
            targets,
            unmentioned: Unmentioned::Gone,
        }
    }

    async fn owner(&mut self, qualifier: &Qualifier) -> Answer<Function> {
        if let Some(kind) = self.given_up {
            return Answer::Failed(kind);
        }
        let result = self.calls.get_function(self.function, qualifier).await;
        self.note(result, Operation::GetFunctionConfiguration, Some(qualifier))
    }

    async fn config(&mut self, qualifier: &Qualifier) -> Answer<EventInvokeConfig> {
        if let Some(kind) = self.given_up {
            return Answer::Failed(kind);
        }
        let result = self
            .calls
            .get_event_invoke_config(self.function, qualifier)
            .await;
        self.note(
            result,
            Operation::GetFunctionEventInvokeConfig,
            Some(qualifier),
        )
    }

    /// All pages. A listing that breaks off halfway is no listing.
    async fn listing(&mut self) -> Answer<BTreeMap<Qualifier, EventInvokeConfig>> {
        let operation = Operation::ListFunctionEventInvokeConfigs;
        let mut configs = BTreeMap::new();
        let mut marker: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let result = self
                .calls
                .list_event_invoke_configs(self.function, marker.as_deref())
                .await;
            match self.note(result, operation, None) {
                Answer::Known(ConfigPage {
                    configs: page,
                    next_marker,
                }) => {
                    configs.extend(page);
                    if next_marker.is_none() {
                        return Answer::Known(configs);
                    }
                    if next_marker == marker {
                        break;
                    }
                    marker = next_marker;
                }
                Answer::NotFound => return Answer::NotFound,
                Answer::Failed(kind) => return Answer::Failed(kind),
            }
        }
        let endless = CallFailure::error("the listing does not end");
        self.note(Err(CallError::Failed(endless)), operation, None)
    }

    fn note<T>(
        &mut self,
        result: Result<T, CallError>,
        operation: Operation,
        qualifier: Option<&Qualifier>,
    ) -> Answer<T> {
        match result {
            Ok(value) => Answer::Known(value),
            Err(CallError::NotFound) => Answer::NotFound,
            Err(CallError::Failed(failure)) => {
                let kind = failure.kind;
                if matches!(kind, FailureKind::Throttled | FailureKind::TimedOut) {
                    self.given_up = Some(kind);
                }
                self.troubles.push(Trouble {
                    operation,
                    qualifier: qualifier.cloned(),
                    failure,
                });
                Answer::Failed(kind)
            }
        }
    }
}

/// What the qualifiers tell about the function: the first one that exists does, `$LATEST` where it is
/// watched. If reading that one failed, so did reading the function: another version's dead-letter
/// queue must not stand in for it.
fn first_existing(owners: Vec<Answer<Function>>) -> Answer<Function> {
    owners
        .into_iter()
        .find(|owner| *owner != Answer::NotFound)
        .unwrap_or(Answer::NotFound)
}

fn not_found(watched: BTreeSet<Qualifier>) -> Answers {
    Answers {
        function: Answer::NotFound,
        targets: watched
            .into_iter()
            .map(|qualifier| (qualifier, TargetAnswer::not_found()))
            .collect(),
        unmentioned: Unmentioned::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_qualifier_stands_in_for_one_that_could_not_be_read() {
        let known = |arn: &str| {
            Answer::Known(Function {
                arn: arn.to_owned(),
                runtime: None,
                package_type: "Zip".to_owned(),
                dead_letter_queue: None,
            })
        };
        let failed = || Answer::Failed(FailureKind::Error);
        for (owners, expected) in [
            (vec![known("a"), known("b")], known("a")),
            (vec![Answer::NotFound, known("b")], known("b")),
            (vec![Answer::NotFound, failed()], failed()),
            (vec![failed(), known("b")], failed()),
            (vec![Answer::NotFound, Answer::NotFound], Answer::NotFound),
        ] {
            assert_eq!(first_existing(owners), expected);
        }
    }
}
