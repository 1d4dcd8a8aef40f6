//! Versions, and the aliases that point to them.

use lambda_simulator::{EventInvokeConfig, Function, Region, Simulator};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION, config_path, function_path};

const OLD: &str = "arn:aws:sqs:us-east-1:111122223333:old";
const NEW: &str = "arn:aws:sqs:us-east-1:111122223333:new";

/// A function whose version 1 was published with the old dead-letter queue, and version 2 with the new one.
async fn two_versions() -> (Simulator, Region, Client) {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").dead_letter(OLD).alias("live", "1"));
    region.update_function("f", |function| function.dead_letter(NEW));
    assert_eq!(region.publish_version("f"), "2");
    region.update_function("f", Function::without_dead_letter);
    (simulator, region, client)
}

/// The version and dead-letter queue that a qualifier has.
async fn queue(client: &Client, qualifier: &str) -> (Value, Value) {
    let path = format!("{}/configuration?Qualifier={qualifier}", function_path("f"));
    let mut function = client.get(&path).await.json();
    let queue = function["DeadLetterConfig"]["TargetArn"].take();
    (function["Version"].take(), queue)
}

#[tokio::test]
async fn publishing_freezes_the_dead_letter_queue() {
    let (_simulator, region, client) = two_versions().await;
    let cases = [
        ("%24LATEST", "$LATEST", Value::Null),
        ("1", "1", OLD.into()),
        ("live", "1", OLD.into()),
        ("2", "2", NEW.into()),
    ];
    for (qualifier, version, expected) in cases {
        assert_eq!(
            queue(&client, qualifier).await,
            (version.into(), expected),
            "{qualifier}"
        );
    }
    region.put_alias("f", "live", "2");
    assert_eq!(queue(&client, "live").await, ("2".into(), NEW.into()));
}

#[tokio::test]
async fn an_alias_may_have_two_versions() {
    let (_simulator, region, client) = two_versions().await;
    let path = format!("{}/aliases", function_path("f"));
    region.put_weighted_alias("f", "live", "1", "2", 0.1);
    let alias = client.get(&format!("{path}/live")).await.json();
    assert_eq!(alias["FunctionVersion"], "1");
    let weights = json!({ "AdditionalVersionWeights": { "2": 0.1 } });
    assert_eq!(alias["RoutingConfig"], weights);
    let listing = client.get(&path).await.json();
    assert_eq!(listing["Aliases"], json!([alias]));
    // Its configuration is that of the first.
    assert_eq!(queue(&client, "live").await, ("1".into(), OLD.into()));

    region.put_alias("f", "live", "2");
    let alias = client.get(&format!("{path}/live")).await.json();
    assert_eq!(alias.get("RoutingConfig"), None);
}

#[tokio::test]
async fn a_removed_version_leaves_its_config() {
    let (_simulator, region, client) = two_versions().await;
    region.put_event_invoke_config("f", "2", EventInvokeConfig::new().retries(0));
    region.remove_version("f", "2");
    let path = format!("{}/configuration?Qualifier=2", function_path("f"));
    assert_eq!(client.get(&path).await.status, 404);
    let config = client.get(&config_path("f:2")).await;
    assert_eq!(config.json()["MaximumRetryAttempts"], 0);
    let listing = client
        .get(&format!("{}/list", config_path("f")))
        .await
        .json();
    let arn = listing["FunctionEventInvokeConfigs"][0]["FunctionArn"].clone();
    assert_eq!(arn, format!("{}:2", region.function_arn("f")));
}

#[tokio::test]
#[should_panic(expected = "alias live of f points to version 1")]
async fn a_version_with_an_alias_stays() {
    let (_simulator, region, _client) = two_versions().await;
    region.remove_version("f", "1");
}
