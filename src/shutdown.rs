//! The signals that stop the program, and the one that does not. No other module knows of signals.

use std::{io, process};

use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// The exit code after a second signal: nothing was drained.
const ABORTED: i32 = 1;

/// Resolves with the first SIGTERM or SIGINT; a second one ends the process at once. SIGHUP, which
/// service managers send for a reload and terminals when they close, ends nothing.
///
/// Signals are caught from the call on, not only once the future is polled.
///
/// # Errors
/// If the system does not let signals be caught.
pub fn requested() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {
                    info!("SIGTERM received, stopping");
                    break;
                }
                _ = interrupt.recv() => {
                    info!("SIGINT received, stopping");
                    break;
                }
                _ = hangup.recv() => warn!(
                    "SIGHUP received: reloading is not supported yet, the configuration is unchanged; \
                     restart to read it again"
                ),
            }
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            warn!("second signal received, ending at once");
            process::exit(ABORTED);
        });
    })
}
