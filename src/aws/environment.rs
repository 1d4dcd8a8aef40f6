//! The environment and the profile as the SDK is shown them: what is set and empty is not set. Compose and Helm write
//! unset values so; the SDK would take an empty endpoint or region at its word.

use std::{collections::HashMap, ffi::OsString};

use aws_config::SdkConfig;
use aws_types::{
    os_shim_internal::Env,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

/// The variable that names an endpoint for all services; with `_` and a service behind it, one for that.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// What is set for the SDK.
#[derive(Debug, Clone)]
pub(super) struct Environment(HashMap<String, String>);

impl Environment {
    /// The process's.
    pub(super) fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The SDK does not see what is no Unicode, either.
    fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let is_set = |(name, value): &(String, String)| {
            !name.starts_with("AWS_") || !value.trim().is_empty()
        };
        let variables = variables.into_iter().filter_map(text);
        Self(variables.filter(is_set).collect())
    }

    #[cfg(test)]
    pub(super) fn from_slice(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        Self::new(variables.map(|&(name, value)| (name.into(), value.into())))
    }

    pub(super) fn for_sdk(&self) -> Env {
        Env::from(self.0.clone())
    }

    /// The first variable for an endpoint that has none, and why; not its value, which can hold a password. The SDK
    /// takes `localhost` in `localhost:4566` for a scheme and quotes whole requests when it fails at that.
    pub(super) fn unusable_endpoint(&self) -> Option<String> {
        let is_endpoint = |name: &str| {
            name.strip_prefix(ENDPOINT_URL)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let has_scheme = |value: &str| {
            ["http://", "https://"]
                .iter()
                .any(|scheme| value.starts_with(scheme))
        };
        let mut unusable: Vec<_> = (self.0.iter())
            .filter(|(name, value)| is_endpoint(name) && !has_scheme(value))
            .collect();
        unusable.sort();
        let (name, _) = unusable.first()?;
        Some(format!(
            "{name} does not begin with http:// or https://; is the scheme missing?"
        ))
    }
}

/// The settings of single services, without the empty ones: `AWS_ENDPOINT_URL_LAMBDA=`, or a profile's
/// `endpoint_url =`.
#[derive(Debug)]
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let value = self.0.service_config()?.load_config(key)?;
        Some(value).filter(|value| !value.trim().is_empty())
    }
}

/// The same settings, and what is empty is not set.
pub(super) fn without_empty(config: SdkConfig) -> SdkConfig {
    let mut builder = config.to_builder();
    builder.set_service_config(Some(WithoutEmpty(config)));
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let environment = Environment::from_slice(&[
            ("AWS_REGION", ""),
            ("AWS_ENDPOINT_URL_STS", " "),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("HOME", ""),
        ]);
        let env = environment.for_sdk();
        assert_eq!(env.get("AWS_DEFAULT_REGION").as_deref(), Ok("eu-west-1"));
        assert_eq!(env.get("HOME").as_deref(), Ok(""));
        for name in ["AWS_REGION", "AWS_ENDPOINT_URL_STS", "AWS_PROFILE"] {
            env.get(name).unwrap_err();
        }
    }

    #[test]
    fn an_endpoint_without_a_scheme_is_told_by_name_and_not_by_value() {
        for (name, value, usable) in [
            ("AWS_ENDPOINT_URL", "http://localhost:4566", true),
            ("AWS_ENDPOINT_URL_STS", "https://sts.example.com", true),
            ("AWS_ENDPOINT_URL", "", true),
            ("AWS_ENDPOINT_URLS", "localhost", true),
            ("AWS_ENDPOINT_URL", "user:secret@localhost:4566", false),
            ("AWS_ENDPOINT_URL_LAMBDA", "secret.example.com", false),
            ("AWS_ENDPOINT_URL_STS", "ftp://secret", false),
        ] {
            let unusable = Environment::from_slice(&[(name, value)]).unusable_endpoint();
            assert_eq!(unusable.is_none(), usable, "{name}={value}");
            if let Some(said) = unusable {
                assert!(said.starts_with(&format!("{name} does not")), "{said}");
                assert!(!said.contains("secret"), "{said}");
            }
        }
    }
}
