use std::process::{Command, Stdio};

use super::*;

fn files(config: &str) -> ProfileFiles {
    let file = |path: &str, text: &str| ProfileFile {
        path: path.into(),
        text: text.to_owned(),
    };
    ProfileFiles {
        config: file("/config", config),
        credentials: file("/credentials", ""),
    }
}

async fn profiles(config: &str, profile: Option<&str>) -> ProfileSet {
    let selected = profile.map(|profile| ("AWS_PROFILE", profile));
    let variables: Vec<_> = selected.into_iter().collect();
    let environment = Environment::from_slice(&variables);
    files(config).parse(&environment).await.unwrap()
}

#[tokio::test]
async fn what_a_profile_names_and_no_file_has_is_told() {
    let role = "role_arn = arn:aws:iam::111122223333:role/r\n";
    let sourced = format!("[profile audit]\n{role}source_profile = base\n");
    for (config, profile, expected) in [
        ("", None, None),
        ("", Some("default"), None),
        ("[default]\n", None, None),
        ("[profile audit]\n", Some("audit"), None),
        (
            "",
            Some("audit"),
            Some(
                "AWS_PROFILE names the profile `audit`, which is neither in `/config` nor in `/credentials`",
            ),
        ),
        (
            &sourced,
            Some("audit"),
            Some("the source_profile of the profile `audit` is `base`, which"),
        ),
        (
            &format!("{sourced}[profile base]\naws_access_key_id = A\n"),
            Some("audit"),
            None,
        ),
        (
            &format!("[default]\n{role}source_profile = default\n"),
            None,
            None,
        ),
        (
            &format!("[default]\n{role}credential_source = Environment\n"),
            None,
            None,
        ),
        (
            &format!("[default]\n{role}web_identity_token_file = /t\nsource_profile = base\n"),
            None,
            None,
        ),
        ("[default]\nsource_profile = unused\n", None, None),
        (
            "[default]\nsso_session = dev\n",
            None,
            Some("the profile `default` names the sso-session `dev`, which"),
        ),
    ] {
        let told = files(config).missing(&profiles(config, profile).await, "AWS_PROFILE");
        let is_told = match (&told, expected) {
            (Some(told), Some(expected)) => told.starts_with(expected),
            (told, expected) => told.is_none() && expected.is_none(),
        };
        assert!(is_told, "{config}: {told:?}");
    }
}

/// What the SDK would run, by its own parser.
async fn command_of(config: &str) -> String {
    let profiles = profiles(config, None).await;
    profiles.get(CREDENTIAL_PROCESS).unwrap().to_owned()
}

fn run(command: &str) -> (Option<i32>, Vec<u8>, Vec<u8>) {
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), output.stdout, output.stderr)
}

#[tokio::test]
async fn a_credential_process_is_run_as_it_is_written() {
    for (line, code, stdout, stderr) in [
        (
            "credential_process = echo '{\"a b\": 1}'",
            0,
            "{\"a b\": 1}\n",
            "",
        ),
        (
            "Credential_Process=echo \"it's $((1 + 1))\" # a comment",
            0,
            "it's 2\n",
            "",
        ),
        ("credential_process = echo no >&2; exit 3", 3, "", "no\n"),
        ("credential_process = echo a|tr a b", 0, "b\n", ""),
    ] {
        let command = command_of(&format!(
            "[default]\nregion = eu-west-1\n{line}\noutput = x\n"
        ))
        .await;
        assert_ne!(command, line.split_once('=').unwrap().1.trim());
        let expected = (Some(code), stdout.into(), stderr.into());
        assert_eq!(run(&command), expected, "{command}");
    }
}

#[tokio::test]
async fn a_credential_process_that_writes_without_end_is_ended() {
    let most = 8 * 1024 * 1024;
    for (written, expected) in [("yes", (most, 0)), ("yes >&2", (0, most))] {
        let command = command_of(&format!("[default]\ncredential_process = {written}\n")).await;
        let (code, stdout, stderr) = run(&command);
        assert_eq!(code, Some(141));
        let said = b"it wrote more than 8 MB\n";
        assert!(stderr.ends_with(said));
        assert_eq!((stdout.len(), stderr.len() - said.len()), expected);
    }
}

#[test]
fn other_lines_stay_as_they_are() {
    for text in [
        "[default]\n# credential_process = a\nregion = eu-west-1\n",
        "[default]\ncredential_process =\n",
        "[default]\ns3 =\n  credential_process = nested\n",
        "[default]\ncredential_process = a\n  goes on\n",
    ] {
        assert_eq!(bounded_commands(text), text);
    }
}
