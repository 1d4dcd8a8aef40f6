//! The adapter through the real SDK against the simulator: whose credentials, and what is asked.

mod answers;
mod calls;
mod connections;
mod environment;
mod identities;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, ConfigLoader, retry::RetryConfig};
use aws_sdk_sts::config::{Credentials as Keys, IdentityCache};
use lambda_simulator::Simulator;

use super::{
    LambdaClient, Session,
    credentials::{Fetching, Source},
    environment::Environment,
    settings::Settings,
};
use crate::{
    domain::{Credentials, Role, ScopeId},
    metrics::ExporterMetrics,
    port::Aws,
    sync::locked,
};

/// The account of the ambient credentials.
const OWN: &str = "111122223333";

/// Another account, which has the role [`READER`].
const OTHER: &str = "444455556666";

const READER: &str = "arn:aws:iam::444455556666:role/reader";

/// The exporter's side and AWS's.
struct World {
    simulator: Simulator,
    session: Session,
    metrics: ExporterMetrics,
    ambient: Arc<Ambient>,
}

/// Gives the keys that it holds; counts.
#[derive(Default)]
struct Ambient {
    access_key_id: Mutex<String>,
    fetches: Mutex<u64>,
}

impl Source for Arc<Ambient> {
    fn fetch(&self) -> Fetching<'_> {
        *locked(&self.fetches) += 1;
        let access_key_id = locked(&self.access_key_id).clone();
        let keys = Keys::new(access_key_id, "simulated", None, None, "test");
        Box::pin(async { Ok(keys) })
    }

    fn may_change(&self) -> bool {
        true
    }
}

impl World {
    async fn new() -> Self {
        let simulator = Simulator::start().await.unwrap();
        let environment = Environment::from_slice(&[("HOME", "/nowhere")]);
        let settings = Settings::of(environment, false).await.unwrap();
        let config = ConfigLoader::default()
            .behavior_version(BehaviorVersion::latest())
            .http_client(settings.http_client)
            .retry_config(RetryConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(simulator.endpoint_url())
            .no_credentials()
            .load()
            .await;
        let metrics = ExporterMetrics::new();
        let ambient = Arc::new(Ambient::default());
        *locked(&ambient.access_key_id) = simulator.credentials(OWN).0;
        let session = Session::new(&config, Box::new(Arc::clone(&ambient)), metrics.api());
        Self {
            simulator,
            session,
            metrics,
            ambient,
        }
    }

    /// The functions of `account`, read with its role.
    fn lambda(&self, account: &str, region: &str, role: &Credentials) -> LambdaClient {
        self.session.lambda(&scope(account, region), role, false)
    }

    /// The lines of the exporter's own metrics that have this text.
    fn metrics(&self, text: &str) -> Vec<String> {
        let all = self.metrics.render();
        let lines = all.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }

    fn ambient_fetches(&self) -> u64 {
        *locked(&self.ambient.fetches)
    }
}

fn scope(account: &str, region: &str) -> ScopeId {
    ScopeId {
        account: Some(account.parse().unwrap()),
        region: region.parse().unwrap(),
    }
}

fn role(arn: &str) -> Role {
    Role {
        arn: arn.parse().unwrap(),
        external_id: None,
        session_name: "exporter".into(),
        assumed_with: Credentials::Ambient,
    }
}

fn reader() -> Credentials {
    Credentials::Role(Arc::new(role(READER)))
}

/// Lets time pass for the exporter, while AWS answers at once.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
