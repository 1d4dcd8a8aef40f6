//! Which targets are read, by which calls, and what is published about them.

use exporter_harness::{ACCOUNT, Exporter, REGION};
use lambda_simulator::{EventInvokeConfig, Function, Operation, Wire};

use crate::process::{aws, command_on, samples_of, watching};

/// The example of the API page: alias BLUE of my-function.
#[test]
fn the_example_of_the_api_page() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("my-function").alias("BLUE", "1"));
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:failed-invocations");
    region.put_event_invoke_config(
        "my-function",
        "BLUE",
        EventInvokeConfig::new()
            .retries(0)
            .event_age(3600)
            .on_failure(queue.as_str())
            .on_success(Wire::Empty)
            .last_modified(1_479_757_760.326),
    );
    let exporter = watching(command_on(&aws), &["my-function:BLUE"]);
    let text = exporter.scrape();
    let blue: Vec<String> = samples_of(&text, "my-function")
        .into_iter()
        .filter(|sample| sample.starts_with("aws_lambda_event_invoke"))
        .collect();
    let prefix = "aws_lambda_event_invoke_config";
    assert_eq!(
        blue,
        [
            format!("{prefix}_present{{qualifier=\"BLUE\"}} 1"),
            format!("{prefix}_maximum_retry_attempts{{qualifier=\"BLUE\"}} 0"),
            format!("{prefix}_maximum_event_age_seconds{{qualifier=\"BLUE\"}} 3600"),
            format!(
                "{prefix}_destination_present{{qualifier=\"BLUE\",condition=\"on_failure\"}} 1"
            ),
            format!(
                "{prefix}_destination_present{{qualifier=\"BLUE\",condition=\"on_success\"}} 0"
            ),
            format!(
                "{prefix}_destination_info{{qualifier=\"BLUE\",condition=\"on_failure\",\
                 destination_type=\"sqs\",destination_arn=\"{queue}\"}} 1"
            ),
            format!(
                "{prefix}_last_modified_timestamp_seconds{{qualifier=\"BLUE\"}} 1479757760.326"
            ),
        ]
    );
}

#[test]
fn one_target_in_whatever_ways_it_is_named() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    let partial = format!("{ACCOUNT}:function:f");
    let exporter = watching(command_on(&aws), &["f", "f:$LATEST", &arn, &partial, "f"]);
    let text = exporter.scrape();
    let present = text.samples("aws_lambda_event_invoke_config_present");
    assert_eq!(present.len(), 1, "{present:#?}");
}

#[test]
fn every_qualifier_by_one_listing_and_each_page_of_it() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    let mut function = Function::new("f");
    for n in 0..70 {
        function = function.alias(&format!("alias-{n}"), "1");
    }
    region.put_function(function);
    for n in 0..70 {
        let config = EventInvokeConfig::new().retries(n % 3);
        region.put_event_invoke_config("f", &format!("alias-{n}"), config);
    }
    let exporter = watching(command_on(&aws), &["f:*"]);
    let text = exporter.scrape();
    let samples = samples_of(&text, "f");
    let retries = "aws_lambda_event_invoke_config_maximum_retry_attempts";
    assert_eq!(
        samples
            .iter()
            .filter(|sample| sample.starts_with(retries))
            .count(),
        71
    );
    for n in 0..70 {
        let sample = format!("{retries}{{qualifier=\"alias-{n}\"}} {}", n % 3);
        assert!(samples.contains(&sample), "{sample}");
    }
    // Not configured itself, and there all the same.
    let latest = "aws_lambda_event_invoke_config_present{qualifier=\"$LATEST\"} 0";
    assert!(samples.iter().any(|sample| sample == latest));
    assert_eq!(aws.count(Operation::GetFunctionEventInvokeConfig), 0);
}

/// A qualifier that is also named is published without a config, but not without existing.
#[test]
fn named_qualifiers_beside_every() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").alias("BARE", "1").alias("ORPHAN", "1"));
    region.put_event_invoke_config("f", "ORPHAN", EventInvokeConfig::new().retries(1));
    region.remove_alias("f", "ORPHAN");
    let exporter = watching(command_on(&aws), &["f:*", "f:BARE", "f:ORPHAN", "f:NEVER"]);
    let samples = samples_of(&exporter.scrape(), "f");
    let of = |qualifier: &str| -> Vec<&String> {
        let label = format!("qualifier=\"{qualifier}\"");
        samples
            .iter()
            .filter(|sample| sample.contains(&label))
            .collect()
    };
    assert!(
        samples
            .contains(&"aws_lambda_event_invoke_config_present{qualifier=\"BARE\"} 0".to_owned())
    );
    for missing in ["ORPHAN", "NEVER"] {
        assert_eq!(
            of(missing),
            [
                &format!("lambda_async_exporter_target_success{{qualifier=\"{missing}\"}} 0"),
                &format!("lambda_async_exporter_target_not_found{{qualifier=\"{missing}\"}} 1"),
            ],
            "an alias that does not exist has these series alone"
        );
    }
}

#[test]
fn a_function_that_does_not_exist_has_no_series_about_it() {
    let aws = aws();
    let exporter = watching(
        command_on(&aws),
        &["nowhere", "nowhere-at-all:*", "gone:BLUE"],
    );
    let text = exporter.scrape();
    for (function, qualifier) in [
        ("nowhere", "$LATEST"),
        ("nowhere-at-all", "$LATEST"),
        ("gone", "BLUE"),
    ] {
        assert_eq!(
            samples_of(&text, function),
            [
                format!("lambda_async_exporter_target_success{{qualifier=\"{qualifier}\"}} 0"),
                format!("lambda_async_exporter_target_not_found{{qualifier=\"{qualifier}\"}} 1"),
            ]
        );
    }
    assert!(text.contains("state=\"not_found\"} 3"));
    exporter.wait_for_log("no such function, version or alias");
}

#[test]
fn an_arn_of_another_account_and_region_is_read_there() {
    let aws = aws();
    let other = aws.region("999988887777", "eu-west-1");
    other.put_function(Function::new("f"));
    other.put_event_invoke_config("f", "$LATEST", EventInvokeConfig::new().retries(1));
    // A namesake in the caller's own account must not answer for it.
    aws.region(ACCOUNT, "eu-west-1")
        .put_function(Function::new("f"));
    let arn = "arn:aws:lambda:eu-west-1:999988887777:function:f";
    let exporter = watching(command_on(&aws), &[arn]);
    let sample = "aws_lambda_event_invoke_config_maximum_retry_attempts{account_id=\"999988887777\",\
                  region=\"eu-west-1\",function_name=\"f\",qualifier=\"$LATEST\"} 1";
    assert!(exporter.scrape().contains(sample));
    assert_eq!(
        aws.count(Operation::GetCallerIdentity),
        0,
        "the ARN tells the account"
    );
}

#[test]
fn a_name_is_read_in_every_region_asked_for() {
    let aws = aws();
    aws.set_quota(ACCOUNT, "eu-west-1", None);
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let mut command = command_on(&aws);
    command.args([
        "--lambda.function=f",
        "--aws.region=us-east-1",
        "--aws.region=eu-west-1",
    ]);
    let exporter = Exporter::start(command);
    let success = |region: &str, value: u8| {
        format!(
            "lambda_async_exporter_target_success{{account_id=\"{ACCOUNT}\",region=\"{region}\",\
             function_name=\"f\",qualifier=\"$LATEST\"}} {value}"
        )
    };
    exporter.scrape_for(&success("us-east-1", 1));
    exporter.scrape_for(&success("eu-west-1", 0));
}

/// Every way in which AWS writes "no destination".
#[test]
fn no_destination_however_it_is_written() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for (name, wire) in [
        ("absent", Wire::Absent),
        ("empty", Wire::Empty),
        ("null", Wire::Null),
        ("blank", Wire::Blank),
    ] {
        region.put_function(Function::new(name));
        let config = EventInvokeConfig::new()
            .on_failure(wire.clone())
            .on_success(wire);
        region.put_event_invoke_config(name, "$LATEST", config);
    }
    let exporter = watching(command_on(&aws), &["absent", "empty", "null", "blank:*"]);
    let text = exporter.scrape();
    for name in ["absent", "empty", "null", "blank"] {
        let samples = samples_of(&text, name);
        for condition in ["on_failure", "on_success"] {
            let sample = format!(
                "aws_lambda_event_invoke_config_destination_present\
                 {{qualifier=\"$LATEST\",condition=\"{condition}\"}} 0"
            );
            assert!(samples.contains(&sample), "{name}: {samples:#?}");
        }
        assert!(
            !samples
                .iter()
                .any(|sample| sample.contains("destination_info")),
            "{name}"
        );
    }
}
