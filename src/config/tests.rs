//! The layers and the sections together; every single mistake is in `tests/configurations.md`.

mod accounts;
mod documents;
mod labels;
mod members;
mod shards;

use proptest::prelude::*;

use super::*;

fn load(
    yaml: &str,
    environment: &[(&str, &str)],
    arguments: &Arguments,
) -> Result<Config, Problems> {
    let file = File {
        path: "config.yaml".to_owned(),
        content: Ok(yaml.into()),
    };
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_layers(Some(file), environment, arguments)
}

fn problems(yaml: &str, environment: &[(&str, &str)], arguments: &Arguments) -> String {
    load(yaml, environment, arguments).unwrap_err().to_string()
}

fn watching(functions: &[&str]) -> Arguments {
    Arguments {
        lambda_functions: functions.iter().map(|&name| name.to_owned()).collect(),
        ..Arguments::default()
    }
}

#[test]
fn later_layers_win_key_by_key() {
    let yaml = "poll: {interval: 1m, stale_after: 2m}\nweb: {listen_address: [':1'], telemetry_path: /file}";
    let environment = [
        ("LAMBDA_ASYNC_EXPORTER_POLL__STALE_AFTER", "3m"),
        ("LAMBDA_ASYNC_EXPORTER_POLL__MAX_REQUESTS_PER_SECOND", "0.5"),
        ("LAMBDA_ASYNC_EXPORTER_POLL__MAX_IN_FLIGHT", "2"),
        ("LAMBDA_ASYNC_EXPORTER_WEB__LISTEN_ADDRESS", "[\":2\"]"),
        ("LAMBDA_ASYNC_EXPORTER_WEB__TELEMETRY_PATH", "/environment"),
    ];
    let arguments = Arguments {
        telemetry_path: Some("/flag".to_owned()),
        ..watching(&["f"])
    };
    let config = load(yaml, &environment, &arguments).unwrap();
    assert_eq!(config.poll.interval.as_secs(), 60);
    assert_eq!(config.poll.stale_after.as_secs(), 180);
    assert!((config.poll.max_requests_per_second - 0.5).abs() < f64::EPSILON);
    assert_eq!(config.poll.max_in_flight, 2);
    assert_eq!(config.web.listen_addresses, [":2".parse().unwrap()]);
    assert_eq!(config.web.telemetry_path, "/flag");
}

#[test]
fn the_variables_of_kubernetes_are_not_ours() {
    let environment = [
        ("LAMBDA_ASYNC_EXPORTER_PORT", "tcp://10.0.0.1:10046"),
        ("LAMBDA_ASYNC_EXPORTER_SERVICE_HOST", "10.0.0.1"),
        ("LAMBDA_ASYNC_EXPORTER_LABELS", "x"),
        (
            "LAMBDA_ASYNC_EXPORTER_PORT_10046_TCP",
            "tcp://10.0.0.1:10046",
        ),
        ("LAMBDA_ASYNC", ""),
        ("ÄÖÜ_LAMBDA_ASYNC_EXPORTER_POLL__X", ""),
    ];
    assert!(load("", &environment, &watching(&["f"])).is_ok());
}

#[test]
fn a_mistake_in_a_variable_names_the_variable() {
    let environment = [
        ("LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL", "300"),
        ("LAMBDA_ASYNC_EXPORTER_POLL__MAX_INFLIGHT", "1"),
        ("LAMBDA_ASYNC_EXPORTER_WEB__TELEMETRY_PATH", "5"),
        ("LAMBDA_ASYNC_EXPORTER__X", "1"),
        ("LAMBDA_ASYNC_EXPORTER_ACCOUNTS", "f"),
    ];
    assert_eq!(
        problems("", &environment, &Arguments::default()),
        "LAMBDA_ASYNC_EXPORTER_POLL__MAX_INFLIGHT: poll.max_inflight: \
         unknown key `max_inflight`, did you mean `max_in_flight`?\n\
         LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL: poll.interval: \
         `300` has no unit: write it with a unit, such as 300s\n\
         LAMBDA_ASYNC_EXPORTER_WEB__TELEMETRY_PATH: web.telemetry_path: \
         `web.telemetry_path` must be a string, not the number 5: write it in quotes\n\
         LAMBDA_ASYNC_EXPORTER_ACCOUNTS: accounts: `accounts` must be a list, such as \
         [{functions: [my-function]}] (in a variable: [{functions=[\"my-function\"]}]), not the string `f`"
    );
}

#[test]
fn a_variable_that_leads_to_no_key_is_a_problem() {
    for (name, key, unknown) in [
        ("LAMBDA_ASYNC_EXPORTER_LOGS__LEVEL", "logs: ", "logs"),
        ("lambda_async_exporter_logs__level", "logs: ", "logs"),
        ("LAMBDA_ASYNC_EXPORTER___X", "", ""),
    ] {
        assert_eq!(
            problems("", &[(name, "1")], &watching(&["f"])),
            format!(
                "{name}: {key}unknown key `{unknown}`; known here: poll, web, accounts, labels, collectors"
            )
        );
    }
}

#[test]
fn a_mistake_in_a_flag_names_the_flag() {
    let arguments = Arguments {
        aws_regions: vec!["mars".to_owned()],
        listen_addresses: vec![":1".to_owned(), "10046".to_owned(), ":1".to_owned()],
        telemetry_path: Some("metrics".to_owned()),
        ..watching(&["f", "my function"])
    };
    assert_eq!(
        problems("", &[], &arguments),
        "--web.telemetry-path: `metrics` does not start with `/`; write a path such as /metrics\n\
         --web.listen-address: `10046` has no port: write HOST:PORT, or :PORT for all interfaces\n\
         --web.listen-address: `:1` is listed twice; name it once\n\
         --aws.region: region `mars` is not of the form us-east-1\n\
         --lambda.function: function name `my function` has the character ' '; \
         AWS accepts letters, digits, `-`, `_` and `.`"
    );
}

#[test]
fn a_file_that_is_missing_is_named_and_hides_nothing_else() {
    let arguments = Arguments {
        config_file: Some("no/such/file.yaml".into()),
        telemetry_path: Some("/".to_owned()),
        ..Arguments::default()
    };
    assert_eq!(
        Config::load(&arguments).unwrap_err().to_string(),
        "no/such/file.yaml: there is no such file; check --config.file\n\
         --web.telemetry-path: `/` serves something else; choose another path, such as /metrics"
    );
}

#[test]
fn anchors_and_merge_keys_work() {
    let yaml =
        "accounts:\n  - &a {regions: [us-east-1], functions: [f]}\n  - {<<: *a, functions: [g]}";
    let config = load(yaml, &[], &Arguments::default()).unwrap();
    assert_eq!(config.accounts[1].regions, config.accounts[0].regions);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in "(poll|web|accounts|labels|tags|interval|functions|regions|discovery|include|organization|role_name|role_arn|all|: |\n|\n  |- |\\[|\\]|\\{|\\}|, |'|\"|&a|\\*a|<<|[0-9.e-]{1,4}|5m|!x |\\PC|\\?){0,30}",
        variable in "([\\[\\]{}=,:\"]|discovery|tags|organization|include|\\PC){0,12}",
    ) {
        for name in [
            "LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL",
            "LAMBDA_ASYNC_EXPORTER_WEB__LISTEN_ADDRESS",
            "LAMBDA_ASYNC_EXPORTER_ACCOUNTS",
            "LAMBDA_ASYNC_EXPORTER_POLL__MAX_IN_FLIGHT",
            "LAMBDA_ASYNC_EXPORTER_LABELS__TAGS",
            "POD_NAME",
        ] {
            let arguments = Arguments {
                total_shards: Some("2".to_owned()),
                ..watching(&["f"])
            };
            let _ = load(&text, &[(name, &variable)], &arguments);
        }
    }
}
