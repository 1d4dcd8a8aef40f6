//! Configs that change all the time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, sleep},
    time::Duration,
};

use exporter_harness::{Aws, REGION};
use lambda_simulator::EventInvokeConfig;

use crate::{
    PER_SCOPE,
    support::aws::{account, function_name},
};

/// Ten a second.
const GAP: Duration = Duration::from_millis(100);

/// Changes one config after the other until it is dropped.
pub(crate) struct Changes {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Changes {
    /// Begins with the first function of the first account and goes on with the first of the second.
    pub(crate) fn begin(aws: &Aws, functions: usize) -> Self {
        let scopes = functions / PER_SCOPE;
        let regions: Vec<_> = (0..scopes)
            .map(|number| aws.region(&account(number), REGION))
            .collect();
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let name = function_name(number / scopes % PER_SCOPE);
                let retries = i32::try_from(number / functions % 3).unwrap();
                let config = EventInvokeConfig::new().retries(retries).event_age(60);
                regions[number % scopes].put_event_invoke_config(&name, "$LATEST", config);
                sleep(GAP);
            }
        });
        Self {
            ended,
            thread: Some(thread),
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
