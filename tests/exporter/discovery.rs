//! Functions that nobody named: found, published, kept and given up.

use exporter_harness::{ACCOUNT, Aws, Exporter, Page, REGION};
use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation, Request};

use crate::process::{aws, command_on, samples_of};

const DISCOVERED: &str = "lambda_async_exporter_discovery_success\
    {account_id=\"111122223333\",region=\"us-east-1\"}";

fn started(aws: &Aws, yaml: &str) -> Exporter {
    let exporter = Exporter::configured(command_on(aws), yaml);
    exporter.scrape_for(DISCOVERED);
    exporter
}

fn published(text: &str, function: &str) -> bool {
    !samples_of(text, function).is_empty()
}

#[test]
fn without_any_configuration_all_functions_are_found() {
    /// Two pages.
    const FUNCTIONS: usize = 51;
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..FUNCTIONS {
        region.put_function(Function::new(format!("f{n:03}").as_str()));
    }
    let queue = "arn:aws:sqs:us-east-1:111122223333:dead";
    region.put_function(
        Function::new("queued")
            .runtime("python3.13")
            .dead_letter(queue),
    );
    region.put_alias("queued", "BLUE", "$LATEST");
    let config = EventInvokeConfig::new().retries(1);
    region.put_event_invoke_config("queued", "BLUE", config);
    let exporter = Exporter::start(command_on(&aws));
    let ready = |text: &Page| text.contains("sweep_duration_seconds{");
    let text = exporter.scrape_until(ready);
    assert!(text.contains(&format!("{DISCOVERED} 1\n")), "{text}");
    for n in 0..FUNCTIONS {
        let unconfigured =
            "aws_lambda_event_invoke_config_present{qualifier=\"$LATEST\"} 0".to_owned();
        assert!(samples_of(&text, &format!("f{n:03}")).contains(&unconfigured));
    }
    let queued = samples_of(&text, "queued");
    for sample in [
        "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"BLUE\"} 1".to_owned(),
        "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"$LATEST\"} 2".to_owned(),
        "aws_lambda_function_dead_letter_queue_present{qualifier=\"BLUE\"} 1".to_owned(),
        format!(
            "aws_lambda_function_dead_letter_queue_info{{qualifier=\"$LATEST\",target_type=\"sqs\",target_arn=\"{queue}\"}} 1"
        ),
    ] {
        assert!(queued.contains(&sample), "{sample} is not in {queued:#?}");
    }
    // What the listing told is not asked again, and tags are of no interest.
    for operation in [
        Operation::GetFunctionConfiguration,
        Operation::GetFunctionEventInvokeConfig,
        Operation::GetResources,
    ] {
        assert_eq!(aws.count(operation), 0, "{operation:?}");
    }
    let of_others = |request: &Request| {
        request.operation == Operation::ListAliases && request.function.as_deref() != Some("queued")
    };
    assert_eq!(
        aws.count_by(of_others),
        0,
        "they have no aliases with configs"
    );
}

#[test]
fn functions_come_and_go() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("old"));
    let exporter = started(&aws, "");
    exporter.scrape_until(|text| published(text, "old"));
    region.put_function(Function::new("new"));
    exporter.scrape_until(|text| published(text, "new"));
    region.remove_function("old");
    exporter.scrape_until(|text| !published(text, "old"));
    exporter.wait_for_log("function is no longer listed");
}

/// Only what the configuration names is missing where it does not exist.
#[test]
fn a_discovered_function_that_is_deleted_is_not_one_that_is_missing() {
    const MISSING: &str = "lambda_async_exporter_target_not_found";
    let not_found = |page: &Page| page.contains("state=\"not_found\"} 1\n");
    for (yaml, missing) in [("", 0), ("accounts: [{functions: [f], discovery: {}}]", 1)] {
        let aws = aws();
        let region = aws.region(ACCOUNT, REGION);
        region.put_function(Function::new("f"));
        let exporter = started(&aws, yaml);
        let page = exporter.scrape_until(|text| text.contains("state=\"ok\"} 1\n"));
        assert!(page.samples(MISSING).is_empty(), "{page}");
        // Nothing tells that it is gone but its own read.
        let fault = Fault::on(Operation::ListFunctions).always();
        aws.inject(fault.kind(FaultKind::BadGateway));
        region.remove_function("f");
        let page = exporter.scrape_until(not_found);
        assert_eq!(page.samples(MISSING).len(), missing, "{yaml}\n{page}");
        if missing > 0 {
            region.put_function(Function::new("f"));
            exporter.scrape_until(|page| page.samples(MISSING).is_empty());
        }
    }
}

#[test]
fn a_listing_that_fails_takes_nothing_away_and_says_so() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    // One page: a listing that breaks off halfway is taken up again for a while.
    for n in 0..40 {
        region.put_function(Function::new(format!("f{n:03}").as_str()));
    }
    let exporter = started(&aws, "");
    exporter.scrape_until(|text| published(text, "f039"));
    let fault = Fault::on(Operation::ListFunctions).always();
    aws.inject(fault.kind(FaultKind::BadGateway));
    let failed = format!("{DISCOVERED} 0\n");
    let text = exporter.scrape_until(|text| text.contains(&failed));
    assert!((0..40).all(|n| published(&text, &format!("f{n:03}"))));
    let line = exporter.wait_for_log("listing of functions broke off");
    assert!(line.contains("operation=\"ListFunctions\""), "{line}");
    aws.clear_faults();
    exporter.wait_for_log("functions are listed again");
}

#[test]
fn a_missing_permission_to_list_is_named_and_ready_all_the_same() {
    let aws = aws();
    let fault = Fault::on(Operation::ListFunctions).always();
    aws.inject(fault.kind(FaultKind::AccessDenied));
    let exporter = started(&aws, "");
    let line = exporter.wait_for_log("AWS denies the IAM action");
    assert!(line.contains("lambda:ListFunctions"), "{line}");
    assert_eq!(exporter.get("/-/ready").status, 200);
    let text = exporter.scrape();
    assert!(text.contains(&format!("{DISCOVERED} 0\n")), "{text}");
}

#[test]
fn filters_by_pattern_and_tag_and_labels_made_of_tags() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    let tagged = |name: &str, team: &str| Function::new(name).tag("team", team);
    region.put_function(tagged("prod-a", "payments"));
    region.put_function(tagged("prod-a-canary", "payments"));
    region.put_function(tagged("prod-b", "web"));
    region.put_function(tagged("dev-a", "payments"));
    region.put_function(Function::new("prod-untagged"));
    region.put_function(tagged("prod-deleted", "payments"));
    region.remove_function("prod-deleted");
    let yaml = "
accounts:
  - discovery:
      include: ['^prod-']
      exclude: ['-canary$']
      tags: {team: [payments]}
labels:
  tags: [team, cost-centre]
";
    let exporter = started(&aws, yaml);
    let text = exporter.scrape_until(|text| published(text, "prod-a"));
    let others = [
        "prod-a-canary",
        "prod-b",
        "dev-a",
        "prod-untagged",
        "prod-deleted",
    ];
    for other in others {
        assert!(!published(&text, other), "{other}");
    }
    let info = samples_of(&text, "prod-a");
    let labels = "tag_team=\"payments\",tag_cost_centre=\"\"} 1";
    assert!(
        info.iter().any(|sample| sample.ends_with(labels)),
        "{info:#?}"
    );
}

/// "No such tag" would undo whatever the tag says, a silenced alert for one.
#[test]
fn tags_that_cannot_be_read_are_no_labels() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").tag("team", "payments"));
    region.put_function(Function::new("untagged"));
    let fault = Fault::on(Operation::GetResources).kind(FaultKind::AccessDenied);
    aws.inject(fault.always());
    let exporter = started(&aws, "labels: {tags: [team]}");
    let info = |text: &Page, name: &str| -> Vec<String> {
        let mut samples = samples_of(text, name);
        samples.retain(|sample| sample.starts_with("aws_lambda_function_info"));
        samples
    };
    let text = exporter.scrape_until(|text| published(text, "f") && published(text, "untagged"));
    for name in ["f", "untagged"] {
        let samples = info(&text, name);
        assert_eq!(samples.len(), 1, "{samples:?}");
        assert!(!samples[0].contains("tag_"), "{samples:?}");
    }
    aws.clear_faults();
    let text = exporter.scrape_until(|text| info(text, "f").iter().any(|one| one.contains("tag_")));
    assert!(info(&text, "f")[0].contains("tag_team=\"payments\""));
    assert!(info(&text, "untagged")[0].contains("tag_team=\"\""));
}

#[test]
fn every_alias_where_aliases_are_wanted() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").alias("BLUE", "1").alias("GREEN", "1"));
    let config = EventInvokeConfig::new().retries(0);
    region.put_event_invoke_config("f", "BLUE", config.clone());
    region.put_event_invoke_config("f", "orphan", config);
    let exporter = started(&aws, "accounts: [{discovery: {aliases: true}}]");
    let green = "aws_lambda_event_invoke_config_destination_present\
        {qualifier=\"GREEN\",condition=\"on_failure\"} 0"
        .to_owned();
    let found = |text: &Page| samples_of(text, "f").contains(&green);
    let text = exporter.scrape_until(found);
    assert!(!text.contains("orphan"), "{text}");
}
