//! The way into AWS: one connection pool, and the credentials of each identity.

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;

use super::{
    LambdaClient,
    ambient::Ambient,
    caller::Caller,
    clients::{Clients, RegionClients},
    credentials::Source,
    identities::Identities,
    organization,
    owner::Owner,
    settings::{Settings, UnusableSettings},
};
use crate::{
    domain::{AccountId, CallError, Credentials, InvalidRegion, MemberAccount, Region, ScopeId},
    port::{AttemptObserver, Aws, Page},
};

/// Credentials, region, proxies and endpoint from the SDK's default chain, and the roles that are
/// assumed with those.
#[derive(Debug)]
pub struct Session {
    region: Option<aws_config::Region>,
    clients: Arc<Clients>,
    identities: Identities,
    observer: Arc<dyn AttemptObserver>,
    owner: Arc<Owner>,
}

impl Session {
    /// Loads the default chain's settings; credentials are looked for when they are needed.
    /// `request_timeout` bounds one attempt; `observer` is told of each.
    ///
    /// Without a region the chain looks for one, too: `AWS_REGION`, the profile's, the instance's.
    /// That may ask the instance metadata service, which takes seconds where there is none.
    ///
    /// # Errors
    /// If a file that the environment names can no longer be read.
    pub async fn load(
        settings: Settings,
        region: Option<&Region>,
        request_timeout: Duration,
        observer: Arc<dyn AttemptObserver>,
    ) -> Result<Self, UnusableSettings> {
        let mut ambient = Ambient {
            region: region.map(|region| aws_config::Region::new(region.to_string())),
            request_timeout,
            settings,
        };
        let config = ambient.load().await.map_err(UnusableSettings::from)?;
        ambient.region = config.region().cloned();
        Ok(Self::new(&config, Box::new(ambient), observer))
    }

    /// `config` without its credentials: those come from `ambient`.
    pub(super) fn new(
        config: &SdkConfig,
        ambient: Box<dyn Source>,
        observer: Arc<dyn AttemptObserver>,
    ) -> Self {
        let region = config.region().cloned();
        let mut config = config.to_builder();
        config.set_credentials_provider(None);
        let clients = Arc::new(Clients::new(config.build()));
        let identities = Identities::new(ambient, Arc::clone(&clients), Arc::clone(&observer));
        Self {
            region,
            clients,
            identities,
            observer,
            owner: Arc::default(),
        }
    }

    /// The region of the default chain, if there is one.
    ///
    /// # Errors
    /// If what the chain holds is no region.
    pub fn region(&self) -> Result<Option<Region>, InvalidRegion> {
        let region = self.region.as_ref();
        region.map(|region| region.as_ref().parse()).transpose()
    }

    /// How many roles are remembered.
    #[cfg(test)]
    pub(super) fn roles(&self) -> usize {
        self.identities.roles()
    }

    /// For a single call, which counts as one of the credentials' account.
    fn once(
        &self,
        credentials: &Credentials,
        region: &Region,
    ) -> (Arc<RegionClients>, Caller, ScopeId) {
        let cache = self.identities.cache(credentials, region);
        let caller = Caller::passing_by(cache, Arc::clone(&self.observer));
        let scope = ScopeId {
            account: credentials.account(),
            region: region.clone(),
        };
        (self.clients.of(region), caller, scope)
    }
}

impl Aws for Session {
    type Lambda = LambdaClient;

    fn lambda(
        &self,
        scope: &ScopeId,
        credentials: &Credentials,
        cross_account: bool,
    ) -> LambdaClient {
        let cache = self.identities.cache(credentials, &scope.region);
        // A role has its account in its name.
        let can_change = *credentials == Credentials::Ambient && !cross_account;
        LambdaClient::new(
            scope.clone(),
            cross_account,
            Arc::clone(&self.clients),
            Caller::new(cache, Arc::clone(&self.observer)),
            can_change.then(|| Arc::clone(&self.owner)),
        )
    }

    async fn own_account_changed(&self) {
        self.owner.changed().await;
    }

    async fn own_account(&self, region: &Region) -> Result<AccountId, CallError> {
        let (clients, caller, _) = self.once(&Credentials::Ambient, region);
        organization::own_account(&clients, &caller, region).await
    }

    async fn list_regions(
        &self,
        credentials: &Credentials,
        region: &Region,
        token: Option<&str>,
    ) -> Result<Page<Region>, CallError> {
        let (clients, caller, scope) = self.once(credentials, region);
        organization::list_regions(&clients, &caller, &scope, token).await
    }

    async fn list_accounts(
        &self,
        credentials: &Credentials,
        region: &Region,
        token: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        let (clients, caller, scope) = self.once(credentials, region);
        organization::list_accounts(&clients, &caller, &scope, token).await
    }

    async fn list_accounts_for_parent(
        &self,
        credentials: &Credentials,
        region: &Region,
        parent: &str,
        token: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        let (clients, caller, scope) = self.once(credentials, region);
        organization::list_accounts_for_parent(&clients, &caller, &scope, parent, token).await
    }

    async fn list_units_for_parent(
        &self,
        credentials: &Credentials,
        region: &Region,
        parent: &str,
        token: Option<&str>,
    ) -> Result<Page<String>, CallError> {
        let (clients, caller, scope) = self.once(credentials, region);
        organization::list_units_for_parent(&clients, &caller, &scope, parent, token).await
    }
}
