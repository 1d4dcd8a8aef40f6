//! Identifiers that are unique in the process: request ids and revision ids.

use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The next number.
pub(crate) fn number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The next identifier in the form of a UUID (version 4, by its looks only).
pub(crate) fn uuid() -> String {
    format!("00000000-0000-4000-8000-{:012x}", number())
}
