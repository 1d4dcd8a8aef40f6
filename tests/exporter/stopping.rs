//! Stopping: by signal, with code 0, not held up by AWS or by a client.

use lambda_simulator::{Fault, FaultKind, Function};
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::process::{ACCOUNT, Exporter, REGION, command_for, simulator};

#[tokio::test(flavor = "multi_thread")]
async fn both_signals_end_it_with_code_0() {
    for signal in ["TERM", "INT"] {
        let aws = simulator().await;
        let mut exporter = Exporter::watching(&aws, &["f"]).await;
        exporter.signal(signal).await;
        assert_eq!(exporter.wait().await.code(), Some(0), "SIG{signal}");
        let refused = TcpStream::connect(exporter.address()).await;
        assert!(refused.is_err(), "nothing listens any more");
        exporter.wait_for_log("stopped").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_hangs_does_not_hold_it_up() {
    let aws = simulator().await;
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    aws.inject(Fault::any().function("f").always().kind(FaultKind::Hang));
    let mut command = command_for(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1h")
        .arg("--lambda.function=f");
    let mut exporter = Exporter::start(command).await;
    while aws.max_in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    exporter.signal("TERM").await;
    assert_eq!(exporter.wait().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let aws = simulator().await;
    let mut exporter = Exporter::watching(&aws, &["f"]).await;
    let mut idle = TcpStream::connect(exporter.address()).await.unwrap();
    // Answered, so that the server has accepted the one before it.
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
    exporter.signal("TERM").await;
    assert_eq!(exporter.wait().await.code(), Some(0));
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    let waited = exporter
        .log()
        .iter()
        .any(|line| line.contains("did not finish in time"));
    assert!(!waited, "nobody was being answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let aws = simulator().await;
    let mut exporter = Exporter::watching(&aws, &["f"]).await;
    // Half a request keeps the first signal waiting.
    let mut half = TcpStream::connect(exporter.address()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut half, b"GET /metrics HTTP/1.1\r\n")
        .await
        .unwrap();
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
    exporter.signal("TERM").await;
    exporter.wait_for_log("stopping").await;
    exporter.signal("TERM").await;
    assert_eq!(exporter.wait().await.code(), Some(1));
    exporter.wait_for_log("second signal").await;
}
