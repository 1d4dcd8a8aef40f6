//! What goes wrong at AWS, and since when.

use std::{fmt, time::Duration};

use lambda_async_exporter::domain::{CallFailure, FailureKind, Operation, ScopeId};

use super::truth::Time;
use crate::aws::{REQUEST_TIMEOUT, failed};

/// Something that goes wrong for a while.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// In which scope; `None`: everywhere.
    pub(super) scope: Option<ScopeId>,
    pub(super) place: Place,
    pub(super) manner: Manner,
    pub(super) from: Time,
    /// When it ends.
    pub(super) to: Time,
}

/// What it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Whose the ambient credentials are.
    Identity,
    /// The credentials, before any call.
    Credentials,
    /// Every call.
    Everything,
    /// One operation.
    Operation(Operation),
    /// Calls about one function.
    Function(String),
    /// One operation on one function.
    Call(Operation, String),
}

/// How it goes wrong.
#[derive(Debug, Clone)]
pub(super) enum Manner {
    /// No answer within the time limit.
    Hangs,
    /// An answer, but late.
    Delays(Duration),
    /// AWS says so.
    Refuses(Refusal),
}

/// What AWS says.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) kind: FailureKind,
    /// How many calls in a hundred it hits.
    pub(super) percent: u64,
    /// How many pages of a listing come before it.
    pub(super) after_pages: usize,
    pub(super) retry_after: Option<Duration>,
    /// Whether it is the credentials that AWS refuses, not the action.
    pub(super) expired: bool,
}

impl Fault {
    /// Whether it hits calls of this kind: of an operation, about a function.
    pub(super) fn hits(&self, scope: &ScopeId, operation: Operation, name: Option<&str>) -> bool {
        self.scope.as_ref().is_none_or(|of| of == scope)
            && match &self.place {
                Place::Identity | Place::Credentials => false,
                Place::Everything => true,
                Place::Operation(of) => *of == operation,
                Place::Function(of) => name == Some(of),
                Place::Call(of, about) => *of == operation && name == Some(about),
            }
    }

    pub(super) fn is_on(&self, now: Time) -> bool {
        self.from <= now && now < self.to
    }

    /// Until when calls that it hit may still be under way.
    pub(super) fn felt_until(&self, latency: Duration) -> Time {
        let tail = match (&self.place, &self.manner) {
            // The question is asked again a minute later at most.
            (Place::Identity, _) => Duration::from_mins(1) + REQUEST_TIMEOUT,
            (_, Manner::Hangs) => REQUEST_TIMEOUT,
            (_, Manner::Delays(delay)) => *delay,
            (_, Manner::Refuses(_)) => Duration::ZERO,
        };
        self.to.saturating_add(tail + latency)
    }
}

impl Refusal {
    pub(super) fn failure(&self, operation: Operation) -> CallFailure {
        let mut failure = failed(operation, self.kind);
        failure.retry_after = self.retry_after;
        if self.expired {
            failure.code = Some("ExpiredTokenException".to_owned());
        }
        failure
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Some(scope) => write!(f, "{scope}: ")?,
            None => f.write_str("everywhere: ")?,
        }
        write!(f, "{:?} ", self.place)?;
        match &self.manner {
            Manner::Hangs => f.write_str("hangs")?,
            Manner::Delays(delay) => write!(f, "takes {delay:?}")?,
            Manner::Refuses(refusal) => write!(f, "{refusal:?}")?,
        }
        write!(f, " until {:.3?}", self.to)
    }
}
