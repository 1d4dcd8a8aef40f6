//! What each operation of the changing AWS answers.

use std::{sync::Arc, time::Duration};

use lambda_async_exporter::{
    domain::{
        AccountId, Credentials, EventInvokeConfig, FailureKind, Function, FunctionName,
        MemberAccount, Qualifier, Region, ScopeId, Tags,
    },
    domain::{CallError, CallFailure, Operation},
    port::{Aws, Lambda, Page},
};
use tokio::time::sleep;

use super::{Begin, ChangingAws, arn};
use crate::{
    fake_aws::{ACCOUNT, REQUEST_TIMEOUT, failed},
    random::{
        fault::{Manner, Place},
        truth::Existing,
        world::Ground,
    },
};

fn function(scope: &ScopeId, name: &str, existing: &Existing) -> Function {
    Function {
        arn: arn(scope, name).into(),
        runtime: Some(existing.runtime.as_str().into()),
        package_type: "Zip".into(),
        dead_letter_queue: existing.dead_letter_queue.clone(),
    }
}

/// Without an organisation, and with the regions given, none of this is asked.
fn never<T>(operation: Operation) -> Result<T, CallError> {
    Err(CallError::Failed(failed(operation, FailureKind::Denied)))
}

impl Aws for ChangingAws {
    type Lambda = Self;

    fn lambda(&self, scope: &ScopeId, _: &Credentials, _: bool) -> Self {
        Self {
            world: Arc::clone(&self.world),
            scope: Some(scope.clone()),
        }
    }

    async fn own_account(&self, _: &Region) -> Result<AccountId, CallError> {
        let operation = Operation::GetCallerIdentity;
        let trouble = self.world().trouble_at(&Place::Identity, None);
        match trouble {
            Some(Manner::Hangs) => {
                sleep(REQUEST_TIMEOUT).await;
                Err(CallError::Failed(failed(operation, FailureKind::TimedOut)))
            }
            Some(Manner::Refuses(refusal)) => Err(CallError::Failed(refusal.failure(operation))),
            Some(Manner::Delays(_)) | None => Ok(ACCOUNT.parse().unwrap()),
        }
    }

    async fn list_regions(
        &self,
        _: &Credentials,
        _: &Region,
        _: Option<&str>,
    ) -> Result<Page<Region>, CallError> {
        never(Operation::ListRegions)
    }

    async fn list_accounts(
        &self,
        _: &Credentials,
        _: &Region,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        never(Operation::ListAccounts)
    }

    async fn list_accounts_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        _: &str,
        _: Option<&str>,
    ) -> Result<Page<MemberAccount>, CallError> {
        never(Operation::ListAccountsForParent)
    }

    async fn list_units_for_parent(
        &self,
        _: &Credentials,
        _: &Region,
        _: &str,
        _: Option<&str>,
    ) -> Result<Page<String>, CallError> {
        never(Operation::ListOrganizationalUnitsForParent)
    }
}

impl Lambda for ChangingAws {
    async fn ready(&self) -> Result<(), CallFailure> {
        let operation = Operation::AssumeRole;
        let trouble = self
            .world()
            .trouble_at(&Place::Credentials, self.scope.as_ref());
        match trouble {
            Some(Manner::Hangs) => {
                sleep(REQUEST_TIMEOUT).await;
                Err(failed(operation, FailureKind::TimedOut))
            }
            Some(Manner::Refuses(refusal)) => Err(refusal.failure(operation)),
            Some(Manner::Delays(delay)) => {
                // Whoever waits for credentials waits for the same ones, and gets them together.
                let since = self.world().now().as_millis() % delay.as_millis();
                let since = Duration::from_millis(u64::try_from(since).unwrap());
                sleep(delay.saturating_sub(since)).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn get_event_invoke_config(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<EventInvokeConfig, CallError> {
        let operation = Operation::GetFunctionEventInvokeConfig;
        let config = |function: &Existing| function.configs.get(qualifier.as_str()).cloned();
        let result = self.about(operation, name, 0, config).await;
        if matches!(result, Ok(_) | Err(CallError::NotFound)) {
            self.told_configs(name);
        }
        result
    }

    async fn list_event_invoke_configs(
        &self,
        name: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<(Qualifier, EventInvokeConfig)>, CallError> {
        let operation = Operation::ListFunctionEventInvokeConfigs;
        let begin = Begin::of(marker);
        let size = self.world().scenario.page_sizes.1;
        let list = |function: &Existing| {
            let configs = function.configs.iter();
            let configs = configs.map(|(qualifier, config)| {
                let item = (qualifier.parse().unwrap(), config.clone());
                (qualifier.clone(), item)
            });
            Some(configs.collect())
        };
        let configs = self.about(operation, name, begin.page, list).await?;
        let page = self.page(configs, begin, size);
        if page.next.is_none() {
            self.told_configs(name);
        }
        Ok(page)
    }

    async fn get_function(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Function, CallError> {
        let operation = Operation::GetFunctionConfiguration;
        let find = |existing: &Existing| {
            let exists = existing.has(qualifier.as_str());
            exists.then(|| function(self.scope(), name.as_str(), existing))
        };
        let result = self.about(operation, name, 0, find).await?;
        let mut world = self.world();
        let now = world.now();
        let ground = world.ground(self.scope());
        ground.told_functions.insert(name.to_string(), now);
        Ok(result)
    }

    async fn list_functions(
        &self,
        marker: Option<&str>,
    ) -> Result<Page<(FunctionName, Function)>, CallError> {
        let operation = Operation::ListFunctions;
        let begin = Begin::of(marker);
        let size = self.world().scenario.page_sizes.0;
        let list = |ground: &mut Ground| {
            let all = ground.functions.iter();
            let existing = all.filter_map(|(name, history)| {
                let existing = history.last().function.as_ref()?;
                let item = (
                    name.parse().unwrap(),
                    function(self.scope(), name, existing),
                );
                Some((name.clone(), item))
            });
            Some(existing.collect())
        };
        let functions = self.attempt(operation, "", begin.page, list).await?;
        let page: Page<(FunctionName, Function)> = self.page(functions, begin, size);
        let mut world = self.world();
        let now = world.now();
        let ground = world.ground(self.scope());
        for (name, _) in &page.items {
            ground.told_functions.insert(name.to_string(), now);
        }
        Ok(page)
    }

    async fn list_aliases(
        &self,
        name: &FunctionName,
        marker: Option<&str>,
    ) -> Result<Page<Qualifier>, CallError> {
        let begin = Begin::of(marker);
        let size = self.world().scenario.page_sizes.1;
        let list = |function: &Existing| {
            let aliases = function.aliases.iter();
            Some(
                aliases
                    .map(|alias| (alias.clone(), alias.parse().unwrap()))
                    .collect(),
            )
        };
        let operation = Operation::ListAliases;
        let aliases = self.about(operation, name, begin.page, list).await?;
        Ok(self.page(aliases, begin, size))
    }

    /// Deleted functions among them, as on AWS.
    async fn list_tags(
        &self,
        token: Option<&str>,
    ) -> Result<Page<(FunctionName, Tags)>, CallError> {
        let begin = Begin::of(token);
        let size = self.world().scenario.page_sizes.0;
        let list = |ground: &mut Ground| {
            let all = ground.functions.iter();
            let tagged = all.filter(|(_, history)| !history.last().tags.is_empty());
            let tags = tagged.map(|(name, history)| {
                let item = (name.parse().unwrap(), history.last().tags.clone());
                (name.clone(), item)
            });
            Some(tags.collect())
        };
        let operation = Operation::GetResources;
        let tags = self.attempt(operation, "", begin.page, list).await?;
        Ok(self.page(tags, begin, size))
    }
}
