//! What the process takes of the machine at some moment.

use exporter_harness::Exporter;

use crate::{
    DAY,
    support::exporter::{anonymous_memory, open_files, peak_memory, resident_memory, threads},
};

/// Memory in MB of 1,000,000 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// After how many sweeps.
    pub(crate) sweep: usize,
    pub(crate) resident: f64,
    /// The most so far.
    pub(crate) peak: f64,
    /// What no file backs: a program's code is in memory when it is first run, which is no growth.
    pub(crate) anonymous: f64,
    pub(crate) files: usize,
    pub(crate) threads: f64,
}

impl Sample {
    pub(crate) fn take(exporter: &Exporter, sweep: usize) -> Self {
        Self {
            sweep,
            resident: resident_memory(exporter.pid()),
            peak: peak_memory(exporter.pid()),
            anonymous: anonymous_memory(exporter.pid()),
            files: open_files(exporter.pid()),
            threads: threads(exporter.pid()),
        }
    }

    /// The same moment in simulated days.
    pub(crate) fn day(&self) -> f64 {
        days(self.sweep)
    }
}

/// Sweeps as simulated days.
#[expect(clippy::cast_precision_loss, reason = "a few thousand sweeps")]
pub(crate) fn days(sweeps: usize) -> f64 {
    sweeps as f64 / DAY as f64
}
