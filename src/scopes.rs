//! Which accounts and regions there are, and a poller for each.
//!
//! What is known at once is polled at once; what AWS has to say first (whose the credentials are, which accounts,
//! which regions) is added when AWS says it. A scope that cannot be read delays no other one, and neither does a
//! query about which scopes there are.

mod inventory;
mod lookup;
mod plan;
mod pollers;
mod queries;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

pub use pollers::PollerEnded;

use self::{
    inventory::{Applied, Inventory, PendingQuery, Query, Reply},
    lookup::Failed,
    plan::Plan,
    pollers::Pollers,
    queries::Asker,
};
use crate::{
    domain::{
        AccountId, Answers, CallFailure, FailureKind, Reading, Region, ScopeReadings, Timestamp,
        Workload,
    },
    fleet::SharedFleet,
    poll::now,
    port::Aws,
    tasks::Tasks,
};

/// To plan takes time in proportion to the accounts, and each has its own replies at the start: most
/// of the time is left for other things, and the replies that came meanwhile make one plan.
const PAUSES_BETWEEN_PLANS: u32 = 10;

/// Polls everything that the workload has, until it is dropped.
///
/// # Errors
/// Only if a poller ends, which none does by itself.
pub async fn run<A: Aws>(
    workload: Workload,
    aws: Arc<A>,
    fleet: &SharedFleet,
) -> Result<(), PollerEnded> {
    let Workload {
        accounts,
        default_region,
        shard,
        tag_keys,
        poll,
    } = workload;
    let mut pollers = Pollers::new(Arc::clone(&aws), poll, tag_keys, fleet.clone());
    let mut inventory = Inventory::new(accounts, default_region, shard);
    let asker = Asker::new(Arc::clone(&aws));
    let mut queries: Tasks<PendingQuery, Reply> = Tasks::new();
    loop {
        for pending in inventory.new_queries() {
            queries.spawn(pending.clone(), asker.clone().ask(pending));
        }
        let started = Instant::now();
        pollers.follow(inventory.plan());
        if inventory.all_asked_once() {
            fleet.set_scopes_known();
        }
        let pause = started.elapsed() * PAUSES_BETWEEN_PLANS;
        let mut reply = tokio::select! {
            ended = pollers.ended() => return Err(ended),
            Some(reply) = queries.next() => Some(reply),
            () = aws.own_account_changed() => {
                if let Some(pending) = inventory.identity_again() {
                    queries.spawn(pending.clone(), asker.clone().ask(pending));
                }
                None
            }
        };
        sleep(pause).await;
        while let Some((PendingQuery { query, region, .. }, result)) = reply {
            // One that panicked is one that failed.
            let replied =
                result.unwrap_or_else(|panicked| Reply::failed(query, &panicked.to_string()));
            if let Some(pending) = apply(&mut inventory, &region, replied, fleet) {
                queries.spawn(pending.clone(), asker.clone().ask(pending));
            }
            reply = queries.try_next();
        }
        fleet.set_organizations(&inventory.organizations());
    }
}

/// Takes a reply from a region, and publishes and logs what follows from it; gives when to ask again.
fn apply(
    inventory: &mut Inventory,
    region: &Region,
    reply: Reply,
    fleet: &SharedFleet,
) -> Option<PendingQuery> {
    if let Reply::Identity(Ok(own)) = &reply {
        info!(
            account_id = own.as_str(),
            "the credentials are those of this account"
        );
        fleet.adopt(*own);
    }
    let Applied { again, failure } = inventory.apply(reply);
    if let Some((query, failure, failed)) = failure {
        log_failure(&query, region, &failure, failed);
        if query == Query::Identity {
            publish_unreadable(&inventory.plan(), failure.kind, fleet);
        }
    }
    again
}

/// One line when AWS begins not to reply to a query.
fn log_failure(query: &Query, region: &Region, failure: &CallFailure, failed: Failed) {
    if !failed.is_news {
        return;
    }
    let account = match query {
        Query::Regions(credentials) => credentials.account(),
        Query::Identity | Query::Accounts(_) => None,
    };
    let meaning = match (query, failed.has_answer) {
        (Query::Identity, _) => {
            "AWS does not tell the account of the credentials; \
             functions named without an account cannot be read until it does"
        }
        (Query::Accounts(_), false) => {
            "the accounts of the organisation cannot be listed; none of them is read until they are"
        }
        (Query::Accounts(_), true) => {
            "the accounts of the organisation cannot be listed; the known ones are still read"
        }
        (Query::Regions(_), false) => {
            "the regions that are enabled in the account cannot be listed; those that are enabled in \
             every account are read instead; allow account:ListRegions, or name the regions"
        }
        (Query::Regions(_), true) => {
            "the regions that are enabled in the account cannot be listed; the known ones are still read"
        }
    };
    warn!(
        account_id = account.as_ref().map(AccountId::as_str),
        region = region.as_str(),
        operation = failure.operation_label(),
        code = failure.code,
        error = failure.message,
        request_id = failure.request_id,
        "{meaning}"
    );
}

/// Whatever waits for an account to be known failed to be read, and that was the sweep of its scope.
fn publish_unreadable(plan: &Plan, kind: FailureKind, fleet: &SharedFleet) {
    let unknown = plan.iter().filter(|(scope, _)| scope.account.is_none());
    for (scope, planned) in unknown {
        fleet.cell(scope).store(unreadable(planned, kind, now()));
    }
}

fn unreadable(planned: &plan::ScopePlan, kind: FailureKind, now: Timestamp) -> ScopeReadings {
    let selection = &planned.selection;
    let mut readings = ScopeReadings::default();
    readings.status.sweep_duration = Some(Duration::ZERO);
    readings.status.discovered = (!selection.discoveries.is_empty()).then_some(false);
    for (name, qualifiers) in &selection.functions {
        let answers = Answers::failed(kind, qualifiers.always());
        let reading = Reading::default().updated_with(answers, now, Duration::ZERO);
        readings.functions.insert(name.clone(), Arc::new(reading));
    }
    readings
}
