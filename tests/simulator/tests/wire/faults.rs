//! Each fault as a client sees it, and what a fault strikes.

use std::time::{Duration, Instant};

use lambda_simulator::{Fault, FaultKind, Function, Operation, Simulator};
use serde_json::json;

use crate::client::{ACCOUNT, Answer, Client, REGION, config_path, function_path};

const CONFIG: Operation = Operation::GetFunctionEventInvokeConfig;

/// What a client gets for one request under a fault of this kind; afterwards all is as ever.
async fn struck(kind: FaultKind) -> Answer {
    let (simulator, client) = Client::start().await;
    simulator.inject(Fault::on(CONFIG).times(1).kind(kind));
    let answer = client.get(&config_path("f")).await;
    assert_eq!(
        client.get(&config_path("f")).await.status,
        404,
        "{kind:?} came twice"
    );
    assert!(!answer.header("x-amzn-requestid").is_empty(), "{kind:?}");
    answer
}

#[tokio::test]
async fn refusals() {
    let throttled = struck(FaultKind::TooManyRequests {
        retry_after: Some(7),
    })
    .await;
    assert_eq!(
        (throttled.status, throttled.error_type()),
        (429, "TooManyRequestsException")
    );
    assert_eq!(throttled.header("retry-after"), "7");
    assert_eq!(throttled.json()["Reason"], "CallerRateLimitExceeded");
    let plain = struck(FaultKind::TooManyRequests { retry_after: None }).await;
    assert_eq!(plain.header("retry-after"), "");

    let refusals = [
        (FaultKind::Throttling400, 400, "ThrottlingException"),
        (FaultKind::ServiceException, 500, "ServiceException"),
        (FaultKind::ExpiredToken, 403, "ExpiredTokenException"),
        (FaultKind::ValidationException, 400, "ValidationException"),
    ];
    for (kind, status, error_type) in refusals {
        let answer = struck(kind).await;
        assert_eq!((answer.status, answer.error_type()), (status, error_type));
        assert!(answer.json().is_object());
    }
}

#[tokio::test]
async fn access_denied_names_caller_action_and_resource() {
    let denied = struck(FaultKind::AccessDenied).await;
    assert_eq!(
        (denied.status, denied.error_type()),
        (403, "AccessDeniedException")
    );
    let action = "lambda:GetFunctionEventInvokeConfig";
    let message = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/sim is not authorized to perform: {action} on resource: \
         arn:aws:lambda:{REGION}:{ACCOUNT}:function:f because no identity-based policy allows the {action} action"
    );
    assert_eq!(denied.json(), json!({ "Message": message }));
}

#[tokio::test]
async fn html() {
    let pages = [
        (FaultKind::BadGateway, 502),
        (FaultKind::ServiceUnavailable, 503),
        (FaultKind::NotJson, 200),
    ];
    for (kind, status) in pages {
        let answer = struck(kind).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "text/html")
        );
        assert!(answer.text.starts_with("<html>"));
    }
}

#[tokio::test]
async fn connections_that_break() {
    let (simulator, client) = Client::start().await;
    simulator
        .region(ACCOUNT, REGION)
        .put_function(Function::new("f"));
    let path = format!("{}/configuration", function_path("f"));
    simulator.inject(Fault::any().times(1).kind(FaultKind::Reset));
    let reset = client
        .try_ask("GET", &path, "")
        .await
        .expect_err("no answer");
    assert!(reset.to_string().contains("connection closed"), "{reset}");

    simulator.inject(Fault::any().times(1).kind(FaultKind::TruncatedBody));
    let mut sender = client.connect().await.expect("a connection");
    let head = hyper::Request::get(&path).header("authorization", "Credential=AKIA/2/us-east-1/");
    let request = head
        .body(http_body_util::Full::default())
        .expect("a request");
    let response = sender.send_request(request).await.expect("a head");
    assert_eq!(response.status(), 200);
    let length: u64 = response.headers()["content-length"]
        .to_str()
        .expect("text")
        .parse()
        .expect("a length");
    let mut received = 0;
    let mut body = response.into_body();
    let broken = loop {
        match http_body_util::BodyExt::frame(&mut body).await {
            Some(Ok(frame)) => received += frame.into_data().map_or(0, |data| data.len() as u64),
            Some(Err(error)) => break error,
            None => panic!("the body ended well"),
        }
    };
    assert!(
        format!("{broken:?}").contains("UnexpectedEof"),
        "{broken:?}"
    );
    assert_eq!(received, length / 2);
}

#[tokio::test]
async fn slow_and_hanging_requests_hold_up_nobody_else() {
    let (simulator, client) = Client::start().await;
    let delay = Duration::from_millis(800);
    simulator.inject(
        Fault::on(CONFIG)
            .function("slow")
            .kind(FaultKind::Slow(delay)),
    );
    simulator.inject(Fault::on(CONFIG).function("hang").kind(FaultKind::Hang));
    let start = Instant::now();
    let (slow, hanging) = (config_path("slow"), config_path("hang"));
    let hang = tokio::time::timeout(Duration::from_secs(1), client.try_ask("GET", &hanging, ""));
    let prompt = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let answer = client.get(&config_path("f")).await;
        (answer.status, start.elapsed())
    };
    let slow = async { (client.get(&slow).await.status, start.elapsed()) };
    let (hang, (status, prompt), (slow_status, slow)) = tokio::join!(hang, prompt, slow);
    assert!(hang.is_err(), "a hanging request was answered");
    assert_eq!((status, slow_status), (404, 404));
    assert!(prompt < delay && slow >= delay, "{prompt:?}, {slow:?}");
    assert_eq!(simulator.max_in_flight(), 3);
    let unanswered = simulator
        .requests()
        .into_iter()
        .find(|request| request.status.is_none());
    assert_eq!(
        unanswered.and_then(|request| request.function).as_deref(),
        Some("hang")
    );
}

/// The statuses of the default function's config at `$LATEST` and `BLUE`, of another's, and of a listing.
async fn statuses(client: &Client) -> [u16; 4] {
    [
        client.get(&config_path("f")).await.status,
        client.get(&config_path("f:BLUE")).await.status,
        client.get(&config_path("g")).await.status,
        client.get("/2015-03-31/functions").await.status,
    ]
}

#[tokio::test]
async fn a_fault_strikes_what_it_names() {
    let (simulator, client) = Client::start().await;
    let elsewhere = Client::new(&simulator, ACCOUNT, "eu-west-1");
    let cases = [
        (Fault::any(), [500, 500, 500, 500], 500),
        (Fault::on(CONFIG), [500, 500, 500, 200], 500),
        (Fault::on(CONFIG).function("f"), [500, 500, 404, 200], 500),
        (
            Fault::any().function("f").qualifier("BLUE"),
            [404, 500, 404, 200],
            404,
        ),
        (Fault::any().qualifier("$LATEST"), [500, 404, 500, 200], 500),
        (Fault::any().region(REGION), [500, 500, 500, 500], 404),
        (
            Fault::any().account("444455556666"),
            [404, 404, 404, 200],
            404,
        ),
        (Fault::any().times(2), [500, 500, 404, 200], 404),
        (Fault::any().after(1).times(2), [404, 500, 500, 200], 404),
    ];
    for (fault, expected, expected_elsewhere) in cases {
        let id = simulator.inject(fault.clone());
        assert_eq!(statuses(&client).await, expected, "{fault:?}");
        let got = elsewhere.get(&config_path("f")).await.status;
        assert_eq!(got, expected_elsewhere, "{fault:?}, in another region");
        simulator.clear(id);
    }
    assert_eq!(statuses(&client).await, [404, 404, 404, 200]);
}

#[tokio::test]
async fn the_first_fault_wins_until_cleared() {
    let (simulator, client) = Client::start().await;
    let first = simulator.inject(Fault::any().kind(FaultKind::BadGateway));
    simulator.inject(Fault::any().kind(FaultKind::ServiceUnavailable));
    assert_eq!(client.get(&config_path("f")).await.status, 502);
    simulator.clear(first);
    assert_eq!(client.get(&config_path("f")).await.status, 503);
    simulator.clear_faults();
    assert_eq!(client.get(&config_path("f")).await.status, 404);
}

#[tokio::test]
async fn other_services_refuse_in_their_own_shapes() {
    let simulator = Simulator::start().await.expect("a free port");
    let client = Client::new(&simulator, ACCOUNT, REGION);
    simulator.inject(Fault::any().kind(FaultKind::AccessDenied));
    let sts = client.query("Action=GetCallerIdentity").await;
    assert_eq!((sts.status, sts.element("Code")), (403, "AccessDenied"));
    let tagging = client.get_resources(&json!({})).await;
    assert_eq!(
        (tagging.status, tagging.json()["__type"].clone()),
        (400, "AccessDeniedException".into())
    );
    let message = tagging.json()["message"].to_string();
    assert!(
        message.contains("tag:GetResources on resource: *"),
        "{message}"
    );
}
