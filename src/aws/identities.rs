//! Whose credentials a call is made with: one cache for each identity, shared by all its scopes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    caller::Caller,
    clients::Clients,
    credentials::{Cache, Source},
    roles::RoleSource,
};
use crate::{
    domain::{Credentials, Region, Role},
    port::AttemptObserver,
    sync::locked,
};

/// How long a role is remembered that nobody holds and nobody asks for: its credentials are too old
/// by then anyway. While an organisation is listed, page by page, nobody holds one.
const UNUSED: Duration = Duration::from_hours(1);

/// How often roles are looked through for those that are not used any more.
const CLEARED_EVERY: Duration = Duration::from_mins(1);

/// The ambient identity, and every role in use.
#[derive(Debug)]
pub(super) struct Identities {
    clients: Arc<Clients>,
    observer: Arc<dyn AttemptObserver>,
    ambient: Arc<Cache>,
    roles: Mutex<Roles>,
}

#[derive(Debug)]
struct Roles {
    caches: HashMap<Arc<Role>, Arc<Cache>>,
    cleared: Instant,
}

impl Identities {
    pub(super) fn new(
        ambient: Box<dyn Source>,
        clients: Arc<Clients>,
        observer: Arc<dyn AttemptObserver>,
    ) -> Self {
        Self {
            clients,
            observer,
            ambient: Arc::new(Cache::new(ambient)),
            roles: Mutex::new(Roles {
                caches: HashMap::new(),
                cleared: Instant::now(),
            }),
        }
    }

    /// How many roles are remembered.
    #[cfg(test)]
    pub(super) fn roles(&self) -> usize {
        locked(&self.roles).caches.len()
    }

    /// The credentials, for calls in this region.
    pub(super) fn cache(&self, credentials: &Credentials, region: &Region) -> Arc<Cache> {
        let Credentials::Role(role) = credentials else {
            return Arc::clone(&self.ambient);
        };
        if let Some(cache) = locked(&self.roles).caches.get(role) {
            cache.wanted_in(region);
            return Arc::clone(cache);
        }
        // Not under the lock, which this may take in turn.
        let base = Caller::new(
            self.cache(&role.assumed_with, region),
            Arc::clone(&self.observer),
        );
        let source = RoleSource::new(Arc::clone(role), base, region, Arc::clone(&self.clients));
        let mut roles = locked(&self.roles);
        roles.clear(Instant::now());
        let cache = roles
            .caches
            .entry(Arc::clone(role))
            .or_insert_with(|| Arc::new(Cache::new(Box::new(source))));
        Arc::clone(cache)
    }
}

impl Roles {
    /// Forgets the roles that are not used any more.
    fn clear(&mut self, now: Instant) {
        if now < self.cleared + CLEARED_EVERY {
            return;
        }
        self.cleared = now;
        self.caches
            .retain(|_, cache| Arc::strong_count(cache) > 1 || now < cache.last_used() + UNUSED);
    }
}
