//! Credentials that AWS does not know any more, and clocks that it does not believe.

use std::time::Duration;

use lambda_simulator::{Fault, FaultKind, Simulator};
use serde_json::json;

use crate::client::{Answer, Client};

const FUNCTIONS: &str = "/2015-03-31/functions";
const ROLE: &str = "arn:aws:iam::444455556666:role/reader";
const INVALID: &str = "The security token included in the request is invalid.";

/// What each service answers: the status and the name of the refusal, if it is one.
async fn everywhere(client: &Client) -> [(u16, String); 5] {
    let body = json!({});
    let lambda = client.get(FUNCTIONS).await;
    let sts = client.query("Action=GetCallerIdentity").await;
    let tagging = client.get_resources(&body).await;
    let organizations = client.organizations("ListAccounts", &body).await;
    let account = client.list_regions(&body).await;
    let in_json = |answer: &Answer| {
        answer.json()["__type"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    [
        (lambda.status, lambda.error_type().to_owned()),
        (sts.status, sts.element("Code").to_owned()),
        (tagging.status, in_json(&tagging)),
        (organizations.status, in_json(&organizations)),
        (account.status, account.error_type().to_owned()),
    ]
}

fn unrecognized() -> [(u16, String); 5] {
    let name = "UnrecognizedClientException";
    [
        (403, name.to_owned()),
        (403, "InvalidClientTokenId".to_owned()),
        (400, name.to_owned()),
        (400, name.to_owned()),
        (403, name.to_owned()),
    ]
}

fn welcome() -> [(u16, String); 5] {
    let none = "AWSOrganizationsNotInUseException";
    [(200, ""), (200, ""), (200, ""), (400, none), (200, "")]
        .map(|(status, name)| (status, name.to_owned()))
}

/// A client that holds temporary credentials, newly given out.
async fn assumed(client: &Client) -> Client {
    let form = format!("Action=AssumeRole&RoleArn={ROLE}&RoleSessionName=test");
    let answer = client.query(&form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut assumed = client.clone();
    answer
        .element("AccessKeyId")
        .clone_into(&mut assumed.access_key_id);
    assumed
}

#[tokio::test]
async fn revoked_sessions_are_unknown_to_every_service() {
    let (simulator, ambient) = Client::start().await;
    let session = assumed(&ambient).await;
    assert_eq!(everywhere(&session).await, welcome());
    simulator.revoke_sessions();
    assert_eq!(everywhere(&session).await, unrecognized());
    assert_eq!(
        session.get(FUNCTIONS).await.json(),
        json!({ "message": INVALID })
    );
    let sts = session.query("Action=GetCallerIdentity").await;
    assert_eq!(sts.element("Message"), INVALID);
    assert_eq!(everywhere(&ambient).await, welcome());
    assert_eq!(everywhere(&assumed(&ambient).await).await, welcome());
    assert_eq!(everywhere(&session).await, unrecognized());
}

#[tokio::test]
async fn one_access_key_is_revoked_and_comes_back() {
    let (simulator, client) = Client::start().await;
    let mut other = client.clone();
    "AKIA9999111122223333".clone_into(&mut other.access_key_id);
    simulator.revoke(&client.access_key_id);
    assert_eq!(everywhere(&client).await, unrecognized());
    assert_eq!(everywhere(&other).await, welcome());
    simulator.unrevoke(&client.access_key_id);
    assert_eq!(everywhere(&client).await, welcome());
}

#[tokio::test]
async fn a_fault_makes_credentials_unknown() {
    let (simulator, client) = Client::start().await;
    let fault = simulator.inject(Fault::any().kind(FaultKind::UnrecognizedClient));
    assert_eq!(everywhere(&client).await, unrecognized());
    simulator.clear(fault);
    assert_eq!(everywhere(&client).await, welcome());
}

#[tokio::test]
async fn a_wrong_clock_is_told_the_time() {
    let (simulator, client) = Client::start().await;
    let ahead = Duration::from_mins(15);
    simulator.inject(Fault::any().kind(FaultKind::WrongClock(ahead)));
    let mut sender = client.connect().await.expect("a connection");
    let signed = [("x-amz-date", "20261123T100000Z")];
    let refused = client
        .send_on(&mut sender, &signed, "GET", FUNCTIONS, "")
        .await
        .expect("an answer");
    assert_eq!(
        (refused.status, refused.error_type()),
        (403, "InvalidSignatureException")
    );
    let message = refused.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let rest = message.strip_prefix("Signature expired: 20261123T100000Z is now earlier than ");
    let (earliest, now) = rest
        .and_then(|rest| rest.split_once(" ("))
        .expect("two times");
    let now = now.strip_suffix(" - 5 min.)").expect("five minutes");
    assert!((minute(earliest) + 5) % 60 == minute(now), "{message}");
    assert_eq!(refused.headers.get_all("date").iter().count(), 1);
    let (day, time) = (
        &now[6..8],
        format!("{}:{}:{}", &now[9..11], &now[11..13], &now[13..15]),
    );
    let date = refused.header("date");
    assert!(
        date.contains(&format!(", {day} ")) && date.ends_with(&format!("{time} GMT")),
        "{date}"
    );
}

/// The minute of `20261123T100000Z`.
fn minute(time: &str) -> u32 {
    time[11..13].parse().expect("a minute")
}

#[tokio::test]
async fn the_clock_is_ahead_by_as_much_as_was_asked() {
    let (simulator, client) = Client::start().await;
    let ordinary = seconds_of_day(client.get(FUNCTIONS).await.header("date"));
    simulator.inject(Fault::any().kind(FaultKind::WrongClock(Duration::from_hours(2))));
    let ahead = seconds_of_day(client.get(FUNCTIONS).await.header("date"));
    let difference = (ahead + 86_400 - ordinary) % 86_400;
    assert!((7200..7210).contains(&difference), "{difference}");
}

/// The time of day in `Thu, 01 Jan 2026 00:00:00 GMT`.
fn seconds_of_day(date: &str) -> u32 {
    let clock = date.split(' ').nth(4).unwrap_or_default();
    clock.split(':').fold(0, |sum, part| {
        sum * 60 + part.parse::<u32>().expect("a number")
    })
}

#[tokio::test]
async fn other_services_word_a_wrong_clock_in_their_own_way() {
    let simulator = Simulator::start().await.expect("a free port");
    let client = Client::new(&simulator, "444455556666", "us-east-1");
    simulator.inject(Fault::any().kind(FaultKind::WrongClock(Duration::from_hours(1))));
    let names = everywhere(&client).await;
    let name = "InvalidSignatureException";
    let expected = [
        (403, name),
        (403, "SignatureDoesNotMatch"),
        (400, name),
        (400, name),
        (403, name),
    ];
    assert_eq!(
        names,
        expected.map(|(status, name)| (status, name.to_owned()))
    );
    let sts = client.query("Action=GetCallerIdentity").await;
    assert!(
        sts.element("Message").ends_with(" - 15 min.)"),
        "{}",
        sts.text
    );
}
