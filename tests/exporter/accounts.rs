//! Several accounts and regions: each fails alone, says why, and comes back.

use std::{fs, time::Duration};

use lambda_simulator::{Fault, FaultKind, Function, Operation, Organization, Role, Simulator};

use crate::process::{ACCOUNT, Exporter, REGION, command_for, file, simulator};

const OTHER: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::444455556666:role/reader";

/// A function in each of these scopes, none of which has a quota.
async fn simulated(scopes: &[(&str, &str)]) -> Simulator {
    let aws = simulator().await;
    for (account, region) in scopes {
        aws.set_quota(account, region, None);
        aws.region(account, region).put_function(Function::new("f"));
    }
    aws
}

async fn started(aws: &Simulator, yaml: &str) -> Exporter {
    let mut command = command_for(aws);
    command.arg("--config.file").arg(file(yaml));
    Exporter::start(command).await
}

fn targets(account: &str, region: &str, state: &str, count: usize) -> String {
    format!(
        "lambda_async_exporter_targets{{account_id=\"{account}\",region=\"{region}\",\
         state=\"{state}\"}} {count}\n"
    )
}

async fn waits_for(exporter: &Exporter, sample: &str) -> String {
    exporter.scrape_until(|text| text.contains(sample)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_its_external_id_beside_the_ambient_credentials() {
    let aws = simulated(&[(ACCOUNT, REGION), (OTHER, REGION), (OTHER, "eu-west-1")]).await;
    aws.put_role(Role::new(ROLE).external_id("secret"));
    let yaml = format!(
        "
accounts:
  - regions: [{REGION}]
  - role_arn: {ROLE}
    external_id: secret
    session_name: my-exporter
    regions: [{REGION}, eu-west-1]
"
    );
    let exporter = started(&aws, &yaml).await;
    for (account, region) in [(ACCOUNT, REGION), (OTHER, REGION), (OTHER, "eu-west-1")] {
        waits_for(&exporter, &targets(account, region, "ok", 1)).await;
    }
    assert_eq!(aws.assumed(ROLE), 1, "once for both regions");
    let text = exporter.scrape().await;
    let counted = format!(
        "lambda_async_exporter_api_requests_total{{account_id=\"{OTHER}\",\
         operation=\"AssumeRole\",outcome=\"ok\","
    );
    let of_role: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(&counted))
        .collect();
    assert!(
        matches!(of_role[..], [line] if line.ends_with(" 1")),
        "{of_role:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_be_assumed_is_a_failure_of_its_account_alone() {
    let aws = simulated(&[(ACCOUNT, REGION), (OTHER, REGION)]).await;
    aws.put_role(Role::new(ROLE).external_id("another"));
    let yaml =
        format!("accounts: [{{regions: [{REGION}]}}, {{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml).await;
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
    let failed = format!(
        "lambda_async_exporter_discovery_success{{account_id=\"{OTHER}\",region=\"{REGION}\"}} 0"
    );
    waits_for(&exporter, &failed).await;
    let line = exporter.wait_for_log("AWS denies the IAM action").await;
    for part in ["sts:AssumeRole", ROLE, "account_id=\"444455556666\""] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    // A refused role is not asked for at every read.
    let attempts = aws.count(Operation::AssumeRole);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(aws.count(Operation::AssumeRole) - attempts <= 1);

    aws.put_role(Role::new(ROLE));
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_role_that_aws_suddenly_refuses_are_replaced() {
    let aws = simulated(&[(OTHER, REGION)]).await;
    aws.put_role(Role::new(ROLE));
    let yaml = format!("accounts: [{{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml).await;
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1)).await;
    aws.revoke_sessions();
    while aws.assumed(ROLE) < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_no_longer_trusted_is_named() {
    let aws = simulated(&[(OTHER, REGION)]).await;
    aws.region(OTHER, REGION).put_function(Function::new("g"));
    aws.put_role(Role::new(ROLE));
    let yaml = format!("accounts: [{{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml).await;
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 2)).await;
    aws.put_role(Role::new(ROLE).denied());
    aws.revoke_sessions();
    waits_for(&exporter, &targets(OTHER, REGION, "denied", 2)).await;
    let line = exporter.wait_for_log("sts:AssumeRole").await;
    assert!(line.contains(ROLE), "{line}");
}

/// Nothing tells that the file is new but that the old key is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_credentials_file_is_read_again() {
    let aws = simulated(&[(ACCOUNT, REGION)]).await;
    let profile = |key: &str| {
        format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = simulated\n")
    };
    let path = file(&profile("AKIAOLD0111122223333"));
    let mut command = command_for(&aws);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_SHARED_CREDENTIALS_FILE", &path);
    let exporter = Exporter::start(command).await;
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
    fs::write(&path, profile("AKIANEW0111122223333")).unwrap();
    aws.revoke("AKIAOLD0111122223333");
    exporter.wait_for_log("AWS refuses the credentials").await;
    exporter.wait_for_log("all was read again").await;
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_not_enabled_fails_alone_until_it_is() {
    let aws = simulated(&[(ACCOUNT, REGION), (ACCOUNT, "af-south-1")]).await;
    let exporter = started(&aws, "accounts: [{regions: [us-east-1, af-south-1]}]").await;
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
    let line = exporter.wait_for_log("AWS refuses the credentials").await;
    for part in ["region=\"af-south-1\"", "is the region enabled"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    aws.enable_region(ACCOUNT, "af-south-1");
    waits_for(&exporter, &targets(ACCOUNT, "af-south-1", "ok", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_named() {
    let aws = simulated(&[(ACCOUNT, REGION)]).await;
    let quarter = Duration::from_mins(15);
    aws.inject(
        Fault::any()
            .region(REGION)
            .always()
            .kind(FaultKind::WrongClock(quarter)),
    );
    let exporter = started(&aws, "").await;
    let line = exporter.wait_for_log("clock is 15 minutes behind").await;
    assert!(line.contains(" WARN "), "{line}");
    aws.clear_faults();
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_regions_are_asked_for_and_where_that_is_denied_it_is_said() {
    let aws = simulated(&[(ACCOUNT, REGION), (ACCOUNT, "af-south-1")]).await;
    aws.enable_region(ACCOUNT, "af-south-1");
    let exporter = started(&aws, "accounts: [{regions: [all]}]").await;
    waits_for(&exporter, &targets(ACCOUNT, "af-south-1", "ok", 1)).await;
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
    drop(exporter);

    let fault = Fault::on(Operation::ListRegions).always();
    aws.inject(fault.kind(FaultKind::AccessDenied));
    let exporter = started(&aws, "accounts: [{regions: [all]}]").await;
    let text = waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1)).await;
    assert!(!text.contains("region=\"af-south-1\""), "{text}");
    assert!(text.contains("region=\"sa-east-1\""), "{text}");
    let line = exporter.wait_for_log("account:ListRegions").await;
    assert!(line.contains(" WARN "), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_of_an_organisation() {
    let accounts = [ACCOUNT, OTHER, "777788889999"];
    let aws = simulated(&accounts.map(|account| (account, REGION))).await;
    let organization = Organization::new(ACCOUNT)
        .account(OTHER, "payments")
        .account("777788889999", "sandbox")
        .account("000000000001", "closed")
        .suspended("000000000001");
    aws.put_organization(organization);
    let yaml = "
accounts:
  - organization:
      role_name: reader
      exclude: {account_names: ['^sandbox$']}
    regions: [us-east-1]
";
    let exporter = started(&aws, yaml).await;
    for account in [ACCOUNT, OTHER] {
        waits_for(&exporter, &targets(account, REGION, "ok", 1)).await;
    }
    let text = exporter.scrape().await;
    for left_out in ["777788889999", "000000000001"] {
        assert!(!text.contains(left_out), "{left_out}");
    }
    let listed = "lambda_async_exporter_organization_success{account_id=\"\"} 1\n";
    assert!(text.contains(listed), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_cannot_be_listed_is_said_and_is_ready() {
    let aws = simulated(&[(ACCOUNT, REGION)]).await;
    let yaml = "accounts: [{organization: {role_name: reader}, regions: [us-east-1]}]";
    let exporter = started(&aws, yaml).await;
    let failed = "lambda_async_exporter_organization_success{account_id=\"\"} 0\n";
    waits_for(&exporter, failed).await;
    let line = exporter
        .wait_for_log("accounts of the organisation cannot be listed")
        .await;
    assert!(
        line.contains("code=\"AWSOrganizationsNotInUseException\""),
        "{line}"
    );
    assert_eq!(exporter.get("/-/ready").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_stateful_set_share_the_scopes() {
    let regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"];
    let aws = simulated(&regions.map(|region| (ACCOUNT, region))).await;
    let mut seen = Vec::new();
    for pod in ["exporter-0", "exporter-1"] {
        let mut command = command_for(&aws);
        command.env("POD_NAME", pod).arg("--total-shards=2");
        command.args(regions.map(|region| format!("--aws.region={region}")));
        let exporter = Exporter::start(command).await;
        exporter.wait_for_log("first sweep ended").await;
        while exporter.get("/-/ready").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let text = exporter.scrape().await;
        let swept = |region: &&str| text.contains(&targets(ACCOUNT, region, "ok", 1));
        seen.extend(regions.into_iter().filter(swept));
    }
    seen.sort_unstable();
    assert_eq!(
        seen,
        ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"]
    );
}
