//! Every listing in pages: complete, in order, without repetition.

use lambda_simulator::{EventInvokeConfig, Function};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION, config_path, function_path};

/// Follows the markers of a listing to its end; returns the pages' sizes and one member of each item.
async fn walk(client: &Client, path: &str, list: &str, member: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut items, mut marker) = (Vec::new(), Vec::new(), String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = client
            .get(&format!("{path}{joint}Marker={marker}"))
            .await
            .json();
        let page_items = page[list].as_array().expect("a list");
        sizes.push(page_items.len());
        items.extend(
            page_items
                .iter()
                .map(|item| item[member].as_str().unwrap_or_default().to_owned()),
        );
        match page["NextMarker"].as_str() {
            Some(next) => next.clone_into(&mut marker),
            None => return (sizes, items),
        }
    }
}

fn numbered(count: usize, prefix: &str) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}{number:03}"))
        .collect()
}

#[tokio::test]
async fn list_functions_sends_fifty_whatever_is_asked() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let names = numbered(120, "f-");
    for name in &names {
        region.put_function(Function::new(name));
    }
    let path = "/2015-03-31/functions";
    let listed = walk(&client, path, "Functions", "FunctionName").await;
    assert_eq!(listed, (vec![50, 50, 20], names.clone()));
    let listed = walk(
        &client,
        &format!("{path}?MaxItems=10000"),
        "Functions",
        "FunctionName",
    )
    .await;
    assert_eq!(listed.0, [50, 50, 20]);
    let listed = walk(
        &client,
        &format!("{path}?MaxItems=40"),
        "Functions",
        "FunctionName",
    )
    .await;
    assert_eq!(listed, (vec![40, 40, 40], names));
}

#[tokio::test]
async fn list_functions_splits_versions_across_pages() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let many = (1..=11).fold(Function::new("a"), |function, n| {
        function.version(&n.to_string())
    });
    region.put_function(many);
    region.put_function(Function::new("b").version("1"));
    let path = "/2015-03-31/functions?FunctionVersion=ALL&MaxItems=5";
    let (sizes, versions) = walk(&client, path, "Functions", "Version").await;
    assert_eq!(sizes, [5, 5, 4]);
    let expected: Vec<String> = (1..=11).map(|n| n.to_string()).collect();
    let expected = [
        &["$LATEST".to_owned()],
        &expected[..],
        &["$LATEST".to_owned(), "1".to_owned()],
    ];
    assert_eq!(versions, expected.concat());
}

#[tokio::test]
async fn list_event_invoke_configs() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    let qualifiers = numbered(60, "alias");
    for qualifier in &qualifiers {
        region.put_event_invoke_config("f", qualifier, EventInvokeConfig::new());
    }
    let path = format!("{}/list", config_path("f"));
    let listed = walk(&client, &path, "FunctionEventInvokeConfigs", "FunctionArn").await;
    let arn = region.function_arn("f");
    let arns: Vec<String> = qualifiers
        .iter()
        .map(|qualifier| format!("{arn}:{qualifier}"))
        .collect();
    assert_eq!(listed, (vec![50, 10], arns));
    for wrong in ["0", "51", "many"] {
        let answer = client.get(&format!("{path}?MaxItems={wrong}")).await;
        assert_eq!(
            (answer.status, answer.error_type()),
            (400, "ValidationException"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn list_aliases_filters_before_it_pages() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let names = numbered(70, "alias");
    let function = names.iter().fold(Function::new("f"), |function, name| {
        function.alias(name, "1")
    });
    region.put_function(function.alias("other", "2"));
    let path = format!("{}/aliases", function_path("f"));
    assert_eq!(walk(&client, &path, "Aliases", "Name").await.0, [50, 21]);
    let path = format!("{path}?FunctionVersion=1&MaxItems=35");
    assert_eq!(
        walk(&client, &path, "Aliases", "Name").await,
        (vec![35, 35], names)
    );
}

#[tokio::test]
async fn get_resources_sends_a_hundred() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let names = numbered(130, "f-");
    for name in &names {
        region.put_function(Function::new(name).tag("team", "payments"));
    }
    let (mut sizes, mut token) = (Vec::new(), Value::from(""));
    loop {
        let page = client
            .get_resources(&json!({ "PaginationToken": token }))
            .await
            .json();
        sizes.push(
            page["ResourceTagMappingList"]
                .as_array()
                .map_or(0, Vec::len),
        );
        token = page["PaginationToken"].clone();
        if token == "" {
            break;
        }
    }
    assert_eq!(sizes, [100, 30]);
}

#[tokio::test]
async fn a_page_survives_the_deletion_of_its_marker() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    for name in ["a", "b", "c"] {
        region.put_function(Function::new(name));
    }
    let first = client.get("/2015-03-31/functions?MaxItems=2").await.json();
    region.remove_function("b");
    let marker = first["NextMarker"].as_str().expect("a marker");
    let second = client
        .get(&format!("/2015-03-31/functions?Marker={marker}"))
        .await
        .json();
    assert_eq!(second["Functions"][0]["FunctionName"], "c");
}
