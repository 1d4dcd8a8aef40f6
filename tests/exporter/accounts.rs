//! Several accounts and regions: each fails alone, says why, and comes back.

use std::{fs, time::Duration};

use exporter_harness::{ACCOUNT, Aws, Exporter, Page, REGION, Sample, Scratch, wait_until};
use lambda_simulator::{Fault, FaultKind, Function, Operation, Organization, Role};

use crate::process::{aws, command_on};

const OTHER: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::444455556666:role/reader";

/// A function in each of these scopes, none of which has a quota.
fn simulated(scopes: &[(&str, &str)]) -> Aws {
    let aws = aws();
    for (account, region) in scopes {
        aws.set_quota(account, region, None);
        aws.region(account, region).put_function(Function::new("f"));
    }
    aws
}

fn started(aws: &Aws, yaml: &str) -> Exporter {
    Exporter::configured(command_on(aws), yaml)
}

fn targets(account: &str, region: &str, state: &str, count: usize) -> String {
    format!(
        "lambda_async_exporter_targets{{account_id=\"{account}\",region=\"{region}\",\
         state=\"{state}\"}} {count}\n"
    )
}

fn waits_for(exporter: &Exporter, sample: &str) -> Page {
    exporter.scrape_until(|text| text.contains(sample))
}

#[test]
fn a_role_with_its_external_id_beside_the_ambient_credentials() {
    let aws = simulated(&[(ACCOUNT, REGION), (OTHER, REGION), (OTHER, "eu-west-1")]);
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
    let exporter = started(&aws, &yaml);
    for (account, region) in [(ACCOUNT, REGION), (OTHER, REGION), (OTHER, "eu-west-1")] {
        waits_for(&exporter, &targets(account, region, "ok", 1));
    }
    assert_eq!(aws.assumed(ROLE), 1, "once for both regions");
    let text = exporter.scrape();
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

#[test]
fn a_role_that_cannot_be_assumed_is_a_failure_of_its_account_alone() {
    let aws = simulated(&[(ACCOUNT, REGION), (OTHER, REGION)]);
    aws.put_role(Role::new(ROLE).external_id("another"));
    let yaml =
        format!("accounts: [{{regions: [{REGION}]}}, {{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml);
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    let failed = format!(
        "lambda_async_exporter_discovery_success{{account_id=\"{OTHER}\",region=\"{REGION}\"}} 0"
    );
    waits_for(&exporter, &failed);
    let line = exporter.wait_for_log("AWS denies the IAM action");
    for part in ["sts:AssumeRole", ROLE, "account_id=\"444455556666\""] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    // A refused role is not asked for at every read.
    let attempts = aws.count(Operation::AssumeRole);
    let other = aws.region(ACCOUNT, REGION);
    let sweeps = other.count(Operation::ListFunctions);
    wait_until(|| other.count(Operation::ListFunctions) >= sweeps + 6);
    assert!(aws.count(Operation::AssumeRole) - attempts <= 1);

    aws.put_role(Role::new(ROLE));
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1));
}

#[test]
fn credentials_of_a_role_that_aws_suddenly_refuses_are_replaced() {
    let aws = simulated(&[(OTHER, REGION)]);
    aws.put_role(Role::new(ROLE));
    let yaml = format!("accounts: [{{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml);
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1));
    aws.revoke_sessions();
    wait_until(|| aws.assumed(ROLE) >= 2);
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1));
}

#[test]
fn a_role_that_is_no_longer_trusted_is_named() {
    let aws = simulated(&[(OTHER, REGION)]);
    aws.region(OTHER, REGION).put_function(Function::new("g"));
    aws.put_role(Role::new(ROLE));
    let yaml = format!("accounts: [{{role_arn: '{ROLE}', regions: [{REGION}]}}]");
    let exporter = started(&aws, &yaml);
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 2));
    aws.put_role(Role::new(ROLE).denied());
    aws.revoke_sessions();
    waits_for(&exporter, &targets(OTHER, REGION, "denied", 2));
    let line = exporter.wait_for_log("sts:AssumeRole");
    assert!(line.contains(ROLE), "{line}");
}

/// Ready, and a page without a function: it looks like success.
#[test]
fn without_credentials_it_is_said_that_nothing_can_be_read() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    let mut command = command_on(&aws);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let exporter = Exporter::start(command);
    let line = exporter.wait_for_log(" ERROR ");
    for part in [
        "nothing can be read: AWS does not tell whose the credentials are",
        "AWS_ACCESS_KEY_ID",
        "scopes=1",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    let line = exporter.wait_for_log("there are no credentials to ask AWS with");
    assert!(line.contains(" WARN "), "{line}");
}

#[test]
fn a_policy_that_allows_nothing_is_said_until_reading_begins() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    aws.inject(
        Fault::any()
            .region(REGION)
            .always()
            .kind(FaultKind::AccessDenied),
    );
    let exporter = started(&aws, "");
    let line = exporter.wait_for_log(" ERROR ");
    assert!(line.contains("nothing can be read"), "{line}");
    aws.clear_faults();
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    let line = exporter.wait_for_log("reading has begun");
    assert!(line.contains(" INFO "), "{line}");
    assert_eq!(exporter.logged(" ERROR "), 1);
}

/// It can ask a person: the time limit of a request is not its own.
#[test]
fn a_credential_process_may_take_longer_than_a_request() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    let scratch = Scratch::new();
    let answer = r#"{"Version":1,"AccessKeyId":"AKIAOLD0111122223333","SecretAccessKey":"x"}"#;
    let process = format!(
        "[default]\ncredential_process = sh -c \"sleep 2; cat {}\"\n",
        scratch.write("answer.json", answer).display()
    );
    let mut command = command_on(&aws);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("LAMBDA_ASYNC_EXPORTER_POLL__REQUEST_TIMEOUT", "1s")
        .env("AWS_CONFIG_FILE", scratch.write("config", process));
    let exporter = Exporter::start(command);
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
}

/// Nothing tells that the file is new but that the old key is refused.
#[test]
fn a_rotated_credentials_file_is_read_again() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    let profile = |key: &str| {
        format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = simulated\n")
    };
    let scratch = Scratch::new();
    let path = scratch.write("credentials", profile("AKIAOLD0111122223333"));
    let mut command = command_on(&aws);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_SHARED_CREDENTIALS_FILE", &path);
    let exporter = Exporter::start(command);
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    fs::write(&path, profile("AKIANEW0111122223333")).unwrap();
    aws.revoke("AKIAOLD0111122223333");
    exporter.wait_for_log("AWS refuses the credentials");
    exporter.wait_for_log("sweep complete again");
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
}

/// Whether a function is the credentials' own does not depend on how it is named.
#[test]
fn tags_of_functions_named_by_arn() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    for name in ["whole", "partial"] {
        aws.region(ACCOUNT, REGION)
            .put_function(Function::new(name).tag("team", "payments"));
    }
    let yaml = format!(
        "
accounts:
  - functions:
      - arn:aws:lambda:{REGION}:{ACCOUNT}:function:whole
      - {ACCOUNT}:function:partial
labels: {{tags: [team]}}
"
    );
    let exporter = started(&aws, &yaml);
    exporter.scrape_until(|text| {
        let infos = text.samples("aws_lambda_function_info");
        let tagged = |info: &&Sample| info.label("tag_team") == Some("payments");
        infos.iter().filter(tagged).count() == 2
    });
}

#[test]
fn a_region_that_is_not_enabled_fails_alone_until_it_is() {
    let aws = simulated(&[(ACCOUNT, REGION), (ACCOUNT, "af-south-1")]);
    let exporter = started(&aws, "accounts: [{regions: [us-east-1, af-south-1]}]");
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    let line = exporter.wait_for_log("AWS refuses the credentials");
    for part in ["region=\"af-south-1\"", "is the region enabled"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    aws.enable_region(ACCOUNT, "af-south-1");
    waits_for(&exporter, &targets(ACCOUNT, "af-south-1", "ok", 1));
}

#[test]
fn a_wrong_clock_is_named() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    let quarter = Duration::from_mins(15);
    aws.inject(
        Fault::any()
            .region(REGION)
            .always()
            .kind(FaultKind::WrongClock(quarter)),
    );
    let exporter = started(&aws, "");
    let line = exporter.wait_for_log("clock is 15 minutes behind");
    assert!(line.contains(" WARN "), "{line}");
    aws.clear_faults();
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
}

#[test]
fn all_regions_are_asked_for_and_where_that_is_denied_it_is_said() {
    let aws = simulated(&[(ACCOUNT, REGION), (ACCOUNT, "af-south-1")]);
    aws.enable_region(ACCOUNT, "af-south-1");
    let exporter = started(&aws, "accounts: [{regions: [all]}]");
    waits_for(&exporter, &targets(ACCOUNT, "af-south-1", "ok", 1));
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    drop(exporter);

    let fault = Fault::on(Operation::ListRegions).always();
    aws.inject(fault.kind(FaultKind::AccessDenied));
    let exporter = started(&aws, "accounts: [{regions: [all]}]");
    let text = waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    assert!(!text.contains("region=\"af-south-1\""), "{text}");
    assert!(text.contains("region=\"sa-east-1\""), "{text}");
    let line = exporter.wait_for_log("account:ListRegions");
    assert!(line.contains(" WARN "), "{line}");
}

#[test]
fn the_accounts_of_an_organisation() {
    let accounts = [ACCOUNT, OTHER, "777788889999"];
    let aws = simulated(&accounts.map(|account| (account, REGION)));
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
    let exporter = started(&aws, yaml);
    for account in [ACCOUNT, OTHER] {
        waits_for(&exporter, &targets(account, REGION, "ok", 1));
    }
    let text = exporter.scrape();
    for left_out in ["777788889999", "000000000001"] {
        assert!(!text.contains(left_out), "{left_out}");
    }
    let named =
        format!("aws_lambda_account_info{{account_id=\"{OTHER}\",account_name=\"payments\"}} 1\n");
    assert!(text.contains(&named), "{text}");
    let listed = "lambda_async_exporter_organization_success{account_id=\"\"} 1\n";
    assert!(text.contains(listed), "{text}");
}

#[test]
fn an_account_is_called_what_its_entry_says() {
    let aws = simulated(&[(ACCOUNT, REGION), (OTHER, REGION)]);
    let yaml = format!(
        "
accounts:
  - {{name: Shop, regions: [us-east-1]}}
  - {{role_arn: 'arn:aws:iam::{OTHER}:role/reader', regions: [us-east-1]}}
"
    );
    let exporter = started(&aws, &yaml);
    waits_for(&exporter, &targets(ACCOUNT, REGION, "ok", 1));
    waits_for(&exporter, &targets(OTHER, REGION, "ok", 1));
    let page = exporter.scrape();
    let names = page.samples("aws_lambda_account_info");
    let names: Vec<_> = names
        .iter()
        .map(|name| (name.label("account_id"), name.label("account_name")))
        .collect();
    assert_eq!(names, [(Some(ACCOUNT), Some("Shop"))], "{page}");
}

#[test]
fn an_organisation_that_cannot_be_listed_is_said_and_is_ready() {
    let aws = simulated(&[(ACCOUNT, REGION)]);
    let yaml = "accounts: [{organization: {role_name: reader}, regions: [us-east-1]}]";
    let exporter = started(&aws, yaml);
    let failed = "lambda_async_exporter_organization_success{account_id=\"\"} 0\n";
    waits_for(&exporter, failed);
    let line = exporter.wait_for_log("accounts of the organisation cannot be listed");
    for part in [
        "code=\"AWSOrganizationsNotInUseException\"",
        "entry=\"accounts[0].organization\"",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert_eq!(exporter.get("/-/ready").status, 200);
    let line = exporter.wait_for_log(" ERROR ");
    assert!(line.contains("no account is known"), "{line}");
}

#[test]
fn shards_of_a_stateful_set_share_the_scopes() {
    let regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"];
    let aws = simulated(&regions.map(|region| (ACCOUNT, region)));
    let mut seen = Vec::new();
    for (shard, pod) in [(0, "exporter-0"), (1, "exporter-1")] {
        let mut command = command_on(&aws);
        command.env("POD_NAME", pod).arg("--total-shards=2");
        command.args(regions.map(|region| format!("--aws.region={region}")));
        let exporter = Exporter::start(command);
        exporter.wait_for_log("first sweep ended");
        exporter.wait_until_ready();
        let text = exporter.scrape();
        let swept = |region: &&str| text.contains(&targets(ACCOUNT, region, "ok", 1));
        seen.extend(regions.into_iter().filter(swept));
        let of_shards = format!("lambda_async_exporter_shard {shard}\n");
        assert!(text.contains(&of_shards), "{text}");
        assert!(text.contains("lambda_async_exporter_total_shards 2\n"));
    }
    seen.sort_unstable();
    assert_eq!(
        seen,
        ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"]
    );
}
