//! What the documents say about metrics and permissions is what the code does.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use std::{collections::BTreeMap, time::Duration};

use lambda_async_exporter::{
    domain::{Operation, Outcome, ScopeId},
    metrics::{ExporterMetrics, families::FAMILIES},
    port::AttemptObserver as _,
};

const README: &str = include_str!("../README.md");
const PERMISSIONS: &str = include_str!("../docs/permissions.md");
const POLICIES: [&str; 2] = [
    include_str!("../config/iam-policy.json"),
    include_str!("../config/iam-policy-organization.json"),
];

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

/// Names and labels in the table of families, without `account_id` and `region` where a family has both.
fn published() -> BTreeMap<String, Vec<String>> {
    let mut metrics = BTreeMap::new();
    for family in FAMILIES {
        let (name, help) = (family.name, family.help);
        assert!(
            help.ends_with('.') && help.starts_with(char::is_uppercase),
            "{name}: {help}"
        );
        let mut labels: Vec<String> = family.labels().map(str::to_owned).collect();
        if labels.starts_with(&["account_id".to_owned(), "region".to_owned()]) {
            labels.drain(..2);
        }
        assert!(
            metrics.insert(name.to_owned(), labels).is_none(),
            "{name} is there twice"
        );
    }
    metrics
}

/// Names of the exporter's own metrics, seen by rendering them.
fn exporter_metrics() -> Vec<String> {
    let metrics = ExporterMetrics::new();
    let scope = ScopeId {
        account: None,
        region: "us-east-1".parse().unwrap(),
    };
    metrics.api().attempt_ended(
        &scope,
        Operation::GetCallerIdentity,
        Outcome::Ok(()),
        Duration::ZERO,
    );
    metrics.count_http_request("/", 200);
    let text = metrics.render();
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
    for name in exporter_metrics() {
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
fn the_policies_grant_what_is_called_and_nothing_else() {
    let mut granted: Vec<String> = Vec::new();
    for policy in POLICIES {
        let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let actions = statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap());
        granted.extend(actions.map(|action| action.as_str().unwrap().to_owned()));
    }
    granted.sort_unstable();
    assert_eq!(granted, called());
}

#[test]
fn every_permission_is_explained_and_no_other() {
    let mut explained: Vec<String> = PERMISSIONS
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    explained.sort_unstable();
    assert_eq!(explained, called());
}

/// The actions of everything that is called; `sts:GetCallerIdentity` needs no permission.
fn called() -> Vec<String> {
    let mut called: Vec<String> = Operation::ALL
        .into_iter()
        .filter(|&operation| operation != Operation::GetCallerIdentity)
        .map(|operation| operation.iam_action().to_owned())
        .collect();
    called.sort_unstable();
    called
}
