//! Requests whose connection was closed before any of the answer came: AWS closes a kept connection just when it is
//! used again. hyper sends those again that were not yet written. One that was written may have arrived, so only what
//! changes nothing is sent again, once, on a connection of its own, and both attempts are counted.

use std::{cell::Cell, error::Error, future::Future, io, time::Duration};

use aws_sdk_lambda::error::ConnectorError;
use tokio::time::Instant;

/// A call that may be sent again.
struct Repeatable {
    started: Instant,
    lost_after: Cell<Option<Duration>>,
}

tokio::task_local! {
    // The SDK has no other way to tell its connector whose request it is.
    static CALL: Repeatable;
}

/// Makes a call that changes nothing; and after what time its first attempt was lost, if it was.
pub(super) async fn repeatable<T>(call: impl Future<Output = T>) -> (T, Option<Duration>) {
    let repeatable = Repeatable {
        started: Instant::now(),
        lost_after: Cell::new(None),
    };
    let counted = async {
        let answer = call.await;
        (answer, CALL.with(|call| call.lost_after.get()))
    };
    CALL.scope(repeatable, counted).await
}

/// Whether the request that this task makes may be sent again.
pub(super) fn may_be_sent_again() -> bool {
    let not_yet = |call: &Repeatable| call.lost_after.get().is_none();
    CALL.try_with(not_yet).unwrap_or(false)
}

/// The request of this task was lost and is sent again.
pub(super) fn sent_again() {
    // Nobody asks outside of a repeatable call.
    let _ = CALL.try_with(|call| call.lost_after.set(Some(call.started.elapsed())));
}

/// Whether the connection was closed after the request was sent and before the answer began.
pub(super) fn is_lost(error: &ConnectorError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            let closed = error
                .source()
                .and_then(|cause| cause.downcast_ref::<io::Error>());
            return error.is_incomplete_message() || closed.is_some_and(is_closed);
        }
        cause = error.source();
    }
    false
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}
