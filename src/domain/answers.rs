//! What one read of a function answered, and what the answers together mean.
//!
//! A 404 from `GetFunctionEventInvokeConfig` says nothing about the function: AWS gives the same
//! answer for a function without a config and for no function at all. Only together with an answer
//! about existence does it become a fact, and [`TargetAnswer::resolve`] is where that happens.

use std::collections::BTreeMap;

use super::{
    Destination, EventInvokeConfig, FailureKind, FunctionOutcomes, Outcome, Qualifier, Settings,
    TargetOutcomes, TargetState,
};

/// What one read answered about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAnswer {
    /// Each fact.
    pub outcomes: TargetOutcomes,
    /// The state to publish: the worse of the outcomes that were needed.
    pub state: TargetState,
}

/// What became of targets that were read before and that this read does not mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotListed {
    /// The read was complete, so they are gone.
    Deleted,
    /// AWS did not say which targets there are.
    Failed(FailureKind),
}

/// What one read of a function answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// About the function as a whole; nothing where that was not asked, since a listing says it.
    pub function: FunctionOutcomes,
    /// The dead-letter queues of published versions that were asked for.
    pub versions: BTreeMap<Qualifier, Option<Destination>>,
    /// About each target that was asked for or that AWS listed.
    pub targets: BTreeMap<Qualifier, TargetAnswer>,
    /// About all others.
    pub not_listed: NotListed,
}

impl TargetAnswer {
    /// Joins the answer about a config with the answer about what it belongs to.
    ///
    /// A config outlives its alias, so "no such function, version or alias" wins over a config, and a
    /// config whose owner could not be read this time is not believed this time. Where AWS never lets
    /// the owner be read, for want of a permission, a config is published all the same; "no config"
    /// is not, since it may as well mean "no function".
    #[must_use]
    pub fn resolve<T>(config: Outcome<EventInvokeConfig>, owner: &Outcome<T>) -> Self {
        match (config, owner) {
            (_, Outcome::NotFound) => Self::not_found(),
            (Outcome::Ok(config), Outcome::Ok(_)) => Self::ok(Settings::Configured(config)),
            (Outcome::NotFound, Outcome::Ok(_)) => Self::ok(Settings::Unconfigured),
            (Outcome::Ok(config), Outcome::Failed(FailureKind::Denied)) => Self {
                state: TargetState::Denied,
                ..Self::ok(Settings::Configured(config))
            },
            (Outcome::Ok(_) | Outcome::NotFound, Outcome::Failed(kind)) => Self::failed(*kind),
            (Outcome::Failed(kind), _) => Self::failed(kind),
        }
    }

    /// These settings are in force.
    #[must_use]
    pub fn ok(settings: Settings) -> Self {
        Self::new(Outcome::Ok(settings), TargetState::Ok)
    }

    /// There is no such function, version or alias.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Outcome::NotFound, TargetState::NotFound)
    }

    /// Nothing is known about the settings.
    #[must_use]
    pub fn failed(kind: FailureKind) -> Self {
        Self::new(Outcome::Failed(kind), kind.into())
    }

    fn new(settings: Outcome<Settings>, state: TargetState) -> Self {
        Self {
            outcomes: TargetOutcomes {
                settings: Some(settings),
                versions: None,
            },
            state,
        }
    }
}

impl Answers {
    /// Nothing was answered about a function of which these qualifiers are read.
    #[must_use]
    pub fn failed(kind: FailureKind, selected: impl IntoIterator<Item = Qualifier>) -> Self {
        Self {
            function: FunctionOutcomes::failed(kind),
            versions: BTreeMap::new(),
            targets: selected
                .into_iter()
                .map(|qualifier| (qualifier, TargetAnswer::failed(kind)))
                .collect(),
            not_listed: NotListed::Failed(kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Function;

    fn function() -> Outcome<Function> {
        Outcome::Ok(Function {
            arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
            runtime: None,
            package_type: "Zip".into(),
            dead_letter_queue: None,
        })
    }

    fn config() -> Outcome<EventInvokeConfig> {
        Outcome::Ok(EventInvokeConfig::default())
    }

    #[test]
    fn every_pair_of_answers() {
        use FailureKind::{Denied, TimedOut};
        let configured = Outcome::Ok(Settings::Configured(EventInvokeConfig::default()));
        let unconfigured = Outcome::Ok(Settings::Unconfigured);
        for (config, owner, settings, state) in [
            (config(), function(), configured.clone(), TargetState::Ok),
            (Outcome::NotFound, function(), unconfigured, TargetState::Ok),
            // A function that does not exist is not a function without a config …
            (
                Outcome::NotFound,
                Outcome::NotFound,
                Outcome::NotFound,
                TargetState::NotFound,
            ),
            // … nor is a deleted alias whose config is still there.
            (
                config(),
                Outcome::NotFound,
                Outcome::NotFound,
                TargetState::NotFound,
            ),
            (
                Outcome::Failed(Denied),
                Outcome::NotFound,
                Outcome::NotFound,
                TargetState::NotFound,
            ),
            // A config that may be a deleted alias's is not published on a passing failure.
            (
                config(),
                Outcome::Failed(TimedOut),
                Outcome::Failed(TimedOut),
                TargetState::Failed,
            ),
            // One of the two permissions missing.
            (
                config(),
                Outcome::Failed(Denied),
                configured,
                TargetState::Denied,
            ),
            (
                Outcome::NotFound,
                Outcome::Failed(Denied),
                Outcome::Failed(Denied),
                TargetState::Denied,
            ),
            (
                Outcome::Failed(Denied),
                function(),
                Outcome::Failed(Denied),
                TargetState::Denied,
            ),
            (
                Outcome::Failed(TimedOut),
                Outcome::Failed(Denied),
                Outcome::Failed(TimedOut),
                TargetState::Failed,
            ),
        ] {
            let label = format!("{config:?} and {owner:?}");
            assert_eq!(
                TargetAnswer::resolve(config, &owner),
                TargetAnswer::new(settings, state),
                "{label}"
            );
        }
    }
}
