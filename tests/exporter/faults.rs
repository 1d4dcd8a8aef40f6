//! Faults of AWS: each stays with what it hits, the last good value stays, and all comes back.

use std::time::Duration;

use exporter_harness::{ACCOUNT, Aws, Exporter, Page, REGION};
use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation};

use crate::process::{aws, command_on, impatient_command_on, samples_of, watching};

const RETRIES: &str =
    "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"$LATEST\"}";
const SUCCESS: &str = "lambda_async_exporter_target_success{qualifier=\"$LATEST\"}";

fn put(aws: &Aws, names: &[&str]) {
    for name in names {
        let region = aws.region(ACCOUNT, REGION);
        region.put_function(Function::new(*name));
        region.put_event_invoke_config(name, "$LATEST", EventInvokeConfig::new().retries(1));
    }
}

fn has(text: &str, function: &str, sample: &str, value: i32) -> bool {
    samples_of(text, function).contains(&format!("{sample} {value}"))
}

/// One function that is read by name and one that is read with all its qualifiers fail, and nothing else does.
fn survives(kind: FaultKind, state: &str, outcome: &str) {
    let aws = aws();
    let bad = ["named", "listed"];
    put(&aws, &["good", "named", "listed"]);
    let exporter = watching(impatient_command_on(&aws), &["good", "named", "listed:*"]);
    for function in bad {
        aws.inject(Fault::any().function(function).always().kind(kind));
    }
    let counted = |text: &Page, operation: &str| {
        let counters = text.samples("lambda_async_exporter_api_requests_total");
        counters.iter().any(|counter| {
            counter.label("operation") == Some(operation)
                && counter.label("outcome") == Some(outcome)
        })
    };
    let text = exporter.scrape_until(|text| {
        assert!(has(text, "good", SUCCESS, 1), "{kind:?}\n{text}");
        bad.iter().all(|bad| has(text, bad, SUCCESS, 0))
            && counted(text, "GetFunctionEventInvokeConfig")
            && counted(text, "ListFunctionEventInvokeConfigs")
    });
    for function in ["good", "named", "listed"] {
        let kept = has(&text, function, RETRIES, 1);
        assert!(kept, "{kind:?}: the last good value of {function}\n{text}");
    }
    let states = format!("state=\"{state}\"}} 2\n");
    assert!(text.contains(&states), "{kind:?}: both are {state}\n{text}");
    aws.clear_faults();
    exporter.scrape_until(|text| bad.iter().all(|bad| has(text, bad, SUCCESS, 1)));
}

macro_rules! survives {
    ($($name:ident: $kind:expr => $state:literal, $outcome:literal;)*) => {$(
        #[test]
        fn $name() {
            survives($kind, $state, $outcome);
        }
    )*};
}

survives! {
    throttled_with_429: FaultKind::TooManyRequests { retry_after: Some(1) } => "throttled", "throttled";
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

#[test]
fn the_last_good_value_goes_after_stale_after_and_comes_back() {
    let aws = aws();
    put(&aws, &["good", "bad"]);
    let mut command = command_on(&aws);
    command
        .env("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "1s")
        .args(["--lambda.function=good", "--lambda.function=bad"]);
    let exporter = Exporter::start(command);
    exporter.scrape_until(|text| has(text, "bad", RETRIES, 1));
    let fault = aws.inject(
        Fault::any()
            .function("bad")
            .always()
            .kind(FaultKind::ServiceException),
    );
    let text = exporter.scrape_until(|text| samples_of(text, "bad") == [format!("{SUCCESS} 0")]);
    assert!(has(&text, "good", RETRIES, 1));
    aws.clear(fault);
    exporter.scrape_until(|text| has(text, "bad", RETRIES, 1));
}

/// AWS is out of reach altogether, and comes back.
#[test]
fn an_aws_that_is_cut_off_from_the_start() {
    let aws = aws();
    let address = aws.address();
    let mut command = command_on(&aws);
    command.arg("--lambda.function=f");
    drop(aws);
    let exporter = Exporter::start(command);
    let unknown = "lambda_async_exporter_target_success{account_id=\"\",region=\"us-east-1\",\
                   function_name=\"f\",qualifier=\"$LATEST\"} 0";
    let text = exporter.scrape_for(unknown);
    assert!(
        !text.contains("aws_lambda_"),
        "nothing is known, so nothing is published\n{text}"
    );
    assert_eq!(
        exporter.get("/-/ready").status,
        200,
        "the first sweep ended, badly"
    );
    assert_eq!(exporter.get("/-/healthy").status, 200);

    let aws = Aws::bind(address);
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let text = exporter.scrape_until(|text| has(text, "f", SUCCESS, 1));
    assert!(
        !text.contains(unknown),
        "the series without an account is gone"
    );
}

#[test]
fn without_permission_to_read_functions_configs_are_published_and_absences_are_not() {
    let aws = aws();
    put(&aws, &["good", "bad"]);
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("bare"));
    let denied = Fault::on(Operation::GetFunctionConfiguration).always();
    aws.inject(denied.kind(FaultKind::AccessDenied));
    let exporter = watching(command_on(&aws), &["good", "bad", "bare", "nowhere"]);
    let text = exporter.scrape();
    assert!(has(&text, "good", RETRIES, 1), "AWS answered it");
    for unknown in ["bare", "nowhere"] {
        // AWS's answer is the same for both, so neither is published as "no config".
        assert_eq!(samples_of(&text, unknown), [format!("{SUCCESS} 0")]);
    }
    for unknown in ["info", "dead_letter_queue_present"] {
        let family = format!("aws_lambda_function_{unknown}{{");
        assert!(!text.contains(&family), "{text}");
    }
    let denied = "AWS denies the IAM action lambda:GetFunctionConfiguration;";
    assert!(exporter.wait_for_log(denied).contains(" WARN "));
    assert_eq!(exporter.logged(denied), 1, "{:#?}", exporter.log());
}

#[test]
fn without_permission_to_read_configs_functions_are_published() {
    let aws = aws();
    aws.region(ACCOUNT, REGION)
        .put_function(Function::new("f").dead_letter("arn:aws:sns:us-east-1:111122223333:dead"));
    for operation in [
        Operation::GetFunctionEventInvokeConfig,
        Operation::ListFunctionEventInvokeConfigs,
    ] {
        aws.inject(Fault::on(operation).always().kind(FaultKind::AccessDenied));
    }
    let exporter = watching(command_on(&aws), &["f", "nowhere", "nowhere-either:*"]);
    let text = exporter.scrape();
    let samples = samples_of(&text, "f");
    assert!(
        samples.contains(
            &"aws_lambda_function_dead_letter_queue_present{qualifier=\"$LATEST\"} 1".to_owned()
        ),
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
    let denied = "AWS denies the IAM action lambda:GetFunctionEventInvokeConfig;";
    assert!(exporter.wait_for_log(denied).contains(" WARN "));
    assert_eq!(exporter.logged(denied), 1, "{:#?}", exporter.log());
}

/// A listing that breaks off on its second page says nothing about what the first one left out.
#[test]
fn a_listing_that_breaks_off_erases_nothing() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    for n in 1..=70 {
        region.update_function("f", |f| f.alias(&format!("alias-{n}"), "1"));
        region.put_event_invoke_config("f", &format!("alias-{n}"), EventInvokeConfig::new());
    }
    let exporter = watching(command_on(&aws), &["f:*"]);
    let count = |text: &str, sample: &str| {
        let samples = samples_of(text, "f");
        samples
            .iter()
            .filter(|line| line.starts_with(sample))
            .count()
    };
    let present = "aws_lambda_event_invoke_config_present";
    assert_eq!(count(&exporter.scrape(), present), 71);

    let list = Operation::ListFunctionEventInvokeConfigs;
    // Times and places in the paging are chance; some of the first pages get through, then none.
    aws.inject(
        Fault::on(list)
            .after(1)
            .always()
            .kind(FaultKind::TruncatedBody),
    );
    let failed = exporter.scrape_until(|text| text.contains("state=\"failed\"} 71"));
    assert_eq!(count(&failed, present), 71, "the last good values stay");
    assert_eq!(count(&failed, "lambda_async_exporter_target_success"), 71);
    aws.clear_faults();
    exporter.scrape_until(|text| text.contains("state=\"ok\"} 71"));
}

#[test]
fn one_region_that_hangs_leaves_the_other_alone() {
    let aws = aws();
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
    let mut command = impatient_command_on(&aws);
    command.args([
        "--lambda.function=f",
        "--aws.region=us-east-1",
        "--aws.region=eu-west-1",
    ]);
    let exporter = Exporter::start(command);
    let targets = |region: &str, state: &str| {
        format!(
            "lambda_async_exporter_targets{{account_id=\"{ACCOUNT}\",region=\"{region}\",\
             state=\"{state}\"}} 1"
        )
    };
    exporter.scrape_for(&targets("eu-west-1", "failed"));
    exporter.scrape_for(&targets(REGION, "ok"));
    let reads = aws.region(ACCOUNT, REGION).count_all();
    exporter.scrape_until(|_| aws.region(ACCOUNT, REGION).count_all() > reads + 4);
}

/// STS of one region is out; the other tells the account as well.
#[test]
fn the_account_is_asked_for_in_another_region_too() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let sts = Fault::on(Operation::GetCallerIdentity)
        .region("eu-west-1")
        .always();
    aws.inject(sts.kind(FaultKind::ServiceException));
    let mut command = command_on(&aws);
    command.args([
        "--lambda.function=f",
        "--aws.region=eu-west-1",
        "--aws.region=us-east-1",
    ]);
    let exporter = Exporter::start(command);
    exporter.scrape_until(|text| has(text, "f", SUCCESS, 1));
}

/// What the limiter allows, as it is published.
fn budget(page: &Page) -> f64 {
    let budget = page.samples("lambda_async_exporter_request_budget_per_second");
    budget.first().map_or(0.0, |budget| budget.value)
}

#[test]
fn throttling_lowers_the_budget_and_answers_raise_it_again() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..10 {
        region.put_function(Function::new(format!("f{n}").as_str()));
    }
    let exporter = Exporter::start(command_on(&aws));
    exporter.scrape_until(|text| budget(text) > 14.9 && text.contains("state=\"ok\"} 10\n"));
    aws.set_quota(ACCOUNT, REGION, Some(2.0));
    exporter.scrape_until(|text| budget(text) < 5.0);
    aws.set_quota(ACCOUNT, REGION, None);
    let low = budget(&exporter.scrape());
    let text = exporter.scrape_until(|text| budget(text) > low + 0.5);
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
