//! Locks without ceremony.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a value that no panic can leave half changed: its critical sections only assign.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
