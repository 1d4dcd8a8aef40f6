//! Listening, and the loop that accepts connections until the program stops.

use std::{
    future::poll_fn,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    task::Poll,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    time::{MissedTickBehavior, interval},
};

use super::{App, serving::Serving};
use crate::listen_address::ListenAddress;

/// How often connections that have had their time are looked for.
const CHECK: Duration = Duration::from_secs(1);

/// What the system keeps of an answer for one client that does not read. Its own limit of 4 MB would let 250 of them
/// hold 940 MB (measured), which counts as the exporter's memory in a container.
const SEND_BUFFER: u32 = 256 * 1024;

/// Connections that wait to be accepted, as many as with tokio's own `TcpListener::bind`.
const BACKLOG: u32 = 1024;

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

    /// Serves until `stop` resolves, then lets open requests finish within [`DRAIN`](super::DRAIN).
    pub async fn run(self, app: App, stop: impl Future<Output = ()>) {
        let mut serving = Serving::new(app);
        let mut stop = std::pin::pin!(stop);
        let mut checks = interval(CHECK);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = checks.tick() => serving.close_expired(),
                accepted = accept(&self.listeners) => serving.take(accepted).await,
            }
        }
        serving.stop();
        drop(self.listeners);
        serving.drain().await;
    }
}

/// Accepts the next connection on any of the listeners.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        for listener in listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted);
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
        match listen(socket) {
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

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Connections that have just ended do not keep the address.
    socket.set_reuseaddr(true)?;
    // Accepted connections have it from here.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
