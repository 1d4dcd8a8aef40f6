//! The recorded scenario of what event invoke configs refuse.

use serde_json::json;

use super::{Replay, recorded_function};
use crate::client::{config_path, function_path};
use crate::recording::Scenario;

const FN: &str = "fn-a";

pub(super) async fn replay() -> Scenario {
    let name = "test_lambda_eventinvokeconfig_exceptions";
    let masks = [("<function-name:1>", FN), ("<resource:5>", "fn-b")];
    let mut replay = Replay::open(name, &masks).await;
    replay.region.put_function(recorded_function(FN));
    replay.region.put_function(recorded_function("fn-b"));
    replay.publish("fn_version_result", FN).await;
    let alias = json!({ "Name": "eventinvokealias", "FunctionVersion": "1" });
    let aliases = format!("{}/aliases", function_path(FN));
    replay
        .step("fn_alias_result", "POST", &aliases, &alias)
        .await;

    names_and_destinations(&mut replay).await;
    qualifiers(&mut replay).await;
    overwriting(&mut replay).await;
    after_deletion(&mut replay).await;
    replay.scenario
}

async fn names_and_destinations(replay: &mut Replay) {
    let missing = replay.region.function_arn("doesnotexist");
    let (own, other) = (
        replay.region.function_arn(FN),
        replay.region.function_arn("fn-b"),
    );
    let retries = json!({ "MaximumRetryAttempts": 1 });
    replay
        .put_config("put_functionname_name_notfound", "doesnotexist", &retries)
        .await;
    replay
        .put_config("put_functionname_arn_notfound", &missing, &retries)
        .await;
    replay
        .put_config("put_functionname_nootherargs", "doesnotexist", &json!({}))
        .await;

    let on_success =
        |arn: &str| json!({ "DestinationConfig": { "OnSuccess": { "Destination": arn } } });
    let on_failure =
        |arn: &str| json!({ "DestinationConfig": { "OnFailure": { "Destination": arn } } });
    let empty = |condition: &str| json!({ "DestinationConfig": { condition: {} } });
    replay
        .put_config(
            "put_destination_lambda_doesntexist",
            FN,
            &on_success(&missing),
        )
        .await;
    replay
        .put_config("put_destination_recursive", FN, &on_success(&own))
        .await;
    replay
        .put_config("put_destination_other_lambda", FN, &on_success(&other))
        .await;
    let service = own.replace(":lambda:", ":iam:");
    replay
        .put_config(
            "put_destination_invalid_service_arn",
            FN,
            &on_success(&service),
        )
        .await;
    replay
        .put_config(
            "put_destination_success_no_destination_arn",
            FN,
            &empty("OnSuccess"),
        )
        .await;
    replay
        .put_config(
            "put_destination_failure_no_destination_arn",
            FN,
            &empty("OnFailure"),
        )
        .await;
    let pattern = own.replace(":lambda:", ":_-/!lambda:");
    replay
        .put_config(
            "put_destination_invalid_arn_pattern",
            FN,
            &on_failure(&pattern),
        )
        .await;
}

async fn qualifiers(replay: &mut Replay) {
    let arn = replay.region.function_arn(FN);
    let escaped = arn.replace(':', "%3A");
    let alias = "eventinvokealias";
    let steps = [
        ("put_destination_latest", FN.to_owned(), None),
        (
            "put_destination_latest_explicit_qualifier",
            FN.to_owned(),
            Some("$LATEST"),
        ),
        ("put_destination_version", FN.to_owned(), Some("1")),
        (
            "put_alias_functionname_qualifier",
            FN.to_owned(),
            Some(alias),
        ),
        (
            "put_alias_doesnotexist",
            FN.to_owned(),
            Some("doesnotexist"),
        ),
        (
            "put_alias_qualifiedarn",
            format!("{escaped}%3A{alias}"),
            None,
        ),
        (
            "put_alias_qualifiedarn_qualifier",
            format!("{arn}:{alias}"),
            Some(alias),
        ),
        (
            "put_alias_qualifiedarn_qualifierconflict",
            format!("{arn}:{alias}"),
            Some("other"),
        ),
        ("put_alias_shorthand", format!("{FN}:{alias}"), None),
        (
            "put_alias_shorthand_qualifier",
            format!("{FN}:{alias}"),
            Some(alias),
        ),
        (
            "put_alias_shorthand_qualifierconflict",
            format!("{FN}:{alias}"),
            Some("other"),
        ),
        ("put_version_shorthand", format!("{FN}:1"), None),
        (
            "put_shorthand_qualifier_match",
            format!("{FN}:$LATEST"),
            Some("%24LATEST"),
        ),
        (
            "put_shorthand_qualifier_mismatch_1",
            format!("{FN}:1"),
            Some("$LATEST"),
        ),
        (
            "put_shorthand_qualifier_mismatch_2",
            format!("{FN}:1"),
            Some(alias),
        ),
        (
            "put_shorthand_qualifier_mismatch_3",
            format!("{FN}:$LATEST"),
            Some("1"),
        ),
    ];
    for (name, function, qualifier) in steps {
        let query = qualifier
            .map(|qualifier| format!("?Qualifier={qualifier}"))
            .unwrap_or_default();
        let path = format!("{}{query}", config_path(&function));
        replay
            .step(name, "PUT", &path, &json!({ "MaximumRetryAttempts": 1 }))
            .await;
    }
}

async fn overwriting(replay: &mut Replay) {
    let retries = |attempts: u8| json!({ "MaximumRetryAttempts": attempts });
    let both = |attempts: u8, seconds: u16| json!({ "MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": seconds });
    replay
        .put_config("put_maxevent_maxvalue_result", FN, &both(2, 21_600))
        .await;
    replay
        .put_config("put_pre_overwrite", FN, &both(2, 60))
        .await;
    replay
        .put_config("put_post_overwrite", FN, &retries(0))
        .await;
    replay
        .put_config("second_overwrite_existing_response", FN, &retries(0))
        .await;
    replay.get_config("get_post_overwrite", FN).await;
    replay
        .put_config("pre_update_response", FN, &both(2, 60))
        .await;
    replay
        .update_config("update_response", FN, &retries(0))
        .await;
    replay
        .update_config("update_response_existing", FN, &retries(0))
        .await;
    replay.list_configs("list_configs", FN).await;
}

async fn after_deletion(replay: &mut Replay) {
    let alias = format!("{FN}:eventinvokealias");
    replay.delete_config("delete_latest", FN).await;
    replay
        .delete_config("delete_version", &format!("{FN}:1"))
        .await;
    replay.delete_config("delete_alias", &alias).await;
    replay.list_configs("list_configs_postdelete", FN).await;
    replay.delete_config("delete_function_not_found", FN).await;
    replay
        .delete_config("delete_function_doesnotexist", "doesnotexist")
        .await;
    replay
        .list_configs("list_function_doesnotexist", "doesnotexist")
        .await;
    replay
        .get_config("get_function_doesnotexist", "doesnotexist")
        .await;
    replay
        .get_config("get_qualifier_doesnotexist", &format!("{FN}:doesnotexist"))
        .await;
    replay
        .get_config("get_eventinvokeconfig_doesnotexist", &alias)
        .await;

    let retries = json!({ "MaximumRetryAttempts": 0 });
    let name = "update_eventinvokeconfig_function_doesnotexist";
    replay.update_config(name, "doesnotexist", &retries).await;
    let name = "update_eventinvokeconfig_config_doesnotexist_with_qualifier";
    replay.update_config(name, &alias, &retries).await;
    let name = "update_eventinvokeconfig_config_doesnotexist_without_qualifier";
    replay.update_config(name, FN, &retries).await;
}
