//! Event source mappings: what becomes of the records that a function fails on.

use exporter_harness::{ACCOUNT, Exporter, Page, REGION};
use lambda_simulator::{EventSourceMapping, Fault, FaultKind, Function, Operation};

use super::{arn, command, flag, start, success};
use crate::process::aws;

const FAMILY: &str = "aws_lambda_event_source_mapping_";

/// The samples about one mapping: what follows the common name, without labels that all have.
fn of(page: &Page, uuid: &str) -> Vec<String> {
    let label = format!(",uuid=\"{uuid}\"");
    page.lines()
        .filter(|line| line.contains(&label))
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix(FAMILY)?.split_once('{')?;
            let (_, own) = rest.split_once(&label)?;
            Some(format!(
                "{name}{}",
                own.trim_start_matches(',').replace('}', "")
            ))
        })
        .filter(|sample| !sample.starts_with("last_modified"))
        .collect()
}

fn redrive(page: &Page, uuid: &str) -> Option<bool> {
    let family = format!("{FAMILY}queue_redrive_present");
    flag(page, &family, &[("uuid", uuid)])
}

#[test]
fn only_what_a_source_has_is_published() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    region.put_queue("plain");
    region.put_queue_with_redrive("redriven", &arn("sqs", "dead"), 3);
    let stream = arn("kinesis", "stream/s");
    let table = arn("dynamodb", "table/t/stream/2026-01-01T00:00:00.000");
    for mapping in [
        EventSourceMapping::new("default", "f", &stream),
        EventSourceMapping::new("finite", "f", &table)
            .retries(3)
            .record_age(3600)
            .bisect(true)
            .on_failure(arn("sqs", "gone").as_str()),
        EventSourceMapping::new("plain", "f", &arn("sqs", "plain")),
        EventSourceMapping::new("redriven", "f", &arn("sqs", "redriven")),
        EventSourceMapping::self_managed_kafka("kafka", "f", "kafka:9092", "topic"),
    ] {
        region.put_event_source_mapping(mapping);
    }
    let exporter = start(&aws);
    let page = exporter.scrape_until(|page| {
        redrive(page, "plain") == Some(false)
            && redrive(page, "redriven") == Some(true)
            && page.contains("aws_lambda_event_source_mapping_destination_exists{")
    });
    let info =
        |arn: &str, kind: &str| format!("infoevent_source_arn=\"{arn}\",source_type=\"{kind}\" 1");
    assert_eq!(
        of(&page, "default"),
        [
            &*info(&stream, "kinesis"),
            "enabled 1",
            "destination_presentcondition=\"on_failure\" 0",
            "maximum_retry_attempts +Inf",
            "maximum_record_age_seconds +Inf",
            "bisect_batch_on_function_error 0",
        ]
    );
    let gone = arn("sqs", "gone");
    assert_eq!(
        of(&page, "finite"),
        [
            &*info(&table, "dynamodb"),
            "enabled 1",
            "destination_presentcondition=\"on_failure\" 1",
            &format!(
                "destination_infocondition=\"on_failure\",destination_type=\"sqs\",destination_arn=\"{gone}\" 1"
            ),
            &format!("destination_existscondition=\"on_failure\",destination_arn=\"{gone}\" 0"),
            "maximum_retry_attempts 3",
            "maximum_record_age_seconds 3600",
            "bisect_batch_on_function_error 1",
        ]
    );
    assert_eq!(
        of(&page, "plain"),
        [
            &*info(&arn("sqs", "plain"), "sqs"),
            "enabled 1",
            "queue_redrive_present 0",
        ]
    );
    assert_eq!(of(&page, "kafka")[..2], [&*info("", "kafka"), "enabled 1"]);
    region.put_queue_with_redrive("plain", &arn("sqs", "dead"), 3);
    exporter.scrape_until(|page| redrive(page, "plain") == Some(true));
}

#[test]
fn only_of_functions_that_are_read_at_the_qualifier_that_is_invoked() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f").alias("live", "1"));
    region.put_function(Function::new("other"));
    let stream = arn("kinesis", "stream/s");
    let latest = EventSourceMapping::new("latest", "f", &stream).qualifier("$LATEST");
    for mapping in [
        EventSourceMapping::new("unqualified", "f", &stream),
        latest,
        EventSourceMapping::new("alias", "f", &stream).qualifier("live"),
        EventSourceMapping::new("stranger", "other", &stream),
        EventSourceMapping::new("orphan", "deleted", &stream),
    ] {
        region.put_event_source_mapping(mapping);
    }
    let yaml = "accounts: [{discovery: {exclude: [other]}}]";
    let exporter = Exporter::configured(command(&aws), yaml);
    let info = format!("{FAMILY}info");
    let page = exporter.scrape_until(|page| !page.samples(&info).is_empty());
    let mut seen: Vec<_> = page.samples(&info);
    seen.sort_by_key(|sample| sample.label("uuid").map(str::to_owned));
    let seen: Vec<_> = seen
        .iter()
        .map(|sample| (sample.label("uuid"), sample.label("qualifier")))
        .collect();
    let expected = [
        ("alias", "live"),
        ("latest", "$LATEST"),
        ("unqualified", "$LATEST"),
    ];
    assert_eq!(seen, expected.map(|(uuid, of)| (Some(uuid), Some(of))));
}

#[test]
fn enabled_is_what_reads_or_soon_will() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    let states = [
        ("Creating", false),
        ("Enabling", true),
        ("Enabled", true),
        ("Updating", true),
        ("Disabling", false),
        ("Disabled", false),
        ("Deleting", false),
    ];
    for (state, _) in states {
        let mapping = EventSourceMapping::new(state, "f", &arn("kinesis", "stream/s"));
        region.put_event_source_mapping(mapping.state(state));
    }
    let exporter = start(&aws);
    let enabled = format!("{FAMILY}enabled");
    let page = exporter.scrape_until(|page| page.samples(&enabled).len() == states.len());
    for (state, expected) in states {
        let seen = flag(&page, &enabled, &[("uuid", state)]);
        assert_eq!(seen, Some(expected), "{state}\n{page}");
    }
}

#[test]
fn a_page_that_fails_takes_nothing_away() {
    /// Two pages.
    const MAPPINGS: usize = 120;
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_function(Function::new("f"));
    for n in 0..MAPPINGS {
        let uuid = format!("uuid-{n:03}");
        let mapping = EventSourceMapping::new(&uuid, "f", &arn("kinesis", "stream/s"));
        region.put_event_source_mapping(mapping);
    }
    let listing = || Fault::on(Operation::ListEventSourceMappings).after(1);
    let fault = aws.inject(listing().always().kind(FaultKind::ServiceException));
    let exporter = start(&aws);
    let failed = |page: &Page| success(page, "event_source_mappings") == Some(false);
    let info = format!("{FAMILY}info");
    let page = exporter.scrape_until(failed);
    assert!(page.samples(&info).is_empty(), "half of them\n{page}");
    aws.clear(fault);
    exporter.scrape_until(|page| page.samples(&info).len() == MAPPINGS);
    aws.inject(listing().always().kind(FaultKind::ServiceException));
    let page = exporter.scrape_until(failed);
    assert_eq!(page.samples(&info).len(), MAPPINGS, "{page}");
}
