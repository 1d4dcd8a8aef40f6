//! Which functions receive asynchronous events, as far as `CloudWatch` tells.

use exporter_harness::{ACCOUNT, Aws, REGION};
use lambda_simulator::{EventInvokeConfig, Fault, FaultKind, Function, Operation};

use super::{RECEIVED, of, start, success};
use crate::process::aws;

/// Functions that receive events, listed on several pages.
fn receiving(count: usize) -> Aws {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for n in 0..count {
        let name = format!("f{n}");
        region.put_function(Function::new(name.as_str()));
        region.receive_async_events(&name, "");
    }
    region.put_function(Function::new("idle"));
    region.set_metrics_per_page(2);
    aws
}

#[test]
fn it_is_the_qualifier_that_was_invoked() {
    let aws = aws();
    let region = aws.region(ACCOUNT, REGION);
    for name in ["unqualified", "explicit", "idle"] {
        region.put_function(Function::new(name));
    }
    region.put_function(Function::new("aliased").alias("live", "1"));
    region.put_event_invoke_config("aliased", "live", EventInvokeConfig::new());
    for (name, qualifier) in [
        ("unqualified", ""),
        ("explicit", "$LATEST"),
        ("aliased", "live"),
        ("not-there", ""),
    ] {
        region.receive_async_events(name, qualifier);
    }
    let exporter = start(&aws);
    let page = exporter.scrape_until(|page| {
        of(page, RECEIVED, "aliased", "live").is_some()
            && of(page, RECEIVED, "idle", "$LATEST").is_some()
            && page.samples(RECEIVED).len() == 5
    });
    for (name, qualifier, expected) in [
        ("unqualified", "$LATEST", true),
        ("explicit", "$LATEST", true),
        ("aliased", "live", true),
        // The events of an alias are none of the unqualified function's.
        ("aliased", "$LATEST", false),
        ("idle", "$LATEST", false),
    ] {
        let received = of(&page, RECEIVED, name, qualifier);
        assert_eq!(received, Some(expected), "{name}:{qualifier}\n{page}");
    }
    region.forget_async_events("unqualified");
    exporter.scrape_until(|page| of(page, RECEIVED, "unqualified", "$LATEST") == Some(false));
}

#[test]
fn every_page_counts_and_a_page_that_is_missing_leaves_nothing_known() {
    for kind in [
        FaultKind::Throttling400,
        FaultKind::AccessDenied,
        FaultKind::ServiceException,
    ] {
        let aws = receiving(5);
        let listing = Fault::on(Operation::ListMetrics).after(1);
        aws.inject(listing.always().kind(kind));
        let exporter = start(&aws);
        let page = exporter.scrape_until(|page| {
            success(page, "async_events") == Some(false) && page.contains("state=\"ok\"} 6\n")
        });
        let series = page.samples(RECEIVED);
        assert!(series.is_empty(), "{kind:?}: neither 1 nor 0\n{page}");
        aws.clear_faults();
        let page = exporter.scrape_until(|page| success(page, "async_events") == Some(true));
        for n in 0..5 {
            let received = of(&page, RECEIVED, &format!("f{n}"), "$LATEST");
            assert_eq!(received, Some(true), "{kind:?}: f{n}\n{page}");
        }
        assert_eq!(of(&page, RECEIVED, "idle", "$LATEST"), Some(false));
    }
}

#[test]
fn what_was_read_before_a_failure_stays() {
    let aws = receiving(3);
    let exporter = start(&aws);
    exporter.scrape_until(|page| page.samples(RECEIVED).len() == 4);
    let listing = Fault::on(Operation::ListMetrics).after(1);
    aws.inject(listing.always().kind(FaultKind::ServiceException));
    let page = exporter.scrape_until(|page| success(page, "async_events") == Some(false));
    assert_eq!(of(&page, RECEIVED, "f2", "$LATEST"), Some(true), "{page}");
    assert_eq!(of(&page, RECEIVED, "idle", "$LATEST"), Some(false));
}
