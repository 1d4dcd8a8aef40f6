//! What the environment tells about AWS: what is unusable is said at once, and who is asked through which proxy.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use exporter_harness::{ACCOUNT, Exporter, Page, REGION, Scratch};
use lambda_simulator::{Fault, FaultKind, Function, Operation};

use crate::process::{aws, command, command_on, samples_of};

const SUCCESS: &str = "lambda_async_exporter_target_success{qualifier=\"$LATEST\"} 1";

#[test]
fn what_is_set_and_unusable_is_named_before_it_listens() {
    let scratch = Scratch::new();
    let config = scratch.write("config", "[profile other]\nregion = us-east-1\n");
    let config = config.to_str().unwrap();
    for (name, value, expected) in [
        (
            "AWS_REGION",
            "us-east-10",
            "AWS_REGION: region `us-east-10` is not of the form us-east-1",
        ),
        (
            "AWS_ENDPOINT_URL",
            "localhost:4566",
            "AWS_ENDPOINT_URL does not begin with http:// or https://",
        ),
        (
            "HTTPS_PROXY",
            "http://secret:port",
            "HTTPS_PROXY is not the address of a proxy",
        ),
        (
            "AWS_CA_BUNDLE",
            "/no/such/file",
            "AWS_CA_BUNDLE: cannot read `/no/such/file`: No such file",
        ),
    ] {
        for check in [false, true] {
            let mut command = command();
            command
                .env("AWS_CONFIG_FILE", config)
                .env(name, value)
                .args(["--lambda.function=f", "--web.listen-address=127.0.0.1:0"])
                .args(check.then_some("--config.check"));
            let output = command.output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{name}: {said}");
            assert!(output.stdout.is_empty(), "{name}");
            assert!(said.contains(expected), "{said}");
            // The one is an answer, the other a log line.
            assert_eq!(said.starts_with(expected), check, "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}

/// The SDK passes over it and may find an instance's role: that must not go without a word.
#[test]
fn a_profile_that_does_not_exist_is_named() {
    let scratch = Scratch::new();
    let config = scratch.write("config", "[profile other]\nregion = us-east-1\n");
    let expected = format!(
        "AWS_PROFILE names the profile `audit`, which is neither in `{}` nor in",
        config.display()
    );
    let mut command = command();
    command
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_PROFILE", "audit")
        .args(["--lambda.function=f", "--config.check"]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with(&format!("warning: {expected}")), "{said}");
    let mut command = command_on(&aws());
    without_keys(&mut command);
    command
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_PROFILE", "audit")
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    exporter.wait_for_log(&expected);
}

#[test]
fn keys_in_the_environment_need_no_profile() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let mut command = command_on(&aws);
    command
        .env("AWS_PROFILE", "audit")
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    exporter.scrape_until(|text| samples_of(text, "f").iter().any(|sample| sample == SUCCESS));
}

/// Answers every request so, and counts them.
fn server(answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    (address, count)
}

/// The exporter's environment without the simulator's keys.
fn without_keys(command: &mut Command) {
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        command.env_remove(name);
    }
}

#[test]
fn a_pods_token_goes_to_no_proxy() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let (proxy, proxied) = server("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".into());
    let (key, secret) = aws.credentials(ACCOUNT);
    let keys = format!(
        "{{\"AccessKeyId\":\"{key}\",\"SecretAccessKey\":\"{secret}\",\"Token\":\"t\",\
         \"Expiration\":\"2999-01-01T00:00:00Z\"}}"
    );
    let length = keys.len();
    let (pod, asked) = server(format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{keys}"
    ));
    let scratch = Scratch::new();
    let mut command = command_on(&aws);
    without_keys(&mut command);
    command
        .env("HTTP_PROXY", format!("http://{proxy}"))
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://{pod}/v1/credentials"),
        )
        .env(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            scratch.write("token", "the-pods-token"),
        )
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    exporter.scrape_until(|text| samples_of(text, "f").iter().any(|sample| sample == SUCCESS));
    assert!(asked.load(Ordering::SeqCst) > 0);
    assert_eq!(proxied.load(Ordering::SeqCst), 0);
}

/// AWS under a name that only the proxy knows.
#[test]
fn what_no_proxy_names_is_asked_straight() {
    for (no_proxy, through_proxy) in [
        ("example.com, 10.0.0.0/8, lambda.aws.invalid:443", true),
        ("*.aws.invalid:80", false),
        ("aws.invalid", false),
    ] {
        let aws = aws();
        aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
        let mut command = command_on(&aws);
        command
            .env("AWS_ENDPOINT_URL", "http://lambda.aws.invalid")
            .env("HTTP_PROXY", format!("http://{}", aws.address()))
            .env("NO_PROXY", no_proxy)
            .arg("--lambda.function=f");
        let exporter = Exporter::start(command);
        exporter.wait_until_ready();
        assert_eq!(aws.count_all() > 0, through_proxy, "{no_proxy}");
    }
}

#[test]
fn keys_that_are_replaced_in_a_file_are_taken() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let scratch = Scratch::new();
    let keys =
        |id: &str| format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = s\n");
    let (old, _) = aws.credentials(ACCOUNT);
    let mut command = command_on(&aws);
    without_keys(&mut command);
    command
        .env(
            "AWS_SHARED_CREDENTIALS_FILE",
            scratch.write("credentials", keys(&old)),
        )
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    let is_read = |text: &Page| samples_of(text, "f").iter().any(|sample| sample == SUCCESS);
    exporter.scrape_until(is_read);
    scratch.write("credentials", keys(&format!("AKIA0001{ACCOUNT}")));
    aws.revoke(&old);
    exporter.wait_for_log("AWS refuses the credentials");
    exporter.scrape_until(is_read);
}

#[test]
fn keys_of_another_account_have_that_one_read_and_the_first_one_leave() {
    let aws = aws();
    let other = "444455556666";
    aws.set_quota(other, REGION, None);
    for account in [ACCOUNT, other] {
        aws.region(account, REGION).put_function(Function::new("f"));
    }
    for arguments in [&["--lambda.function=f"][..], &[]] {
        let scratch = Scratch::new();
        let keys =
            |id: &str| format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = s\n");
        let old = format!("AKIA0002{ACCOUNT}");
        let mut command = command_on(&aws);
        without_keys(&mut command);
        command
            .env(
                "AWS_SHARED_CREDENTIALS_FILE",
                scratch.write("credentials", keys(&old)),
            )
            .args(arguments);
        let exporter = Exporter::start(command);
        let of = |account: &str| format!("aws_lambda_function_info{{account_id=\"{account}\"");
        exporter.scrape_for(&of(ACCOUNT));
        scratch.write("credentials", keys(&format!("AKIA0003{other}")));
        let revoked = Fault::any().account(ACCOUNT).always();
        aws.inject(revoked.kind(FaultKind::ExpiredToken));
        let text = exporter.scrape_for(&of(other));
        let success = "lambda_async_exporter_target_success{account_id=";
        for gone in [of(ACCOUNT), format!("{success}\"{ACCOUNT}\"")] {
            assert!(!text.contains(&gone), "{text}");
        }
        assert_eq!(
            exporter.logged("the credentials are those of this account"),
            2
        );
        aws.clear_faults();
    }
}

/// A process that never stops writing is ended, and what is asked without it goes on.
#[test]
fn an_endless_credential_process_is_a_failure() {
    let aws = aws();
    let scratch = Scratch::new();
    let mut command = command_on(&aws);
    without_keys(&mut command);
    let config = scratch.write("config", "[default]\ncredential_process = yes\n");
    command
        .env("AWS_CONFIG_FILE", config)
        .arg("--lambda.function=f");
    let exporter = Exporter::start(command);
    let line = exporter.wait_for_log("it wrote more than 8 MB");
    assert!(line.len() < 1000, "{line}");
}

#[test]
fn a_connection_that_breaks_is_one_more_attempt_and_no_failure() {
    let aws = aws();
    aws.region(ACCOUNT, REGION).put_function(Function::new("f"));
    let mut command = command_on(&aws);
    command.arg("--lambda.function=f");
    let once = Fault::on(Operation::GetFunctionConfiguration).times(1);
    aws.inject(once.kind(FaultKind::Reset));
    let exporter = Exporter::start(command);
    exporter.scrape_until(|text| samples_of(text, "f").iter().any(|sample| sample == SUCCESS));
    let text = exporter.scrape();
    let lost = "operation=\"GetFunctionConfiguration\",outcome=\"error\",region=\"us-east-1\"} 1\n";
    assert!(text.contains(lost), "{text}");
    assert_eq!(exporter.logged("cannot be read"), 0);
}
