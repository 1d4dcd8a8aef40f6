//! What the SDK is shown of environment and profile, through to the call.

use super::*;
use crate::{
    aws::{ambient::Ambient as Chain, environment::Environment, settings::Settings},
    port::Lambda,
};

/// The default chain with these variables.
pub(super) async fn chain(variables: &[(&str, &str)]) -> Chain {
    let environment = Environment::from_slice(variables);
    Chain {
        region: None,
        request_timeout: Duration::from_secs(5),
        settings: Settings::of(environment, true).await.unwrap(),
    }
}

/// Whether a call with these variables and this profile arrives at the simulator.
async fn arrives(variables: &[(&str, &str)], profile: &str) -> bool {
    let simulator = Simulator::start().await.unwrap();
    let (key, secret) = simulator.credentials(OWN);
    let here = simulator.endpoint_url();
    let port = here.rsplit(':').next().unwrap();
    let file = std::env::temp_dir().join(format!("lambda-async-exporter-profile-{port}"));
    std::fs::write(&file, profile.replace("HERE", &here)).unwrap();
    let mut all = vec![
        ("AWS_ACCESS_KEY_ID", &*key),
        ("AWS_SECRET_ACCESS_KEY", &*secret),
        ("AWS_CONFIG_FILE", file.to_str().unwrap()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    for &(name, value) in variables {
        all.push((name, if value == "HERE" { &here } else { value }));
    }
    let chain = chain(&all).await;
    let config = chain.load().await.unwrap();
    let metrics = ExporterMetrics::new();
    let session = Session::new(&config, Box::new(chain), metrics.api());
    let region = session.region().unwrap().unwrap();
    assert_eq!(region.as_str(), "eu-west-1");
    let scope = scope(OWN, region.as_str());
    let lambda = session.lambda(&scope, &Credentials::Ambient, false);
    let answer = lambda.list_functions(None).await;
    std::fs::remove_file(&file).unwrap();
    answer.is_ok() && simulator.count_all() == 1
}

#[tokio::test]
async fn empty_variables_are_unset_ones() {
    let variables = [
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "HERE"),
        ("AWS_ENDPOINT_URL_LAMBDA", ""),
        ("AWS_ENDPOINT_URL_STS", ""),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ""),
    ];
    assert!(arrives(&variables, "").await);
}

#[tokio::test]
async fn an_empty_variable_leaves_the_profile_its_say() {
    let variables = [("AWS_ENDPOINT_URL", ""), ("AWS_REGION", "")];
    let profile = "[default]\nregion = eu-west-1\nendpoint_url = HERE\n";
    assert!(arrives(&variables, profile).await);
}

#[tokio::test]
async fn an_empty_setting_of_a_profile_is_an_unset_one() {
    let profile = "[default]\nregion = eu-west-1\nendpoint_url = HERE\nservices = dev\n\
                   [services dev]\nlambda =\n  endpoint_url =\n";
    assert!(arrives(&[], profile).await);
}

#[tokio::test]
async fn a_key_that_the_sdk_panics_at_is_a_failure() {
    let file = std::env::temp_dir().join(format!(
        "lambda-async-exporter-odd-key-{}",
        std::process::id()
    ));
    let profile = "[default]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n\
                   [profile base]\naws_access_key_id = AKIA\x01\naws_secret_access_key = secret\n";
    std::fs::write(&file, profile).unwrap();
    let chain = chain(&[
        ("AWS_CONFIG_FILE", file.to_str().unwrap()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ])
    .await;
    let error = chain.fetch().await.unwrap_err();
    std::fs::remove_file(&file).unwrap();
    let said = format!("{error:?}");
    assert!(said.contains("the SDK failed at the credentials"), "{said}");
}
