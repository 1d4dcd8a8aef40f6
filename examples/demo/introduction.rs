//! What a person is told at the start.

use lambda_simulator::{Region, Simulator};

use crate::story::STORY;

/// The whole text.
pub(crate) fn text(aws: &Simulator, regions: &[Region], listen_address: &str) -> String {
    let host = match listen_address.strip_prefix(':') {
        Some(port) => format!("localhost:{port}"),
        None => listen_address.to_owned(),
    };
    let endpoint = aws.endpoint_url();
    let regions = lines(regions.iter().map(fleet));
    let story = lines(
        STORY
            .iter()
            .map(|step| format!("{:>3} s  {}", step.at, step.says)),
    );
    format!(
        r#"
AWS is simulated at {endpoint}
{regions}
The exporter is told of both accounts by examples/demo/lambda-async-exporter.yaml, and finds the functions by itself.

Open
  http://{host}/metrics
  http://{host}/
  http://{host}/-/ready       200 after the first sweep of each account and region, in 36 seconds or so

Try
  curl -s http://{host}/metrics | grep payments-settlement-batch
  curl -s http://{host}/metrics | grep -E '^lambda_async_exporter_(targets|discovery|request_budget)'

Scrape it with Prometheus
  scrape_configs:
    - job_name: lambda-async-exporter
      static_configs:
        - targets: ["{host}"]

Ask Prometheus which functions lose the events that they fail on
  aws_lambda_function_async_failures_retained == 0
and how many of them each team has
  count by (tag_team) (aws_lambda_function_info and on (account_id, region, function_name) (
    aws_lambda_function_async_failures_retained == 0))

Watch; a change shows within 40 seconds
{story}

Ctrl-C ends it.
"#
    )
}

fn fleet(region: &Region) -> String {
    let functions = region.function_names().len();
    let (account, region) = (region.account_id(), region.region_name());
    format!("{account} {region:<10} {functions:>3} functions")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.map(|line| format!("  {line}")).collect();
    lines.join("\n")
}
