//! Which accounts and regions there are, and a poller for each.
//!
//! What is known at once is polled at once; what AWS has to say first (whose the credentials are, which accounts,
//! which regions) is added when AWS says it. A scope that cannot be read delays no other one, and neither does a
//! query about which scopes there are.

mod inventory;
mod lookup;
mod organization;
mod plan;
mod pollers;
mod queries;
mod query;
mod silence;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

pub use pollers::PollerEnded;

use self::{
    inventory::Inventory,
    plan::Plan,
    pollers::Pollers,
    queries::Asker,
    query::{Applied, PendingQuery, Problem, Query, Reply},
};
use crate::{
    domain::{
        AccountId, Answers, CallFailure, FailureKind, Organization, Reading, Region, ScopeReadings,
        Timestamp, Workload,
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
    let (shard, interval) = (workload.shard, workload.poll.interval);
    tokio::select! {
        ended = poll(workload, aws, fleet) => Err(ended),
        never = silence::report(fleet, shard, interval) => match never {},
    }
}

async fn poll<A: Aws>(workload: Workload, aws: Arc<A>, fleet: &SharedFleet) -> PollerEnded {
    let Workload {
        accounts,
        default_region,
        shard,
        tag_keys,
        poll,
    } = workload;
    let mut inventory = Inventory::new(accounts, default_region, shard, !tag_keys.is_empty());
    let mut pollers = Pollers::new(Arc::clone(&aws), poll, tag_keys, fleet.clone());
    let asker = Asker::new(Arc::clone(&aws));
    let mut queries: Tasks<PendingQuery, Reply> = Tasks::new();
    loop {
        for pending in inventory.new_queries() {
            queries.spawn(pending.clone(), asker.clone().ask(pending));
        }
        let started = Instant::now();
        pollers.follow(inventory.plan());
        fleet.set_account_names(&inventory.account_names());
        if inventory.all_asked_once() {
            fleet.set_scopes_known();
        }
        let pause = started.elapsed() * PAUSES_BETWEEN_PLANS;
        let mut reply = tokio::select! {
            ended = pollers.ended() => return ended,
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
    match failure {
        Some((query, Problem::Failed(failure), failed)) => {
            if failed.is_news {
                let entries = match &query {
                    Query::Accounts(organization) => Some(inventory.entries_of(organization)),
                    Query::Identity | Query::Regions(_) => None,
                };
                log_failure(
                    &query,
                    entries.as_deref(),
                    region,
                    &failure,
                    failed.has_answer,
                );
            }
            if query == Query::Identity {
                publish_unreadable(&inventory.plan(), failure.kind, fleet);
            }
        }
        Some((Query::Accounts(organization), Problem::NoAccount, failed)) if failed.is_news => {
            let entries = inventory.entries_of(&organization);
            log_no_account(&entries, &organization, failed.has_answer);
        }
        _ => {}
    }
    again
}

/// An organisation without accounts.
fn log_no_account(entries: &str, organization: &Organization, has_answer: bool) {
    let Organization {
        include, exclude, ..
    } = organization;
    let effect = if has_answer {
        "the known ones are still read"
    } else {
        "nothing is read there"
    };
    warn!(
        entry = entries,
        include = include.to_string(),
        exclude = exclude.to_string(),
        "AWS lists no account that is in use and wanted; {effect}; check include and exclude, and whose \
         organisation the credentials list"
    );
}

/// AWS does not reply to a query.
fn log_failure(
    query: &Query,
    entries: Option<&str>,
    region: &Region,
    failure: &CallFailure,
    has_answer: bool,
) {
    let account = match query {
        Query::Regions(credentials) => credentials.account(),
        Query::Identity | Query::Accounts(_) => None,
    };
    let meaning = match (query, has_answer) {
        (Query::Identity, _) if failure.operation.is_none() => {
            "there are no credentials to ask AWS with; nothing can be read with them until there are"
        }
        (Query::Identity, _) => {
            "AWS does not tell the account of the credentials; \
             until it does, functions named without an account cannot be read, nor the tags of those with one"
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
        entry = entries,
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
    readings.status.swept = true;
    readings.status.discovered = (!selection.discoveries.is_empty()).then_some(false);
    for (name, qualifiers) in &selection.functions {
        let answers = Answers::failed(kind, qualifiers.always());
        let reading = Reading::default().updated_with(answers, now, Duration::ZERO);
        readings.functions.insert(name.clone(), Arc::new(reading));
    }
    readings
}
