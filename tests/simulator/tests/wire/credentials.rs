//! Who the caller is: access key ids, roles and their sessions.

use std::time::Duration;

use lambda_simulator::{DEFAULT_ACCOUNT, Fault, FaultKind, Function, Operation, Role};

use crate::client::{ACCOUNT, Answer, Client, REGION};

const OTHER: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::444455556666:role/path/reader";
const FUNCTIONS: &str = "/2015-03-31/functions";

async fn account(client: &Client) -> String {
    client
        .query("Action=GetCallerIdentity&Version=2011-06-15")
        .await
        .element("Account")
        .to_owned()
}

async fn assume(client: &Client, rest: &str) -> Answer {
    let role = ROLE.replace(':', "%3A").replace('/', "%2F");
    client
        .query(&format!(
            "Action=AssumeRole&RoleArn={role}&RoleSessionName=test{rest}"
        ))
        .await
}

#[tokio::test]
async fn an_access_key_id_names_its_account() {
    let (simulator, mut client) = Client::start().await;
    simulator
        .region(OTHER, REGION)
        .put_function(Function::new("theirs"));
    for (key, expected) in [
        (simulator.credentials(OTHER).0.as_str(), OTHER),
        ("ANYTHING000000000001", "000000000001"),
        ("AKIAIOSFODNN7EXAMPLE", DEFAULT_ACCOUNT),
        ("test", DEFAULT_ACCOUNT),
    ] {
        key.clone_into(&mut client.access_key_id);
        assert_eq!(account(&client).await, expected, "{key}");
        let names = client.get(FUNCTIONS).await.json()["Functions"]
            .as_array()
            .map_or(0, Vec::len);
        assert_eq!(names, usize::from(expected == OTHER), "{key}");
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let (simulator, mut client) = Client::start().await;
    client.access_key_id.clear();
    let refused = client.get(FUNCTIONS).await;
    let expected = (403, "MissingAuthenticationTokenException");
    assert_eq!((refused.status, refused.error_type()), expected);
    assert_eq!(simulator.requests()[0].account, "");
}

#[tokio::test]
async fn a_role_gives_keys_of_its_account() {
    let (simulator, mut client) = Client::start().await;
    simulator
        .region(OTHER, REGION)
        .put_function(Function::new("theirs"));
    let answer = assume(&client, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "text/xml");
    assert!(answer.element("Expiration").ends_with('Z'));
    assert!(
        !answer.element("SessionToken").is_empty() && !answer.element("SecretAccessKey").is_empty()
    );
    answer
        .element("AccessKeyId")
        .clone_into(&mut client.access_key_id);
    assert!(client.access_key_id.starts_with("ASIA"));
    assert_eq!(account(&client).await, OTHER);
    let identity = client.query("Action=GetCallerIdentity").await;
    assert_eq!(
        identity.element("Arn"),
        "arn:aws:sts::444455556666:assumed-role/reader/test"
    );
    let listed = client.get(FUNCTIONS).await.json();
    assert_eq!(listed["Functions"][0]["FunctionName"], "theirs");
}

#[tokio::test]
async fn sessions_expire() {
    let (simulator, mut client) = Client::start().await;
    let ambient = client.clone();
    assume(&ambient, "")
        .await
        .element("AccessKeyId")
        .clone_into(&mut client.access_key_id);
    assert_eq!(client.get(FUNCTIONS).await.status, 200);
    simulator.expire_sessions();
    let refused = client.get(FUNCTIONS).await;
    assert_eq!(
        (refused.status, refused.error_type()),
        (403, "ExpiredTokenException")
    );
    simulator.set_session_duration(Some(Duration::ZERO));
    assume(&ambient, "")
        .await
        .element("AccessKeyId")
        .clone_into(&mut client.access_key_id);
    assert_eq!(client.get(FUNCTIONS).await.status, 403);
    simulator.set_session_duration(None);
    assume(&ambient, "")
        .await
        .element("AccessKeyId")
        .clone_into(&mut client.access_key_id);
    assert_eq!(client.get(FUNCTIONS).await.status, 200);
}

#[tokio::test]
async fn roles_may_refuse() {
    let (simulator, client) = Client::start().await;
    simulator.put_role(Role::new(ROLE).external_id("secret"));
    for (external_id, status) in [
        ("", 403),
        ("&ExternalId=wrong", 403),
        ("&ExternalId=secret", 200),
    ] {
        assert_eq!(
            assume(&client, external_id).await.status,
            status,
            "{external_id}"
        );
    }
    simulator.put_role(Role::new(ROLE).denied());
    let denied = assume(&client, "").await;
    assert_eq!(
        (denied.status, denied.element("Code")),
        (403, "AccessDenied")
    );
    let text = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/sim is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    );
    assert_eq!(denied.element("Message"), text);
}

#[tokio::test]
async fn a_fault_can_name_the_account_of_a_role() {
    let (simulator, client) = Client::start().await;
    let fault = Fault::on(Operation::AssumeRole).account(OTHER);
    simulator.inject(fault.kind(FaultKind::TooManyRequests { retry_after: None }));
    let throttled = assume(&client, "").await;
    assert_eq!(
        (throttled.status, throttled.element("Code")),
        (400, "Throttling")
    );
    assert_eq!(account(&client).await, ACCOUNT);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let (_simulator, client) = Client::start().await;
    let short = client
        .query(&format!(
            "Action=AssumeRole&RoleArn={ROLE}&RoleSessionName=x"
        ))
        .await;
    assert_eq!(
        (short.status, short.element("Code")),
        (400, "ValidationError")
    );
    let wrong = client
        .query("Action=AssumeRole&RoleArn=nonsense&RoleSessionName=test")
        .await;
    assert_eq!(
        (wrong.status, wrong.element("Code")),
        (400, "ValidationError")
    );
}
