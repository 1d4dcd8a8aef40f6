//! The program: what is put together, in which order, and how it is taken down.

use std::sync::Arc;

use tracing::{info, warn};

use crate::{
    aws::{Session, Settings, UnusableSettings},
    config::Config,
    domain::{AccountEntry, FunctionReference, InvalidRegion, Partition, Region, Regions},
    fleet::SharedFleet,
    http::{App, BindError, Server},
    metrics::{ExporterMetrics, Exposition, Renderer},
    port::AttemptObserver,
    scopes::{self, PollerEnded},
};

/// Why the program ended other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not listen.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// No region for functions that are named without one.
    #[error(
        "no region: set --aws.region, accounts[].regions, AWS_REGION or the region of an AWS profile"
    )]
    NoRegion,
    /// The default chain holds something that is no region.
    #[error("the AWS SDK's region")]
    Region(#[from] InvalidRegion),
    /// What could be used at the start no longer can.
    #[error(transparent)]
    Settings(#[from] UnusableSettings),
    /// A part that runs until the end ended before it.
    #[error(transparent)]
    PollerEnded(#[from] PollerEnded),
}

/// Serves and polls until `stop` resolves. It listens before it asks AWS anything.
///
/// # Errors
/// If it cannot listen, has no region, or a part of it ends.
pub async fn run(
    config: Config,
    aws: Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let own = Arc::new(ExporterMetrics::of(config.shard));
    let api = own.api();
    let fleet = SharedFleet::default();
    let mut stop = std::pin::pin!(stop);
    let server = tokio::select! {
        () = &mut stop => return Ok(()),
        server = Server::bind(&config.web.listen_addresses) => server?,
    };
    for address in server.local_addresses() {
        info!(%address, telemetry_path = config.web.telemetry_path, "listening");
    }
    let tag_labels = config.labels.tags.clone().into();
    let renderer = Renderer::new(config.poll.stale_after, tag_labels);
    let exposition = Exposition::new(own);
    let app = App::new(exposition.clone(), &config.web.telemetry_path);
    tokio::select! {
        () = server.run(app, stop) => {
            info!("stopped");
            Ok(())
        }
        ended = poll(&config, aws, &fleet, api) => ended,
        never = exposition.follow(&fleet, renderer) => match never {},
    }
}

/// Polls until it is dropped.
async fn poll(
    config: &Config,
    aws: Settings,
    fleet: &SharedFleet,
    observer: Arc<dyn AttemptObserver>,
) -> Result<(), RunError> {
    let region = (!config.uses_default_region()).then(|| any_region(&config.accounts));
    let timeout = config.poll.request_timeout;
    let session = Session::load(aws, region.as_ref(), timeout, observer).await?;
    let default_region = session.region()?;
    if config.needs_default_region() && default_region.is_none() {
        return Err(RunError::NoRegion);
    }
    log_startup(config);
    Ok(scopes::run(config.workload(default_region), Arc::new(session), fleet).await?)
}

fn log_startup(config: &Config) {
    let functions = config.accounts.iter().map(|entry| entry.functions.len());
    let discovering = |entry: &&AccountEntry| entry.discovery.is_some();
    info!(
        accounts = config.accounts.len(),
        discovering = config.accounts.iter().filter(discovering).count(),
        functions = functions.sum::<usize>(),
        shard = config.shard.index(),
        total_shards = config.shard.total(),
        interval_seconds = config.poll.interval.as_secs_f64(),
        stale_after_seconds = config.poll.stale_after.as_secs_f64(),
        max_requests_per_second = config.poll.max_requests_per_second,
        "started"
    );
    if config.shard_is_assumed {
        warn!(
            total_shards = config.shard.total(),
            "neither --shard nor POD_NAME tells which shard this is, so it is shard 0; \
             if all say that, the other shards' accounts and regions are read by nobody"
        );
    }
}

/// A region to begin with, so that the SDK need not look for one where none is needed.
fn any_region(accounts: &[AccountEntry]) -> Region {
    let named = accounts.iter().find_map(|account| match &account.regions {
        Regions::Named(regions) => regions.first(),
        Regions::Default | Regions::All => None,
    });
    let mut functions = accounts.iter().flat_map(|account| &account.functions);
    let named = named.or_else(|| functions.find_map(FunctionReference::region));
    named
        .cloned()
        .unwrap_or_else(|| Partition::named("aws").home())
}
