//! The simulator: its start, its end, and what a test changes or asks of all scopes.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fault::{Fault, FaultId};
use crate::journal::Request;
use crate::operation::Operation;
use crate::opt_in::{self, OptIn};
use crate::organization::Organization;
use crate::region::Region;
use crate::role::Role;
use crate::scope::Scope;
use crate::server;
use crate::state::Shared;

/// A running simulator. Clones are handles on the same one; it stops with [`Simulator::shutdown`] or when the last
/// clone is dropped. Every method but `shutdown` is synchronous and takes effect on the next request.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

struct Server {
    address: SocketAddr,
    running: Mutex<Option<Running>>,
}

struct Running {
    /// Dropping it stops the server.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts on a free port of loopback, on the current tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::bind(("127.0.0.1", 0)).await
    }

    /// Starts on a given address.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        let running = Mutex::new(Some(Running { stop, task }));
        Ok(Self {
            shared,
            server: Arc::new(Server { address, running }),
        })
    }

    /// Cuts AWS off: closes the port and every connection. When it returns, the port can be bound again.
    pub async fn shutdown(&self) {
        let running = self
            .server
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Running { stop, task }) = running {
            drop(stop);
            // It can only have been cancelled, with its runtime.
            let _ = task.await;
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The endpoint of every service: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// An access key id and secret of an account. Any other access key id will do too: one that ends in 12 digits
    /// belongs to that account, every other to [`crate::DEFAULT_ACCOUNT`].
    #[must_use]
    pub fn credentials(&self, account_id: &str) -> (String, String) {
        (format!("AKIA0000{account_id}"), "simulated".to_owned())
    }

    /// A handle on one account in one region.
    #[must_use]
    pub fn region(&self, account_id: &str, region: &str) -> Region {
        Region::new(Arc::clone(&self.shared), Scope::new(account_id, region))
    }

    /// Sets the control plane's quota of one scope, in requests per second (default
    /// [`crate::CONTROL_PLANE_PER_SECOND`]); the bucket, which holds one second's worth, is full again. `None`:
    /// unlimited. `GetFunction` has 100 of its own, `GetResources` 15, and the other services none.
    pub fn set_quota(&self, account_id: &str, region: &str, per_second: Option<f64>) {
        self.region(account_id, region).set_quota(per_second);
    }

    /// Injects a fault; its handle clears it.
    #[allow(clippy::must_use_candidate, reason = "most faults are never cleared")]
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.shared.lock().faults.inject(fault)
    }

    /// Clears one fault.
    pub fn clear(&self, fault: FaultId) {
        self.shared.lock().faults.clear(fault);
    }

    /// Clears all faults.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear_all();
    }

    /// Says who may assume a role.
    pub fn put_role(&self, role: Role) {
        self.shared.lock().sessions.put_role(role);
    }

    /// How often a role was assumed: what STS refused does not count.
    #[must_use]
    pub fn assumed(&self, role_arn: &str) -> u64 {
        self.shared.lock().sessions.assumed(role_arn)
    }

    /// Sets how long temporary credentials last from now on, whatever `AssumeRole` asks for. `None`: as it asks, or
    /// one hour.
    pub fn set_session_duration(&self, duration: Option<Duration>) {
        self.shared.lock().sessions.duration = duration;
    }

    /// Expires all temporary credentials given out so far: AWS answers 403 `ExpiredTokenException` to them.
    pub fn expire_sessions(&self) {
        self.shared.lock().sessions.expire();
    }

    /// Revokes all temporary credentials given out so far: every service answers `UnrecognizedClientException` to them
    /// (STS `InvalidClientTokenId`). Roles can be assumed anew.
    pub fn revoke_sessions(&self) {
        self.shared.lock().sessions.revoke_all();
    }

    /// Revokes one access key likewise, be it a session's or not, until [`Simulator::unrevoke`].
    pub fn revoke(&self, access_key_id: &str) {
        self.shared.lock().sessions.revoke(access_key_id);
    }

    /// Makes a revoked access key good again.
    pub fn unrevoke(&self, access_key_id: &str) {
        self.shared.lock().sessions.unrevoke(access_key_id);
    }

    /// Puts an organization, or another state of the one that has the same management account.
    ///
    /// # Panics
    /// If an id has not the form of one, an organizational unit or a delegated administrator is none of the
    /// organization's, or an account is in another organization already.
    pub fn put_organization(&self, organization: Organization) {
        self.shared.lock().put_organization(organization);
    }

    /// Enables a region for an account. Until then the opt-in regions (those since March 2019, as `af-south-1`) are
    /// disabled; all others, and regions that AWS has not, are enabled.
    pub fn enable_region(&self, account_id: &str, region: &str) {
        let mut state = self.shared.lock();
        state.opt_ins.choose(account_id, region, OptIn::Enabled);
    }

    /// Disables a region for an account: Lambda and the tagging API answer `UnrecognizedClientException` there.
    ///
    /// # Panics
    /// If it is a region that AWS enables by default: nobody can disable those.
    pub fn disable_region(&self, account_id: &str, region: &str) {
        assert!(
            !opt_in::is_by_default(region),
            "{region} cannot be disabled"
        );
        let mut state = self.shared.lock();
        state.opt_ins.choose(account_id, region, OptIn::Disabled);
    }

    /// The requests so far, oldest first: the latest [`crate::LOG_BOUND`] of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().journal.requests().cloned().collect()
    }

    /// How many of the logged requests satisfy a condition.
    pub fn count_by(&self, mut condition: impl FnMut(&Request) -> bool) -> usize {
        self.shared
            .lock()
            .journal
            .requests()
            .filter(|request| condition(request))
            .count()
    }

    /// How often an operation was asked for.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u64 {
        self.shared.lock().meter.count(operation)
    }

    /// How many requests were made.
    #[must_use]
    pub fn count_all(&self) -> u64 {
        self.shared.lock().meter.count_all()
    }

    /// The most requests that were in flight at once.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.shared.lock().meter.max_in_flight
    }

    /// The most Lambda requests that came within any one second, refused ones included.
    #[must_use]
    pub fn peak_per_second(&self) -> usize {
        self.shared.lock().meter.peak_per_second
    }

    /// Empties the log and sets all counts to zero, those of every region and role included.
    pub fn reset_counters(&self) {
        let mut state = self.shared.lock();
        state.journal.clear();
        state.meter.reset();
        state.sessions.reset_counters();
        state.regions_mut().for_each(|region| region.meter.reset());
    }

    /// Keeps so many requests in the log; 0 keeps none. The counts are exact in any case.
    pub fn set_log_bound(&self, requests: usize) {
        self.shared.lock().journal.set_bound(requests);
    }
}
