//! AWS, in this process.

use std::{net::SocketAddr, ops::Deref};

use lambda_simulator::Simulator;
use tokio::runtime::{Builder, Runtime};

/// The account whose credentials the exporter is given.
pub const ACCOUNT: &str = "111122223333";
/// The region that it is told.
pub const REGION: &str = "us-east-1";

/// A simulator that answers in the background. Dropping it cuts AWS off; then its address is free again.
pub struct Aws {
    simulator: Simulator,
    // Dropped last: the simulator runs on it.
    _runtime: Runtime,
}

impl Aws {
    /// Starts it on a free port, without functions.
    #[must_use]
    pub fn start() -> Self {
        Self::bind(([127, 0, 0, 1], 0).into())
    }

    /// Starts it on a given address.
    #[must_use]
    pub fn bind(address: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Self {
            simulator: runtime.block_on(Simulator::bind(address)).unwrap(),
            _runtime: runtime,
        }
    }
}

impl Deref for Aws {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}
