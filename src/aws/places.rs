//! How many calls are on their way at once, where those that hang hold up no other.

use std::{future::Future, pin::pin, time::Duration};

use tokio::{sync::Semaphore, time::timeout};

/// How many there are.
const PLACES: usize = 10;

/// How long a call keeps its place: STS answers within a fifth of that. Where it hangs for some roles, it is asked for
/// twenty others a second at most.
const KEPT: Duration = Duration::from_millis(500);

/// Places for calls.
#[derive(Debug)]
pub(super) struct Places(Semaphore);

impl Default for Places {
    fn default() -> Self {
        Self(Semaphore::new(PLACES))
    }
}

impl Places {
    /// Waits for a place and makes the call; one that hangs goes on without its place.
    pub(super) async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        // Fails only if it was closed, which nobody does.
        let place = self.0.acquire().await.ok();
        let mut call = pin!(call);
        if let Ok(ended) = timeout(KEPT, &mut call).await {
            return ended;
        }
        drop(place);
        call.await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use tokio::{
        task::JoinSet,
        time::{Instant, sleep},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_that_are_answered_share_the_places() {
        let places = Arc::new(Places::default());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut calls = JoinSet::new();
        for _ in 0..40 {
            let (places, now, most) = (Arc::clone(&places), Arc::clone(&now), Arc::clone(&most));
            calls.spawn(async move {
                let call = async {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    sleep(KEPT / 2).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                places.call(call).await;
            });
        }
        calls.join_all().await;
        assert_eq!(most.load(Ordering::SeqCst), PLACES);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_hang_hold_up_no_other() {
        let places = Arc::new(Places::default());
        let mut hanging = JoinSet::new();
        for _ in 0..40 {
            let places = Arc::clone(&places);
            hanging.spawn(async move { places.call(pending::<()>()).await });
        }
        // The others are first in line.
        sleep(Duration::from_millis(1)).await;
        let started = Instant::now();
        assert_eq!(places.call(async { 7 }).await, 7);
        assert!(started.elapsed() <= 4 * KEPT, "{:?}", started.elapsed());
        assert_eq!(hanging.len(), 40);
    }
}
