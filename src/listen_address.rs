//! An address to listen on, as Prometheus exporters write it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// `host:port`, `[IPv6]:port`, or `:port` for all interfaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListenAddress {
    /// A host name in lower case or an IP address without brackets; `None` is all interfaces.
    pub host: Option<String>,
    /// 0 lets the system pick a free one.
    pub port: u16,
}

/// Why a text is not an address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListenAddress {
    /// No colon, or nothing after it.
    #[error("`{0}` has no port: write HOST:PORT, or :PORT for all interfaces")]
    NoPort(String),
    /// Something other than a port after the last colon.
    #[error("`{text}` has the port `{port}`, which is not a number from 0 to 65535")]
    Port {
        /// The address as given.
        text: String,
        /// What stands where the port should.
        port: String,
    },
    /// An IPv6 address whose end cannot be told from the port.
    #[error(
        "`{0}` has more than one colon: write an IPv6 address in brackets, such as [::1]:10046"
    )]
    Brackets(String),
    /// Something other than a name or an address before the port.
    #[error("`{text}` has the host `{host}`, which is neither a host name nor an IP address")]
    Host {
        /// The address as given.
        text: String,
        /// What stands where the host should.
        host: String,
    },
}

impl FromStr for ListenAddress {
    type Err = InvalidListenAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text
            .rsplit_once(':')
            .filter(|(_, port)| !port.is_empty() && !port.ends_with(']'))
            .ok_or_else(|| InvalidListenAddress::NoPort(text.to_owned()))?;
        let host = parse_host(text, host)?;
        // `u16` alone would take `+1` too.
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits);
        Ok(Self {
            host,
            port: port.ok_or_else(|| InvalidListenAddress::Port {
                text: text.to_owned(),
                port: text.rsplit(':').next().unwrap_or_default().to_owned(),
            })?,
        })
    }
}

/// The host in one spelling, so that two spellings of one address are equal.
fn parse_host(text: &str, host: &str) -> Result<Option<String>, InvalidListenAddress> {
    if host.is_empty() {
        return Ok(None);
    }
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let parsed = match bracketed {
        Some(inner) => inner.parse().ok().map(|ip: Ipv6Addr| ip.to_string()),
        None if host.contains(':') && !host.contains(['/', '[', ']']) => {
            return Err(InvalidListenAddress::Brackets(text.to_owned()));
        }
        None => host
            .parse()
            .ok()
            .map(|ip: Ipv4Addr| ip.to_string())
            .or_else(|| is_name(host).then(|| host.to_ascii_lowercase())),
    };
    parsed.map(Some).ok_or_else(|| InvalidListenAddress::Host {
        text: text.to_owned(),
        host: host.to_owned(),
    })
}

/// Digits and dots alone are a mistyped IPv4 address rather than a name.
fn is_name(host: &str) -> bool {
    let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    host.chars().all(accepted) && host.chars().any(|c| c.is_ascii_alphabetic())
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_deref() {
            None => write!(f, ":{}", self.port),
            Some(host) if matches!(host.parse(), Ok(IpAddr::V6(_))) => {
                write!(f, "[{host}]:{}", self.port)
            }
            Some(host) => write!(f, "{host}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form() {
        for (text, host, port) in [
            (":10046", None, 10046),
            (":0", None, 0),
            ("127.0.0.1:9", Some("127.0.0.1"), 9),
            ("[::1]:9", Some("::1"), 9),
            ("localhost:65535", Some("localhost"), 65535),
        ] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!((address.host.as_deref(), address.port), (host, port));
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn two_spellings_are_one_address() {
        for (one, other) in [("LOCALHOST:9", "localhost:09"), ("[0:0::1]:9", "[::1]:9")] {
            assert_eq!(one.parse::<ListenAddress>(), other.parse());
        }
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (text, message) in [
            (
                "",
                "`` has no port: write HOST:PORT, or :PORT for all interfaces",
            ),
            (
                "10046",
                "`10046` has no port: write HOST:PORT, or :PORT for all interfaces",
            ),
            (
                "localhost:",
                "`localhost:` has no port: write HOST:PORT, or :PORT for all interfaces",
            ),
            (
                "[::1]",
                "`[::1]` has no port: write HOST:PORT, or :PORT for all interfaces",
            ),
            (
                ":65536",
                "`:65536` has the port `65536`, which is not a number from 0 to 65535",
            ),
            (
                ":+1",
                "`:+1` has the port `+1`, which is not a number from 0 to 65535",
            ),
            (
                "::1:9",
                "`::1:9` has more than one colon: \
                 write an IPv6 address in brackets, such as [::1]:10046",
            ),
            (
                "http://localhost:9",
                "`http://localhost:9` has the host `http://localhost`, \
                 which is neither a host name nor an IP address",
            ),
            (
                "256.0.0.1:9",
                "`256.0.0.1:9` has the host `256.0.0.1`, \
                 which is neither a host name nor an IP address",
            ),
        ] {
            let error = text.parse::<ListenAddress>().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_printing(
            host in prop_oneof![
                Just(None),
                any::<Ipv4Addr>().prop_map(|ip| Some(ip.to_string())),
                any::<Ipv6Addr>().prop_map(|ip| Some(ip.to_string())),
                "[a-z][a-z0-9._-]{0,20}".prop_map(Some),
            ],
            port: u16,
        ) {
            let address = ListenAddress { host, port };
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn whatever_parses_prints_one_spelling(text in "[a-f0-9:.\\[\\]+ /-]{0,12}:[0-9]{0,5}") {
            if let Ok(address) = text.parse::<ListenAddress>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }
    }
}
