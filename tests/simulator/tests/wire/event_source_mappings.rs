//! `ListEventSourceMappings`: pages, filters, and the quota that it shares.

use lambda_simulator::{EventSourceMapping, Operation, Simulator, Wire};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION};

const PATH: &str = "/2015-03-31/event-source-mappings";
const STREAM: &str = "arn:aws:kinesis:us-east-1:111122223333:stream/s";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:q";

/// The UUIDs of a page, and its marker.
async fn page(client: &Client, query: &str) -> (Vec<String>, Option<String>) {
    let body = client.get(&format!("{PATH}?{query}")).await.json();
    let mappings = body["EventSourceMappings"].as_array().expect("a list");
    let uuid = |mapping: &Value| mapping["UUID"].as_str().expect("a UUID").to_owned();
    let marker = body["NextMarker"].as_str().map(str::to_owned);
    (mappings.iter().map(uuid).collect(), marker)
}

#[tokio::test]
async fn sends_a_hundred_a_page() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    for number in 0..101 {
        let uuid = format!("{number:03}");
        region.put_event_source_mapping(EventSourceMapping::new(&uuid, "f", STREAM));
    }
    let (first, marker) = page(&client, "MaxItems=10000").await;
    assert_eq!(first.len(), 100);
    let marker = marker.expect("a marker");
    let rest = page(&client, &format!("Marker={marker}")).await;
    assert_eq!(rest, (vec!["100".to_owned()], None));
    let (fewer, _) = page(&client, "MaxItems=2").await;
    assert_eq!(fewer, ["000", "001"]);
}

#[tokio::test]
async fn filters_by_function_and_source() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_event_source_mapping(EventSourceMapping::new("a", "f", STREAM));
    region.put_event_source_mapping(EventSourceMapping::new("b", "f", QUEUE).qualifier("live"));
    region.put_event_source_mapping(EventSourceMapping::self_managed_kafka("c", "g", "k:1", "t"));
    let cases = [
        (String::new(), vec!["a", "b", "c"]),
        ("FunctionName=f".to_owned(), vec!["a"]),
        ("FunctionName=f%3Alive".to_owned(), vec!["b"]),
        (
            format!("FunctionName={}", region.function_arn("g")),
            vec!["c"],
        ),
        (format!("EventSourceArn={QUEUE}"), vec!["b"]),
        (format!("FunctionName=g&EventSourceArn={QUEUE}"), vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(page(&client, &query).await.0, expected, "{query}");
    }
    let elsewhere = Client::new(&simulator, ACCOUNT, "eu-west-1");
    assert_eq!(page(&elsewhere, "").await.0, Vec::<String>::new());
}

#[tokio::test]
async fn shows_a_destination_in_every_form() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let mapping = EventSourceMapping::new("a", "f", STREAM).bisect(true);
    let forms = [
        (Wire::Empty, json!({ "OnFailure": {} })),
        (Wire::Null, json!({ "OnFailure": { "Destination": null } })),
        (
            QUEUE.into(),
            json!({ "OnFailure": { "Destination": QUEUE } }),
        ),
        (Wire::Absent, Value::Null),
    ];
    for (form, expected) in forms {
        region.put_event_source_mapping(mapping.clone().on_failure(form).record_age(60));
        let body = client.get(PATH).await.json();
        let shown = &body["EventSourceMappings"][0];
        assert_eq!(shown["DestinationConfig"], expected);
        assert_eq!(shown["BisectBatchOnFunctionError"], true);
        assert_eq!(shown["MaximumRecordAgeInSeconds"], 60);
    }
}

#[tokio::test]
#[should_panic(expected = "its mapping has no failure destination")]
async fn a_queue_has_no_failure_destination() {
    let (simulator, _client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let mapping = EventSourceMapping::new("a", "f", QUEUE).on_failure(QUEUE);
    region.put_event_source_mapping(mapping);
}

#[tokio::test]
async fn counts_against_the_control_plane() {
    let simulator = Simulator::start().await.expect("a free port");
    simulator.set_quota(ACCOUNT, REGION, Some(0.001));
    let client = Client::new(&simulator, ACCOUNT, REGION);
    assert_eq!(client.get(PATH).await.status, 200);
    assert_eq!(client.get("/2015-03-31/functions").await.status, 429);
    let region = simulator.region(ACCOUNT, REGION);
    assert_eq!(region.count(Operation::ListEventSourceMappings), 1);
}
