//! One read of one function: which calls it takes, and what their answers together say.
//!
//! Without existence a 404 for a config means nothing. Existence is asked last: a function that is
//! deleted between two calls then reads as deleted, not as one without a config. A function that AWS
//! listed exists; if it is deleted meanwhile, `ListFunctionEventInvokeConfigs` says so. After a call
//! that was throttled or got no answer in time the rest of the read is given up: one function that
//! hangs delays the others by one time limit, not by several.

use std::collections::{BTreeMap, BTreeSet};

use super::{Limited, ReadSpec, pages::Pages};
use crate::{
    domain::{
        Answers, CallError, CallFailure, EventInvokeConfig, FailureKind, Function, FunctionName,
        FunctionOutcomes, NotListed, Operation, Outcome, Qualifier, Qualifiers, Settings,
        TargetAnswer, TargetState,
    },
    port::Lambda,
};

/// What one read gave.
#[derive(Debug)]
pub(super) struct ReadReport {
    /// What AWS answered.
    pub(super) answers: Answers,
    /// The calls that failed, first one first.
    pub(super) failed_calls: Vec<FailedCall>,
}

/// A call that failed.
#[derive(Debug)]
pub(super) struct FailedCall {
    /// About which qualifier; `None` for all of the function's.
    pub(super) qualifier: Option<Qualifier>,
    /// How it failed.
    pub(super) failure: CallFailure,
}

impl ReadReport {
    /// Nothing was read at all.
    pub(super) fn failed(spec: &ReadSpec, failure: CallFailure) -> Self {
        Self {
            answers: Answers::failed(failure.kind, spec.qualifiers.always()),
            failed_calls: vec![FailedCall {
                qualifier: None,
                failure,
            }],
        }
    }
}

/// Reads one function.
pub(super) async fn read<L: Lambda>(
    lambda: &Limited<L>,
    function: &FunctionName,
    spec: &ReadSpec,
) -> ReadReport {
    let mut read = Read {
        lambda,
        function,
        failed_calls: Vec::new(),
        given_up: None,
    };
    let answers = if spec.listed {
        read.listed(spec).await
    } else if spec.qualifiers.every {
        read.every(&spec.qualifiers).await
    } else {
        read.named(&spec.qualifiers.named).await
    };
    ReadReport {
        answers,
        failed_calls: read.failed_calls,
    }
}

struct Read<'a, L> {
    lambda: &'a Limited<L>,
    function: &'a FunctionName,
    failed_calls: Vec<FailedCall>,
    given_up: Option<FailureKind>,
}

type Configs = BTreeMap<Qualifier, EventInvokeConfig>;

impl<L: Lambda> Read<'_, L> {
    /// Qualifiers named one by one: two calls each.
    async fn named(&mut self, named: &BTreeSet<Qualifier>) -> Answers {
        let mut targets = BTreeMap::new();
        let mut owners = Vec::new();
        for qualifier in named {
            let config = self.config(qualifier).await;
            let owner = self.owner(qualifier).await;
            targets.insert(qualifier.clone(), TargetAnswer::resolve(config, &owner));
            owners.push(owner);
        }
        Answers {
            versions: BTreeMap::new(),
            function: first_existing(owners).into(),
            targets,
            not_listed: NotListed::Deleted,
        }
    }

    /// `name:*`: the listing tells every config, and whether there is such a function.
    async fn every(&mut self, qualifiers: &Qualifiers) -> Answers {
        let listing = self.listing().await;
        let owner = match listing {
            Outcome::NotFound => Outcome::NotFound,
            Outcome::Ok(_) | Outcome::Failed(_) => self.owner(&Qualifier::latest()).await,
        };
        let configs = match (listing, &owner) {
            (_, Outcome::NotFound) | (Outcome::NotFound, _) => {
                return not_found(qualifiers.always());
            }
            (Outcome::Failed(kind), _) => {
                return Answers {
                    versions: BTreeMap::new(),
                    function: owner.into(),
                    ..Answers::failed(kind, qualifiers.always())
                };
            }
            (Outcome::Ok(configs), _) => configs,
        };
        let state = match owner {
            Outcome::Failed(kind) => kind.into(),
            Outcome::Ok(_) | Outcome::NotFound => TargetState::Ok,
        };
        let mut targets = BTreeMap::new();
        let configs = self.resolve_named(qualifiers, configs, &mut targets).await;
        targets.extend(configured(configs, state));
        Answers {
            versions: BTreeMap::new(),
            function: owner.into(),
            targets,
            not_listed: NotListed::Deleted,
        }
    }

    /// A function that AWS listed: it exists, and what it is is known, unless that is to be confirmed.
    async fn listed(&mut self, spec: &ReadSpec) -> Answers {
        let mut answers = self.listed_targets(spec).await;
        if spec.confirm && answers.function.configuration.is_none() {
            answers.function = self.owner(&Qualifier::latest()).await.into();
        }
        answers
    }

    async fn listed_targets(&mut self, spec: &ReadSpec) -> Answers {
        let qualifiers = &spec.qualifiers;
        let mut configs = match self.listing().await {
            Outcome::NotFound => return not_found(qualifiers.always()),
            Outcome::Failed(kind) => {
                return Answers {
                    versions: BTreeMap::new(),
                    function: FunctionOutcomes::default(),
                    ..Answers::failed(kind, qualifiers.always())
                };
            }
            Outcome::Ok(configs) => configs,
        };
        let mut targets = BTreeMap::new();
        let mut not_listed = NotListed::Deleted;
        let mut state = TargetState::Ok;
        if spec.aliases {
            match self.aliases().await {
                Outcome::NotFound => return not_found(qualifiers.always()),
                Outcome::Ok(aliases) => {
                    targets.extend(resolve_aliases(&aliases, &mut configs));
                }
                Outcome::Failed(kind) => {
                    not_listed = NotListed::Failed(kind);
                    state = kind.into();
                }
            }
        }
        let mut configs = self.resolve_named(qualifiers, configs, &mut targets).await;
        // Only now: those that are named were asked for one by one.
        if let NotListed::Failed(kind) = not_listed {
            set_aside_aliases(kind, &mut configs);
        }
        targets.extend(configured(configs, state));
        Answers {
            versions: BTreeMap::new(),
            function: FunctionOutcomes::default(),
            targets,
            not_listed,
        }
    }

    /// Those named are published without a config too, if they exist; and a config in the listing may
    /// be what a deleted alias left behind. Gives the configs of all others.
    async fn resolve_named(
        &mut self,
        qualifiers: &Qualifiers,
        mut configs: Configs,
        targets: &mut BTreeMap<Qualifier, TargetAnswer>,
    ) -> Configs {
        for qualifier in &qualifiers.named {
            if qualifier.is_latest() || targets.contains_key(qualifier) {
                continue;
            }
            let owner = self.owner(qualifier).await;
            let config = configs
                .remove(qualifier)
                .map_or(Outcome::NotFound, Outcome::Ok);
            targets.insert(qualifier.clone(), TargetAnswer::resolve(config, &owner));
        }
        configs
    }

    async fn owner(&mut self, qualifier: &Qualifier) -> Outcome<Function> {
        if let Some(kind) = self.given_up {
            return Outcome::Failed(kind);
        }
        let result = self
            .lambda
            .call(Operation::GetFunctionConfiguration, |lambda| {
                lambda.get_function(self.function, qualifier)
            })
            .await;
        self.note(result, Some(qualifier))
    }

    async fn config(&mut self, qualifier: &Qualifier) -> Outcome<EventInvokeConfig> {
        if let Some(kind) = self.given_up {
            return Outcome::Failed(kind);
        }
        let result = self
            .lambda
            .call(Operation::GetFunctionEventInvokeConfig, |lambda| {
                lambda.get_event_invoke_config(self.function, qualifier)
            })
            .await;
        self.note(result, Some(qualifier))
    }

    async fn listing(&mut self) -> Outcome<Configs> {
        let listed = self.list_configs().await;
        self.note(listed, None)
    }

    async fn list_configs(&self) -> Result<Configs, CallError> {
        let mut pages = Pages::of(Operation::ListFunctionEventInvokeConfigs);
        let mut configs = Configs::new();
        while !pages.is_complete() {
            let marker = pages.marker();
            let page = self
                .lambda
                .call(Operation::ListFunctionEventInvokeConfigs, |lambda| {
                    lambda.list_event_invoke_configs(self.function, marker)
                })
                .await?;
            configs.extend(pages.take(page)?);
        }
        Ok(configs)
    }

    async fn aliases(&mut self) -> Outcome<BTreeSet<Qualifier>> {
        let listed = self.list_aliases().await;
        self.note(listed, None)
    }

    async fn list_aliases(&self) -> Result<BTreeSet<Qualifier>, CallError> {
        let mut pages = Pages::of(Operation::ListAliases);
        let mut aliases = BTreeSet::new();
        while !pages.is_complete() {
            let marker = pages.marker();
            let page = self
                .lambda
                .call(Operation::ListAliases, |lambda| {
                    lambda.list_aliases(self.function, marker)
                })
                .await?;
            aliases.extend(pages.take(page)?.into_iter().map(|alias| alias.name));
        }
        Ok(aliases)
    }

    fn note<T>(
        &mut self,
        result: Result<T, CallError>,
        qualifier: Option<&Qualifier>,
    ) -> Outcome<T> {
        match result {
            Ok(value) => Outcome::Ok(value),
            Err(CallError::NotFound) => Outcome::NotFound,
            Err(CallError::Failed(failure)) => {
                let kind = failure.kind;
                if matches!(kind, FailureKind::Throttled | FailureKind::TimedOut) {
                    self.given_up = Some(kind);
                }
                self.failed_calls.push(FailedCall {
                    qualifier: qualifier.cloned(),
                    failure,
                });
                Outcome::Failed(kind)
            }
        }
    }
}

/// The answers about qualifiers that have a config, and about `$LATEST` in any case.
fn configured(
    mut configs: Configs,
    state: TargetState,
) -> impl Iterator<Item = (Qualifier, TargetAnswer)> {
    let latest = configs
        .remove(&Qualifier::latest())
        .map_or(Settings::Unconfigured, Settings::Configured);
    let others = configs
        .into_iter()
        .map(|(qualifier, config)| (qualifier, Settings::Configured(config)));
    others
        .chain([(Qualifier::latest(), latest)])
        .map(move |(qualifier, settings)| {
            let answer = TargetAnswer {
                state,
                ..TargetAnswer::ok(settings)
            };
            (qualifier, answer)
        })
}

/// Every alias, configured or not. A config of one that is not listed is what a deleted alias left
/// behind.
fn resolve_aliases(
    aliases: &BTreeSet<Qualifier>,
    configs: &mut Configs,
) -> BTreeMap<Qualifier, TargetAnswer> {
    let exists = Outcome::Ok(());
    let resolve = |alias: &Qualifier| {
        let config = configs.remove(alias);
        let config = config.map_or(Outcome::NotFound, Outcome::Ok);
        (alias.clone(), TargetAnswer::resolve(config, &exists))
    };
    let targets = aliases.iter().map(resolve).collect();
    configs.retain(|qualifier, _| !qualifier.is_alias());
    targets
}

/// A config may be a deleted alias's: where AWS did not list the aliases this time, it is not
/// believed this time. Where AWS never does, for want of a permission, it is published all the same.
fn set_aside_aliases(kind: FailureKind, configs: &mut Configs) {
    if kind != FailureKind::Denied {
        configs.retain(|qualifier, _| !qualifier.is_alias());
    }
}

/// What the qualifiers tell about the function: the first one that exists does, `$LATEST` where it is
/// selected. If reading that one failed, so did reading the function: another version's dead-letter
/// queue must not stand in for it.
fn first_existing(owners: Vec<Outcome<Function>>) -> Outcome<Function> {
    owners
        .into_iter()
        .find(|owner| *owner != Outcome::NotFound)
        .unwrap_or(Outcome::NotFound)
}

fn not_found(selected: BTreeSet<Qualifier>) -> Answers {
    Answers {
        versions: BTreeMap::new(),
        function: Outcome::NotFound.into(),
        targets: selected
            .into_iter()
            .map(|qualifier| (qualifier, TargetAnswer::not_found()))
            .collect(),
        not_listed: NotListed::Deleted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_qualifier_stands_in_for_one_that_could_not_be_read() {
        let known = |arn: &str| {
            Outcome::Ok(Function {
                arn: arn.into(),
                runtime: None,
                package_type: "Zip".into(),
                dead_letter_queue: None,
            })
        };
        let failed = || Outcome::Failed(FailureKind::Error);
        for (owners, expected) in [
            (vec![known("a"), known("b")], known("a")),
            (vec![Outcome::NotFound, known("b")], known("b")),
            (vec![Outcome::NotFound, failed()], failed()),
            (vec![failed(), known("b")], failed()),
            (
                vec![Outcome::NotFound, Outcome::NotFound],
                Outcome::NotFound,
            ),
        ] {
            assert_eq!(first_existing(owners), expected);
        }
    }
}
