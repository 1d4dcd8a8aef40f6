//! Functions that nobody named: found, published, kept and given up.

use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation, Simulator};

use crate::process::{ACCOUNT, Exporter, REGION, command_for, samples_of, simulator};

const DISCOVERED: &str = "lambda_async_exporter_discovery_success\
    {account_id=\"111122223333\",region=\"us-east-1\"}";

async fn started(aws: &Simulator, yaml: &str) -> Exporter {
    let mut command = command_for(aws);
    if !yaml.is_empty() {
        command.arg("--config.file").arg(crate::process::file(yaml));
    }
    let exporter = Exporter::start(command).await;
    exporter.scrape_for(DISCOVERED).await;
    exporter
}

fn published(text: &str, function: &str) -> bool {
    !samples_of(text, function).is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_configuration_all_functions_are_found() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..120 {
        region.put_function(Function::new(format!("f{n:03}").as_str()));
    }
    let queue = "arn:aws:sqs:us-east-1:111122223333:dead";
    region.put_function(
        Function::new("queued")
            .runtime("python3.13")
            .dead_letter(queue),
    );
    let config = EventInvokeConfig::new().retries(1);
    region.put_event_invoke_config("queued", "BLUE", config);
    let exporter = started(&aws, "").await;
    let ready = |text: &str| text.contains("sweep_duration_seconds{");
    let text = exporter.scrape_until(ready).await;
    assert!(text.contains(&format!("{DISCOVERED} 1\n")), "{text}");
    for n in 0..120 {
        let unconfigured =
            "aws_lambda_event_invoke_config_present{qualifier=\"$LATEST\"} 0".to_owned();
        assert!(samples_of(&text, &format!("f{n:03}")).contains(&unconfigured));
    }
    let queued = samples_of(&text, "queued");
    for sample in [
        "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"BLUE\"} 1".to_owned(),
        "aws_lambda_event_invoke_config_maximum_retry_attempts{qualifier=\"$LATEST\"} 2".to_owned(),
        "aws_lambda_function_dead_letter_queue_present{} 1".to_owned(),
        format!(
            "aws_lambda_function_dead_letter_queue_info{{target_type=\"sqs\",target_arn=\"{queue}\"}} 1"
        ),
    ] {
        assert!(queued.contains(&sample), "{sample} is not in {queued:#?}");
    }
    // What the listing told is not asked again, and tags are of no interest.
    for operation in [
        Operation::GetFunctionConfiguration,
        Operation::GetFunctionEventInvokeConfig,
        Operation::GetResources,
        Operation::ListAliases,
    ] {
        assert_eq!(aws.count(operation), 0, "{operation:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_come_and_go() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("old"));
    let exporter = started(&aws, "").await;
    exporter.scrape_until(|text| published(text, "old")).await;
    region.put_function(Function::new("new"));
    exporter.scrape_until(|text| published(text, "new")).await;
    region.remove_function("old");
    exporter.scrape_until(|text| !published(text, "old")).await;
    exporter.wait_for_log("function is no longer listed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_fails_takes_nothing_away_and_says_so() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    // One page: a listing that breaks off halfway is taken up again for a while.
    for n in 0..40 {
        region.put_function(Function::new(format!("f{n:03}").as_str()));
    }
    let exporter = started(&aws, "").await;
    exporter.scrape_until(|text| published(text, "f039")).await;
    let fault = Fault::on(Operation::ListFunctions).always();
    aws.inject(fault.kind(FaultKind::BadGateway));
    let failed = format!("{DISCOVERED} 0\n");
    let text = exporter.scrape_until(|text| text.contains(&failed)).await;
    assert!((0..40).all(|n| published(&text, &format!("f{n:03}"))));
    let line = exporter
        .wait_for_log("listing of functions broke off")
        .await;
    assert!(line.contains("operation=\"ListFunctions\""), "{line}");
    aws.clear_faults();
    exporter.wait_for_log("functions are listed again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_to_list_is_named_and_ready_all_the_same() {
    let aws = simulator().await;
    let fault = Fault::on(Operation::ListFunctions).always();
    aws.inject(fault.kind(FaultKind::AccessDenied));
    let exporter = started(&aws, "").await;
    let line = exporter.wait_for_log("AWS denies the IAM action").await;
    assert!(line.contains("lambda:ListFunctions"), "{line}");
    assert_eq!(exporter.get("/-/ready").await.status, 200);
    let text = exporter.scrape().await;
    assert!(text.contains(&format!("{DISCOVERED} 0\n")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_by_pattern_and_tag_and_labels_made_of_tags() {
    let aws = simulator().await;
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
    let exporter = started(&aws, yaml).await;
    let text = exporter
        .scrape_until(|text| published(text, "prod-a"))
        .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn every_alias_where_aliases_are_wanted() {
    let aws = simulator().await;
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").alias("BLUE", "1").alias("GREEN", "1"));
    let config = EventInvokeConfig::new().retries(0);
    region.put_event_invoke_config("f", "BLUE", config.clone());
    region.put_event_invoke_config("f", "orphan", config);
    let exporter = started(&aws, "accounts: [{discovery: {aliases: true}}]").await;
    let green = "aws_lambda_event_invoke_config_destination_present\
        {qualifier=\"GREEN\",condition=\"on_failure\"} 0"
        .to_owned();
    let found = |text: &str| samples_of(text, "f").contains(&green);
    let text = exporter.scrape_until(found).await;
    assert!(!text.contains("orphan"), "{text}");
}
