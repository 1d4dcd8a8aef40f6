//! The recorded scenario of an event invoke config's life.

use serde_json::json;

use super::{Replay, recorded_function, succeeded};
use crate::client::config_path;
use crate::recording::Scenario;

const FN: &str = "fn-a";

pub(super) async fn replay() -> Scenario {
    let name = "test_lambda_eventinvokeconfig_lifecycle";
    let mut replay = Replay::open(name, &[("<function-name:1>", FN)]).await;
    replay.region.put_function(recorded_function(FN));
    let (retries, age) = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds");
    replay
        .put_config("put_invokeconfig_retries_0", FN, &json!({ retries: 0 }))
        .await;
    replay
        .put_config("put_invokeconfig_eventage_60", FN, &json!({ age: 60 }))
        .await;
    replay
        .update_config(
            "update_invokeconfig_eventage_nochange",
            FN,
            &json!({ age: 60 }),
        )
        .await;
    replay
        .update_config("update_invokeconfig_retries", FN, &json!({ retries: 1 }))
        .await;
    replay.get_config("get_invokeconfig", FN).await;
    replay
        .get_config("get_invokeconfig_latest", &format!("{FN}:$LATEST"))
        .await;
    replay.list_configs("list_single_invokeconfig", FN).await;
    replay.publish("publish_version_result", FN).await;
    let published = format!("{FN}:1");
    replay
        .get_config("get_invokeconfig_postpublish", &published)
        .await;
    replay
        .put_config(
            "put_published_invokeconfig",
            &published,
            &json!({ age: 120 }),
        )
        .await;
    replay
        .get_config("get_published_invokeconfig", &published)
        .await;
    succeeded(&replay.client.ask("DELETE", &config_path(FN), "").await);
    replay
        .list_configs("list_paging_nolimit_postdelete", FN)
        .await;
    replay.scenario
}
