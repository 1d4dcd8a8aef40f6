//! Changes while the simulator runs, the forms of a destination, and a function's forms.

use lambda_simulator::{EventInvokeConfig, Function, LAST_MODIFIED, Region, Simulator, Wire};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION, config_path, function_path};

async fn start() -> (Simulator, Region, Client) {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    (simulator, region, client)
}

#[tokio::test]
async fn a_deleted_alias_leaves_its_config() {
    let (_simulator, region, client) = start().await;
    region.put_function(Function::new("f").alias("BLUE", "1").alias("GREEN", "1"));
    region.put_event_invoke_config("f", "BLUE", EventInvokeConfig::new().retries(0));
    region.put_event_invoke_config("f", "GREEN", EventInvokeConfig::new());
    region.remove_alias("f", "BLUE");
    let alias = format!("{}/aliases/GREEN", function_path("f"));
    assert_eq!(client.ask("DELETE", &alias, "").await.status, 204);

    assert_eq!(
        client
            .get(&format!("{}/aliases", function_path("f")))
            .await
            .json()["Aliases"],
        json!([])
    );
    let listed = client
        .get(&format!("{}/list", config_path("f")))
        .await
        .json();
    assert_eq!(
        listed["FunctionEventInvokeConfigs"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let orphan = client
        .get(&format!("{}?Qualifier=BLUE", config_path("f")))
        .await
        .json();
    assert_eq!(
        orphan["FunctionArn"],
        format!("{}:BLUE", region.function_arn("f"))
    );
    let gone = client
        .get(&format!(
            "{}/configuration?Qualifier=BLUE",
            function_path("f")
        ))
        .await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn changes_show_in_the_next_answer() {
    let (_simulator, region, client) = start().await;
    let configuration = format!("{}/configuration", function_path("f"));
    assert_eq!(client.get(&configuration).await.status, 404);
    region.put_function(Function::new("f"));
    assert_eq!(
        client
            .get(&configuration)
            .await
            .json()
            .get("DeadLetterConfig"),
        None
    );
    region.update_function("f", |function| {
        function.dead_letter("arn:aws:sqs:us-east-1:111122223333:q")
    });
    let queue = json!({ "TargetArn": "arn:aws:sqs:us-east-1:111122223333:q" });
    assert_eq!(
        client.get(&configuration).await.json()["DeadLetterConfig"],
        queue
    );

    assert_eq!(region.publish_version("f"), "1");
    region.put_alias("f", "BLUE", "1");
    region.put_event_invoke_config("f", "BLUE", EventInvokeConfig::new().event_age(60));
    let blue = client.get(&config_path("f:BLUE")).await.json();
    assert_eq!(
        (&blue["MaximumEventAgeInSeconds"], &blue["LastModified"]),
        (&60.into(), &LAST_MODIFIED.into())
    );
    region.remove_event_invoke_config("f", "BLUE");
    assert_eq!(client.get(&config_path("f:BLUE")).await.status, 404);

    region.put_event_invoke_config("f", "$LATEST", EventInvokeConfig::new());
    region.remove_function("f");
    assert_eq!(region.function_names(), Vec::<String>::new());
    assert_eq!(client.get(&config_path("f")).await.status, 404);
    assert_eq!(
        client
            .get(&format!("{}/list", config_path("f")))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn destinations_in_every_form() {
    let (_simulator, region, client) = start().await;
    let arn = "arn:aws:s3:::bucket";
    let cases = [
        (Wire::Absent, Wire::Absent, Value::Null),
        (Wire::Absent, Wire::Empty, json!({ "OnFailure": {} })),
        (
            Wire::Empty,
            Wire::Null,
            json!({ "OnSuccess": {}, "OnFailure": { "Destination": null } }),
        ),
        (
            Wire::Blank,
            arn.into(),
            json!({ "OnSuccess": { "Destination": "" }, "OnFailure": { "Destination": arn } }),
        ),
    ];
    for (on_success, on_failure, expected) in cases {
        let config = EventInvokeConfig::new()
            .on_success(on_success)
            .on_failure(on_failure);
        region.put_event_invoke_config("f", "$LATEST", config);
        assert_eq!(
            client.get(&config_path("f")).await.json()["DestinationConfig"],
            expected
        );
    }
}

#[tokio::test]
async fn function_arns_are_as_qualified_as_the_question() {
    let (_simulator, region, client) = start().await;
    region.put_function(Function::new("f").alias("BLUE", "1"));
    let arn = region.function_arn("f");
    let cases = [
        ("", arn.clone(), "$LATEST"),
        ("?Qualifier=$LATEST", format!("{arn}:$LATEST"), "$LATEST"),
        ("?Qualifier=BLUE", format!("{arn}:BLUE"), "1"),
        ("?Qualifier=1", format!("{arn}:1"), "1"),
    ];
    for (query, arn, version) in cases {
        let path = format!("{}/configuration{query}", function_path("f"));
        let function = client.get(&path).await.json();
        assert_eq!(
            (&function["FunctionArn"], &function["Version"]),
            (&arn.into(), &version.into())
        );
    }
}

#[tokio::test]
async fn images_have_no_runtime() {
    let (_simulator, region, client) = start().await;
    region.put_function(Function::new("image").image());
    region.put_function(
        Function::new("zip")
            .runtime("nodejs22.x")
            .tag("team", "payments"),
    );
    let listed = client.get("/2015-03-31/functions").await.json();
    let (image, zip) = (&listed["Functions"][0], &listed["Functions"][1]);
    assert_eq!(
        (&image["PackageType"], image.get("Runtime")),
        (&"Image".into(), None)
    );
    assert_eq!(
        (&zip["PackageType"], &zip["Runtime"]),
        (&"Zip".into(), &"nodejs22.x".into())
    );
    assert_eq!(zip.get("Tags"), None, "a listing has no tags");
    assert_eq!(
        client.get(&function_path("zip")).await.json()["Tags"],
        json!({ "team": "payments" })
    );
}

#[tokio::test]
async fn arns_reach_other_accounts_but_not_other_regions() {
    let (simulator, _region, client) = start().await;
    let other = simulator.region("444455556666", REGION);
    other.put_function(Function::new("theirs"));
    other.put_event_invoke_config("theirs", "$LATEST", EventInvokeConfig::new());
    for name in [
        other.function_arn("theirs"),
        "444455556666:function:theirs".to_owned(),
    ] {
        assert_eq!(
            client
                .get(&config_path(&name.replace(':', "%3A")))
                .await
                .status,
            200
        );
    }
    let elsewhere = simulator.region(ACCOUNT, "eu-west-1").function_arn("f");
    let refused = client.get(&config_path(&elsewhere)).await;
    assert_eq!(
        (refused.status, refused.error_type()),
        (404, "ResourceNotFoundException")
    );
    assert!(refused.text.contains("not reachable"), "{}", refused.text);
}
