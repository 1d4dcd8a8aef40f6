//! One read of one function: which calls it takes, and what their answers together say.
//!
//! Existence is asked first, since without it a 404 for a config means nothing. After a call that
//! was throttled or got no answer in time the rest of the read is given up: one function that
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
            let owner = self.owner(qualifier).await;
            let config = match owner {
                Answer::NotFound => Answer::NotFound,
                Answer::Known(_) | Answer::Failed(_) => self.config(qualifier).await,
            };
            targets.insert(qualifier.clone(), TargetAnswer::settle(config, &owner));
            owners.push(owner);
        }
        Answers {
            function: first_known(owners),
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
                    marker = next_marker;
                }
                Answer::NotFound => return Answer::NotFound,
                Answer::Failed(kind) => return Answer::Failed(kind),
            }
        }
        let endless = CallFailure {
            kind: FailureKind::Error,
            code: None,
            message: format!("the listing did not end after {MAX_PAGES} pages"),
            request_id: None,
        };
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

/// What the qualifiers tell about the function: `$LATEST` comes first where it is watched.
fn first_known(owners: Vec<Answer<Function>>) -> Answer<Function> {
    let mut owners = owners.into_iter();
    let Some(first) = owners.next() else {
        return Answer::NotFound;
    };
    if let Answer::Known(_) = first {
        return first;
    }
    owners
        .find(|owner| matches!(owner, Answer::Known(_)))
        .unwrap_or(first)
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
