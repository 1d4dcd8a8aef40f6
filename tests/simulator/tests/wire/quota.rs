//! The quota: 15 a second per account and region, over all of Lambda's control plane.

use std::time::Instant;

use lambda_simulator::Operation;
use serde_json::json;

use crate::client::{ACCOUNT, Client, REGION, config_path, function_path};

/// Asks so often, as fast as it can, and counts the answers that were not throttled.
async fn passed(client: &Client, path: &str, requests: usize) -> usize {
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(client.get(path).await.status != 429);
    }
    passed
}

#[tokio::test]
async fn refuses_beyond_one_second_of_quota() {
    let (simulator, client) = Client::start().await;
    // So slow that nothing refills during the test.
    simulator.set_quota(ACCOUNT, REGION, Some(3.0e-3));
    assert_eq!(client.get("/2015-03-31/functions").await.status, 200);
    let refused = client.get(&format!("{}/aliases", function_path("f"))).await;
    assert_eq!(
        (refused.status, refused.error_type()),
        (429, "TooManyRequestsException")
    );
    let expected =
        json!({ "Reason": "CallerRateLimitExceeded", "Type": "User", "message": "Rate exceeded" });
    assert_eq!(refused.json(), expected);
    assert_eq!(simulator.count_by(|request| request.status == Some(429)), 1);
}

#[tokio::test]
async fn fifteen_at_first_and_each_scope_its_own() {
    let (simulator, _) = Client::start().await;
    let path = config_path("f");
    for (account, region) in [
        ("444455556666", REGION),
        ("444455556666", "eu-west-1"),
        ("777788889999", REGION),
    ] {
        let client = Client::new(&simulator, account, region);
        let start = Instant::now();
        let passed = passed(&client, &path, 40).await;
        // What the bucket held, and what came back to it meanwhile.
        let most = 16 + start.elapsed().as_millis() * 15 / 1000;
        assert!(
            (15..=most).contains(&(passed as u128)),
            "{account}/{region}: {passed}"
        );
        assert!(simulator.region(account, region).peak_per_second() > 15);
    }
}

#[tokio::test]
async fn none_is_unlimited_and_others_do_not_count() {
    let (simulator, client) = Client::start().await;
    assert_eq!(passed(&client, &config_path("f"), 100).await, 100);
    simulator.set_quota(ACCOUNT, REGION, Some(1.0e-3));
    assert_eq!(passed(&client, &config_path("f"), 2).await, 1);
    // STS has no quota here, tagging and GetFunction their own.
    for _ in 0..20 {
        assert_eq!(
            client
                .query("Action=GetCallerIdentity&Version=2011-06-15")
                .await
                .status,
            200
        );
    }
    assert_eq!(passed(&client, &function_path("f"), 50).await, 50);
    simulator
        .region(ACCOUNT, REGION)
        .set_tagging_quota(Some(1.0e-3));
    assert_eq!(client.get_resources(&json!({})).await.status, 200);
    let refused = client.get_resources(&json!({})).await;
    assert_eq!(
        (refused.status, refused.json()["__type"].clone()),
        (400, "ThrottledException".into())
    );
    assert_eq!(simulator.count(Operation::GetResources), 2);
}
