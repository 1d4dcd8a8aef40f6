//! What an exporter reads, how often and how fast, as plain values.

use std::{collections::BTreeSet, time::Duration};

use super::{AccountEntry, CollectorsSettings, Region, Shard};

/// How often and how fast AWS is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct PollSettings {
    /// How old a reading grows before it is taken again: longer than 0, at most 100 years.
    pub interval: Duration,
    /// How long the last good reading stays published while reads fail: at least `interval`.
    pub stale_after: Duration,
    /// Requests a second per account and region: 0.001 to the 15 that AWS shares among all callers.
    pub max_requests_per_second: f64,
    /// Functions that are read at a time, per account and region, beside a page of a listing: 1 to 1000.
    pub max_in_flight: usize,
    /// How long one attempt of a request may take: longer than 0, at most 100 years.
    pub request_timeout: Duration,
    /// What is read beside the event invoke configs.
    pub collectors: CollectorsSettings,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_mins(5),
            stale_after: Duration::from_mins(30),
            max_requests_per_second: 5.0,
            max_in_flight: 8,
            request_timeout: Duration::from_secs(10),
            collectors: CollectorsSettings::default(),
        }
    }
}

/// What this exporter reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The entries of `accounts`: at least one.
    pub accounts: Vec<AccountEntry>,
    /// The SDK's region; given where an entry needs it.
    pub default_region: Option<Region>,
    /// Which part of all scopes is this exporter's.
    pub shard: Shard,
    /// The keys of the tags that become labels.
    pub tag_keys: BTreeSet<String>,
    /// How often and how fast.
    pub poll: PollSettings,
}
