//! `process_*`, what Linux reports about this process.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use prometheus::{
    core::{Collector, Desc},
    process_collector::ProcessCollector,
    proto::MetricFamily,
};

/// Asking Linux takes as long as rendering all other metrics of the exporter together, so scrapes within
/// this time of each other share an answer.
const MAX_AGE: Duration = Duration::from_millis(100);

/// Asks Linux at most ten times a second.
pub(super) struct Process {
    collector: ProcessCollector,
    last: Mutex<Option<(Instant, Vec<MetricFamily>)>>,
}

impl Process {
    pub(super) fn new() -> Self {
        Self {
            collector: ProcessCollector::for_self(),
            last: Mutex::new(None),
        }
    }
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        self.collector.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((at, families)) if at.elapsed() < MAX_AGE => families.clone(),
            _ => {
                let families = self.collector.collect();
                *last = Some((Instant::now(), families.clone()));
                families
            }
        }
    }
}
