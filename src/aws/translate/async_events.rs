//! Metrics that CloudWatch has.

use aws_sdk_cloudwatch::{operation::list_metrics::ListMetricsOutput, types::Metric};

use super::page;
use crate::{
    domain::{CallError, FunctionName, Operation, Qualifier},
    port::Page,
};

/// One page of the answer to `ListMetrics`: which functions and qualifiers have the metric. AWS publishes it by
/// function, too, and by the version behind an alias; neither says which qualifier was invoked.
pub(in crate::aws) fn async_events(
    output: &ListMetricsOutput,
) -> Result<Page<(FunctionName, Qualifier)>, CallError> {
    page(
        Operation::ListMetrics,
        output.metrics.as_deref(),
        output.next_token(),
        |metric| Ok(invoked(metric)),
    )
}

/// `Resource` is `NAME` or `NAME:QUALIFIER`. What is neither is about no function that is read here.
fn invoked(metric: &Metric) -> Option<(FunctionName, Qualifier)> {
    let resource = dimension(metric, "Resource")?;
    let (name, qualifier) = resource.split_once(':').unwrap_or((resource, "$LATEST"));
    Some((name.parse().ok()?, qualifier.parse().ok()?))
}

fn dimension<'a>(metric: &'a Metric, name: &str) -> Option<&'a str> {
    let mut dimensions = metric.dimensions().iter();
    dimensions
        .find(|dimension| dimension.name() == Some(name))?
        .value()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::Dimension;

    use super::*;

    fn metric(dimensions: &[(&str, &str)]) -> Metric {
        let dimension =
            |(name, value): &(&str, &str)| Dimension::builder().name(*name).value(*value).build();
        Metric::builder()
            .set_dimensions(Some(dimensions.iter().map(dimension).collect()))
            .build()
    }

    #[test]
    fn the_resource_says_what_was_invoked() {
        let function = ("FunctionName", "f");
        for (dimensions, expected) in [
            (vec![function], None),
            (vec![function, ("Resource", "f")], Some("$LATEST")),
            (vec![function, ("Resource", "f:$LATEST")], Some("$LATEST")),
            (vec![function, ("Resource", "f:live")], Some("live")),
            (vec![function, ("Resource", "f:1")], Some("1")),
            (
                vec![("ExecutedVersion", "1"), ("Resource", "f:live"), function],
                Some("live"),
            ),
            (vec![function, ("Resource", "no function")], None),
            (vec![function, ("Resource", "f:no qualifier")], None),
        ] {
            let expected =
                expected.map(|qualifier| ("f".parse().unwrap(), qualifier.parse().unwrap()));
            assert_eq!(invoked(&metric(&dimensions)), expected, "{dimensions:?}");
        }
    }

    #[test]
    fn a_page_without_a_list_is_not_believed() {
        assert!(async_events(&ListMetricsOutput::builder().build()).is_err());
    }
}
