//! Queues, topics, event buses and buckets: there, gone, another's, in another region, and under faults.

use lambda_simulator::{Fault, FaultKind, Operation, Region, Simulator};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Answer, Client, REGION};

const OTHER_ACCOUNT: &str = "444455556666";
const OTHER_REGION: &str = "eu-west-1";
const RECORDING: &str = include_str!("../destinations-recorded.json");

/// The four kinds, each with the operation that asks for it.
const KINDS: [Operation; 4] = [
    Operation::GetQueueAttributes,
    Operation::GetTopicAttributes,
    Operation::DescribeEventBus,
    Operation::HeadBucket,
];

/// Asks for the one that is named `x` in an account and a region.
async fn ask(client: &Client, kind: Operation, account: &str, region: &str) -> Answer {
    match kind {
        Operation::GetQueueAttributes => queue(client, account, &["QueueArn"]).await,
        Operation::GetTopicAttributes => {
            let arn = format!("arn:aws:sns:{region}:{account}:x");
            let form = format!("Action=GetTopicAttributes&Version=2010-03-31&TopicArn={arn}");
            client.query(&form).await
        }
        Operation::DescribeEventBus => {
            let arn = format!("arn:aws:events:{region}:{account}:event-bus/x");
            bus(client, &arn).await
        }
        _ => bucket(client, None).await,
    }
}

async fn queue(client: &Client, account: &str, attributes: &[&str]) -> Answer {
    let url = format!("https://sqs.{}.amazonaws.com/{account}/x", client.region);
    let input = json!({ "QueueUrl": url, "AttributeNames": attributes });
    client.target("AmazonSQS.GetQueueAttributes", &input).await
}

async fn bus(client: &Client, name: &str) -> Answer {
    let input = json!({ "Name": name });
    client.target("AWSEvents.DescribeEventBus", &input).await
}

async fn bucket(client: &Client, owner: Option<&str>) -> Answer {
    let headers = owner.map(|owner| ("x-amz-expected-bucket-owner", owner));
    let headers: Vec<_> = headers.into_iter().collect();
    let answer = client.send(&headers, "HEAD", "/x", "").await;
    answer.expect("an answer")
}

fn put(region: &Region) {
    region.put_queue("x");
    region.put_topic("x");
    region.put_event_bus("x");
    region.put_bucket("x");
}

/// The status and the name of a refusal, as the service has it.
fn refusal(kind: Operation, answer: &Answer) -> (u16, String) {
    let name = match kind {
        Operation::GetTopicAttributes => answer.element("Code").to_owned(),
        Operation::HeadBucket => {
            assert_eq!(answer.text, "");
            String::new()
        }
        _ => {
            let body = answer.json();
            let name = body["__type"].as_str().expect("a type");
            name.rsplit('#').next().unwrap_or_default().to_owned()
        }
    };
    (answer.status, name)
}

#[tokio::test]
async fn answers_as_recorded_what_is_not_there() {
    let recording: Value = serde_json::from_str(RECORDING).expect("the recording");
    let (_simulator, client) = Client::start().await;
    let names = [
        "sqs_missing",
        "sns_missing",
        "events_missing",
        "s3_head_missing",
    ];
    assert_eq!(
        recording.as_object().map(|answers| answers.len() - 1),
        Some(names.len())
    );
    for (kind, name) in KINDS.into_iter().zip(names) {
        let recorded = &recording[name];
        let answer = ask(&client, kind, ACCOUNT, REGION).await;
        assert_eq!(recorded["http"], answer.status, "{name}");
        if let Some(content_type) = recorded["content_type"].as_str() {
            assert_eq!(answer.header("content-type"), content_type, "{name}");
        }
        let headers = recorded["headers"].as_object().into_iter().flatten();
        for (header, value) in headers {
            assert_eq!(*value, answer.header(header), "{name}");
        }
        if let Some(xml) = recorded["body_xml"].as_str() {
            let namespace = " xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"";
            let text = answer.text.replace(namespace, "");
            let text = text.replace(answer.element("RequestId"), "r");
            assert_eq!(text, xml);
        } else if recorded["body"] == "" {
            assert_eq!(answer.text, "", "{name}");
        } else {
            let text = recorded["body"].to_string().replace(" X ", " x ");
            assert_eq!(answer.json().to_string(), text, "{name}");
        }
    }
}

#[tokio::test]
async fn only_what_was_put_is_there_and_only_until_removed() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    put(&region);
    for kind in KINDS {
        let answer = ask(&client, kind, ACCOUNT, REGION).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
    }
    region.remove_queue("x");
    region.remove_topic("x");
    region.remove_event_bus("x");
    region.remove_bucket("x");
    let expected = [
        (400, "QueueDoesNotExist"),
        (404, "NotFound"),
        (400, "ResourceNotFoundException"),
        (404, ""),
    ];
    for (kind, (status, name)) in KINDS.into_iter().zip(expected) {
        let answer = ask(&client, kind, ACCOUNT, REGION).await;
        assert_eq!(refusal(kind, &answer), (status, name.to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn another_accounts_are_denied() {
    let (simulator, client) = Client::start().await;
    put(&simulator.region(OTHER_ACCOUNT, REGION));
    let expected = [
        (403, "AccessDeniedException"),
        (403, "AuthorizationError"),
        (400, "AccessDeniedException"),
        (403, ""),
    ];
    for (kind, (status, name)) in KINDS.into_iter().zip(expected) {
        let answer = ask(&client, kind, OTHER_ACCOUNT, REGION).await;
        assert_eq!(refusal(kind, &answer), (status, name.to_owned()), "{kind}");
    }
    let owner = Client::new(&simulator, OTHER_ACCOUNT, REGION);
    for kind in KINDS {
        let answer = ask(&owner, kind, OTHER_ACCOUNT, REGION).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn another_regions_are_not_there() {
    let (simulator, client) = Client::start().await;
    put(&simulator.region(ACCOUNT, OTHER_REGION));
    let expected = [
        (400, "QueueDoesNotExist"),
        (400, "InvalidParameter"),
        (400, "ResourceNotFoundException"),
        (301, ""),
    ];
    for (kind, (status, name)) in KINDS.into_iter().zip(expected) {
        let answer = ask(&client, kind, ACCOUNT, OTHER_REGION).await;
        assert_eq!(refusal(kind, &answer), (status, name.to_owned()), "{kind}");
    }
    let answer = bucket(&client, None).await;
    assert_eq!(answer.header("x-amz-bucket-region"), OTHER_REGION);
    let there = Client::new(&simulator, ACCOUNT, OTHER_REGION);
    for kind in KINDS {
        let answer = ask(&there, kind, ACCOUNT, OTHER_REGION).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn a_queue_has_the_attributes_that_are_asked_for() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let dead_letter = region.queue_arn("dead");
    region.put_queue_with_redrive("x", &dead_letter, 5);
    let answer = queue(&client, ACCOUNT, &["QueueArn", "RedrivePolicy"]).await;
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.0");
    let policy = format!(r#"{{"deadLetterTargetArn":"{dead_letter}","maxReceiveCount":5}}"#);
    let both = json!({ "QueueArn": region.queue_arn("x"), "RedrivePolicy": policy });
    assert_eq!(answer.json(), json!({ "Attributes": both }));
    let all = queue(&client, ACCOUNT, &["All"]).await;
    assert_eq!(all.json(), json!({ "Attributes": both }));
    let none = queue(&client, ACCOUNT, &[]).await;
    assert_eq!(none.json(), json!({}));
    region.put_queue("x");
    let one = queue(&client, ACCOUNT, &["RedrivePolicy"]).await;
    assert_eq!(one.json(), json!({}));
}

#[tokio::test]
async fn topics_and_buses_say_who_they_are() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    put(&region);
    let topic = ask(&client, Operation::GetTopicAttributes, ACCOUNT, REGION).await;
    assert_eq!(topic.element("value"), region.topic_arn("x"));
    let shown = json!({ "Arn": region.event_bus_arn("x"), "Name": "x" });
    assert_eq!(bus(&client, "x").await.json(), shown);
    assert_eq!(bus(&client, &region.event_bus_arn("x")).await.json(), shown);
    let default = bus(&client, "default").await.json();
    assert_eq!(default["Arn"], region.event_bus_arn("default"));
}

#[tokio::test]
async fn a_bucket_may_be_expected_of_another() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    region.put_bucket("x");
    assert_eq!(bucket(&client, Some(ACCOUNT)).await.status, 200);
    let denied = bucket(&client, Some(OTHER_ACCOUNT)).await;
    assert_eq!(denied.status, 403);
    assert_eq!(denied.header("x-amz-bucket-region"), REGION);
    // A name that is free again may be taken over.
    region.remove_bucket("x");
    simulator.region(OTHER_ACCOUNT, REGION).put_bucket("x");
    assert_eq!(bucket(&client, Some(ACCOUNT)).await.status, 403);
}

#[tokio::test]
#[should_panic(expected = "x is in 444455556666/us-east-1 already")]
async fn a_buckets_name_is_one_for_all() {
    let (simulator, _client) = Client::start().await;
    simulator.region(OTHER_ACCOUNT, REGION).put_bucket("x");
    simulator.region(ACCOUNT, REGION).put_bucket("x");
}

#[tokio::test]
async fn faults_come_in_the_services_own_form() {
    let (simulator, client) = Client::start().await;
    put(&simulator.region(ACCOUNT, REGION));
    let throttled = FaultKind::TooManyRequests { retry_after: None };
    let expected: [(FaultKind, [(u16, &str); 4]); 4] = [
        (
            throttled,
            [
                (400, "RequestThrottled"),
                (400, "Throttling"),
                (400, "ThrottlingException"),
                (503, ""),
            ],
        ),
        (
            FaultKind::AccessDenied,
            [
                (403, "AccessDeniedException"),
                (403, "AuthorizationError"),
                (400, "AccessDeniedException"),
                (403, ""),
            ],
        ),
        (
            FaultKind::ServiceException,
            [
                (500, "InternalFailure"),
                (500, "InternalError"),
                (500, "InternalException"),
                (500, ""),
            ],
        ),
        (
            FaultKind::ExpiredToken,
            [
                (403, "ExpiredTokenException"),
                (403, "ExpiredToken"),
                (400, "ExpiredTokenException"),
                (400, ""),
            ],
        ),
    ];
    for (fault, refusals) in expected {
        for (kind, (status, name)) in KINDS.into_iter().zip(refusals) {
            let id = simulator.inject(Fault::on(kind).kind(fault));
            let answer = ask(&client, kind, ACCOUNT, REGION).await;
            assert_eq!(refusal(kind, &answer), (status, name.to_owned()), "{kind}");
            simulator.clear(id);
        }
    }
    simulator.inject(Fault::any().kind(throttled));
    let answer = queue(&client, ACCOUNT, &[]).await;
    assert_eq!(
        answer.header("x-amzn-query-error"),
        "RequestThrottled;Sender"
    );
}

#[tokio::test]
async fn denials_name_action_and_resource() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    simulator.inject(Fault::any().kind(FaultKind::AccessDenied));
    let denied = |action: &str, arn: String| {
        format!(
            "User: arn:aws:iam::{ACCOUNT}:user/sim is not authorized to perform: {action} on resource: {arn} \
             because no identity-based policy allows the {action} action"
        )
    };
    let answer = ask(&client, KINDS[0], ACCOUNT, REGION).await;
    assert_eq!(answer.header("x-amzn-query-error"), "");
    let expected = denied("sqs:getqueueattributes", region.queue_arn("x"));
    assert_eq!(answer.json()["Message"], expected);
    let answer = ask(&client, KINDS[1], ACCOUNT, REGION).await;
    let expected = denied("SNS:GetTopicAttributes", region.topic_arn("x"));
    assert_eq!(answer.element("Message"), expected);
    let answer = ask(&client, KINDS[2], ACCOUNT, REGION).await;
    let expected = denied("events:DescribeEventBus", region.event_bus_arn("x"));
    assert_eq!(answer.json()["message"], expected);
    let actions = KINDS.map(Operation::iam_action);
    let expected = [
        "sqs:GetQueueAttributes",
        "sns:GetTopicAttributes",
        "events:DescribeEventBus",
        "s3:ListBucket",
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn a_fault_and_the_log_name_the_resource() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    put(&region);
    let arns = [
        region.queue_arn("x"),
        region.topic_arn("x"),
        region.event_bus_arn("x"),
        region.bucket_arn("x"),
    ];
    for (kind, arn) in KINDS.into_iter().zip(&arns) {
        simulator.inject(Fault::any().resource(arn).times(1));
        for expected in [500, 200] {
            let answer = ask(&client, kind, ACCOUNT, REGION).await;
            assert_eq!(answer.status, expected, "{kind}");
        }
        let named = simulator.count_by(|request| request.resource.as_ref() == Some(arn));
        assert_eq!(named, 2, "{kind}");
        assert_eq!(region.count(kind), 2);
    }
}

#[tokio::test]
async fn none_counts_against_lambda() {
    let simulator = Simulator::start().await.expect("a free port");
    let client = Client::new(&simulator, ACCOUNT, REGION);
    let region = simulator.region(ACCOUNT, REGION);
    put(&region);
    region.set_quota(Some(0.001));
    region.set_tagging_quota(Some(0.001));
    for kind in [KINDS, KINDS].concat() {
        let answer = ask(&client, kind, ACCOUNT, REGION).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
    assert_eq!((region.throttled(), region.peak_per_second()), (0, 0));
    assert_eq!(client.get("/2015-03-31/functions").await.status, 200);
}

#[tokio::test]
async fn a_disabled_region_knows_nobody() {
    let (simulator, _client) = Client::start().await;
    let client = Client::new(&simulator, ACCOUNT, "af-south-1");
    put(&simulator.region(ACCOUNT, "af-south-1"));
    let expected = [
        (403, "UnrecognizedClientException"),
        (403, "InvalidClientTokenId"),
        (400, "UnrecognizedClientException"),
        (403, ""),
    ];
    for (kind, (status, name)) in KINDS.into_iter().zip(expected) {
        let answer = ask(&client, kind, ACCOUNT, "af-south-1").await;
        assert_eq!(refusal(kind, &answer), (status, name.to_owned()), "{kind}");
    }
}
