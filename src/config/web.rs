//! The section `web`: where the metrics are served.

use std::collections::HashSet;

use super::{
    mapping::{Mapping, Section},
    node::Node,
    problem::Problem,
};
use crate::listen_address::ListenAddress;

/// The keys of the section.
pub(super) const SECTION: Section = Section {
    keys: &["listen_address", "telemetry_path"],
};

/// The exporter's port where no address is given.
const DEFAULT_PORT: u16 = 10046;

/// Paths that answer something else.
const TAKEN_PATHS: [&str; 4] = ["/", "/-/healthy", "/-/ready", "/-/reload"];

/// Where the metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The addresses to listen on: at least one, each once.
    pub listen_addresses: Vec<ListenAddress>,
    /// The path of the metrics: starts with `/` and has no query.
    pub telemetry_path: String,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen_addresses: vec![ListenAddress {
                host: None,
                port: DEFAULT_PORT,
            }],
            telemetry_path: "/metrics".to_owned(),
        }
    }
}

impl Web {
    pub(super) fn read(root: &Mapping, problems: &mut Vec<Problem>) -> Self {
        let mapping = root.section("web", &SECTION, problems);
        let default = Self::default();
        let addresses = mapping.get("listen_address");
        let path = mapping.read("telemetry_path", problems, telemetry_path);
        Self {
            listen_addresses: addresses.map_or(default.listen_addresses, |node| {
                listen_addresses(node, problems)
            }),
            telemetry_path: path.unwrap_or(default.telemetry_path),
        }
    }
}

fn listen_addresses(node: &Node, problems: &mut Vec<Problem>) -> Vec<ListenAddress> {
    let before = problems.len();
    let mut addresses: Vec<ListenAddress> = Vec::new();
    let mut seen = HashSet::new();
    for (element, address) in node.parsed_list::<ListenAddress>("[\":10046\"]", problems) {
        if seen.insert(address.clone()) {
            addresses.push(address);
        } else {
            problems.push(element.problem(format!("`{address}` is listed twice; name it once")));
        }
    }
    if addresses.is_empty() && problems.len() == before {
        problems.push(node.problem("the list is empty; name an address, such as \":10046\""));
    }
    addresses
}

fn telemetry_path(node: &Node) -> Result<String, Problem> {
    let path = node.string()?;
    // What a client would have to escape never arrives as it was written here.
    let odd = path
        .chars()
        .find(|c| !c.is_ascii_graphic() || matches!(c, '?' | '#'));
    if !path.starts_with('/') {
        Err(node.problem(format!(
            "`{path}` does not start with `/`; write a path such as /metrics"
        )))
    } else if let Some(odd) = odd {
        Err(node.problem(format!(
            "`{path}` has the character {odd:?}; \
             write a path of visible ASCII characters without `?` and `#`"
        )))
    } else if TAKEN_PATHS.contains(&path.as_str()) {
        Err(node.problem(format!(
            "`{path}` serves something else; choose another path, such as /metrics"
        )))
    } else {
        Ok(path)
    }
}
