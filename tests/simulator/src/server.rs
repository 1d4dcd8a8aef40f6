//! The server: one task accepts, one task serves each connection, and all end with the first.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::answer::{Broken, Payload, Reply};
use crate::call::Call;
use crate::state::{InFlight, Shared};

/// Serves until told to stop, then closes the port and every connection.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Also when the sender is gone.
            _ = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: some come back as connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Answers are small: waiting to fill a segment would only slow them down.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(Arc::clone(&shared), request));
    // A connection that ends in an error is the client's to notice.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let call = Call::read(&head, body);
    let reply = shared.lock().reply(&call, Instant::now());
    let _in_flight = InFlight {
        shared,
        scope: call.scope(),
    };
    match reply {
        Reply::Now(answer) => Ok(answer.into_response()),
        Reply::Late(delay, answer) => {
            tokio::time::sleep(delay).await;
            Ok(answer.into_response())
        }
        Reply::Cut(answer) => Ok(answer.into_cut_response()),
        // The client's leaving drops this future.
        Reply::Never => pending().await,
        Reply::Reset => Err(Broken),
    }
}
