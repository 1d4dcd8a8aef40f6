//! Which proxy a request goes through, by the variables that curl, Go and the SDK know.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use hyper::Uri;

use super::{
    environment::{Environment, url},
    no_proxy::NoProxy,
};

/// The variables that name a proxy for `https://`, the first that is set wins; the SDK, too, takes upper case first.
const HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The same for `http://`.
const HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The variables that name what is asked without a proxy.
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxies, and what does not go through them.
#[derive(Clone)]
pub(super) struct Proxies {
    pub(super) https: Option<ProxyConfig>,
    pub(super) http: Option<ProxyConfig>,
    no_proxy: NoProxy,
}

/// How a request gets to its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Straight.
    Direct,
    /// Through the proxy for `https://`.
    Https,
    /// Through the proxy for `http://`.
    Http,
}

impl Proxies {
    /// Those that the variables name, or one sentence about each variable that names none.
    pub(super) fn of(environment: &Environment) -> Result<Self, Vec<String>> {
        let proxy = |names| {
            let set = environment.first(names);
            set.map(|(name, value)| address(name, value)).transpose()
        };
        let no_proxy = environment.first(&NONE).map_or("", |(_, value)| value);
        match (proxy(&HTTPS), proxy(&HTTP)) {
            (Ok(https), Ok(http)) => Ok(Self {
                https,
                http,
                no_proxy: NoProxy::parse(no_proxy),
            }),
            (https, http) => {
                let mut problems: Vec<String> = https.err().into_iter().chain(http.err()).collect();
                // `ALL_PROXY` is both.
                problems.dedup();
                Err(problems)
            }
        }
    }

    /// How this address is reached.
    pub(super) fn route(&self, uri: &Uri) -> Route {
        let (proxy, route, default_port) = match uri.scheme_str() {
            Some("https") => (&self.https, Route::Https, 443),
            _ => (&self.http, Route::Http, 80),
        };
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(default_port);
        if proxy.is_none() || self.no_proxy.covers(host, port) {
            Route::Direct
        } else {
            route
        }
    }
}

/// Says nothing of the addresses, which can hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").finish_non_exhaustive()
    }
}

/// The proxy at the address that a variable has; without a scheme, `http://` is meant, as curl has it.
fn address(name: &str, value: &str) -> Result<ProxyConfig, String> {
    // The value may hold a password.
    let unusable = || {
        format!("{name} is not the address of a proxy; write it as http://proxy.example.com:8080")
    };
    let value = value.trim();
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(format!(
            "{name} names a proxy of another kind than http:// and https://, which are supported"
        ));
    }
    let uri = url(&format!("{scheme}://{rest}")).ok_or_else(unusable)?;
    ProxyConfig::all(uri).map_err(|_| unusable())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(variables: &[(&str, &str)], uri: &str) -> Route {
        let environment = Environment::from_slice(variables);
        Proxies::of(&environment)
            .unwrap()
            .route(&uri.parse().unwrap())
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_proxy() {
        let aws = "https://lambda.us-east-1.amazonaws.com/";
        let plain = "http://moto:5000/";
        for (variables, uri, expected) in [
            (&[][..], aws, Route::Direct),
            (&[("HTTPS_PROXY", "http://p:1")], aws, Route::Https),
            (&[("HTTPS_PROXY", "http://p:1")], plain, Route::Direct),
            (&[("https_proxy", "p:1")], aws, Route::Https),
            (
                &[("HTTPS_PROXY", ""), ("https_proxy", "p")],
                aws,
                Route::Https,
            ),
            (&[("HTTP_PROXY", "https://u:s@p:1/")], plain, Route::Http),
            (&[("http_proxy", "http://[::1]:1")], plain, Route::Http),
            (&[("ALL_PROXY", "http://p:1")], aws, Route::Https),
            (&[("all_proxy", "http://p:1")], plain, Route::Http),
            (
                &[
                    ("ALL_PROXY", "socks5://p"),
                    ("HTTPS_PROXY", "p"),
                    ("HTTP_PROXY", "p"),
                ],
                aws,
                Route::Https,
            ),
            (
                &[("HTTPS_PROXY", "p"), ("NO_PROXY", ".amazonaws.com")],
                aws,
                Route::Direct,
            ),
            (
                &[("HTTPS_PROXY", "p"), ("no_proxy", "*")],
                aws,
                Route::Direct,
            ),
            (
                &[("HTTPS_PROXY", "p"), ("NO_PROXY", ""), ("no_proxy", "*")],
                aws,
                Route::Direct,
            ),
            (
                &[("HTTPS_PROXY", "p"), ("NO_PROXY", "x"), ("no_proxy", "*")],
                aws,
                Route::Https,
            ),
            (
                &[
                    ("HTTPS_PROXY", "p"),
                    ("NO_PROXY", "lambda.us-east-1.amazonaws.com:443"),
                ],
                aws,
                Route::Direct,
            ),
            (
                &[("HTTP_PROXY", "p"), ("NO_PROXY", "moto:80")],
                plain,
                Route::Http,
            ),
            (
                &[("HTTP_PROXY", "p")],
                "http://169.254.170.23/v1/credentials",
                Route::Direct,
            ),
            (
                &[("HTTP_PROXY", "p")],
                "http://[fd00:ec2::23]/v1/credentials",
                Route::Direct,
            ),
            (
                &[("HTTP_PROXY", "p")],
                "http://127.0.0.1:5000/",
                Route::Direct,
            ),
        ] {
            assert_eq!(route(variables, uri), expected, "{variables:?} {uri}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_told_by_name_and_not_by_value() {
        for (name, value, said) in [
            ("HTTPS_PROXY", "http://", "HTTPS_PROXY is not the address"),
            (
                "https_proxy",
                "http://secret:port",
                "https_proxy is not the address",
            ),
            (
                "HTTP_PROXY",
                "secret proxy",
                "HTTP_PROXY is not the address",
            ),
            (
                "http_proxy",
                "secret:80808",
                "http_proxy is not the address",
            ),
            (
                "ALL_PROXY",
                "socks5://secret:1080",
                "ALL_PROXY names a proxy of another kind",
            ),
        ] {
            let environment = Environment::from_slice(&[(name, value)]);
            let problems = Proxies::of(&environment).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with(said), "{problems:?}");
            assert!(!problems[0].contains("secret"), "{problems:?}");
        }
    }
}
