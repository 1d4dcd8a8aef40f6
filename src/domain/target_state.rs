//! The state of a target.

use super::FailureKind;

/// The state of a target: the outcome of its last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetState {
    /// All of it was read.
    Ok,
    /// AWS throttled the read.
    Throttled,
    /// AWS refused the read, or a part of it.
    Denied,
    /// There is no such function, version or alias.
    NotFound,
    /// The read, or a part of it, failed otherwise.
    Failed,
}

impl TargetState {
    /// All states, in the order in which they are published.
    pub const ALL: [Self; 5] = [
        Self::Ok,
        Self::Throttled,
        Self::Denied,
        Self::NotFound,
        Self::Failed,
    ];

    /// The label value of `lambda_async_exporter_targets`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::NotFound => "not_found",
            Self::Failed => "failed",
        }
    }

    /// Whether AWS answered the last read in full. "No such function" is an answer.
    #[must_use]
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Ok | Self::NotFound)
    }
}

impl From<FailureKind> for TargetState {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Throttled => Self::Throttled,
            FailureKind::Denied => Self::Denied,
            FailureKind::TimedOut | FailureKind::Error => Self::Failed,
        }
    }
}
