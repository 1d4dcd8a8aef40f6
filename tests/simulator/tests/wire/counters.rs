//! What the simulator remembers of what it was asked.

use lambda_simulator::{Operation, Role};

use crate::client::{ACCOUNT, Client, REGION, config_path};

#[tokio::test]
async fn requests_are_logged_and_counted() {
    let (simulator, client) = Client::start().await;
    client.get("/2015-03-31/functions").await;
    client
        .get(&config_path("111122223333%3Afunction%3Af:BLUE"))
        .await;
    client.get(&config_path("f")).await;
    client.get("/2015-03-31/layers").await;

    let log = simulator.requests();
    let second = &log[1];
    assert_eq!(
        (second.account.as_str(), second.region.as_str()),
        (ACCOUNT, REGION)
    );
    assert_eq!(second.operation, Operation::GetFunctionEventInvokeConfig);
    assert_eq!(
        (second.function.as_deref(), second.qualifier.as_deref()),
        (Some("f"), Some("BLUE"))
    );
    assert_eq!((second.status, second.in_flight), (Some(404), 1));
    assert_eq!(log[2].qualifier, None);
    assert!(log.is_sorted_by_key(|request| request.at));

    let region = simulator.region(ACCOUNT, REGION);
    assert_eq!(simulator.count(Operation::GetFunctionEventInvokeConfig), 2);
    assert_eq!(region.count(Operation::ListFunctions), 1);
    assert_eq!(simulator.count(Operation::Unknown), 1);
    assert_eq!((simulator.count_all(), region.count_all()), (4, 4));
    assert_eq!(simulator.region(ACCOUNT, "eu-west-1").count_all(), 0);
    assert_eq!(
        simulator.count_by(|request| request.function.as_deref() == Some("f")),
        2
    );
    assert_eq!(
        (simulator.max_in_flight(), simulator.peak_per_second()),
        (1, 4)
    );

    simulator.reset_counters();
    assert_eq!((simulator.count_all(), region.count_all()), (0, 0));
    assert_eq!(
        (simulator.requests().len(), region.peak_per_second()),
        (0, 0)
    );
}

#[tokio::test]
async fn the_log_is_bounded_and_the_counts_are_not() {
    let (simulator, client) = Client::start().await;
    simulator.set_log_bound(2);
    for name in ["a", "b", "c"] {
        client.get(&config_path(name)).await;
    }
    let names: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter_map(|request| request.function)
        .collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(simulator.count_all(), 3);
    simulator.set_log_bound(0);
    assert_eq!(simulator.requests().len(), 0);
}

#[tokio::test]
async fn a_scope_counts_what_its_quota_refused() {
    let (simulator, client) = Client::start().await;
    let (here, there) = (
        simulator.region(ACCOUNT, REGION),
        simulator.region(ACCOUNT, "eu-west-1"),
    );
    here.set_quota(Some(1.0e-3));
    for _ in 0..5 {
        client.get(&config_path("f")).await;
    }
    assert_eq!((here.throttled(), there.throttled()), (4, 0));
    here.reset_counters();
    assert_eq!((here.throttled(), here.count_all()), (0, 0));
    assert_eq!((here.peak_per_second(), here.max_in_flight()), (0, 0));
    assert_eq!((simulator.count_all(), simulator.requests().len()), (5, 5));
    client.get(&config_path("f")).await;
    assert_eq!((here.throttled(), here.count_all()), (1, 1));
    simulator.reset_counters();
    assert_eq!(here.throttled(), 0);
}

#[tokio::test]
async fn roles_count_how_often_they_were_assumed() {
    let (simulator, client) = Client::start().await;
    let role = "arn:aws:iam::444455556666:role/reader";
    let assume = format!("Action=AssumeRole&RoleArn={role}&RoleSessionName=test");
    assert_eq!(simulator.assumed(role), 0);
    client.query(&assume).await;
    client.query(&assume).await;
    simulator.put_role(Role::new(role).denied());
    assert_eq!(client.query(&assume).await.status, 403);
    assert_eq!(simulator.assumed(role), 2);
    simulator.reset_counters();
    assert_eq!(simulator.assumed(role), 0);
}
