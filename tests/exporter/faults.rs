//! Faults of AWS: each stays with what it hits, the last good value stays, and all comes back.

use std::time::Duration;

use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation, Simulator};

use crate::process::{ACCOUNT, Exporter, REGION, command_for, samples_of, simulator};

const RETRIES: &str =
    "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"$LATEST\"}";
const SUCCESS: &str = "lambda_async_exporter_target_success{qualifier=\"$LATEST\"}";

fn two_functions(aws: &Simulator) {
    for name in ["good", "bad"] {
        let region = aws.region(ACCOUNT, REGION);
        region.put_function(Function::new(name));
        region.put_event_invoke_config(name, "$LATEST", EventInvokeConfig::new().retries(1));
    }
}

fn has(text: &str, function: &str, sample: &str, value: i32) -> bool {
    samples_of(text, function).contains(&format!("{sample} {value}"))
}

/// Read by name, and with all its qualifiers.
async fn survives(kind: FaultKind, state: &str, outcome: &str) {
    survives_as("bad", kind, state, outcome).await;
    survives_as("bad:*", kind, state, outcome).await;
}

async fn survives_as(bad: &str, kind: FaultKind, state: &str, outcome: &str) {
    let aws = simulator().await;
    two_functions(&aws);
    let exporter = Exporter::watching(&aws, &["good", bad]).await;
    let fault = aws.inject(Fault::any().function("bad").always().kind(kind));

    let text = exporter
        .scrape_until(|text| has(text, "bad", SUCCESS, 0))
        .await;
    assert!(
        has(&text, "bad", RETRIES, 1),
        "{kind:?}: the last good value stays\n{text}"
    );
    assert!(
        has(&text, "good", SUCCESS, 1) && has(&text, "good", RETRIES, 1),
        "{kind:?}"
    );
    assert!(
        text.contains(&format!("state=\"{state}\"}} 1")),
        "{kind:?}\n{text}"
    );
    let counted = format!("outcome=\"{outcome}\",region=");
    assert!(
        text.contains(&counted),
        "{kind:?} is counted as {outcome}\n{text}"
    );

    aws.clear(fault);
    exporter
        .scrape_until(|text| has(text, "bad", SUCCESS, 1))
        .await;
}

macro_rules! survives {
    ($($name:ident: $kind:expr => $state:literal, $outcome:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            survives($kind, $state, $outcome).await;
        }
    )*};
}

survives! {
    throttled_with_429: FaultKind::TooManyRequests { retry_after: Some(7) } => "throttled", "throttled";
    throttled_with_400: FaultKind::Throttling400 => "throttled", "throttled";
    service_exception: FaultKind::ServiceException => "failed", "error";
    bad_gateway_in_html: FaultKind::BadGateway => "failed", "error";
    unavailable_in_html: FaultKind::ServiceUnavailable => "failed", "error";
    access_denied: FaultKind::AccessDenied => "denied", "denied";
    expired_token: FaultKind::ExpiredToken => "denied", "denied";
    validation: FaultKind::ValidationException => "failed", "error";
    hang: FaultKind::Hang => "failed", "timeout";
    slow: FaultKind::Slow(Duration::from_secs(5)) => "failed", "timeout";
    reset: FaultKind::Reset => "failed", "error";
    truncated_body: FaultKind::TruncatedBody => "failed", "error";
    not_json: FaultKind::NotJson => "failed", "error";
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_good_value_goes_after_stale_after_and_comes_back() {
    let aws = simulator().await;
    two_functions(&aws);
    let mut command = command_for(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "1s")
        .args(["--lambda.function=good", "--lambda.function=bad"]);
    let exporter = Exporter::start(command).await;
    exporter
        .scrape_until(|text| has(text, "bad", RETRIES, 1))
        .await;
    let fault = aws.inject(
        Fault::any()
            .function("bad")
            .always()
            .kind(FaultKind::ServiceException),
    );
    let text = exporter
        .scrape_until(|text| samples_of(text, "bad") == [format!("{SUCCESS} 0")])
        .await;
    assert!(has(&text, "good", RETRIES, 1));
    aws.clear(fault);
    exporter
        .scrape_until(|text| has(text, "bad", RETRIES, 1))
        .await;
}

/// AWS is out of reach altogether, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn an_aws_that_is_cut_off_from_the_start() {
    let aws = simulator().await;
    let address = aws.address();
    let mut command = command_for(&aws);
    command.arg("--lambda.function=f");
    aws.shutdown().await;
    drop(aws);
    let exporter = Exporter::start(command).await;
    let unknown = "lambda_async_exporter_target_success{account_id=\"\",region=\"us-east-1\",\
                   function_name=\"f\",qualifier=\"$LATEST\"} 0";
    let text = exporter.scrape_for(unknown).await;
    assert!(
        !text.contains("aws_lambda_"),
        "nothing is known, so nothing is published\n{text}"
    );
    assert_eq!(
        exporter.get("/-/ready").await.status,
        200,
        "the first sweep ended, badly"
    );
    assert_eq!(exporter.get("/-/healthy").await.status, 200);

    let aws = Simulator::bind(address).await.unwrap();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let text = exporter
        .scrape_until(|text| has(text, "f", SUCCESS, 1))
        .await;
    assert!(
        !text.contains(unknown),
        "the series without an account is gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_to_read_functions_configs_are_published_and_absences_are_not() {
    let aws = simulator().await;
    two_functions(&aws);
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("bare"));
    let denied = Fault::on(Operation::GetFunctionConfiguration).always();
    aws.inject(denied.kind(FaultKind::AccessDenied));
    let exporter = Exporter::watching(&aws, &["good", "bad", "bare", "nowhere"]).await;
    let text = exporter.scrape().await;
    assert!(has(&text, "good", RETRIES, 1), "AWS answered it");
    for unknown in ["bare", "nowhere"] {
        // AWS's answer is the same for both, so neither is published as "no config".
        assert_eq!(samples_of(&text, unknown), [format!("{SUCCESS} 0")]);
    }
    assert!(!text.contains("aws_lambda_function_"));
    let warnings = warnings_naming(
        &exporter,
        "AWS denies the IAM action lambda:GetFunctionConfiguration;",
    );
    assert_eq!(warnings, 1, "{:#?}", exporter.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_to_read_configs_functions_are_published() {
    let aws = simulator().await;
    aws.region(ACCOUNT, REGION)
        .put_function(Function::new("f").dead_letter("arn:aws:sns:us-east-1:111122223333:dead"));
    for operation in [
        Operation::GetFunctionEventInvokeConfig,
        Operation::ListFunctionEventInvokeConfigs,
    ] {
        aws.inject(Fault::on(operation).always().kind(FaultKind::AccessDenied));
    }
    let exporter = Exporter::watching(&aws, &["f", "nowhere", "nowhere-either:*"]).await;
    let text = exporter.scrape().await;
    let samples = samples_of(&text, "f");
    assert!(
        samples.contains(&"aws_lambda_function_dead_letter_queue_present{} 1".to_owned()),
        "{samples:#?}"
    );
    assert!(
        !samples
            .iter()
            .any(|sample| sample.contains("event_invoke_config"))
    );
    assert!(text.contains("state=\"denied\"} 1"));
    assert!(
        text.contains("state=\"not_found\"} 2"),
        "existence could be told\n{text}"
    );
    let warnings = warnings_naming(
        &exporter,
        "AWS denies the IAM action lambda:GetFunctionEventInvokeConfig;",
    );
    assert_eq!(warnings, 1, "{:#?}", exporter.log());
}

fn warnings_naming(exporter: &Exporter, text: &str) -> usize {
    let log = exporter.log();
    log.iter()
        .filter(|line| line.contains(" WARN ") && line.contains(text))
        .count()
}

/// A listing that breaks off on its second page says nothing about what the first one left out.
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_breaks_off_erases_nothing() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    for n in 1..=70 {
        region.update_function("f", |f| f.alias(&format!("alias-{n}"), "1"));
        region.put_event_invoke_config("f", &format!("alias-{n}"), EventInvokeConfig::new());
    }
    let exporter = Exporter::watching(&aws, &["f:*"]).await;
    let count = |text: &str, sample: &str| {
        let samples = samples_of(text, "f");
        samples
            .iter()
            .filter(|line| line.starts_with(sample))
            .count()
    };
    let present = "aws_lambda_event_invoke_config_present";
    assert_eq!(count(&exporter.scrape().await, present), 71);

    let list = Operation::ListFunctionEventInvokeConfigs;
    // Times and places in the paging are chance; some of the first pages get through, then none.
    aws.inject(
        Fault::on(list)
            .after(1)
            .always()
            .kind(FaultKind::TruncatedBody),
    );
    let failed = exporter
        .scrape_until(|text| text.contains("state=\"failed\"} 71"))
        .await;
    assert_eq!(count(&failed, present), 71, "the last good values stay");
    assert_eq!(count(&failed, "lambda_async_exporter_target_success"), 71);
    aws.clear_faults();
    exporter
        .scrape_until(|text| text.contains("state=\"ok\"} 71"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_region_that_hangs_leaves_the_other_alone() {
    let aws = simulator().await;
    aws.set_quota(ACCOUNT, "eu-west-1", None);
    for region in [REGION, "eu-west-1"] {
        aws.region(ACCOUNT, region).put_function(Function::new("f"));
    }
    aws.inject(
        Fault::any()
            .region("eu-west-1")
            .function("f")
            .always()
            .kind(FaultKind::Hang),
    );
    let mut command = command_for(&aws);
    command.args([
        "--lambda.function=f",
        "--aws.region=us-east-1",
        "--aws.region=eu-west-1",
    ]);
    let exporter = Exporter::start(command).await;
    let targets = |region: &str, state: &str| {
        format!(
            "lambda_async_exporter_targets{{account_id=\"{ACCOUNT}\",region=\"{region}\",\
             state=\"{state}\"}} 1"
        )
    };
    exporter.scrape_for(&targets("eu-west-1", "failed")).await;
    exporter.scrape_for(&targets(REGION, "ok")).await;
    let reads = aws.region(ACCOUNT, REGION).count_all();
    exporter
        .scrape_until(|_| aws.region(ACCOUNT, REGION).count_all() > reads + 4)
        .await;
}

/// STS of one region is out; the other tells the account as well.
#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_asked_for_in_another_region_too() {
    let aws = simulator().await;
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let sts = Fault::on(Operation::GetCallerIdentity)
        .region("eu-west-1")
        .always();
    aws.inject(sts.kind(FaultKind::ServiceException));
    let mut command = command_for(&aws);
    command.args([
        "--lambda.function=f",
        "--aws.region=eu-west-1",
        "--aws.region=us-east-1",
    ]);
    let exporter = Exporter::start(command).await;
    exporter
        .scrape_until(|text| has(text, "f", SUCCESS, 1))
        .await;
}

/// What the limiter allows, as it is published.
fn budget(text: &str) -> f64 {
    let line = text
        .lines()
        .find(|line| line.starts_with("lambda_async_exporter_request_budget_per_second{"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_lowers_the_budget_and_answers_raise_it_again() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..10 {
        region.put_function(Function::new(format!("f{n}").as_str()));
    }
    let exporter = Exporter::start(command_for(&aws)).await;
    exporter.scrape_until(|text| budget(text) > 14.9).await;
    aws.set_quota(ACCOUNT, REGION, Some(2.0));
    exporter.scrape_until(|text| budget(text) < 5.0).await;
    aws.set_quota(ACCOUNT, REGION, None);
    let low = budget(&exporter.scrape().await);
    let text = exporter.scrape_until(|text| budget(text) > low + 0.5).await;
    // Nothing was lost on the way.
    for n in 0..10 {
        assert!(has_settings(&text, &format!("f{n}")), "{text}");
    }
}

fn has_settings(text: &str, function: &str) -> bool {
    samples_of(text, function)
        .iter()
        .any(|sample| sample.starts_with("aws_lambda_event_invoke_config_present"))
}
