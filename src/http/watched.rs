//! A connection whose every step is told to the table of connections.

use std::{
    io::{self, IoSlice},
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Notify,
};

use super::connections::{Admission, ConnectionId, Connections};
use crate::sync::locked;

/// The table of connections. Clones are handles on the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Table(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    connections: Mutex<Connections>,
    ended: Notify,
}

/// A place in the table; it is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    table: Table,
    id: ConnectionId,
}

/// The stream of a connection that has a place.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    place: Place,
}

impl Table {
    /// See [`Connections::admit`].
    pub(super) fn admit(&self, peer: IpAddr, came: Instant) -> Admission {
        self.connections().admit(peer, came, Instant::now())
    }

    /// See [`Connections::take_expired`].
    pub(super) fn take_expired(&self) -> Vec<ConnectionId> {
        self.connections().take_expired(Instant::now())
    }

    /// The place of a connection that was admitted.
    pub(super) fn place(&self, id: ConnectionId) -> Place {
        let table = self.clone();
        Place { table, id }
    }

    /// Waits for a connection to end; one that ended meanwhile counts.
    pub(super) async fn ended(&self) {
        self.0.ended.notified().await;
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        locked(&self.0.connections)
    }
}

impl Place {
    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    pub(super) fn watch(self, stream: TcpStream) -> Watched {
        let place = self;
        Watched { stream, place }
    }

    fn tell(&self, what: impl FnOnce(&mut Connections, ConnectionId, Instant)) {
        what(&mut self.table.connections(), self.id, Instant::now());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.table.connections().remove(self.id);
        self.table.0.ended.notify_one();
    }
}

impl Watched {
    fn write(
        &mut self,
        write: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.place.tell(Connections::answers);
        let written = ready!(write(Pin::new(&mut self.stream)))?;
        self.place.tell(Connections::sent);
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.place.tell(Connections::received);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when it has nothing more to write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.place.tell(Connections::answered);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
