//! What the documents say about metrics and permissions is what the code does.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    domain::{Outcome, ScopeId},
    metrics::{
        OwnMetrics,
        families::{FUNCTION_FAMILIES, SCOPE_FAMILIES, TARGET_FAMILIES},
    },
    poll::Operation,
};

const README: &str = include_str!("../README.md");
const POLICY: &str = include_str!("../config/iam-policy.json");

/// Names and labels in the README's tables of metrics.
fn documented() -> BTreeMap<String, Vec<String>> {
    let metric = |cell: &str| {
        let name = cell.trim().strip_prefix('`')?.strip_suffix('`')?;
        let known = name.starts_with("aws_lambda_") || name.starts_with("lambda_async_exporter_");
        known.then(|| name.to_owned())
    };
    let mut metrics = BTreeMap::new();
    for line in README.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        let [_, name, labels, _, _] = cells[..] else {
            continue;
        };
        let Some(name) = metric(name) else { continue };
        let labels = labels
            .split(',')
            .map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        assert!(
            metrics.insert(name.clone(), labels).is_none(),
            "{name} stands there twice"
        );
    }
    metrics
}

/// Names and labels as the code has them, without those that all in the first table share.
fn published() -> BTreeMap<String, Vec<String>> {
    let targets = TARGET_FAMILIES
        .iter()
        .map(|family| (family.name, family.labels, family.help));
    let functions = FUNCTION_FAMILIES
        .iter()
        .map(|family| (family.name, family.labels, family.help));
    let scopes = SCOPE_FAMILIES
        .iter()
        .map(|family| (family.name, family.labels, family.help));
    let mut metrics = BTreeMap::new();
    for (name, labels, help) in targets.chain(functions).chain(scopes) {
        assert_eq!(labels[..2], ["account_id", "region"], "{name}");
        assert!(
            help.ends_with('.') && help.starts_with(char::is_uppercase),
            "{name}: {help}"
        );
        let own = labels[2..].iter().map(|&label| label.to_owned()).collect();
        assert!(
            metrics.insert(name.to_owned(), own).is_none(),
            "{name} is there twice"
        );
    }
    metrics
}

/// Names of the exporter's own metrics, seen by rendering them.
fn own_names() -> Vec<String> {
    let own = OwnMetrics::new();
    let scope = ScopeId {
        account: None,
        region: "us-east-1".parse().unwrap(),
    };
    own.api().observe(
        &scope,
        Operation::GetCallerIdentity,
        Outcome::Ok,
        Duration::ZERO,
    );
    own.count_http_request("/", 200);
    let mut text = String::new();
    own.render(&mut text);
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .filter(|name| !name.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_metric_is_in_the_readme_with_its_labels_and_no_other_is() {
    let mut documented = documented();
    for (name, labels) in published() {
        assert_eq!(documented.remove(&name), Some(labels), "{name}");
    }
    for name in own_names() {
        assert!(
            documented.remove(&name).is_some(),
            "{name} is not in the README"
        );
    }
    assert!(
        documented.is_empty(),
        "the README has metrics that do not exist: {documented:?}"
    );
}

#[test]
fn the_policy_grants_what_is_called_and_nothing_else() {
    let policy: serde_json::Value = serde_json::from_str(POLICY).unwrap();
    let mut granted: Vec<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    granted.sort_unstable();
    // `sts:GetCallerIdentity` needs no permission.
    let mut called = [
        Operation::GetFunctionEventInvokeConfig,
        Operation::ListFunctionEventInvokeConfigs,
        Operation::GetFunctionConfiguration,
    ]
    .map(Operation::iam_action);
    called.sort_unstable();
    assert_eq!(granted, called);
}
