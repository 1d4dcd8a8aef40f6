//! The tagging API's view: functions that have tags or once had.

use lambda_simulator::Function;
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION};

/// The names and tags in an answer, as `name {tags}`.
async fn names(client: &Client, request: Value) -> Vec<String> {
    let answer = client.get_resources(&request).await;
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    let body = answer.json();
    let resources = body["ResourceTagMappingList"]
        .as_array()
        .expect("a list")
        .iter();
    let name = |resource: &Value| {
        let arn = resource["ResourceARN"].as_str().unwrap_or_default();
        arn.rsplit(':').next().unwrap_or_default().to_owned()
    };
    resources.map(name).collect()
}

#[tokio::test]
async fn filters_by_every_key_and_any_value() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_function(
        Function::new("both")
            .tag("team", "payments")
            .tag("env", "prod"),
    );
    region.put_function(Function::new("one").tag("team", "search"));
    region.put_function(Function::new("untagged"));
    let cases = [
        (json!({}), vec!["both", "one"]),
        (
            json!({ "TagFilters": [{ "Key": "team", "Values": ["search", "ads"] }] }),
            vec!["one"],
        ),
        (
            json!({ "TagFilters": [{ "Key": "team" }, { "Key": "env", "Values": [] }] }),
            vec!["both"],
        ),
        (json!({ "TagFilters": [{ "Key": "Team" }] }), vec![]),
        (
            json!({ "ResourceTypeFilters": ["lambda:function"] }),
            vec!["both", "one"],
        ),
        (json!({ "ResourceTypeFilters": ["s3:bucket"] }), vec![]),
    ];
    for (request, expected) in cases {
        assert_eq!(names(&client, request.clone()).await, expected, "{request}");
    }
    let tags = client.get_resources(&json!({})).await.json();
    let expected =
        json!([{ "Key": "env", "Value": "prod" }, { "Key": "team", "Value": "payments" }]);
    assert_eq!(tags["ResourceTagMappingList"][0]["Tags"], expected);
}

#[tokio::test]
async fn remembers_untagged_and_deleted_functions() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_function(Function::new("deleted").tag("team", "payments"));
    region.put_function(Function::new("untagged").tag("team", "payments"));
    region.remove_function("deleted");
    region.update_function("untagged", |function| function.without_tag("team"));
    assert_eq!(names(&client, json!({})).await, ["deleted", "untagged"]);
    let filter = json!({ "TagFilters": [{ "Key": "team" }] });
    assert_eq!(names(&client, filter.clone()).await, ["deleted"]);
    region.forget_tags("deleted");
    assert_eq!(names(&client, filter).await, Vec::<String>::new());
}
