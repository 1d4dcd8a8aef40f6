//! One read of one function: which calls it takes, and what their answers together say.
//!
//! Without existence a 404 for a config means nothing. A function or qualifier that is named is asked for after its
//! config: one that is deleted between the two calls then reads as deleted, not as one without a config. One that is
//! created between them would read as one without a config, so where that is news the config is asked for once more.
//! A function that AWS listed exists; if it is deleted meanwhile, `ListFunctionEventInvokeConfigs` says so. Its aliases
//! are listed before the configs, so that the config of an alias is never older than the alias; the config outlives
//! the alias, and a version's outlives the version. A function without aliases costs no call for them. What a version
//! is never changes, so each is asked for once, and now and then whether it still exists: a function that was deleted
//! and created anew has other versions of the same numbers.
//! After a call that was throttled or got no answer in time the rest of the read is given up: one function
//! that hangs delays the others by one time limit, not by several. The next read goes on from the page that failed.

mod resolve;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use self::resolve::{
    configured, first_existing, is_in_doubt, not_found, resolve_aliases, unlisted_aliases,
};
use super::{
    Limited, ReadSpec, now,
    progress::{Aliases, Configs, Progress},
    schedule::Turn,
};
use crate::{
    domain::{
        Answers, CallError, CallFailure, Destination, EventInvokeConfig, FailureKind, Function,
        FunctionName, FunctionOutcomes, NotListed, Operation, Outcome, Qualifier, Qualifiers,
        Reading, TargetAnswer, TargetState,
    },
    port::{Lambda, Page},
};

/// A read to make.
#[derive(Debug, Clone)]
pub(super) struct ReadRequest {
    /// Of which function.
    pub(super) name: FunctionName,
    /// How it is read.
    pub(super) spec: ReadSpec,
    /// Which turn of its task this is.
    pub(super) turn: Turn,
    /// What is known of it.
    pub(super) before: Arc<Reading>,
    /// The pages that came already.
    pub(super) progress: Progress,
}

/// What one read gave.
#[derive(Debug)]
pub(super) struct ReadReport {
    /// What AWS answered.
    pub(super) answers: Answers,
    /// The calls that failed, first one first.
    pub(super) failed_calls: Vec<FailedCall>,
    /// The pages that came, where others did not.
    pub(super) progress: Option<Progress>,
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
            progress: None,
        }
    }
}

/// Reads one function.
pub(super) async fn read<L: Lambda>(lambda: &Limited<L>, request: ReadRequest) -> ReadReport {
    let ReadRequest {
        name,
        spec,
        before,
        progress,
        ..
    } = request;
    let mut read = Read {
        lambda,
        function: &name,
        before: &before,
        progress,
        versions: BTreeMap::new(),
        failed_calls: Vec::new(),
        given_up: None,
    };
    let mut answers = if spec.listed {
        read.listed(&spec).await
    } else if spec.qualifiers.every {
        read.every(&spec).await
    } else {
        read.named(&spec.qualifiers.named).await
    };
    answers.versions = read.versions;
    let failed_calls = read.failed_calls;
    let may_pass = |call: &FailedCall| !call.failure.is_missing_permission();
    let progress = Some(read.progress).filter(|_| failed_calls.iter().any(may_pass));
    ReadReport {
        answers,
        progress: progress.and_then(Progress::after_failure),
        failed_calls,
    }
}

struct Read<'a, L> {
    lambda: &'a Limited<L>,
    function: &'a FunctionName,
    before: &'a Reading,
    progress: Progress,
    /// The dead-letter queues of versions that were asked for.
    versions: BTreeMap<Qualifier, Option<Destination>>,
    failed_calls: Vec<FailedCall>,
    given_up: Option<FailureKind>,
}

impl<L: Lambda> Read<'_, L> {
    /// Qualifiers named one by one. Where one that kept events by a listing of aliases keeps none now, one of the calls
    /// may be older than what another shows: all is asked for once more.
    async fn named(&mut self, named: &BTreeSet<Qualifier>) -> Answers {
        let mut answers = self.named_once(named).await;
        answers.versions.clone_from(&self.versions);
        let mut targets = answers.targets.values();
        let is_weighted = targets.any(|target| match &target.outcomes.versions {
            Some(Outcome::Ok(versions)) => versions.len() > 1,
            _ => false,
        });
        if is_weighted && self.before.loses_failures_with(&answers, now()) {
            self.progress.start_over();
            return self.named_once(named).await;
        }
        answers
    }

    /// Two calls each, and one more where they say what is news. What is weighted among aliases only their listing
    /// tells.
    async fn named_once(&mut self, named: &BTreeSet<Qualifier>) -> Answers {
        let aliases = if named.iter().any(Qualifier::is_alias) {
            self.aliases().await
        } else {
            Outcome::NotFound
        };
        let mut targets = BTreeMap::new();
        let mut owners = Vec::new();
        for qualifier in named {
            let config = self.config(qualifier).await;
            let owner = self.owner(qualifier).await;
            let config = self.config_again(qualifier, config, &owner).await;
            let mut answer = TargetAnswer::resolve(config, &owner);
            if qualifier.is_alias() {
                let versions = self.versions_of(qualifier, &owner, &aliases).await;
                answer.outcomes.versions = Some(versions);
            }
            targets.insert(qualifier.clone(), answer);
            owners.push(owner);
        }
        Answers {
            function: first_existing(owners).into(),
            versions: BTreeMap::new(),
            targets,
            not_listed: NotListed::Deleted,
        }
    }

    /// The versions that a named alias stands for. What it is was told when it was asked for; only of one that is
    /// weighted is that not enough.
    async fn versions_of(
        &mut self,
        alias: &Qualifier,
        owner: &Outcome<Function>,
        aliases: &Outcome<Aliases>,
    ) -> Outcome<Arc<[Qualifier]>> {
        match owner {
            Outcome::Ok(_) => {}
            Outcome::NotFound => return Outcome::NotFound,
            Outcome::Failed(kind) => return Outcome::Failed(*kind),
        }
        let versions = match aliases {
            Outcome::Ok(aliases) => aliases.get(alias).filter(|versions| versions.len() > 1),
            Outcome::NotFound | Outcome::Failed(FailureKind::Denied) => None,
            Outcome::Failed(kind) => return Outcome::Failed(*kind),
        };
        if let Some(versions) = versions {
            self.ask_for_versions(versions, false).await;
        }
        let itself = || Arc::from([alias.clone()]);
        Outcome::Ok(versions.cloned().unwrap_or_else(itself))
    }

    /// `name:*`: the listing tells every config; whether there is such a function is asked last.
    async fn every(&mut self, spec: &ReadSpec) -> Answers {
        let mut answers = self.listed_targets(spec).await;
        if answers.function.configuration.is_some() {
            return answers;
        }
        let owner = self.owner(&Qualifier::latest()).await;
        match owner {
            Outcome::NotFound => return not_found(spec.qualifiers.always()),
            Outcome::Failed(kind) => {
                let targets = answers.targets.values_mut();
                for target in targets.filter(|target| target.state == TargetState::Ok) {
                    target.state = kind.into();
                }
            }
            Outcome::Ok(_) => {}
        }
        answers.function = owner.into();
        answers
    }

    /// A function that AWS listed: it exists, and what it is is known, unless that is to be confirmed.
    async fn listed(&mut self, spec: &ReadSpec) -> Answers {
        let answers = self.listed_targets(spec).await;
        if !spec.confirm || answers.function.configuration.is_some() {
            return answers;
        }
        let owner = self.owner(&Qualifier::latest()).await;
        let without_queue =
            matches!(&owner, Outcome::Ok(function) if function.dead_letter_queue.is_none());
        let mut answers = if without_queue {
            // Destinations may have come before the queue went.
            self.progress.start_over();
            self.listed_targets(spec).await
        } else {
            answers
        };
        answers.function.configuration.get_or_insert(owner);
        answers
    }

    async fn listed_targets(&mut self, spec: &ReadSpec) -> Answers {
        let qualifiers = &spec.qualifiers;
        let mut aliases = None;
        if spec.asks_aliases() || self.before.targets.keys().any(Qualifier::is_alias) {
            aliases = Some(self.aliases().await);
        }
        let mut listed = self.listing().await;
        if aliases.is_none()
            && let Outcome::Ok(configs) = &listed
            && configs.keys().any(Qualifier::is_alias)
        {
            let now_listed = self.aliases().await;
            if let Outcome::Ok(aliases) = &now_listed
                && configs.keys().any(|alias| aliases.contains_key(alias))
            {
                // A config must not be older than its alias.
                self.progress.configs_start_over();
                listed = self.listing().await;
            }
            aliases = Some(now_listed);
        }
        let mut configs = match listed {
            Outcome::NotFound => return not_found(qualifiers.always()),
            Outcome::Failed(kind) => {
                return Answers {
                    function: FunctionOutcomes::default(),
                    ..Answers::failed(kind, qualifiers.always())
                };
            }
            Outcome::Ok(configs) => configs,
        };
        let mut targets = BTreeMap::new();
        let mut not_listed = NotListed::Deleted;
        let mut state = TargetState::Ok;
        let aliases = match aliases {
            Some(Outcome::NotFound) => return not_found(qualifiers.always()),
            Some(aliases) => aliases,
            None => Outcome::Ok(Aliases::new()),
        };
        match &aliases {
            Outcome::Failed(kind) => {
                // Who does not want every alias does without the permission as before.
                if spec.aliases || *kind != FailureKind::Denied {
                    not_listed = NotListed::Failed(*kind);
                    state = (*kind).into();
                }
            }
            Outcome::Ok(aliases) => {
                let wanted = |alias: &Qualifier| spec.aliases || qualifiers.named.contains(alias);
                targets = resolve_aliases(aliases, wanted, &mut configs);
            }
            Outcome::NotFound => {}
        }
        self.resolve_named(qualifiers, &aliases, &mut configs, &mut targets)
            .await;
        // Only now: those that are named were asked for one by one.
        if let Outcome::Failed(kind) = aliases {
            targets.extend(unlisted_aliases(kind, &mut configs));
        }
        self.resolve_versions(spec, &mut configs, &mut targets)
            .await;
        targets.extend(configured(configs, state));
        Answers {
            function: FunctionOutcomes::default(),
            versions: BTreeMap::new(),
            targets,
            not_listed,
        }
    }

    /// Those named are published without a config too, if they exist; and a config in the listing may
    /// be what a deleted alias left behind.
    async fn resolve_named(
        &mut self,
        qualifiers: &Qualifiers,
        aliases: &Outcome<Aliases>,
        configs: &mut Configs,
        targets: &mut BTreeMap<Qualifier, TargetAnswer>,
    ) {
        for qualifier in &qualifiers.named {
            if qualifier.is_latest() || targets.contains_key(qualifier) {
                continue;
            }
            let owner = self.owner(qualifier).await;
            let config = configs
                .remove(qualifier)
                .map_or(Outcome::NotFound, Outcome::Ok);
            let config = self.config_again(qualifier, config, &owner).await;
            let mut answer = TargetAnswer::resolve(config, &owner);
            if qualifier.is_alias() {
                let versions = self.versions_of(qualifier, &owner, aliases).await;
                answer.outcomes.versions = Some(versions);
            }
            targets.insert(qualifier.clone(), answer);
        }
    }

    /// The dead-letter queues of the versions that targets stand for, each asked for once; and whether the versions
    /// that have a config exist, so that what a deleted one left behind is not taken for a target.
    async fn resolve_versions(
        &mut self,
        spec: &ReadSpec,
        configs: &mut Configs,
        targets: &mut BTreeMap<Qualifier, TargetAnswer>,
    ) {
        let of_aliases: Vec<Arc<[Qualifier]>> = targets
            .values()
            .filter_map(|target| match &target.outcomes.versions {
                Some(Outcome::Ok(versions)) => Some(Arc::clone(versions)),
                _ => None,
            })
            .collect();
        for versions in of_aliases {
            self.ask_for_versions(&versions, spec.asks_versions).await;
        }
        let configured: Vec<Qualifier> = configs
            .keys()
            .filter(|of| of.is_version())
            .cloned()
            .collect();
        for version in configured {
            if !self.is_asked_for(&version, spec.asks_versions) {
                continue;
            }
            match self.owner(&version).await {
                Outcome::Ok(_) | Outcome::Failed(FailureKind::Denied) => {}
                Outcome::NotFound => {
                    configs.remove(&version);
                }
                Outcome::Failed(_) if self.before.versions.contains_key(&version) => {}
                Outcome::Failed(kind) => {
                    configs.remove(&version);
                    targets.insert(version, TargetAnswer::failed(kind));
                }
            }
        }
    }

    /// Asks for the versions of an alias. One that does not come leaves its queue as it was known, if it was.
    async fn ask_for_versions(&mut self, versions: &[Qualifier], again: bool) {
        for version in versions.iter().filter(|version| version.is_version()) {
            if self.is_asked_for(version, again) {
                self.owner(version).await;
            }
        }
    }

    /// Whether a version is to be asked for: `again` even if it is known, but once in a read.
    fn is_asked_for(&self, version: &Qualifier, again: bool) -> bool {
        let is_known = self.before.versions.contains_key(version);
        (again || !is_known) && !self.versions.contains_key(version)
    }

    async fn config_again(
        &mut self,
        qualifier: &Qualifier,
        config: Outcome<EventInvokeConfig>,
        owner: &Outcome<Function>,
    ) -> Outcome<EventInvokeConfig> {
        if is_in_doubt(self.before, qualifier, &config, owner) {
            self.config(qualifier).await
        } else {
            config
        }
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
        if let Ok(function) = &result
            && !qualifier.is_latest()
        {
            let queue = function.dead_letter_queue.clone();
            self.versions.insert(qualifier.clone(), queue);
        }
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
        if let Some(kind) = self.given_up {
            return Outcome::Failed(kind);
        }
        let listed = self.list_configs().await;
        self.note(listed, None)
    }

    async fn list_configs(&mut self) -> Result<Configs, CallError> {
        let listed = &mut self.progress.configs;
        while !listed.pages().is_complete() {
            let marker = listed.pages().marker();
            let page = self
                .lambda
                .call(Operation::ListFunctionEventInvokeConfigs, |lambda| {
                    lambda.list_event_invoke_configs(self.function, marker)
                })
                .await?;
            listed.take(page)?;
        }
        Ok(listed.items())
    }

    async fn aliases(&mut self) -> Outcome<Aliases> {
        if let Some(kind) = self.given_up {
            return Outcome::Failed(kind);
        }
        let listed = self.list_aliases().await;
        self.note(listed, None)
    }

    async fn list_aliases(&mut self) -> Result<Aliases, CallError> {
        let listed = &mut self.progress.aliases;
        while !listed.pages().is_complete() {
            let marker = listed.pages().marker();
            let page = self
                .lambda
                .call(Operation::ListAliases, |lambda| {
                    lambda.list_aliases(self.function, marker)
                })
                .await?;
            let items = page.items.into_iter();
            listed.take(Page {
                items: items
                    .map(|alias| (alias.name, alias.versions.into()))
                    .collect(),
                next: page.next,
            })?;
        }
        Ok(listed.items())
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
