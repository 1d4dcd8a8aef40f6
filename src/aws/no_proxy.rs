//! Which hosts are asked without a proxy: those of this machine always, and those that `NO_PROXY` names.

use std::net::IpAddr;

use ipnet::IpNet;

/// The entries of `NO_PROXY`, as curl (`CURLOPT_NOPROXY`) and Go (`golang.org/x/net/http/httpproxy`) read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    hosts: Hosts,
    /// None: every port.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    /// `*`
    All,
    /// `example.com` and `.example.com`: the name and all below it.
    Domain(String),
    /// `*.example.com`: all below the name.
    Below(String),
    /// `10.0.0.0/8`, `10.0.0.1`
    Network(IpNet),
}

impl NoProxy {
    /// Entries apart by commas or blanks.
    pub(super) fn parse(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        let entries = entries.filter(|entry| !entry.is_empty());
        Self(entries.map(Entry::parse).collect())
    }

    /// Whether a host, as it stands in a URL, is asked without a proxy.
    pub(super) fn covers(&self, host: &str, port: u16) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let ip = host.parse().ok().map(|ip: IpAddr| ip.to_canonical());
        let is_here = ip.map_or_else(|| is_below_or(&host, "localhost"), is_link_local);
        is_here || self.0.iter().any(|entry| entry.covers(&host, ip, port))
    }
}

impl Entry {
    fn parse(text: &str) -> Self {
        if let Some(network) = network(text) {
            return Self {
                hosts: Hosts::Network(network),
                port: None,
            };
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => (text, None),
            },
            None => (text, None),
        };
        Self {
            hosts: Hosts::parse(host),
            port,
        }
    }

    fn covers(&self, host: &str, ip: Option<IpAddr>, port: u16) -> bool {
        self.port.is_none_or(|only| only == port)
            && match (&self.hosts, ip) {
                (Hosts::All, _) => true,
                (Hosts::Network(network), Some(ip)) => network.contains(&ip),
                (Hosts::Domain(domain), None) => is_below_or(host, domain),
                (Hosts::Below(domain), None) => host != domain && is_below_or(host, domain),
                (Hosts::Network(_), None) | (Hosts::Domain(_) | Hosts::Below(_), Some(_)) => false,
            }
    }
}

impl Hosts {
    fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        if let Some(network) = network(text) {
            return Self::Network(network);
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(name) => Self::Below(name.to_owned()),
            None => Self::Domain(name.strip_prefix('.').unwrap_or(&name).to_owned()),
        }
    }
}

/// One address or many; an IPv6 address may stand in brackets.
fn network(text: &str) -> Option<IpNet> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let text = bare.unwrap_or(text);
    let address = |text: &str| text.parse().ok().map(|ip: IpAddr| ip.to_canonical().into());
    text.parse().ok().or_else(|| address(text))
}

fn is_below_or(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Loopback and link-local addresses, and those that EC2 gives to its metadata service and EKS to its credentials
/// (`fd00:ec2::254`, `fd00:ec2::23`). What is asked there is about this machine, and its tokens are for nobody else.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unicast_link_local() || ip.segments()[..2] == [0xfd00, 0xec2]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine_goes_through_no_proxy() {
        for (host, here) in [
            ("169.254.169.254", true),
            ("169.254.170.2", true),
            ("169.254.170.23", true),
            ("[fd00:ec2::254]", true),
            ("[fd00:ec2::23]", true),
            ("[fe80::1]", true),
            ("127.0.0.1", true),
            ("127.8.9.10", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("localhost", true),
            ("LocalHost.", true),
            ("moto.localhost", true),
            ("10.0.0.1", false),
            ("169.253.0.1", false),
            ("[fd00::1]", false),
            ("notlocalhost", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(NoProxy::parse("").covers(host, 80), here, "{host}");
        }
    }

    #[test]
    fn no_proxy_is_read_as_curl_and_go_read_it() {
        for (entries, host, port, covered) in [
            ("*", "example.com", 443, true),
            ("*", "10.0.0.1", 443, true),
            ("a, *", "example.com", 443, true),
            ("example.com", "example.com", 443, true),
            ("example.com", "sts.example.com", 443, true),
            ("example.com", "notexample.com", 443, false),
            ("example.com", "example.com.org", 443, false),
            ("EXAMPLE.com", "Sts.Example.COM.", 443, true),
            (".example.com", "example.com", 443, true),
            (".example.com", "sts.example.com", 443, true),
            (".example.com", "notexample.com", 443, false),
            ("*.example.com", "a.sts.example.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", "notexample.com", 443, false),
            ("example.com.", "example.com", 443, true),
            ("example.com:443", "example.com", 443, true),
            ("example.com:443", "sts.example.com", 443, true),
            ("example.com:443", "example.com", 8443, false),
            ("*.example.com:443", "sts.example.com", 443, true),
            ("*.example.com:443", "sts.example.com", 80, false),
            ("10.0.0.1", "10.0.0.1", 443, true),
            ("10.0.0.1", "10.0.0.2", 443, false),
            ("10.0.0.1:443", "10.0.0.1", 443, true),
            ("10.0.0.1:443", "10.0.0.1", 80, false),
            ("10.0.0.0/8", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("10.0.0.0/8", "[::ffff:10.1.2.3]", 443, true),
            ("fd12::/16", "[fd12::1]", 443, true),
            ("fd12::/16", "[fd13::1]", 443, false),
            ("fd12::1", "[fd12::1]", 443, true),
            ("[fd12::1]", "[fd12::1]", 443, true),
            ("[fd12::1]:443", "[fd12::1]", 443, true),
            ("[fd12::1]:443", "[fd12::1]", 80, false),
            (" a.org ,\texample.com ", "example.com", 443, true),
            ("a.org example.com", "example.com", 443, true),
            (",,", "example.com", 443, false),
            ("0.0.1", "10.0.0.1", 443, false),
        ] {
            let no_proxy = NoProxy::parse(entries);
            assert_eq!(
                no_proxy.covers(host, port),
                covered,
                "{entries} {host}:{port}"
            );
        }
    }
}
