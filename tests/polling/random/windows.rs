//! The promised times: within which of them what is published must have been true, what exists must
//! be there, and what was deleted must be gone.
//!
//! They follow from the configuration. A sweep must fit into the interval, which the scenarios see to.

use std::time::Duration;

use super::{
    breakdowns::SLOWEST_CREDENTIALS,
    scenario::{ALIASES, NAMES, Scenario, VERSIONS},
};
use crate::aws::REQUEST_TIMEOUT;

/// Readings are published at most this long after they were taken.
const PUBLICATION: Duration = Duration::from_millis(250);

/// Timers have a resolution of a millisecond, and so has whatever adds them up.
const ROUNDING: Duration = Duration::from_millis(500);

/// What throttling leaves of the allowance, at the least.
const FLOOR: f64 = 1.0 / 32.0;

/// The pauses before a page of a listing that broke off is asked for again: 5, 10 and 20 s.
const PAGE_RETRIES: Duration = Duration::from_secs(35);

/// The longest of them.
const PAGE_RETRY: Duration = Duration::from_secs(20);

/// How often one page is asked for in one listing.
const PAGE_ATTEMPTS: u32 = 4;

/// The promised times.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    /// What AWS answers is published at the latest so long after it became true: each function has
    /// its turn once in the interval, and so has the listing.
    pub(super) fresh: Duration,
    /// The same for what stands on several pages: those that came before a failed one may be an interval older.
    pub(super) told: Duration,
    /// The same for a listing. One that broke off halfway is still waiting to go on when all is well
    /// again.
    pub(super) listed: Duration,
    /// A new function is listed within the time above, and then read before all others.
    pub(super) appear: Duration,
    /// How long the last good value stays: until the failed read that is due within the first of the
    /// times above, and from then on as long as configured.
    pub(super) stale: Duration,
    /// The same for what a listing tells: it has failed when its pages were tried again in vain.
    pub(super) stale_listing: Duration,
    /// Until a listing that breaks off has failed.
    pub(super) broken_off: Duration,
    /// How long an answer of AWS takes to arrive.
    pub(super) latency: Duration,
    pub(super) stale_after: Duration,
}

impl Windows {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let poll = &scenario.poll;
        let read = read(scenario);
        // A turn that takes longer than the interval misses the next slot; and a poller that starts anew
        // gives up what is under way.
        let starts_anew = scenario.faults.identity;
        let turns = if read < poll.interval && !starts_anew {
            1
        } else {
            2
        };
        let fresh = poll.interval + read * turns + PUBLICATION + ROUNDING;
        let pages = 2 * u32::try_from(scenario.pages_of_functions()).unwrap();
        let attempts = if scenario.faults.hanging {
            REQUEST_TIMEOUT * PAGE_ATTEMPTS
        } else {
            Duration::ZERO
        };
        let broken_off = (PAGE_RETRIES + attempts) * pages;
        let breaks_off = scenario.faults.listings || scenario.faults.credentials;
        let listed = if breaks_off {
            fresh + PAGE_RETRY
        } else {
            fresh
        };
        let has_pages = scenario.page_sizes.1 < 1 + VERSIONS.len() + ALIASES.len();
        let goes_on = has_pages && breaks_off_reads(scenario);
        let told = if goes_on {
            fresh + poll.interval
        } else {
            fresh
        };
        Self {
            fresh,
            told,
            listed,
            appear: listed + read * 2 + PUBLICATION,
            stale: told + poll.stale_after,
            stale_listing: listed + broken_off + poll.stale_after,
            broken_off: listed + broken_off,
            latency: scenario.latency,
            stale_after: poll.stale_after,
        }
    }
}

fn breaks_off_reads(scenario: &Scenario) -> bool {
    let faults = scenario.faults;
    faults.reads || faults.credentials
}

/// The time that everything due takes at once, at the lowest pace.
fn read(scenario: &Scenario) -> Duration {
    let poll = &scenario.poll;
    let floor = if scenario.faults.throttling {
        FLOOR
    } else {
        1.0
    };
    let slot = 1.0 / (poll.max_requests_per_second * floor);
    let places = f64::from(u32::try_from(poll.max_in_flight).unwrap());
    let latency = if scenario.faults.slow_credentials {
        scenario.latency + SLOWEST_CREDENTIALS
    } else {
        scenario.latency
    };
    let call = slot.max(latency.as_secs_f64() / places);
    #[expect(clippy::cast_precision_loss, reason = "some dozens of calls")]
    let calls = scenario.calls() as f64;
    // Failed reads are tried again between the others.
    let load = if scenario.faults.reads { 2.0 } else { 1.0 };
    let mut read = Duration::from_secs_f64(calls * call * load) + latency * 8;
    if scenario.faults.hanging {
        // Each task that hangs keeps a place for one time limit.
        let tasks = NAMES.len() + 1;
        let rounds = u32::try_from(tasks.div_ceil(poll.max_in_flight)).unwrap();
        read += REQUEST_TIMEOUT * rounds;
    }
    if scenario.faults.throttling {
        read += scenario.longest_pause();
    }
    read
}
