//! Credentials, kept as long as they are good.
//!
//! Not the SDK's own cache: that holds 64 identities and then evicts at random, keeps using
//! credentials that AWS refuses, and asks again at once for those that it could not get.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use aws_sdk_sts::config::Credentials;
use tokio::time::Instant;
use tracing::warn;

use super::pace::{LOOK_AGAIN, Lifetime, Refusals, after_failure};
use crate::{
    domain::{CallFailure, FailureKind, Region},
    sync::locked,
};

/// What a [`Source`] is doing.
pub(super) type Fetching<'a> =
    Pin<Box<dyn Future<Output = Result<Credentials, FetchError>> + Send + 'a>>;

/// Where credentials come from.
pub(super) trait Source: Send + Sync + 'static {
    /// Gets new ones, in bounded time.
    fn fetch(&self) -> Fetching<'_>;

    /// They are wanted for calls in this region.
    fn wanted_in(&self, _region: &Region) {}

    /// Whether it may give others at any time, as a file does that somebody replaces.
    fn may_change(&self) -> bool {
        false
    }
}

/// Why there are no credentials.
#[derive(Debug)]
pub(super) enum FetchError {
    /// The source does not give them. Remembered: it is left alone for a while.
    Refused(CallFailure),
    /// There are none to ask the source with. Not remembered: that is done where they come from.
    NoBase(CallFailure),
}

/// What AWS's refusal says about the credentials of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// They have ended.
    Expired,
    /// They may be bad; or they are good, and only not here.
    Suspect,
}

/// Which of the credentials that a cache has held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Generation(u64);

/// Credentials, fetched once for all who need them.
pub(super) struct Cache {
    source: Box<dyn Source>,
    state: Mutex<State>,
    /// The caller that holds it fetches; the others wait for that or use what there is.
    turn: tokio::sync::Mutex<()>,
    refusals: Arc<Refusals>,
}

/// Credentials, and which ones they are.
#[derive(Clone)]
pub(super) struct Issued {
    /// For signing.
    pub(super) credentials: Credentials,
    /// For [`Cache::refuse`].
    pub(super) generation: Generation,
}

struct State {
    held: Option<Current>,
    last: Generation,
    failed: Option<Failed>,
    used: Instant,
}

struct Current {
    held: Issued,
    came_at: Instant,
    refresh_at: Option<Instant>,
    ends_at: Option<Instant>,
    suspect: bool,
    /// AWS has taken them somewhere.
    accepted: bool,
    /// AWS has refused them, and has taken them nowhere.
    look_again_at: Option<Instant>,
}

/// The last fetch failed.
struct Failed {
    failure: CallFailure,
    /// How many fetches in a row.
    count: u32,
    until: Instant,
}

/// What is to be done for one who needs credentials.
enum Need {
    /// These are good.
    Nothing(Issued),
    /// These are good; it is time to get others.
    Refresh(Issued),
    /// Get some first.
    Fetch,
    /// There are none, and there was an attempt to get some a moment ago.
    Pause(CallFailure),
}

impl Cache {
    pub(super) fn new(source: Box<dyn Source>) -> Self {
        Self {
            source,
            state: Mutex::new(State {
                held: None,
                last: Generation::default(),
                failed: None,
                used: Instant::now(),
            }),
            turn: tokio::sync::Mutex::default(),
            refusals: Arc::default(),
        }
    }

    /// They are wanted for calls in this region.
    pub(super) fn wanted_in(&self, region: &Region) {
        self.source.wanted_in(region);
    }

    /// Credentials, fetched if need be.
    pub(super) async fn get(&self) -> Result<Issued, CallFailure> {
        let _turn = match self.need() {
            Need::Nothing(held) => return Ok(held),
            Need::Pause(failure) => return Err(failure),
            Need::Refresh(held) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(held),
            },
            Need::Fetch => self.turn.lock().await,
        };
        // Another may have fetched while this one waited.
        match self.need() {
            Need::Nothing(held) => return Ok(held),
            Need::Pause(failure) => return Err(failure),
            Need::Refresh(_) | Need::Fetch => {}
        }
        let fetched = self.source.fetch().await;
        let now = Instant::now();
        let mut state = locked(&self.state);
        match fetched {
            Ok(credentials) => Ok(state.hold(credentials, now, SystemTime::now())),
            Err(error) => state.fail(error, self.source.may_change(), now),
        }
    }

    /// Whether there are credentials that can be used now.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.need(), Need::Nothing(_) | Need::Refresh(_))
    }

    /// AWS has taken credentials of this generation.
    pub(super) fn accept(&self, generation: Generation) {
        if let Some(current) = &mut locked(&self.state).held
            && current.held.generation == generation
        {
            current.accepted = true;
            current.look_again_at = None;
        }
    }

    /// AWS refused credentials of this generation. Whether that has them replaced, as far as `refusals` allow; not if
    /// they already are, or are about to be.
    ///
    /// Keys that may change and that AWS takes nowhere are dead: they are looked for once a minute, before a call.
    /// Where AWS takes them elsewhere, it may be the region that does not know them, and others would not help.
    pub(super) fn refuse(
        &self,
        generation: Generation,
        refusal: Refusal,
        refusals: &Refusals,
    ) -> bool {
        if self.source.may_change() && locked(&self.state).look_again(generation) {
            return false;
        }
        refusals.refused(|| locked(&self.state).refuse(generation, refusal))
    }

    /// What the refusals of those may cause who call once, and so cannot remember the last one.
    pub(super) fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// When they were last asked for.
    pub(super) fn last_used(&self) -> Instant {
        locked(&self.state).used
    }

    fn need(&self) -> Need {
        let now = Instant::now();
        let mut state = locked(&self.state);
        state.used = now;
        state.need(now)
    }
}

impl State {
    fn need(&self, now: Instant) -> Need {
        let paused = self.failed.as_ref().filter(|failed| now < failed.until);
        let held = self.held.as_ref().filter(|current| !current.ended(now));
        match (held, paused) {
            (None, None) => Need::Fetch,
            (None, Some(failed)) => Need::Pause(failed.failure.clone()),
            (Some(current), None) if current.suspect || current.is_due(now) => {
                Need::Refresh(current.held.clone())
            }
            (Some(current), _) => Need::Nothing(current.held.clone()),
        }
    }

    fn hold(&mut self, credentials: Credentials, now: Instant, wall: SystemTime) -> Issued {
        let term = credentials.expiry().map_or(Lifetime::UNLIMITED, |end| {
            Lifetime::new(end.duration_since(wall).unwrap_or_default())
        });
        self.last = Generation(self.last.0 + 1);
        let held = Issued {
            credentials,
            generation: self.last,
        };
        self.held = Some(Current {
            held: held.clone(),
            came_at: now,
            refresh_at: term.refresh_after.map(|after| now + after),
            ends_at: term.ends_after.map(|after| now + after),
            suspect: false,
            accepted: false,
            look_again_at: None,
        });
        self.failed = None;
        held
    }

    /// Those that are held still serve, if there are any.
    fn fail(
        &mut self,
        error: FetchError,
        may_change: bool,
        now: Instant,
    ) -> Result<Issued, CallFailure> {
        let failure = match error {
            FetchError::NoBase(failure) => failure,
            FetchError::Refused(failure) => {
                let before = self.failed.as_ref().map_or(0, |failed| failed.count);
                let serves = self
                    .held
                    .as_ref()
                    .is_some_and(|current| !current.ended(now));
                if before == 0 && serves {
                    warn_of(&failure);
                }
                let count = before.saturating_add(1);
                // A role is refused with credentials that may change, too.
                let may_change = may_change || is_about_keys(&failure);
                let pause = after_failure(may_change).after_asked(count, failure.retry_after);
                self.failed = Some(Failed {
                    failure: failure.clone(),
                    count,
                    until: now + pause,
                });
                failure
            }
        };
        match &self.held {
            Some(current) if !current.ended(now) => Ok(current.held.clone()),
            _ => Err(failure),
        }
    }

    /// Has those of this generation fetched again a minute after they were, if AWS has taken them nowhere; whether it
    /// has not.
    fn look_again(&mut self, generation: Generation) -> bool {
        let current = self.held.as_mut();
        let Some(current) = current.filter(|current| current.held.generation == generation) else {
            return false;
        };
        if !current.accepted {
            current.look_again_at = Some(current.came_at + LOOK_AGAIN);
        }
        !current.accepted
    }

    fn refuse(&mut self, generation: Generation, refusal: Refusal) -> bool {
        let Some(current) = &mut self.held else {
            return false;
        };
        if current.held.generation != generation {
            return false;
        }
        match refusal {
            Refusal::Expired => {
                self.held = None;
                true
            }
            // Kept until there are others: they may be good everywhere else.
            Refusal::Suspect => !std::mem::replace(&mut current.suspect, true),
        }
    }
}

impl Current {
    fn is_due(&self, now: Instant) -> bool {
        [self.refresh_at, self.look_again_at]
            .iter()
            .flatten()
            .any(|at| now >= *at)
    }

    fn ended(&self, now: Instant) -> bool {
        self.ends_at.is_some_and(|at| now >= at)
    }
}

/// Whether AWS refused the keys that something was asked with, and not the action.
fn is_about_keys(failure: &CallFailure) -> bool {
    failure.kind == FailureKind::Denied && !failure.is_missing_permission()
}

/// Nobody else says so: callers use what there is.
fn warn_of(failure: &CallFailure) {
    warn!(
        operation = failure.operation_label(),
        code = failure.code,
        error = failure.message,
        request_id = failure.request_id,
        "credentials cannot be replaced; the current ones are used until they end"
    );
}

/// Says nothing about what is held.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
