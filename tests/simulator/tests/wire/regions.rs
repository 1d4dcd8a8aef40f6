//! The regions of an account: which it has enabled, and what AWS answers in the others.

use lambda_simulator::{Fault, FaultKind, Operation};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION};

const FUNCTIONS: &str = "/2015-03-31/functions";
const ENABLED: &str = "ENABLED";
const BY_DEFAULT: &str = "ENABLED_BY_DEFAULT";
const DISABLED: &str = "DISABLED";

/// The names that a request lists, page by page, and the pages' sizes.
async fn walk(client: &Client, mut body: Value) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut names) = (Vec::new(), Vec::new());
    loop {
        let answer = client.list_regions(&body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json");
        let page = answer.json();
        let regions = page["Regions"].as_array().expect("a list");
        sizes.push(regions.len());
        names.extend(
            regions
                .iter()
                .map(|region| region["RegionName"].as_str().unwrap_or_default().to_owned()),
        );
        match page["NextToken"].as_str() {
            Some(token) => body["NextToken"] = token.into(),
            None => return (sizes, names),
        }
    }
}

async fn with_status(client: &Client, statuses: &[&str]) -> Vec<String> {
    walk(client, json!({ "RegionOptStatusContains": statuses }))
        .await
        .1
}

#[tokio::test]
async fn half_of_the_regions_are_enabled_by_default() {
    let (simulator, client) = Client::start().await;
    let all = walk(&client, json!({})).await;
    assert_eq!(all.0, [34]);
    assert!(all.1.is_sorted());
    let in_pages = walk(&client, json!({ "MaxResults": 15 })).await;
    assert_eq!(in_pages, (vec![15, 15, 4], all.1));
    let by_default = with_status(&client, &[BY_DEFAULT]).await;
    assert_eq!(by_default.len(), 17);
    assert!(by_default.contains(&REGION.to_owned()));
    assert_eq!(with_status(&client, &[DISABLED]).await.len(), 17);
    assert_eq!(with_status(&client, &[ENABLED]).await.len(), 0);

    simulator.enable_region(ACCOUNT, "af-south-1");
    assert_eq!(with_status(&client, &[ENABLED]).await, ["af-south-1"]);
    assert_eq!(with_status(&client, &[ENABLED, BY_DEFAULT]).await.len(), 18);
    let other = Client::new(&simulator, "444455556666", REGION);
    assert_eq!(with_status(&other, &[ENABLED]).await.len(), 0);
    simulator.disable_region(ACCOUNT, "af-south-1");
    assert_eq!(with_status(&client, &[ENABLED]).await.len(), 0);
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let (_simulator, client) = Client::start().await;
    for wrong in [
        json!({ "MaxResults": 0 }),
        json!({ "MaxResults": 51 }),
        json!({ "NextToken": "xyz" }),
        json!({ "RegionOptStatusContains": ["OPEN"] }),
    ] {
        let refused = client.list_regions(&wrong).await;
        assert_eq!(
            (refused.status, refused.error_type()),
            (400, "ValidationException"),
            "{wrong}"
        );
        assert!(refused.json()["message"].is_string(), "{wrong}");
    }
    let other = client
        .list_regions(&json!({ "AccountId": "444455556666" }))
        .await;
    assert_eq!(
        (other.status, other.error_type()),
        (403, "AccessDeniedException")
    );
}

#[tokio::test]
async fn a_disabled_region_knows_nobody() {
    let (simulator, mut client) = Client::start().await;
    "eu-south-1".clone_into(&mut client.region);
    let refused = client.get(FUNCTIONS).await;
    assert_eq!(
        (refused.status, refused.error_type()),
        (403, "UnrecognizedClientException")
    );
    let message = "The security token included in the request is invalid.";
    assert_eq!(refused.json(), json!({ "message": message }));
    let tagging = client.get_resources(&json!({})).await;
    let expected = json!({ "__type": "UnrecognizedClientException", "message": message });
    assert_eq!((tagging.status, tagging.json()), (400, expected));

    simulator.enable_region(ACCOUNT, "eu-south-1");
    assert_eq!(client.get(FUNCTIONS).await.status, 200);
    assert_eq!(client.get_resources(&json!({})).await.status, 200);
    simulator.disable_region(ACCOUNT, "eu-south-1");
    assert_eq!(client.get(FUNCTIONS).await.status, 403);

    "xx-nowhere-1".clone_into(&mut client.region);
    assert_eq!(client.get(FUNCTIONS).await.status, 200);
    simulator.disable_region(ACCOUNT, "xx-nowhere-1");
    assert_eq!(client.get(FUNCTIONS).await.status, 403);
}

#[tokio::test]
#[should_panic(expected = "us-east-1 cannot be disabled")]
async fn a_default_region_cannot_be_disabled() {
    let (simulator, _) = Client::start().await;
    simulator.disable_region(ACCOUNT, REGION);
}

#[tokio::test]
async fn faults_strike_it_and_lambdas_quota_does_not() {
    let (simulator, client) = Client::start().await;
    simulator.set_quota(ACCOUNT, REGION, Some(1.0e-3));
    for _ in 0..20 {
        assert_eq!(walk(&client, json!({})).await.1.len(), 34);
    }
    assert_eq!(
        simulator
            .region(ACCOUNT, REGION)
            .count(Operation::ListRegions),
        20
    );
    assert_eq!(simulator.peak_per_second(), 0);
    for (kind, status, name) in [
        (FaultKind::AccessDenied, 403, "AccessDeniedException"),
        (FaultKind::ServiceException, 500, "InternalServerException"),
        (
            FaultKind::TooManyRequests { retry_after: None },
            429,
            "TooManyRequestsException",
        ),
    ] {
        let fault = Fault::on(Operation::ListRegions).account(ACCOUNT).times(1);
        simulator.inject(fault.kind(kind));
        let refused = client.list_regions(&json!({})).await;
        assert_eq!((refused.status, refused.error_type()), (status, name));
        if kind == FaultKind::AccessDenied {
            let text = format!(
                "account:ListRegions on resource: arn:aws:account::{ACCOUNT}:account because"
            );
            let message = refused.json()["message"].to_string();
            assert!(message.contains(&text), "{message}");
        }
    }
}
