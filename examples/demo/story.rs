//! What happens while one looks on. It takes 500 seconds and then happens again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_simulator::{CONTROL_PLANE_PER_SECOND, EventInvokeConfig, Function, Region, Simulator};
use tokio::time::{Instant, sleep_until};

use crate::{
    fleet::arn,
    organization::{DATA, distrust, main_region, trust},
};

/// From one beginning to the next, in seconds.
const LENGTH: u64 = 500;

/// Loses its failure destination.
const SETTLEMENT: &str = "payments-settlement-batch";
/// Is created.
const CHURN: &str = "reports-churn-weekly";
/// Is deleted.
const FAX: &str = "notifications-fax-bridge";

/// One thing that happens.
pub(crate) struct Step {
    /// Seconds from the beginning.
    pub(crate) at: u64,
    /// What a person is told.
    pub(crate) says: &'static str,
    act: fn(&Simulator),
}

/// The story, in its order. At its end all is as it was at the beginning.
pub(crate) const STORY: &[Step] = &[
    Step {
        at: 80,
        says: "payments-settlement-batch loses its failure destination: its failed events are lost from now on",
        act: |aws| put(&main_region(aws), SETTLEMENT, "$LATEST", settlement()),
    },
    Step {
        at: 110,
        says: "reports-churn-weekly is created in 444455556666, eu-west-1: it appears by itself",
        act: |aws| {
            let churn = Function::new(CHURN).runtime("java21");
            let churn = churn.tag("team", "reports").tag("env", "prod");
            churn_region(aws).put_function(churn);
        },
    },
    Step {
        at: 140,
        says: "notifications-fax-bridge is deleted: all its series go",
        act: |aws| main_region(aws).remove_function(FAX),
    },
    Step {
        at: 160,
        says: "payments-settlement-batch is mended: its failed events go to its queue again",
        act: |aws| {
            let region = main_region(aws);
            let queue = arn(&region, "sqs:payments-settlement-failed");
            put(
                &region,
                SETTLEMENT,
                "$LATEST",
                settlement().on_failure(queue),
            );
        },
    },
    Step {
        at: 170,
        says: "444455556666 refuses its role: its targets are denied, their last good values stay; no other scope suffers",
        act: distrust,
    },
    Step {
        at: 240,
        says: "444455556666 trusts the role again: its targets are ok by themselves, the last of them after 50 seconds",
        act: trust,
    },
    Step {
        at: 250,
        says: "the queue payments-settlement-failed is deleted, and comes back at 320 s: what is sent to it meanwhile is lost",
        act: |aws| main_region(aws).remove_queue("payments-settlement-failed"),
    },
    Step {
        at: 270,
        says: "orders-intake's alias canary, where AWS's defaults were in force, gets a config of its own",
        act: |aws| {
            let config = EventInvokeConfig::new().retries(0).event_age(300);
            put(&main_region(aws), "orders-intake", "canary", config);
        },
    },
    Step {
        at: 320,
        says: "the queue payments-settlement-failed is there again",
        act: |aws| main_region(aws).put_queue("payments-settlement-failed"),
    },
    Step {
        at: 340,
        says: "a pipeline takes most of the quota of 111122223333, us-east-1: throttled, the exporter slows down there",
        act: |aws| main_region(aws).set_quota(Some(4.0)),
    },
    Step {
        at: 400,
        says: "the pipeline is done: the quota is free again, the request budget recovers",
        act: |aws| main_region(aws).set_quota(Some(CONTROL_PLANE_PER_SECOND)),
    },
    Step {
        at: 460,
        says: "all that is not yet as it was is put back, and the story begins again",
        act: |aws| {
            churn_region(aws).remove_function(CHURN);
            churn_region(aws).forget_tags(CHURN);
            let region = main_region(aws);
            region.remove_event_invoke_config("orders-intake", "canary");
            let fax = Function::new(FAX).runtime("nodejs22.x");
            region.put_function(fax.tag("team", "notifications").tag("env", "prod"));
            let config = EventInvokeConfig::new().retries(0).event_age(60);
            let config = config.on_failure(arn(&region, "sqs:notifications-failed"));
            put(&region, FAX, "$LATEST", config);
        },
    },
];

/// Plays the story over and over.
pub(crate) async fn play(aws: &Simulator) {
    let mut beginning = Instant::now();
    loop {
        for step in STORY {
            sleep_until(beginning + Duration::from_secs(step.at)).await;
            (step.act)(aws);
            println!("[{:>3} s] {}", step.at, step.says);
        }
        beginning += Duration::from_secs(LENGTH);
        sleep_until(beginning).await;
    }
}

fn churn_region(aws: &Simulator) -> Region {
    aws.region(DATA, "eu-west-1")
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
