//! What the exporter counts about itself.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};

use crate::{
    domain::{Operation, Outcome, ScopeId, Shard},
    port::AttemptObserver,
};

/// Upper bounds in seconds: AWS answers within tens of milliseconds; an attempt ends after
/// `poll.request_timeout`, 10 s by default.
const DURATION_BUCKETS: [f64; 9] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counters of attempts on the wire to call an AWS API.
#[derive(Debug, Clone)]
pub struct ApiMetrics {
    requests: IntCounterVec,
    durations: HistogramVec,
}

/// The exporter's own metrics, and those of its process.
#[derive(Debug)]
pub struct ExporterMetrics {
    registry: Registry,
    api: Arc<ApiMetrics>,
    http_requests: IntCounterVec,
}

impl AttemptObserver for ApiMetrics {
    fn attempt_ended(
        &self,
        scope: &ScopeId,
        operation: Operation,
        outcome: Outcome,
        elapsed: Duration,
    ) {
        let labels = [
            scope.account_label(),
            scope.region.as_str(),
            operation.as_str(),
            outcome.as_str(),
        ];
        self.requests.with_label_values(&labels).inc();
        self.durations
            .with_label_values(&[operation.as_str()])
            .observe(elapsed.as_secs_f64());
    }
}

impl Default for ExporterMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl ExporterMetrics {
    /// Those of the only shard.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Shard::default())
    }

    /// Everything at zero; the configuration counts as loaded now.
    ///
    /// # Panics
    /// Never: the names are constants that every test which scrapes registers.
    #[must_use]
    pub fn of(shard: Shard) -> Self {
        let registry = Registry::new();
        let requests = registered(
            &registry,
            IntCounterVec::new(
                Opts::new(
                    "lambda_async_exporter_api_requests_total",
                    "Attempts on the wire to call an AWS API, by how they ended.",
                ),
                &["account_id", "region", "operation", "outcome"],
            ),
        );
        let durations = registered(
            &registry,
            HistogramVec::new(
                HistogramOpts::new(
                    "lambda_async_exporter_api_request_duration_seconds",
                    "How long attempts to call an AWS API took, the wait for the limiter not included.",
                )
                .buckets(DURATION_BUCKETS.to_vec()),
                &["operation"],
            ),
        );
        let http_requests = registered(
            &registry,
            IntCounterVec::new(
                Opts::new(
                    "lambda_async_exporter_http_requests_total",
                    "HTTP requests answered, by path and status code; unknown paths count as other.",
                ),
                &["path", "code"],
            ),
        );
        register_build_info(&registry);
        register_config_metrics(&registry);
        register_shard(&registry, shard);
        #[cfg(target_os = "linux")]
        registry
            .register(Box::new(super::process::Process::new()))
            .expect("process_* is registered once");
        Self {
            registry,
            api: Arc::new(ApiMetrics {
                requests,
                durations,
            }),
            http_requests,
        }
    }

    /// The counters of attempts on the wire.
    #[must_use]
    pub fn api(&self) -> Arc<ApiMetrics> {
        Arc::clone(&self.api)
    }

    /// Counts an HTTP request that was answered. `path` is one of a closed set.
    pub fn count_http_request(&self, path: &str, code: u16) {
        let code = code.to_string();
        self.http_requests.with_label_values(&[path, &code]).inc();
    }

    /// The text of all of them as they are now.
    #[must_use]
    pub fn render(&self) -> String {
        /// Enough for the metrics of a few accounts.
        const CAPACITY: usize = 16 * 1024;
        let mut text = String::with_capacity(CAPACITY);
        // The encoder fails only for families that this registry cannot hold (untyped, empty).
        if let Err(error) = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the exporter's own metrics cannot be rendered");
        }
        text
    }
}

fn register_build_info(registry: &Registry) {
    let build_info = registered(
        registry,
        IntGaugeVec::new(
            Opts::new(
                "lambda_async_exporter_build_info",
                "The version of the exporter and the revision that it was built from; always 1.",
            ),
            &["version", "revision"],
        ),
    );
    let labels = [
        env!("CARGO_PKG_VERSION"),
        env!("LAMBDA_ASYNC_EXPORTER_REVISION"),
    ];
    build_info.with_label_values(&labels).set(1);
}

fn register_shard(registry: &Registry, shard: Shard) {
    for (name, help, value) in [
        (
            "lambda_async_exporter_shard",
            "Which of the shards this exporter is, from 0 (--shard, 0 by default).",
            shard.index(),
        ),
        (
            "lambda_async_exporter_total_shards",
            "How many shards share the work (--total-shards, 1 by default).",
            shard.total(),
        ),
    ] {
        let gauge = registered(registry, IntGauge::new(name, help));
        gauge.set(value.into());
    }
}

/// The configuration is loaded once, at start, and a process that runs has loaded it.
fn register_config_metrics(registry: &Registry) {
    let successful = registered(
        registry,
        IntGauge::new(
            "lambda_async_exporter_config_last_reload_successful",
            "Whether the configuration was good when it was last loaded.",
        ),
    );
    successful.set(1);
    let timestamp = registered(
        registry,
        Gauge::new(
            "lambda_async_exporter_config_last_reload_success_timestamp_seconds",
            "When a good configuration was last loaded, in seconds since the Unix epoch.",
        ),
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    timestamp.set(now.unwrap_or_default().as_secs_f64());
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: prometheus::Result<C>,
) -> C {
    let collector = collector.expect("names and labels are constants that the tests register");
    registry
        .register(Box::new(collector.clone()))
        .expect("each family is registered once");
    collector
}
