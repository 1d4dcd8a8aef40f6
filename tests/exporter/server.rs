//! Paths, methods, status codes and headers.

use lambda_simulator::{Fault, FaultKind, Function};

use crate::process::{ACCOUNT, Exporter, REGION, command_for, simulator};

#[tokio::test(flavor = "multi_thread")]
async fn every_path_and_method() {
    let aws = simulator().await;
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let exporter = Exporter::watching(&aws, &["f"]).await;
    for (method, path, status) in [
        ("GET", "/metrics", 200),
        ("GET", "/metrics?x=y", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("DELETE", "/", 405),
        ("GET", "/-/healthy", 200),
        ("GET", "/-/ready", 200),
        ("PUT", "/-/ready", 405),
        ("GET", "/metrics/", 404),
        ("GET", "/favicon.ico", 404),
        ("POST", "/nowhere", 404),
        ("POST", "/-/reload", 404),
    ] {
        let answer = exporter.request(method, path).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.body.is_empty(), method == "HEAD", "{method} {path}");
        if status == 405 {
            assert!(
                answer.headers.contains("allow: get, head"),
                "{}",
                answer.headers
            );
        }
    }
    let text = exporter.scrape().await;
    for counted in [
        "lambda_async_exporter_http_requests_total{code=\"404\",path=\"other\"} 4",
        "lambda_async_exporter_http_requests_total{code=\"405\",path=\"/metrics\"} 1",
    ] {
        assert!(text.contains(counted), "{counted}\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_type_is_that_of_the_text_format() {
    let aws = simulator().await;
    let exporter = Exporter::watching(&aws, &["f"]).await;
    let answer = exporter.get("/metrics").await;
    let expected = "content-type: text/plain; version=0.0.4; charset=utf-8";
    assert!(answer.headers.contains(expected), "{}", answer.headers);
    let length = format!("content-length: {}", answer.body.len());
    assert!(answer.headers.contains(&length), "{}", answer.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_landing_page_links_to_the_telemetry_path() {
    let aws = simulator().await;
    let mut command = command_for(&aws);
    command.args(["--lambda.function=f", "--web.telemetry-path=/async"]);
    let exporter = Exporter::start(command).await;
    let page = exporter.get("/").await;
    assert!(page.headers.contains("content-type: text/html"));
    assert!(page.body.contains("<a href=\"/async\">"), "{}", page.body);
    assert_eq!(exporter.get("/async").await.status, 200);
    assert_eq!(exporter.get("/metrics").await.status, 404);
}

/// A scrape never waits for AWS; readiness does.
#[tokio::test(flavor = "multi_thread")]
async fn not_ready_before_the_first_sweep_has_ended() {
    let aws = simulator().await;
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let hang = aws.inject(Fault::any().function("f").always().kind(FaultKind::Hang));
    let mut command = command_for(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1h")
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command).await;
    while aws.max_in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    let ready = exporter.get("/-/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.body,
        "the first sweep of every account and region has not ended yet\n"
    );
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
    assert_eq!(exporter.get("/metrics").await.status, 200);
    aws.clear(hang);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_listened_on() {
    let aws = simulator().await;
    let mut command = command_for(&aws);
    command.args(["--lambda.function=f", "--web.listen-address=[::1]:0"]);
    let exporter = Exporter::start(command).await;
    exporter.wait_for_log("[::1]:").await;
    assert!(
        exporter.address().starts_with("127.0.0.1:"),
        "{}",
        exporter.address()
    );
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
}
