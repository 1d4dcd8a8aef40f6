//! When AWS is asked: one poller for each account and region, behind a limiter of its own.
//!
//! Invariants: polling and serving share only [`SharedFleet`], in which each scope's readings are a
//! finished value that is swapped whole. A scope's limiter sees every attempt on the wire. A scope
//! that cannot be read delays no other one, and neither does a question about which scopes there are.

mod calls;
mod changes;
mod directory;
mod inquiry;
mod limiter;
mod listing;
mod pages;
mod plan;
mod poller;
mod pollers;
mod read;
mod schedule;
mod scope_state;
mod target_set;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing::info;

use crate::{
    domain::{CallError, CallFailure, Operation},
    fleet::{Cell, SharedFleet},
    port::{Aws, Lambda, Page},
};

use self::{
    calls::Calls,
    changes::log_unanswered,
    directory::{Asking, Directory, Question, Told},
    inquiry::{Finding, Inquirer},
    limiter::Limiter,
    plan::Plan,
    poller::Poller,
    pollers::Pollers,
    read::{ReadReport, Trouble},
    schedule::Schedule,
    target_set::{ReadSpec, TargetSet},
};
use crate::{
    config::Config,
    domain::{Answers, FailureKind, Reading, Region, ScopeReadings, Timestamp},
    metrics::ApiMetrics,
};

/// Polls everything that the configuration wants, for ever. The default region is given where an
/// entry needs it.
///
/// What is known at once is polled at once; what AWS has to tell first (whose the credentials are,
/// which accounts, which regions) is added when it is told.
///
/// # Errors
/// Only if a poller ends, which none does by itself.
///
/// # Panics
/// If asking a question panicked: a failure of the program, which then ends.
pub async fn run<A: Aws>(
    config: &Config,
    default_region: Option<Region>,
    aws: Arc<A>,
    fleet: &SharedFleet,
    metrics: &Arc<ApiMetrics>,
) -> Result<(), PollerEnded> {
    let tags = config.labels.tags.iter().map(|tag| tag.key.clone());
    let mut pollers = Pollers::new(
        Arc::clone(&aws),
        config.poll.clone(),
        tags.collect(),
        fleet.clone(),
        Arc::clone(metrics),
    );
    let mut directory = Directory::new(config.accounts.clone(), default_region, config.shard);
    let inquirer = Inquirer::new(aws, Arc::clone(metrics));
    let mut inquiries: JoinSet<Finding> = JoinSet::new();
    loop {
        for asking in directory.open_questions() {
            inquire(&inquirer, &directory, asking, &mut inquiries);
        }
        let started = Instant::now();
        pollers.follow(directory.plan());
        if directory.is_settled() {
            fleet.set_planned();
        }
        let pause = started.elapsed() * PAUSES_BETWEEN_PLANS;
        let mut finding = tokio::select! {
            ended = pollers.ended() => return Err(ended),
            Some(finding) = inquiries.join_next() => Some(finding),
        };
        sleep(pause).await;
        while let Some(found) = finding {
            let found = found.expect("a question neither panics nor is aborted");
            if let Some(asking) = apply(&mut directory, found, fleet) {
                inquire(&inquirer, &directory, asking, &mut inquiries);
            }
            finding = inquiries.try_join_next();
        }
    }
}

/// To plan takes time in proportion to the accounts, and each has its own answers at the start: most
/// of the time is left for other things, and the answers that came meanwhile make one plan.
const PAUSES_BETWEEN_PLANS: u32 = 10;

fn inquire<A: Aws>(
    inquirer: &Inquirer<A>,
    directory: &Directory,
    asking: Asking,
    inquiries: &mut JoinSet<Finding>,
) {
    let organization = match asking.question {
        Question::Organization(index) => directory.organization(index).cloned(),
        Question::Identity | Question::Regions(_) => None,
    };
    inquiries.spawn(inquirer.clone().ask(asking, organization));
}

/// Takes in what AWS told, or that it told nothing; gives when to ask again.
fn apply(directory: &mut Directory, finding: Finding, fleet: &SharedFleet) -> Option<Asking> {
    let Finding { asked, result } = finding;
    if let Question::Organization(index) = asked.question {
        let organization = directory.organization(index)?;
        let account = organization.credentials.account();
        fleet.set_organization(index, account, result.is_ok());
    }
    match result {
        Ok(told) => {
            if let Told::Identity(own) = told {
                info!(
                    account_id = own.as_str(),
                    "the credentials are those of this account"
                );
                fleet.adopt(own);
            }
            directory.answered(&asked.question, told)
        }
        Err(failure) => {
            let unanswered = directory.unanswered(&asked.question, &failure)?;
            log_unanswered(&asked, &failure, &unanswered);
            if asked.question == Question::Identity {
                publish_unreadable(&directory.plan(), failure.kind, fleet);
            }
            Some(unanswered.again)
        }
    }
}

/// Whatever waits for an account to be known failed to be read, and that was the sweep of its scope.
fn publish_unreadable(plan: &Plan, kind: FailureKind, fleet: &SharedFleet) {
    for (scope, planned) in plan.iter().filter(|(scope, _)| scope.account.is_none()) {
        let mut readings = ScopeReadings::default();
        readings.status.sweep_duration = Some(Duration::ZERO);
        readings.status.discovered = (!planned.selection.discoveries.is_empty()).then_some(false);
        for (name, qualifiers) in &planned.selection.functions {
            let answers = Answers::failed(kind, qualifiers.always());
            let reading = Reading::default().updated_with(answers, now(), Duration::ZERO);
            readings.functions.insert(name.clone(), Arc::new(reading));
        }
        fleet.cell(scope).store(readings);
    }
}

/// A poller has ended.
#[derive(Debug, thiserror::Error)]
#[error("the poller of a scope ended, which it should never do")]
pub struct PollerEnded;

/// Now, on both clocks. The monotonic one is tokio's, which tests can pause.
fn now() -> Timestamp {
    Timestamp {
        instant: Instant::now().into_std(),
        wall: SystemTime::now(),
    }
}
