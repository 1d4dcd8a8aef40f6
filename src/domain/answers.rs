//! What one read of a function answered, and what the answers together mean.
//!
//! A 404 from `GetFunctionEventInvokeConfig` says nothing about the function: AWS gives the same
//! answer for a function without a config and for no function at all. Only together with an answer
//! about existence does it become a fact, and [`TargetAnswer::resolve`] is where that happens.

use std::collections::BTreeMap;

use super::{EventInvokeConfig, FailureKind, Function, Qualifier, Settings, TargetState};

/// What AWS said to one question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// This.
    Known(T),
    /// There is no such thing.
    NotFound,
    /// Nothing that can be relied on.
    Failed(FailureKind),
}

/// What one read answered about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAnswer {
    /// The settings in force.
    pub settings: Answer<Settings>,
    /// The state to publish: the worse of the answers that were needed.
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
    /// About the function itself; `None` where that was not asked, since a listing told it.
    pub function: Option<Answer<Function>>,
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
    pub fn resolve<T>(config: Answer<EventInvokeConfig>, owner: &Answer<T>) -> Self {
        match (config, owner) {
            (_, Answer::NotFound) => Self::not_found(),
            (Answer::Known(config), Answer::Known(_)) => Self {
                settings: Answer::Known(Settings::Configured(config)),
                state: TargetState::Ok,
            },
            (Answer::NotFound, Answer::Known(_)) => Self {
                settings: Answer::Known(Settings::Unconfigured),
                state: TargetState::Ok,
            },
            (Answer::Known(config), Answer::Failed(FailureKind::Denied)) => Self {
                settings: Answer::Known(Settings::Configured(config)),
                state: TargetState::Denied,
            },
            (Answer::Known(_) | Answer::NotFound, Answer::Failed(kind)) => Self::failed(*kind),
            (Answer::Failed(kind), _) => Self::failed(kind),
        }
    }

    /// There is no such function, version or alias.
    #[must_use]
    pub fn not_found() -> Self {
        Self {
            settings: Answer::NotFound,
            state: TargetState::NotFound,
        }
    }

    /// Nothing is known about the settings.
    #[must_use]
    pub fn failed(kind: FailureKind) -> Self {
        Self {
            settings: Answer::Failed(kind),
            state: kind.into(),
        }
    }
}

impl Answers {
    /// Nothing was answered about a function of which these qualifiers are watched.
    #[must_use]
    pub fn failed(kind: FailureKind, watched: impl IntoIterator<Item = Qualifier>) -> Self {
        Self {
            function: Some(Answer::Failed(kind)),
            targets: watched
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

    fn function() -> Answer<Function> {
        Answer::Known(Function {
            arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
            runtime: None,
            package_type: "Zip".into(),
            dead_letter_queue: None,
        })
    }

    fn config() -> Answer<EventInvokeConfig> {
        Answer::Known(EventInvokeConfig::default())
    }

    #[test]
    fn every_pair_of_answers() {
        use FailureKind::{Denied, TimedOut};
        let configured = Answer::Known(Settings::Configured(EventInvokeConfig::default()));
        let unconfigured = Answer::Known(Settings::Unconfigured);
        for (config, owner, settings, state) in [
            (config(), function(), configured.clone(), TargetState::Ok),
            (Answer::NotFound, function(), unconfigured, TargetState::Ok),
            // A function that does not exist is not a function without a config …
            (
                Answer::NotFound,
                Answer::NotFound,
                Answer::NotFound,
                TargetState::NotFound,
            ),
            // … nor is a deleted alias whose config is still there.
            (
                config(),
                Answer::NotFound,
                Answer::NotFound,
                TargetState::NotFound,
            ),
            (
                Answer::Failed(Denied),
                Answer::NotFound,
                Answer::NotFound,
                TargetState::NotFound,
            ),
            // A config that may be a deleted alias's is not published on a passing failure.
            (
                config(),
                Answer::Failed(TimedOut),
                Answer::Failed(TimedOut),
                TargetState::Failed,
            ),
            // One of the two permissions missing.
            (
                config(),
                Answer::Failed(Denied),
                configured,
                TargetState::Denied,
            ),
            (
                Answer::NotFound,
                Answer::Failed(Denied),
                Answer::Failed(Denied),
                TargetState::Denied,
            ),
            (
                Answer::Failed(Denied),
                function(),
                Answer::Failed(Denied),
                TargetState::Denied,
            ),
            (
                Answer::Failed(TimedOut),
                Answer::Failed(Denied),
                Answer::Failed(TimedOut),
                TargetState::Failed,
            ),
        ] {
            let label = format!("{config:?} and {owner:?}");
            assert_eq!(
                TargetAnswer::resolve(config, &owner),
                TargetAnswer { settings, state },
                "{label}"
            );
        }
    }
}
