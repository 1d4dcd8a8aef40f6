//! What happens to the fleet while one looks on. It takes seven minutes and then happens again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_simulator::{
    CONTROL_PLANE_PER_SECOND, EventInvokeConfig, Fault, FaultKind, Function, Region, Simulator,
};
use tokio::time::{Instant, sleep_until};

use crate::fleet::arn;

/// From one beginning to the next, in seconds.
const LENGTH: u64 = 420;

/// The function that loses its failure destination first of all.
const SETTLEMENT: &str = "payments-settlement-batch";
const SETTLEMENT_FAILED: &str = "sqs:payments-settlement-failed";

/// One thing that happens.
pub(crate) struct Step {
    /// Seconds from the beginning.
    pub(crate) at: u64,
    /// What a person is told.
    pub(crate) says: &'static str,
    act: fn(&Simulator, &Region),
}

/// The story, in its order. At its end all is as it was at the beginning.
pub(crate) const STORY: &[Step] = &[
    Step {
        at: 60,
        says: "payments-settlement-batch loses its failure destination: its failed events are lost from now on",
        act: |_, region| put(region, SETTLEMENT, "$LATEST", settlement()),
    },
    Step {
        at: 100,
        says: "search-index-writer is deployed: a new version, alias live moves to it, its config is put again",
        act: |_, region| {
            let version = region.publish_version("search-index-writer");
            region.put_alias("search-index-writer", "live", &version);
            let config = EventInvokeConfig::new().retries(2).event_age(900);
            let config = config.on_failure(arn("sqs:search-failed"));
            put(region, "search-index-writer", "live", config);
        },
    },
    Step {
        at: 140,
        says: "orders-intake's alias canary gets a config of its own: new series",
        act: |_, region| {
            let config = EventInvokeConfig::new().retries(0).event_age(300);
            put(region, "orders-intake", "canary", config);
        },
    },
    Step {
        at: 180,
        says: "a deployment pipeline takes most of the account's quota: AWS throttles, the exporter slows down",
        act: |_, region| region.set_quota(Some(4.0)),
    },
    Step {
        at: 240,
        says: "the pipeline is done: the quota is free again, the exporter's budget recovers",
        act: |_, region| region.set_quota(Some(CONTROL_PLANE_PER_SECOND)),
    },
    Step {
        at: 270,
        says: "payments-settlement-batch is mended: its failed events go to its queue again",
        act: |_, region| {
            let config = settlement().on_failure(arn(SETTLEMENT_FAILED));
            put(region, SETTLEMENT, "$LATEST", config);
        },
    },
    Step {
        at: 300,
        says: "notifications-fax-bridge is deleted: only its target_success stays, at 0",
        act: |_, region| region.remove_function("notifications-fax-bridge"),
    },
    Step {
        at: 330,
        says: "a policy denies hr-payroll-export: its last good values stay, its target_success is 0",
        act: |simulator, _| {
            let denied = Fault::any().function("hr-payroll-export").always();
            simulator.inject(denied.kind(FaultKind::AccessDenied));
        },
    },
    Step {
        at: 390,
        says: "all that is not yet mended is, and the story begins again",
        act: |simulator, region| {
            simulator.clear_faults();
            let fax = Function::new("notifications-fax-bridge").runtime("nodejs22.x");
            region.put_function(fax);
            let config = EventInvokeConfig::new().retries(0).event_age(60);
            let config = config.on_failure(arn("sqs:notifications-failed"));
            put(region, "notifications-fax-bridge", "$LATEST", config);
            region.remove_event_invoke_config("orders-intake", "canary");
        },
    },
];

/// Plays the story over and over.
pub(crate) async fn play(simulator: &Simulator, region: &Region) {
    let mut beginning = Instant::now();
    loop {
        for step in STORY {
            sleep_until(beginning + Duration::from_secs(step.at)).await;
            (step.act)(simulator, region);
            println!("[{:>3} s] {}", step.at, step.says);
        }
        beginning += Duration::from_secs(LENGTH);
        sleep_until(beginning).await;
    }
}

fn settlement() -> EventInvokeConfig {
    EventInvokeConfig::new().retries(2).event_age(21_600)
}

/// Puts a config as somebody does right now.
fn put(region: &Region, function: &str, qualifier: &str, config: EventInvokeConfig) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let config = config.last_modified(now.unwrap_or_default().as_secs_f64().floor());
    region.put_event_invoke_config(function, qualifier, config);
}
