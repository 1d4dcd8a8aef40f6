//! `ListMetrics`: what asynchronous events leave, filters, pages, and refusals in CBOR.

use bytes::Bytes;
use lambda_simulator::{Fault, FaultKind, Function, Operation, Simulator};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION};

/// An answer in CBOR.
struct Listing {
    status: u16,
    query_error: String,
    body: Value,
}

async fn list(client: &Client, input: &Value) -> Listing {
    let mut body = Vec::new();
    ciborium::into_writer(input, &mut body).expect("CBOR");
    let (head, body) = client
        .exchange(
            &[("smithy-protocol", "rpc-v2-cbor")],
            "POST",
            "/service/GraniteServiceVersion20100801/operation/ListMetrics",
            Bytes::from(body),
        )
        .await
        .expect("an answer");
    assert_eq!(head.headers["content-type"], "application/cbor");
    assert_eq!(head.headers["smithy-protocol"], "rpc-v2-cbor");
    let query_error = head.headers.get("x-amzn-query-error");
    let query_error = query_error.and_then(|value| value.to_str().ok());
    Listing {
        status: head.status.as_u16(),
        query_error: query_error.unwrap_or_default().to_owned(),
        body: ciborium::from_reader(&*body).expect("CBOR"),
    }
}

fn received() -> Value {
    json!({ "Namespace": "AWS/Lambda", "MetricName": "AsyncEventsReceived" })
}

/// The dimensions of each metric that counts received events, as `Name=value …`.
async fn dimensions(client: &Client) -> Vec<String> {
    let listing = list(client, &received()).await;
    assert_eq!(
        (listing.status, &listing.body["NextToken"]),
        (200, &Value::Null)
    );
    let metrics = listing.body["Metrics"].as_array().expect("a list");
    let mut all: Vec<String> = metrics.iter().map(shown).collect();
    all.sort();
    all
}

fn shown(metric: &Value) -> String {
    let dimensions = metric["Dimensions"].as_array().expect("dimensions");
    let show = |dimension: &Value| {
        let text = |key: &str| dimension[key].as_str().expect("text").to_owned();
        format!("{}={}", text("Name"), text("Value"))
    };
    let dimensions: Vec<String> = dimensions.iter().map(show).collect();
    dimensions.join(" ")
}

#[tokio::test]
async fn lists_what_each_invocation_leaves() {
    let function = |simulator: &Simulator| {
        let region = simulator.region(ACCOUNT, REGION);
        let function = Function::new("f").alias("live", "1");
        region.put_function(function.weighted_alias("both", "2", "1", 0.1));
        region
    };
    let of_f = "FunctionName=f";
    let cases = [
        ("", vec![of_f, "FunctionName=f Resource=f"]),
        ("$LATEST", vec![of_f, "FunctionName=f Resource=f:$LATEST"]),
        ("1", vec![of_f, "FunctionName=f Resource=f:1"]),
        (
            "live",
            vec![
                of_f,
                "FunctionName=f Resource=f:live",
                "FunctionName=f Resource=f:live ExecutedVersion=1",
            ],
        ),
        (
            "both",
            vec![
                of_f,
                "FunctionName=f Resource=f:both",
                "FunctionName=f Resource=f:both ExecutedVersion=1",
                "FunctionName=f Resource=f:both ExecutedVersion=2",
            ],
        ),
    ];
    for (qualifier, expected) in cases {
        let (simulator, client) = Client::start().await;
        let region = function(&simulator);
        region.receive_async_events("f", qualifier);
        region.receive_async_events("f", qualifier);
        assert_eq!(dimensions(&client).await, expected, "{qualifier}");
    }
}

#[tokio::test]
async fn outlives_the_function_for_two_weeks() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    for name in ["f", "f-2"] {
        region.put_function(Function::new(name));
        region.receive_async_events(name, "");
        region.remove_function(name);
    }
    assert_eq!(dimensions(&client).await.len(), 4);
    region.forget_async_events("f");
    let rest = ["FunctionName=f-2", "FunctionName=f-2 Resource=f-2"];
    assert_eq!(dimensions(&client).await, rest);
    let elsewhere = Client::new(&simulator, ACCOUNT, "eu-west-1");
    assert_eq!(dimensions(&elsewhere).await, Vec::<String>::new());
}

#[tokio::test]
async fn filters_by_namespace_and_name() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.receive_async_events("f", "");
    let cases = [
        (json!({}), 4),
        (json!({ "Namespace": "AWS/Lambda" }), 4),
        (received(), 2),
        (json!({ "MetricName": "AsyncEventAge" }), 2),
        (json!({ "MetricName": "Invocations" }), 0),
        (json!({ "Namespace": "AWS/SQS" }), 0),
    ];
    for (input, expected) in cases {
        let listing = list(&client, &input).await;
        let metrics = listing.body["Metrics"].as_array().map(Vec::len);
        assert_eq!(metrics, Some(expected), "{input}");
    }
    let listing = list(&client, &received()).await;
    let metric = &listing.body["Metrics"][0];
    assert_eq!(metric["Namespace"], "AWS/Lambda");
    assert_eq!(metric["MetricName"], "AsyncEventsReceived");
}

#[tokio::test]
async fn sends_pages() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    for number in 0..251 {
        region.receive_async_events(&format!("f{number}"), "");
    }
    let mut input = received();
    let mut sizes = Vec::new();
    for per_page in [500, 1, 500] {
        region.set_metrics_per_page(per_page);
        let listing = list(&client, &input).await;
        sizes.push(listing.body["Metrics"].as_array().map_or(0, Vec::len));
        input["NextToken"] = listing.body["NextToken"].clone();
    }
    assert_eq!(
        (sizes, &input["NextToken"]),
        (vec![500, 1, 1], &Value::Null)
    );
    input["NextToken"] = "strange".into();
    let refused = list(&client, &input).await;
    let expected = (400, "InvalidParameterValue;Sender");
    assert_eq!((refused.status, &*refused.query_error), expected);
}

#[tokio::test]
async fn refuses_in_cbor() {
    let (simulator, client) = Client::start().await;
    let cases = [
        (
            FaultKind::TooManyRequests { retry_after: None },
            400,
            "Throttling",
            "Sender",
        ),
        (FaultKind::AccessDenied, 403, "AccessDenied", "Sender"),
        (
            FaultKind::ServiceException,
            500,
            "InternalServiceError",
            "Receiver",
        ),
    ];
    for (kind, status, name, side) in cases {
        simulator.inject(Fault::on(Operation::ListMetrics).times(1).kind(kind));
        let refused = list(&client, &json!({})).await;
        assert_eq!(
            (refused.status, &refused.body["__type"]),
            (status, &name.into())
        );
        assert_eq!(refused.query_error, format!("{name};{side}"));
        if name == "AccessDenied" {
            let message = refused.body["message"].as_str().unwrap_or_default();
            assert!(
                message.contains("cloudwatch:ListMetrics on resource: *"),
                "{message}"
            );
        }
    }
}

#[tokio::test]
async fn counts_against_nobody() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.set_quota(Some(0.001));
    for _ in 0..3 {
        assert_eq!(list(&client, &json!({})).await.status, 200);
    }
    assert_eq!(region.count(Operation::ListMetrics), 3);
    assert_eq!((region.throttled(), region.peak_per_second()), (0, 0));
}
