//! The section `labels`; its mistakes are in `tests/configurations.md`.

use super::*;

fn tags(yaml: &str, environment: &[(&str, &str)]) -> Vec<(String, String)> {
    let config = load(yaml, environment, &Arguments::default()).unwrap();
    let tags = config.labels.tags.into_iter();
    tags.map(|tag| (tag.key, tag.label)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(key, label): &(&str, &str)| (key.to_owned(), label.to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn tags_become_labels_in_their_order_and_once() {
    assert_eq!(
        tags("labels: {tags: [team, cost-center, team]}", &[]),
        pairs(&[("team", "tag_team"), ("cost-center", "tag_cost_center")])
    );
    assert_eq!(tags("labels: {tags: }", &[]), []);
}

#[test]
fn a_variable_replaces_the_list() {
    let environment = [("LAMBDA_ASYNC_EXPORTER_LABELS__TAGS", "[env, \"a:b\"]")];
    assert_eq!(
        tags("labels: {tags: [team]}", &environment),
        pairs(&[("env", "tag_env"), ("a:b", "tag_a_b")])
    );
    let environment = [("LAMBDA_ASYNC_EXPORTER_LABELS__TAGS", "env")];
    assert_eq!(
        problems("", &environment, &Arguments::default()),
        "LAMBDA_ASYNC_EXPORTER_LABELS__TAGS: labels.tags: \
         `labels.tags` must be a list, such as [team], not the string `env`"
    );
}
