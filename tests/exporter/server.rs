//! Paths, methods, status codes and headers.

use std::io::Read as _;

use exporter_harness::{ACCOUNT, Exporter, Page, REGION, wait_until};
use flate2::bufread::GzDecoder;
use lambda_simulator::{Fault, FaultKind, Function};

use crate::process::{aws, command_on, watching};

#[test]
fn every_path_and_method() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let exporter = watching(command_on(&aws), &["f"]);
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
        ("GET", "/favicon.ico", 204),
        ("POST", "/nowhere", 404),
        ("POST", "/-/reload", 404),
    ] {
        let answer = exporter.request(method, path, &[]);
        assert_eq!(answer.status, status, "{method} {path}");
        let is_empty = method == "HEAD" || status == 204;
        assert_eq!(answer.bytes.is_empty(), is_empty, "{method} {path}");
        let sniffing = answer.header("x-content-type-options");
        assert_eq!(sniffing, Some("nosniff"), "{method} {path}");
        if status == 405 {
            assert!(
                answer.headers.contains("allow: get, head"),
                "{}",
                answer.headers
            );
        }
    }
    let text = exporter.scrape();
    for counted in [
        "lambda_async_exporter_http_requests_total{code=\"404\",path=\"other\"} 3",
        "lambda_async_exporter_http_requests_total{code=\"405\",path=\"/metrics\"} 1",
    ] {
        assert!(text.contains(counted), "{counted}\n{text}");
    }
}

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What Prometheus 3.5 sends: it would rather have other formats, and gets the one that is spoken here.
const PROMETHEUS_3: &str = "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,\
    text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// The same with native histograms.
const PROTOBUF: &str = "Accept: application/vnd.google.protobuf;\
    proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3";

#[test]
fn metrics_are_text_whatever_else_is_accepted() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    for headers in [
        &[][..],
        &["Accept: */*"],
        &["Accept: text/html"],
        &[PROMETHEUS_3, "Accept-Encoding: gzip"],
        &[PROTOBUF, "Accept-Encoding: gzip"],
    ] {
        let answer = exporter.request("GET", "/metrics", headers);
        assert_eq!(answer.status, 200, "{headers:?}");
        assert_eq!(answer.header("content-type"), Some(TEXT), "{headers:?}");
        let length = answer.bytes.len().to_string();
        assert_eq!(answer.header("content-length"), Some(&*length));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
}

/// The text in one gzip member with nothing after it.
fn unzip(bytes: &[u8]) -> String {
    let mut decoder = GzDecoder::new(bytes);
    let mut text = String::new();
    decoder.read_to_string(&mut text).unwrap();
    assert!(decoder.into_inner().is_empty(), "one member, and no more");
    text
}

#[test]
fn a_client_that_takes_gzip_gets_the_same_text_in_one_member() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..20 {
        region.put_function(Function::new(format!("f{n}").as_str()));
    }
    let exporter = Exporter::start(command_on(&aws));
    // There when the first sweep has ended.
    let plain = exporter.scrape_for("lambda_async_exporter_last_success_timestamp_seconds{");
    for (wanted, encoding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("br, *;q=0.1", Some("gzip")),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip;q=0.1, identity;q=0.2", None),
    ] {
        let accept = format!("Accept-Encoding: {wanted}");
        let mut sent = 0;
        for method in ["GET", "HEAD"] {
            let answer = exporter.request(method, "/metrics", &[&accept]);
            assert_eq!(answer.status, 200, "{wanted}");
            assert_eq!(answer.header("content-encoding"), encoding, "{wanted}");
            assert_eq!(answer.header("content-type"), Some(TEXT), "{wanted}");
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{wanted}");
            let length: usize = answer.header("content-length").unwrap().parse().unwrap();
            if method == "HEAD" {
                assert!(answer.bytes.is_empty());
                // The counters have moved meanwhile, but not far.
                assert!(length.abs_diff(sent) < 500, "{wanted}: {length}, {sent}");
                continue;
            }
            sent = length;
            assert_eq!(length, answer.bytes.len(), "{wanted}");
            let text = match encoding {
                Some(_) => unzip(&answer.bytes),
                None => answer.text().into_owned(),
            };
            let page = Page::new(text);
            assert_eq!(page.fleet(), plain.fleet(), "{wanted}");
            assert_eq!(page.samples("lambda_async_exporter_build_info").len(), 1);
        }
    }
}

#[test]
fn a_client_that_takes_neither_is_told_what_there_is() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let refusing = ["Accept-Encoding: identity;q=0, br"];
    let answer = exporter.request("GET", "/metrics", &refusing);
    assert_eq!(answer.status, 406);
    assert_eq!(
        answer.text(),
        "406 not acceptable; let Accept-Encoding allow gzip or identity\n"
    );
    assert_eq!(answer.header("vary"), Some("accept-encoding"));
    // All else is sent as it is, which nobody can mind.
    let healthy = exporter.request("GET", "/-/healthy", &refusing);
    assert_eq!(healthy.status, 200);
}

#[test]
fn the_landing_page_links_to_the_telemetry_path() {
    let aws = aws();
    let mut command = command_on(&aws);
    command.args(["--lambda.function=f", "--web.telemetry-path=/async"]);
    let exporter = Exporter::start(command);
    let page = exporter.get("/");
    assert!(page.headers.contains("content-type: text/html"));
    let body = page.text();
    for part in [
        "<a href=\"/async\">",
        "<html lang=\"en\">",
        "<title>lambda-async-exporter</title>",
        "<main>",
        "color-scheme: light dark",
        "<link rel=\"icon\" href=\"data:,\">",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    assert_eq!(exporter.get("/async").status, 200);
    assert_eq!(exporter.get("/metrics").status, 404);
}

/// A scrape never waits for AWS; readiness does.
#[test]
fn not_ready_before_the_first_sweep_has_ended() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let hang = aws.inject(Fault::any().function("f").always().kind(FaultKind::Hang));
    let mut command = command_on(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1h")
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    wait_until(|| aws.max_in_flight() > 0);
    let ready = exporter.get("/-/ready");
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.text(),
        "the first sweep of every account and region has not ended yet\n"
    );
    assert_eq!(exporter.get("/-/healthy").status, 200);
    assert_eq!(exporter.get("/metrics").status, 200);
    aws.clear(hang);
}

#[test]
fn every_address_is_listened_on() {
    let aws = aws();
    let mut command = command_on(&aws);
    command.args(["--lambda.function=f", "--web.listen-address=[::1]:0"]);
    let exporter = Exporter::start(command);
    // The first one is asked, and there is a second.
    assert!(exporter.address().is_ipv6(), "{}", exporter.address());
    assert_eq!(exporter.get("/-/healthy").status, 200);
    exporter.wait_for_log("127.0.0.1:");
}
