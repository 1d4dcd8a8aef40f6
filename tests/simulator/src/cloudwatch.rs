//! `CloudWatch`: which metrics had data in the past two weeks. It speaks CBOR.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::{Value, json};

use crate::alias::Alias;
use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::function::Function;
use crate::page::{self, Ask, Page};
use crate::scope::Scope;
use crate::state::State;

/// What a page has.
const PER_PAGE: usize = 500;

const NAMESPACE: &str = "AWS/Lambda";

/// What asynchronous events leave behind, their receipt among it.
const NAMES: [&str; 2] = ["AsyncEventAge", "AsyncEventsReceived"];

/// The metrics of one scope.
pub(crate) struct Metrics {
    by_key: BTreeMap<String, Metric>,
    pub(crate) per_page: usize,
}

struct Metric {
    name: &'static str,
    /// Names and values, the function first.
    dimensions: Vec<(&'static str, String)>,
}

/// The metrics of a namespace and name, if they are given; all here are recently active.
pub(crate) fn list_metrics(state: &State, call: &Call, scope: &Scope) -> Result<Answer, AwsError> {
    let input = call.cbor()?;
    let is = |key: &str, value: &str| input[key].as_str().is_none_or(|asked| asked == value);
    let after = input["NextToken"].as_str().map(page::decode).transpose()?;
    let region = state.region(scope).filter(|_| is("Namespace", NAMESPACE));
    let size = region.map_or(PER_PAGE, |region| region.metrics.per_page);
    let ask = Ask { size, after };
    let metrics = region.map(|region| {
        let metrics = &region.metrics.by_key;
        metrics.range::<str, _>((ask.start(), Bound::Unbounded))
    });
    let rest = metrics.into_iter().flatten();
    let rest = rest.filter(|(_, metric)| is("MetricName", metric.name));
    let page = Page::take(rest, ask.size, |(key, _)| (*key).clone());
    let show = |(_, metric): &(&String, &Metric)| metric.to_json();
    let metrics: Vec<Value> = page.items.iter().map(show).collect();
    let mut body = json!({ "Metrics": metrics });
    if let Some(token) = page.next {
        body["NextToken"] = token.into();
    }
    Ok(Answer::cbor(200, &body))
}

impl Metrics {
    /// Adds what asynchronous events leave that invoked a function, which may not be there, at a qualifier, or without
    /// one where that is empty: one set of dimensions for the function, one for what was invoked, and for an alias one
    /// for each version that it leads to.
    pub(crate) fn receive(&mut self, name: &str, qualifier: &str, function: Option<&Function>) {
        let invoked = match qualifier {
            "" => name.to_owned(),
            qualifier => format!("{name}:{qualifier}"),
        };
        let of_function = vec![("FunctionName", name.to_owned())];
        let of_invoked = [of_function.clone(), vec![("Resource", invoked)]].concat();
        let alias = function.and_then(|function| function.aliases.get(qualifier));
        let versions = alias.into_iter().flat_map(Alias::versions);
        let of_versions = versions.map(|version| {
            [
                of_invoked.clone(),
                vec![("ExecutedVersion", version.to_owned())],
            ]
            .concat()
        });
        let sets: Vec<_> = of_versions
            .chain([of_function, of_invoked.clone()])
            .collect();
        for dimensions in sets {
            for name in NAMES {
                let dimensions = dimensions.clone();
                let metric = Metric { name, dimensions };
                self.by_key.insert(metric.key(), metric);
            }
        }
    }

    /// Removes what the events of a function left.
    pub(crate) fn forget(&mut self, function: &str) {
        self.by_key
            .retain(|_, metric| metric.dimensions[0].1 != function);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
            per_page: PER_PAGE,
        }
    }
}

impl Metric {
    /// What no other metric has.
    fn key(&self) -> String {
        let values = self.dimensions.iter().map(|(_, value)| value.as_str());
        let parts: Vec<&str> = std::iter::once(self.name).chain(values).collect();
        parts.join(" ")
    }

    fn to_json(&self) -> Value {
        let show = |(name, value): &(&str, String)| json!({ "Name": name, "Value": value });
        let dimensions: Vec<Value> = self.dimensions.iter().map(show).collect();
        json!({ "Namespace": NAMESPACE, "MetricName": self.name, "Dimensions": dimensions })
    }
}
