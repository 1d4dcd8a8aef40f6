//! Listening, the limits of a connection, and a stop that lets running answers finish.

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
use crate::config::ListenAddress;

/// How long running answers may take after a stop was asked for.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Connections at the same time. Prometheus needs one or two each; the rest is for people, and a
/// bound keeps a runaway client from eating the memory.
const MAX_CONNECTIONS: usize = 256;

/// How long a connection may wait for (the rest of) a request: longer than the usual scrape
/// intervals, so that Prometheus keeps its connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(90);

/// A pause after a failed accept, which is most often a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server that listens but does not answer yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// The address as configured.
    pub address: ListenAddress,
    /// Why not.
    pub source: io::Error,
}

impl Server {
    /// Listens on every address. A host name is listened on at each of its addresses.
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

    /// The addresses listened on, port 0 replaced by the port that was found.
    #[must_use]
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }

    /// Answers until `stop` resolves, then lets running answers finish within [`DRAIN`].
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

/// One connection.
fn serve(
    stream: TcpStream,
    app: App,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // An answer is written in one piece; waiting for more to send would only delay its end.
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

/// The next connection on any of the listeners.
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

/// All interfaces are one socket for IPv6 and IPv4, or IPv4 alone where the system has no IPv6. A host
/// name is listened on at each of its addresses that the system has.
async fn bind(address: &ListenAddress) -> io::Result<Vec<TcpListener>> {
    let sockets: Vec<SocketAddr> = match &address.host {
        Some(host) => lookup_host((host.as_str(), address.port)).await?.collect(),
        None => vec![
            (Ipv6Addr::UNSPECIFIED, address.port).into(),
            (Ipv4Addr::UNSPECIFIED, address.port).into(),
        ],
    };
    let mut listeners = Vec::new();
    let mut missing = None;
    for socket in sockets {
        match TcpListener::bind(socket).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_not_here(&error) => missing = Some(error),
            Err(error) => return Err(error),
        }
        if address.host.is_none() && !listeners.is_empty() {
            break;
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

/// Whether the system lacks the address or its family.
fn is_not_here(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error().is_some_and(is_no_such_family)
}

/// `EAFNOSUPPORT`, on Linux and on macOS.
fn is_no_such_family(code: i32) -> bool {
    matches!(code, 97 | 47)
}
