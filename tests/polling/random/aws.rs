//! The exporter's way into the changing AWS: what every call has in common.

mod calls;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use lambda_async_exporter::{
    domain::{CallError, Operation},
    domain::{FailureKind, FunctionName, ScopeId},
    port::Page,
};
use tokio::time::sleep;

use super::{
    fault::Manner,
    truth::Existing,
    world::{Attempt, Ground, World},
};
use crate::fake_aws::{REQUEST_TIMEOUT, failed};

/// AWS, or one scope of it. Clones are the same one.
#[derive(Clone)]
pub(super) struct ChangingAws {
    world: Arc<Mutex<World>>,
    scope: Option<ScopeId>,
}

/// The ARN of a function.
pub(super) fn arn(scope: &ScopeId, name: &str) -> String {
    let (region, account) = (&scope.region, scope.account_label());
    format!("arn:aws:lambda:{region}:{account}:function:{name}")
}

impl ChangingAws {
    pub(super) fn new(world: World) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            scope: None,
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn scope(&self) -> &ScopeId {
        self.scope.as_ref().unwrap()
    }

    /// One attempt: it takes its time, half of it before AWS looks and half after that.
    async fn attempt<T>(
        &self,
        operation: Operation,
        about: &str,
        page: usize,
        answer: impl FnOnce(&mut Ground) -> Option<T>,
    ) -> Result<T, CallError> {
        let mut rng = self.world().begin(self.scope(), operation, about);
        let half = self.half_latency(&mut || rng.next());
        let other_half = self.half_latency(&mut || rng.next());
        let attempt = Attempt {
            operation,
            about: about.to_owned(),
            page,
            rng,
        };
        sleep(half).await;
        let trouble = self.world().trouble(self.scope(), &attempt);
        let result = match trouble {
            Some(Manner::Hangs) => {
                sleep(REQUEST_TIMEOUT.saturating_sub(half + other_half)).await;
                Err(CallError::Failed(failed(operation, FailureKind::TimedOut)))
            }
            Some(Manner::Refuses(refusal)) => Err(CallError::Failed(refusal.failure(operation))),
            Some(Manner::Delays(_)) | None => {
                answer(self.world().ground(self.scope())).ok_or(CallError::NotFound)
            }
        };
        sleep(other_half).await;
        let mut world = self.world();
        let now = world.now();
        world.ground(self.scope()).end(now, &attempt, &result);
        result
    }

    fn half_latency(&self, draw: &mut impl FnMut() -> u64) -> Duration {
        let longest = self.world().scenario.latency.as_millis() / 2;
        Duration::from_millis(draw() % (u64::try_from(longest).unwrap() + 1))
    }

    /// One attempt to ask about a function that must exist.
    async fn about<T>(
        &self,
        operation: Operation,
        name: &FunctionName,
        page: usize,
        answer: impl FnOnce(&Existing) -> Option<T>,
    ) -> Result<T, CallError> {
        let existing = |ground: &mut Ground| {
            let truth = ground.functions[name.as_str()].last();
            truth.function.as_ref().and_then(answer)
        };
        self.attempt(operation, name.as_str(), page, existing).await
    }

    fn told_configs(&self, name: &FunctionName) {
        let mut world = self.world();
        let now = world.now();
        let ground = world.ground(self.scope());
        ground.told_configs.insert(name.to_string(), now);
    }

    fn page<T: Clone>(&self, all: BTreeMap<String, T>, begin: Begin<'_>, size: usize) -> Page<T> {
        let reversed = self.world().scenario.reversed;
        let all: Vec<(String, T)> = if reversed {
            all.into_iter().rev().collect()
        } else {
            all.into_iter().collect()
        };
        // By key, as whatever comes or goes meanwhile must not make it skip anything else.
        let comes = |key: &str| {
            begin
                .key
                .is_none_or(|begin| if reversed { key <= begin } else { key >= begin })
        };
        let mut rest = all.into_iter().filter(|(key, _)| comes(key));
        let items = rest.by_ref().take(size).map(|(_, item)| item).collect();
        let next = rest
            .next()
            .map(|(key, _)| format!("{}/{key}", begin.page + 1));
        Page { items, next }
    }
}

/// Where a page begins: its number, and the key of its first item.
#[derive(Clone, Copy)]
struct Begin<'a> {
    page: usize,
    key: Option<&'a str>,
}

impl<'a> Begin<'a> {
    fn of(marker: Option<&'a str>) -> Self {
        match marker.map(|marker| marker.split_once('/').unwrap()) {
            None => Self { page: 0, key: None },
            Some((page, key)) => Self {
                page: page.parse().unwrap(),
                key: Some(key),
            },
        }
    }
}
