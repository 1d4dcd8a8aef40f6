//! The environment and the profile as the SDK is shown them: what is set and empty is not set. Compose and Helm write
//! unset values so; the SDK would take an empty endpoint or region at its word.

use std::{
    collections::HashMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use aws_config::SdkConfig;
use aws_types::{
    os_shim_internal::Env,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use hyper::Uri;

use super::bounded_file;

/// The variable that names an endpoint for all services; with `_` and a service behind it, one for that.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// The variables beside it that hold a URL.
const OTHER_URLS: [&str; 2] = [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/// The variables that name the file of a token.
const TOKEN_FILES: [&str; 2] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

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

    /// What a variable holds, unless that is nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?;
        (!value.trim().is_empty()).then_some(value)
    }

    /// The first of these variables that holds something.
    pub(super) fn first<'a>(&'a self, names: &[&'a str]) -> Option<(&'a str, &'a str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// The path, where `~` is the home directory.
    pub(super) fn expand_home(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.get("HOME")) {
            (Some(below), Some(home)) => Path::new(home).join(below),
            _ => path.into(),
        }
    }

    /// Whether it has the keys that the SDK takes before all others.
    pub(super) fn has_keys(&self) -> bool {
        let secret = ["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"];
        self.get("AWS_ACCESS_KEY_ID").is_some() && self.first(&secret).is_some()
    }

    /// Whether endpoints of variables and profile are passed over.
    pub(super) fn ignores_endpoints(&self) -> bool {
        self.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// One sentence for each variable for a token's file that the SDK would read without end.
    pub(super) fn unusable_token_files(&self) -> Vec<String> {
        let unusable = |name: &&str| {
            let path = self.get(name)?;
            let error = bounded_file::read(Path::new(path)).err()?;
            // One that is not there may come.
            let is_endless = error.kind() == io::ErrorKind::Other;
            is_endless.then(|| format!("{name}: cannot read `{path}`: {error}"))
        };
        TOKEN_FILES.iter().filter_map(unusable).collect()
    }

    /// One sentence for each variable for a URL that has none.
    pub(super) fn unusable_urls(&self) -> Vec<String> {
        let is_endpoint = |name: &str| {
            name.strip_prefix(ENDPOINT_URL)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let is_used = |name: &str| {
            OTHER_URLS.contains(&name) || (is_endpoint(name) && !self.ignores_endpoints())
        };
        let urls = self.0.iter().filter(|(name, _)| is_used(name));
        let mut unusable: Vec<_> = urls
            .filter_map(|(name, value)| unusable_url(name, value))
            .collect();
        unusable.sort();
        unusable
    }
}

/// Why what is set is no URL; not its value, which can hold a password. The SDK takes `localhost` in `localhost:4566`
/// for a scheme and quotes whole requests when it fails at that.
pub(super) fn unusable_url(name: &str, value: &str) -> Option<String> {
    let schemes = ["http://", "https://"];
    if !schemes.iter().any(|scheme| value.starts_with(scheme)) {
        return Some(format!(
            "{name} does not begin with http:// or https://; is the scheme missing?"
        ));
    }
    let is_url = url(value).is_some();
    (!is_url).then(|| format!("{name} is not a URL, such as https://example.com:8443"))
}

/// A URL with a host, and with a port or none.
pub(super) fn url(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let host_and_port = authority.rsplit('@').next()?;
    // An IPv6 address has colons of its own.
    let names_port = host_and_port.rsplit(']').next()?.contains(':');
    let is_whole =
        uri.host().is_some_and(|host| !host.is_empty()) && names_port == uri.port_u16().is_some();
    is_whole.then_some(uri)
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
    fn a_token_without_end_is_told_by_name() {
        for (path, expected) in [
            ("/dev/zero", "it is longer than 1 MiB"),
            ("/dev/null", ""),
            ("/no/such/file", ""),
        ] {
            for name in TOKEN_FILES {
                let unusable = Environment::from_slice(&[(name, path)]).unusable_token_files();
                assert_eq!(unusable.is_empty(), expected.is_empty(), "{name}={path}");
                for said in unusable {
                    assert_eq!(said, format!("{name}: cannot read `{path}`: {expected}"));
                }
            }
        }
    }

    #[test]
    fn what_is_no_url_is_told_by_name_and_not_by_value() {
        for (name, value, expected) in [
            ("AWS_ENDPOINT_URL", "http://localhost:4566", ""),
            ("AWS_ENDPOINT_URL_STS", "https://sts.example.com", ""),
            ("AWS_ENDPOINT_URL", "", ""),
            ("AWS_ENDPOINT_URLS", "localhost", ""),
            (
                "AWS_ENDPOINT_URL",
                "user:secret@localhost:4566",
                "does not begin",
            ),
            (
                "AWS_ENDPOINT_URL_LAMBDA",
                "secret.example.com",
                "does not begin",
            ),
            ("AWS_ENDPOINT_URL_STS", "ftp://secret", "does not begin"),
            ("AWS_ENDPOINT_URL", "http://", "is not a URL"),
            ("AWS_ENDPOINT_URL", "http://secret:port", "is not a URL"),
            (
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "secret",
                "does not begin",
            ),
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "secret",
                "does not begin",
            ),
        ] {
            let unusable = Environment::from_slice(&[(name, value)]).unusable_urls();
            assert_eq!(unusable.is_empty(), expected.is_empty(), "{name}={value}");
            for said in unusable {
                assert!(said.starts_with(&format!("{name} {expected}")), "{said}");
                assert!(!said.contains("secret"), "{said}");
            }
        }
        let ignored = [
            ("AWS_ENDPOINT_URL", "localhost"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ];
        assert!(Environment::from_slice(&ignored).unusable_urls().is_empty());
    }
}
