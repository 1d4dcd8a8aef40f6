//! The configuration: defaults, file, environment and flags become one checked value.
//!
//! There are two stages. `layers` merges what was typed into one tree of values that know their
//! source; then each section reads its part of the tree into what the rest of the program uses.
//! Both continue after a mistake: a person gets all problems at once, each with its key and its source.

mod accounts;
mod arguments;
mod collectors;
mod duration;
mod ignored;
mod labels;
mod layers;
mod mapping;
mod node;
mod poll;
mod problem;
mod shard;
mod web;
mod yaml;

pub use arguments::{Arguments, LogFormat, LogLevel};
pub use labels::Labels;
pub use problem::{Problem, Problems};
pub use web::Web;

use self::{
    layers::{File, Layers},
    mapping::Section,
    node::Node,
};
use crate::domain::{AccountEntry, PollSettings, Region, Regions, Shard, Workload};

/// The sections themselves.
const ROOT: Section = Section {
    keys: &["poll", "web", "accounts", "labels", "collectors"],
};

/// Everything that decides what is read and what is served.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How often and how fast AWS is asked.
    pub poll: PollSettings,
    /// Where the metrics are served.
    pub web: Web,
    /// Where functions are read: at least one entry.
    pub accounts: Vec<AccountEntry>,
    /// What the series tell beyond what all of them do.
    pub labels: Labels,
    /// Which part of the work is this exporter's.
    pub shard: Shard,
    /// Whether nothing told which of several shards this is, so that the first is assumed.
    pub shard_is_assumed: bool,
    /// What to tell about variables that nobody reads, one sentence each.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the file that the flags name, the process's environment and the flags.
    pub fn load(arguments: &Arguments) -> Result<Self, Problems> {
        let file = arguments.config_file.as_deref().map(File::read);
        // `vars` would panic at a variable that is not Unicode.
        let environment = std::env::vars_os().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        });
        Self::from_layers(file, environment, arguments)
    }

    fn from_layers(
        file: Option<File>,
        environment: impl IntoIterator<Item = (String, String)>,
        arguments: &Arguments,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let pod_name = environment.iter().find(|(name, _)| name == shard::POD_NAME);
        let pod_name = pod_name.map(|(_, value)| value.clone());
        let warnings = ignored::warnings(&environment);
        let layers = Layers::merge(file, environment, arguments, &mut problems);
        let root = Node::root(&layers).section(&ROOT, &mut problems);
        let root = root.unwrap_or_default();
        let poll = poll::read(&root, &mut problems);
        let web = Web::read(&root, &mut problems);
        let accounts = accounts::read(&root, arguments, &mut problems);
        let labels = Labels::read(&root, &mut problems);
        let shard = shard::read(arguments, pod_name.as_deref(), &mut problems);
        let config = Self {
            poll,
            web,
            accounts,
            labels,
            shard,
            shard_is_assumed: shard::is_assumed(arguments, pod_name.as_deref(), shard),
            warnings,
        };
        Problems::none_or(problems, config)
    }

    /// What is read, with the SDK's region.
    #[must_use]
    pub fn workload(&self, default_region: Option<Region>) -> Workload {
        Workload {
            accounts: self.accounts.clone(),
            default_region,
            shard: self.shard,
            tag_keys: self.labels.tags.iter().map(|tag| tag.key.clone()).collect(),
            poll: self.poll.clone(),
        }
    }

    /// Whether only the SDK can tell where something is: an entry without regions discovers, or
    /// names a function without a region.
    #[must_use]
    pub fn needs_default_region(&self) -> bool {
        self.accounts.iter().any(AccountEntry::needs_default_region)
    }

    /// Whether the SDK's region is used where there is one: it is needed, or the regions of an account are asked for
    /// there.
    #[must_use]
    pub fn uses_default_region(&self) -> bool {
        let all_regions = |entry: &AccountEntry| entry.regions == Regions::All;
        self.needs_default_region() || self.accounts.iter().any(all_regions)
    }
}

#[cfg(test)]
mod tests;
