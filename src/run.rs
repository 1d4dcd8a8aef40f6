//! The program: what is put together, in which order, and how it is taken down.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tracing::info;

use crate::{
    aws::Session,
    config::Config,
    domain::{Fleet, InvalidRegion},
    http::{App, BindError, Server},
    metrics::{ApiMetrics, Exposition, OwnMetrics},
    poll::{self, PollerEnded, SharedFleet},
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
    #[error("the AWS SDK's region: {0}")]
    Region(#[from] InvalidRegion),
    /// A part that runs for ever ended.
    #[error(transparent)]
    PollerEnded(#[from] PollerEnded),
}

/// Serves and polls until `stop` resolves. It listens before it asks AWS anything.
///
/// # Errors
/// If it cannot listen, has no region, or a part of it ends.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), RunError> {
    let own = Arc::new(OwnMetrics::new());
    let api = own.api();
    let fleet: SharedFleet = Arc::new(ArcSwap::from_pointee(Fleet::default()));
    let mut stop = std::pin::pin!(stop);
    let server = tokio::select! {
        () = &mut stop => return Ok(()),
        server = Server::bind(&config.web.listen_addresses) => server?,
    };
    for address in server.local_addresses() {
        info!(%address, telemetry_path = config.web.telemetry_path, "listening");
    }
    let exposition = Exposition::new(Arc::clone(&fleet), config.poll.stale_after, own);
    let app = App::new(exposition, &config.web.telemetry_path);
    tokio::select! {
        () = server.run(app, stop) => {
            info!("stopped");
            Ok(())
        }
        ended = poll(&config, &fleet, &api) => ended,
    }
}

/// Polls for ever.
async fn poll(config: &Config, fleet: &SharedFleet, api: &Arc<ApiMetrics>) -> Result<(), RunError> {
    let request_timeout = config.poll.request_timeout;
    let (session, list) = if config.needs_default_region() {
        let session = Session::load(None, request_timeout).await;
        let region = session.region()?.ok_or(RunError::NoRegion)?;
        (session, config.watch_list(Some(&region)))
    } else {
        let list = config.watch_list(None);
        (
            Session::load(list.first_region(), request_timeout).await,
            list,
        )
    };
    info!(
        functions = list.functions(),
        scopes = list.describe_scopes(),
        interval_seconds = config.poll.interval.as_secs_f64(),
        stale_after_seconds = config.poll.stale_after.as_secs_f64(),
        max_requests_per_second = config.poll.max_requests_per_second,
        "watching"
    );
    Ok(poll::run(&list, &session, &config.poll, fleet, api).await?)
}
