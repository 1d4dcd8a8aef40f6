//! What the process's environment and the profile files tell about AWS, checked once at the start.

use std::fmt;

use aws_config::profile::ProfileSet;
use aws_sdk_lambda::config::SharedHttpClient;
use aws_smithy_http_client::tls::{TlsContext, TrustStore};

use super::{
    environment::{Environment, unusable_url},
    http::http_client,
    profiles::ProfileFiles,
    proxies::Proxies,
    trust,
};
use crate::domain::{InvalidRegion, Region};

/// The environment, and the connections that it asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) environment: Environment,
    pub(super) http_client: SharedHttpClient,
    /// What is set and passed over, one sentence for each.
    pub warnings: Vec<String>,
}

/// What is set and cannot be used: one sentence for each, which names the variable, file or profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableSettings(pub Vec<String>);

impl Settings {
    /// Reads those of this process and asks AWS nothing. `uses_region`: whether the default region is needed.
    ///
    /// # Errors
    /// If something is set that cannot be used.
    pub async fn load(uses_region: bool) -> Result<Self, UnusableSettings> {
        Self::of(Environment::of_process(), uses_region).await
    }

    pub(super) async fn of(
        environment: Environment,
        uses_region: bool,
    ) -> Result<Self, UnusableSettings> {
        let mut problems = environment.unusable_urls();
        problems.extend(environment.unusable_token_files());
        let proxies = Proxies::of(&environment);
        let mut warnings = Vec::new();
        let profile = Profile::read(&environment, &mut problems, &mut warnings).await;
        if uses_region {
            problems.extend(unusable_region(&environment, &profile));
        }
        if let Some((name, url)) = profile.setting("endpoint_url")
            && environment.get("AWS_ENDPOINT_URL").is_none()
            && !environment.ignores_endpoints()
        {
            problems.extend(unusable_url(&name, url));
        }
        let trust_store = trust_store(&environment, &profile);
        match (proxies, trust_store) {
            (Ok(proxies), Ok(trust_store)) if problems.is_empty() => {
                let tls = TlsContext::builder().with_trust_store(trust_store).build();
                let tls = tls.unwrap_or_default();
                Ok(Self {
                    environment,
                    http_client: http_client(proxies, &tls),
                    warnings,
                })
            }
            (proxies, trust_store) => {
                problems.extend(proxies.err().into_iter().flatten());
                problems.extend(trust_store.err());
                Err(UnusableSettings(problems))
            }
        }
    }
}

/// The selected profile, if there is one.
struct Profile(Option<ProfileSet>);

impl Profile {
    /// With keys in the environment, the SDK needs no profile: then it may be missing. Without them it passes over one
    /// that is missing, and may find the credentials of somebody else further down its chain: that is to be said.
    async fn read(
        environment: &Environment,
        problems: &mut Vec<String>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let files = match ProfileFiles::read(environment) {
            Ok(files) => files,
            Err(problem) => {
                problems.push(problem);
                return Self(None);
            }
        };
        let profiles = files.parse(environment).await;
        if !environment.has_keys() {
            match &profiles {
                Ok(profiles) => {
                    let missing = files.missing(profiles, "AWS_PROFILE");
                    let is_there = profiles.get_profile(profiles.selected_profile()).is_some();
                    if is_there {
                        problems.extend(missing);
                    } else if let Some(missing) = missing {
                        warnings.push(format!(
                            "{missing}; it is passed over, and the machine's other credentials are looked for"
                        ));
                    }
                }
                Err(problem) => problems.push(problem.clone()),
            }
        }
        Self(profiles.ok())
    }

    /// A setting of it, and how it is named in a message; one that is empty is not set.
    fn setting(&self, key: &str) -> Option<(String, &str)> {
        let profiles = self.0.as_ref()?;
        let value = profiles.get(key).filter(|value| !value.trim().is_empty())?;
        let profile = profiles.selected_profile();
        Some((format!("{key} of the profile `{profile}`"), value))
    }
}

/// What is in the place of a region and is none, where the SDK looks first.
fn unusable_region(environment: &Environment, profile: &Profile) -> Option<String> {
    let variable = environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
    let (name, value) = match variable {
        Some((name, value)) => (name.to_owned(), value),
        None => profile.setting("region")?,
    };
    let parsed: Result<Region, InvalidRegion> = value.parse();
    Some(format!("{name}: {}", parsed.err()?))
}

fn trust_store(environment: &Environment, profile: &Profile) -> Result<TrustStore, String> {
    let variable = environment.first(&["AWS_CA_BUNDLE"]);
    let variable = variable.map(|(name, path)| (name.to_owned(), path));
    match variable.or_else(|| profile.setting("ca_bundle")) {
        Some((name, path)) => trust::bundle(&name, path),
        None => Ok(TrustStore::default()),
    }
}

impl From<String> for UnusableSettings {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for UnusableSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for UnusableSettings {}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A file with this content; the system clears it away.
    fn file(name: &str, content: &str) -> String {
        let folder = std::env::temp_dir();
        let path: PathBuf = folder.join(format!(
            "lambda-async-exporter-{}-{name}",
            std::process::id()
        ));
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What is said of these variables and this profile file.
    async fn said(variables: &[(&str, &str)], config: &str) -> Vec<String> {
        let number = variables
            .iter()
            .chain([&("", config)])
            .fold(0_u64, |sum, (name, value)| {
                name.bytes()
                    .chain(value.bytes())
                    .fold(sum, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
            });
        let config = file(&format!("config-{number}"), config);
        let mut all = vec![("AWS_CONFIG_FILE", config.as_str())];
        all.extend(variables);
        let settings = Settings::of(Environment::from_slice(&all), true).await;
        std::fs::remove_file(&config).unwrap();
        settings
            .err()
            .map(|unusable| unusable.0)
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn what_is_set_and_unusable_is_named() {
        let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")];
        let with_keys = |more: (&'static str, &'static str)| [keys[0], keys[1], more];
        for (variables, config, expected) in [
            (&[][..], "", &[][..]),
            (
                &[("AWS_REGION", "us-east-10")],
                "",
                &["AWS_REGION: region `us-east-10` is not"],
            ),
            (
                &[("AWS_DEFAULT_REGION", "nowhere")],
                "",
                &["AWS_DEFAULT_REGION: region `nowhere`"],
            ),
            (
                &[
                    ("AWS_REGION", "us-east-1"),
                    ("AWS_DEFAULT_REGION", "nowhere"),
                ],
                "",
                &[],
            ),
            (
                &[],
                "[default]\nregion = nowhere\n",
                &["region of the profile `default`: region `nowhere`"],
            ),
            (
                &[("AWS_REGION", "us-east-1")],
                "[default]\nregion = nowhere\n",
                &[],
            ),
            (
                &[("AWS_ENDPOINT_URL", "localhost:4566")],
                "",
                &["AWS_ENDPOINT_URL does not begin"],
            ),
            (
                &[],
                "[default]\nendpoint_url = localhost\n",
                &["endpoint_url of the profile `default` does not begin"],
            ),
            (&[], "[default]\nendpoint_url =\nca_bundle =\n", &[]),
            (&[("AWS_PROFILE", "audit")], "", &[]),
            (
                &[("AWS_PROFILE", "audit")],
                "[profile audit]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n",
                &["the source_profile of the profile `audit` is `base`"],
            ),
            (&with_keys(("AWS_PROFILE", "audit")), "", &[]),
            (&[], "[default\n", &["the profile files"]),
            (&keys, "[default\n", &[]),
            (&[("HTTPS_PROXY", "http://")], "", &["HTTPS_PROXY is not"]),
            (
                &[("AWS_CA_BUNDLE", "/no/such/file")],
                "",
                &["AWS_CA_BUNDLE: cannot read `/no/such/file`"],
            ),
            (
                &[("AWS_CA_BUNDLE", "/dev/null")],
                "",
                &["AWS_CA_BUNDLE: `/dev/null` has no certificate"],
            ),
            (
                &[],
                "[default]\nca_bundle = /dev/null\n",
                &["ca_bundle of the profile `default`: `/dev/null`"],
            ),
            (
                &[("AWS_SHARED_CREDENTIALS_FILE", "/dev/zero")],
                "",
                &["AWS_SHARED_CREDENTIALS_FILE: cannot read `/dev/zero`: it is longer than 1 MiB"],
            ),
            (&[("AWS_SHARED_CREDENTIALS_FILE", "/no/such/file")], "", &[]),
            (
                &[("AWS_REGION", "nowhere"), ("HTTPS_PROXY", "http://")],
                "",
                &["AWS_REGION: region `nowhere`", "HTTPS_PROXY is not"],
            ),
        ] {
            let said = said(variables, config).await;
            assert_eq!(
                said.len(),
                expected.len(),
                "{variables:?} {config}: {said:?}"
            );
            for (said, expected) in said.iter().zip(expected) {
                assert!(said.starts_with(expected), "{said}");
            }
        }
    }

    #[tokio::test]
    async fn a_region_that_nobody_uses_may_be_none() {
        let environment = Environment::from_slice(&[("AWS_REGION", "local"), ("HOME", "/nowhere")]);
        assert!(Settings::of(environment, false).await.is_ok());
    }

    #[tokio::test]
    async fn a_bundle_of_certificates_is_taken() {
        let bundle = file("bundle", include_str!("tests/tls/authority.pem"));
        let environment =
            Environment::from_slice(&[("AWS_CA_BUNDLE", &bundle), ("HOME", "/nowhere")]);
        assert!(Settings::of(environment, false).await.is_ok());
        std::fs::remove_file(bundle).unwrap();
    }
}
