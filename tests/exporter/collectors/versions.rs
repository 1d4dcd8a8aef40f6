//! The dead-letter queue in force: a version's is locked in, an alias has its version's.

use exporter_harness::{ACCOUNT, Aws, Page, REGION};
use lambda_simulator::{EventInvokeConfig, Function};

use super::{QUEUE_EXISTS, RETAINED, arn, of, start};
use crate::process::{aws, samples_of};

const PRESENT: &str = "aws_lambda_function_dead_letter_queue_present";

/// A function whose version 1 has a queue, and version 2 and `$LATEST` have none; all have configs without destination.
fn published() -> Aws {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    region.put_queue("dead");
    let function = Function::new("f").dead_letter(&arn("sqs", "dead"));
    let function = function.version("1").without_dead_letter().version("2");
    region.put_function(function.alias("live", "1"));
    for qualifier in ["1", "2", "live"] {
        region.put_event_invoke_config("f", qualifier, EventInvokeConfig::new().retries(1));
    }
    aws
}

fn retained(page: &Page, qualifier: &str) -> Option<bool> {
    of(page, RETAINED, "f", qualifier)
}

#[test]
fn a_versions_queue_is_the_one_it_was_published_with() {
    let aws = published();
    let exporter = start(&aws);
    let all = [
        ("1", true),
        ("2", false),
        ("live", true),
        ("$LATEST", false),
    ];
    let page = exporter.scrape_until(|page| {
        all.iter()
            .all(|(qualifier, expected)| retained(page, qualifier) == Some(*expected))
    });
    for (qualifier, expected) in all {
        let present = of(&page, PRESENT, "f", qualifier);
        assert_eq!(present, Some(expected), "{qualifier}\n{page}");
    }
    // What the function gets now is not theirs.
    let region = aws.region(ACCOUNT, REGION);
    region.update_function("f", |f| f.dead_letter(&arn("sqs", "dead")));
    let page = exporter.scrape_until(|page| retained(page, "$LATEST") == Some(true));
    assert_eq!(retained(&page, "2"), Some(false), "{page}");
}

#[test]
fn an_alias_has_that_of_its_version_the_lower_where_it_is_weighted() {
    let aws = published();
    let region = aws.region(ACCOUNT, REGION);
    let exporter = start(&aws);
    exporter.scrape_until(|page| retained(page, "live") == Some(true));
    region.put_alias("f", "live", "2");
    exporter.scrape_until(|page| retained(page, "live") == Some(false));
    region.put_alias("f", "live", "1");
    exporter.scrape_until(|page| retained(page, "live") == Some(true));
    region.put_weighted_alias("f", "live", "1", "2", 0.1);
    let page = exporter.scrape_until(|page| retained(page, "live") == Some(false));
    assert_eq!(of(&page, PRESENT, "f", "live"), Some(false), "{page}");
}

#[test]
fn the_queue_of_a_version_that_is_gone_retains_nothing() {
    let aws = published();
    let region = aws.region(ACCOUNT, REGION);
    let exporter = start(&aws);
    exporter.scrape_until(|page| of(page, QUEUE_EXISTS, "f", "1") == Some(true));
    region.remove_queue("dead");
    exporter.scrape_until(|page| {
        of(page, QUEUE_EXISTS, "f", "1") == Some(false)
            && retained(page, "1") == Some(false)
            && retained(page, "live") == Some(false)
    });
}

#[test]
fn what_a_deleted_alias_or_version_left_is_no_target() {
    let aws = published();
    let region = aws.region(ACCOUNT, REGION);
    for orphan in ["never", "7"] {
        region.put_event_invoke_config("f", orphan, EventInvokeConfig::new());
    }
    let exporter = start(&aws);
    let page = exporter.scrape_until(|page| retained(page, "live").is_some());
    for orphan in ["never", "7"] {
        assert!(!page.contains(&format!("qualifier=\"{orphan}\"")), "{page}");
    }
    region.remove_alias("f", "live");
    let page = exporter.scrape_until(|page| !page.contains("qualifier=\"live\""));
    assert!(!samples_of(&page, "f").is_empty());
}
