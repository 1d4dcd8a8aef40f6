//! Listening, the limits of connections, and a graceful stop.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream, lookup_host},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::App;
use crate::listen_address::ListenAddress;

/// How long open requests may take after a stop was requested.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Connections at the same time. A Prometheus server needs one or two; the rest is for people. The limit
/// keeps a runaway client from using up the memory.
const MAX_CONNECTIONS: usize = 256;

/// How long a connection may wait for (the rest of) a request: longer than the usual scrape intervals, so
/// that Prometheus keeps its connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(90);

/// The pause after a failed accept, most often for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server that listens but does not respond yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// The address as it is configured.
    pub address: ListenAddress,
    /// What the system or the name lookup reported.
    pub source: io::Error,
}

impl Server {
    /// Listens on every address, and for a host name on each of its addresses.
    ///
    /// # Errors
    /// The first address that cannot be listened on.
    pub async fn bind(addresses: &[ListenAddress]) -> Result<Self, BindError> {
        let mut listeners = Vec::new();
        for address in addresses {
            let bound = bind(address).await.map_err(|source| BindError {
                address: address.clone(),
                source,
            })?;
            listeners.extend(bound);
        }
        Ok(Self { listeners })
    }

    /// The addresses listened on, with the actual port in place of port 0.
    #[must_use]
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }

    /// Serves until `stop` resolves, then lets open requests finish within [`DRAIN`].
    pub async fn run(self, app: App, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (accept(&self.listeners).await, permit)
            };
            let (stream, permit) = tokio::select! {
                () = &mut stop => break,
                accepted = accepted => accepted,
            };
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let connection = graceful.watch(serve(stream, app.clone()));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    debug!(%error, "a connection ended early");
                }
                drop(permit);
            });
        }
        app.stop();
        drop(self.listeners);
        if timeout(DRAIN, graceful.shutdown()).await.is_err() {
            warn!(
                seconds = DRAIN.as_secs(),
                "some answers did not finish in time"
            );
        }
    }
}

/// Serves one connection.
fn serve(
    stream: TcpStream,
    app: App,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // A response is written at once; waiting for more to send would only delay its end.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let response = app.answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}

/// Accepts the next connection on any of the listeners.
async fn accept(listeners: &[TcpListener]) -> io::Result<TcpStream> {
    poll_fn(|context| {
        for listener in listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    })
    .await
}

/// Listens on each address of a host name that the system has. Without a host, listens on all interfaces:
/// one socket for IPv6 and IPv4, or IPv4 alone where the system has no IPv6.
async fn bind(address: &ListenAddress) -> io::Result<Vec<TcpListener>> {
    let sockets: Vec<SocketAddr> = match &address.host {
        Some(host) => lookup_host((host.as_str(), address.port)).await?.collect(),
        None => vec![
            (Ipv6Addr::UNSPECIFIED, address.port).into(),
            (Ipv4Addr::UNSPECIFIED, address.port).into(),
        ],
    };
    let mut listeners = Vec::new();
    let mut unavailable = None;
    for socket in sockets {
        match TcpListener::bind(socket).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_unavailable(&error) => unavailable = Some(error),
            Err(error) => return Err(error),
        }
        if address.host.is_none() && !listeners.is_empty() {
            break;
        }
    }
    match unavailable {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

/// Whether the system lacks the address or its family.
fn is_unavailable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error().is_some_and(is_unsupported_family)
}

/// `EAFNOSUPPORT`, on Linux and on macOS.
fn is_unsupported_family(code: i32) -> bool {
    matches!(code, 97 | 47)
}
