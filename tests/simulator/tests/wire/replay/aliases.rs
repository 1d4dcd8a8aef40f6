//! The recorded scenario of aliases.

use lambda_simulator::Function;
use serde_json::{Value, json};

use super::Replay;
use crate::client::function_path;
use crate::recording::Scenario;

const FN: &str = "fn-a";

pub(super) async fn replay() -> Scenario {
    let mut replay = Replay::open("test_alias_lifecycle", &[("<function-name:1>", FN)]).await;
    let function = Function::new(FN).handler("index.handler").timeout(3);
    replay
        .region
        .put_function(function.variable("testenv", "staging"));
    replay.publish("publish_v1", FN).await;
    replay
        .region
        .update_function(FN, |function| function.variable("testenv", "prod"));
    replay.publish("publish_v2", FN).await;
    creation(&mut replay).await;
    updates(&mut replay).await;
    replay
        .step(
            "delete_alias_response",
            "DELETE",
            &path("/aliasname1_1"),
            &Value::Null,
        )
        .await;
    replay
        .get("list_aliases_for_fnname_afterdelete", &path(""))
        .await;
    replay.scenario
}

async fn creation(replay: &mut Replay) {
    let weights = json!({ "AdditionalVersionWeights": { "2": 0.2 } });
    let mut input = alias("aliasname1_1", "1", Some("custom-alias"));
    input["RoutingConfig"] = weights;
    replay
        .step("create_alias_1_1", "POST", &path(""), &input)
        .await;
    replay.get("get_alias_1_1", &path("/aliasname1_1")).await;

    let function = function_path(FN);
    let arn = function_path(&replay.region.function_arn(FN).replace(':', "%3A"));
    let (known, unknown) = ("?Qualifier=aliasname1_1", "?Qualifier=aliasdoesnotexist");
    replay
        .get("get_function_alias_1_1", &format!("{function}{known}"))
        .await;
    replay
        .get(
            "get_function_byarn_alias_1_1",
            &format!("{arn}%3Aaliasname1_1"),
        )
        .await;
    replay
        .get(
            "get_function_alias_notfound_exc",
            &format!("{function}{unknown}"),
        )
        .await;
    replay
        .get(
            "get_function_alias_byarn_notfound_exc",
            &format!("{arn}{unknown}"),
        )
        .await;

    let others = [
        ("1_2", alias("aliasname1_2", "1", Some("custom-alias"))),
        ("1_3", alias("aliasname1_3", "1", None)),
        ("2", alias("aliasname2", "2", Some("custom-alias"))),
    ];
    for (name, input) in others {
        replay
            .step(&format!("create_alias_{name}"), "POST", &path(""), &input)
            .await;
        replay
            .get(
                &format!("get_alias_{name}"),
                &path(&format!("/aliasname{name}")),
            )
            .await;
    }
    replay.get("list_aliases_for_fnname", &path("")).await;
}

async fn updates(replay: &mut Replay) {
    let one = path("/aliasname1_1");
    let no_weights = json!({ "RoutingConfig": { "AdditionalVersionWeights": {} } });
    replay
        .step("update_alias_1_1", "PUT", &one, &no_weights)
        .await;
    replay.get("get_alias_1_1_after_update", &one).await;
    replay
        .get("list_aliases_for_fnname_after_update", &path(""))
        .await;

    let two = path("/aliasname1_2");
    replay
        .step(
            "update_alias_1_2",
            "PUT",
            &two,
            &json!({ "FunctionVersion": "1" }),
        )
        .await;
    replay.get("get_alias_1_2_after_update", &two).await;
    replay
        .get("list_aliases_for_fnname_after_update_2", &path(""))
        .await;
    replay
        .get("list_aliases_for_version", &path("?FunctionVersion=1"))
        .await;
}

fn alias(name: &str, version: &str, description: Option<&str>) -> Value {
    let mut input = json!({ "Name": name, "FunctionVersion": version });
    if let Some(description) = description {
        input["Description"] = description.into();
    }
    input
}

fn path(rest: &str) -> String {
    format!("{}/aliases{rest}", function_path(FN))
}
