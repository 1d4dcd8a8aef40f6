//! Serving the connections that were accepted: a task for each, and a place for the next one.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::{
    net::TcpStream,
    task::AbortHandle,
    time::{sleep, sleep_until, timeout},
};
use tracing::{debug, info, warn};

use super::{
    App,
    connections::{Admission, ConnectionId},
    watched::{Place, Table},
};

/// How long open requests may take after a stop was requested.
pub const DRAIN: Duration = Duration::from_secs(5);

/// The most that a client may send ahead of an answer, such as a request's head.
const MAX_BUFFER: usize = 64 * 1024;

/// How often it is told that there are too many connections.
const REMINDER: Duration = Duration::from_hours(1);

/// The pause after a failed accept, most often for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The connections that are served.
pub(super) struct Serving {
    app: App,
    graceful: GracefulShutdown,
    table: Table,
    tasks: HashMap<ConnectionId, AbortHandle>,
    /// Whether the last accept failed.
    failing: bool,
    /// When it was told that there are too many connections.
    told_at: Option<Instant>,
}

impl Serving {
    /// None yet.
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            graceful: GracefulShutdown::new(),
            table: Table::default(),
            tasks: HashMap::new(),
            failing: false,
            told_at: None,
        }
    }

    /// Serves what was accepted; waits until there is a place for it.
    pub(super) async fn take(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, peer)) => {
                if self.failing {
                    info!("connections can be accepted again");
                }
                self.failing = false;
                let place = self.place(peer.ip().to_canonical()).await;
                self.serve(stream, place);
            }
            // The client did not wait for it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if !self.failing {
                    warn!(%error, "cannot accept connections; trying again");
                }
                self.failing = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    async fn place(&mut self, peer: IpAddr) -> Place {
        let came = Instant::now();
        loop {
            match self.table.admit(peer, came) {
                Admission::Open(id) => return self.table.place(id),
                Admission::Close(id) => {
                    self.tell_of_too_many(peer);
                    self.close(id);
                }
                Admission::Wait(until) => tokio::select! {
                    () = sleep_until(until.into()) => {}
                    () = self.table.ended() => {}
                },
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, place: Place) {
        // A response is written at once; waiting for more to send would only delay its end.
        let _ = stream.set_nodelay(true);
        let app = self.app.clone();
        let service = service_fn(move |request| {
            let response = app.answer(&request);
            async move { Ok::<_, Infallible>(response) }
        });
        let id = place.id();
        let connection = http1::Builder::new()
            .half_close(true)
            .max_buf_size(MAX_BUFFER)
            .serve_connection(TokioIo::new(place.watch(stream)), service);
        let connection = self.graceful.watch(connection);
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!(%error, "a connection ended early");
            }
        });
        self.tasks.insert(id, task.abort_handle());
    }

    /// Closes the connections that have had their time.
    pub(super) fn close_expired(&mut self) {
        for id in self.table.take_expired() {
            self.close(id);
        }
        self.tasks.retain(|_, task| !task.is_finished());
    }

    fn close(&mut self, id: ConnectionId) {
        if let Some(task) = self.tasks.remove(&id) {
            task.abort();
        }
    }

    fn tell_of_too_many(&mut self, peer: IpAddr) {
        let now = Instant::now();
        if self
            .told_at
            .is_none_or(|at| now.duration_since(at) >= REMINDER)
        {
            self.told_at = Some(now);
            warn!(
                last_peer = %peer,
                "too many connections: the ones that are idle for longest are closed in favour of new ones"
            );
        }
    }

    /// Tells those who ask that the program is stopping.
    pub(super) fn stop(&self) {
        self.app.stop();
    }

    /// Lets open requests finish, for a while.
    pub(super) async fn drain(self) {
        if timeout(DRAIN, self.graceful.shutdown()).await.is_err() {
            warn!(
                seconds = DRAIN.as_secs(),
                "some answers did not finish in time"
            );
        }
    }
}
