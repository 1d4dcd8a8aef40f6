//! Connections: kept alive, cut off, and the port free again.

use std::time::Duration;

use lambda_simulator::{Fault, FaultKind, Simulator};

use crate::client::{Client, config_path};

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let (_simulator, client) = Client::start().await;
    let mut sender = client.connect().await.expect("a connection");
    for _ in 0..3 {
        sender.ready().await.expect("an open connection");
        let answer = client
            .send_on(&mut sender, &[], "GET", &config_path("f"), "")
            .await;
        assert_eq!(answer.expect("an answer").status, 404);
    }
}

#[tokio::test]
async fn shutdown_cuts_everything_off_and_frees_the_port() {
    let (simulator, client) = Client::start().await;
    let mut kept = client.connect().await.expect("a connection");
    client
        .send_on(&mut kept, &[], "GET", &config_path("f"), "")
        .await
        .expect("an answer");
    simulator.inject(Fault::any().kind(FaultKind::Hang));
    let hanging = {
        let client = client.clone();
        tokio::spawn(async move { client.try_ask("GET", &config_path("f"), "").await })
    };
    while simulator.count_all() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    simulator.shutdown().await;
    simulator.shutdown().await;
    assert!(
        hanging.await.expect("no panic").is_err(),
        "the hanging request was answered"
    );
    assert!(
        client
            .send_on(&mut kept, &[], "GET", &config_path("f"), "")
            .await
            .is_err()
    );
    assert!(client.connect().await.is_err(), "the port is still open");

    let again = Simulator::bind(simulator.address())
        .await
        .expect("the same port");
    assert_eq!(again.endpoint_url(), simulator.endpoint_url());
    assert_eq!(client.get(&config_path("f")).await.status, 404);
}

#[tokio::test]
async fn the_last_clone_stops_it() {
    let (simulator, client) = Client::start().await;
    let clone = simulator.clone();
    drop(simulator);
    assert_eq!(client.get(&config_path("f")).await.status, 404);
    drop(clone);
    for _ in 0..100 {
        if client.connect().await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still listening");
}

#[tokio::test]
async fn a_client_that_gives_up_is_not_in_flight_any_more() {
    let (simulator, client) = Client::start().await;
    let hang = simulator.inject(Fault::any().kind(FaultKind::Hang));
    let path = config_path("f");
    let asked = tokio::time::timeout(Duration::from_millis(50), client.try_ask("GET", &path, ""));
    assert!(asked.await.is_err());
    simulator.clear(hang);
    for _ in 0..100 {
        client.get(&path).await;
        if simulator
            .requests()
            .last()
            .is_some_and(|request| request.in_flight == 1)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still in flight");
}
