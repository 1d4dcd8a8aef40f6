//! The configuration: defaults, file, environment and flags become one checked value.
//!
//! There are two stages. `layers` merges what was typed into one tree of values that know their
//! source; then each section reads its part of the tree into what the rest of the program uses.
//! Both go on after a mistake: a person gets all problems at once, each with its key and its source.

mod account;
mod arguments;
mod entry;
mod keys;
mod layers;
mod listen_address;
mod poll;
mod problem;
mod web;

use std::fs;

pub use account::Account;
pub use arguments::{Arguments, LogFormat, LogLevel};
pub use listen_address::{InvalidListenAddress, ListenAddress};
pub use poll::Poll;
pub use problem::{Problem, Problems};
pub use web::Web;

use self::{
    entry::Entry,
    layers::{File, Layers},
};
use crate::domain::{Region, WatchList};

/// Everything that is configurable and can be changed by a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How often and how fast AWS is asked.
    pub poll: Poll,
    /// Where the metrics are served.
    pub web: Web,
    /// Which functions are watched: at least one.
    pub accounts: Vec<Account>,
}

impl Config {
    /// Reads the file that the flags name, the process's environment and the flags.
    pub fn load(arguments: &Arguments) -> Result<Self, Problems> {
        let file = arguments.config_file.as_deref().map(|path| File {
            path: path.display().to_string(),
            text: fs::read_to_string(path),
        });
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
        let layers = Layers::merge(file, environment, arguments, &mut problems);
        let root = Entry::root(&layers.root, &layers.figment);
        let root = root.fields(&keys::ROOT, &mut problems).unwrap_or_default();
        let poll = root.section("poll", &poll::SECTION, &mut problems);
        let poll = Poll::read(&poll, &mut problems);
        let web = root.section("web", &web::SECTION, &mut problems);
        let web = Web::read(&web, &mut problems);
        let accounts = account::read(&root, arguments, layers.complete, &mut problems);
        let config = Self {
            poll,
            web,
            accounts,
        };
        Problems::none_or(problems, config)
    }

    /// Whether a function is named without a region in an entry without regions, so that only the
    /// SDK can tell where it is.
    #[must_use]
    pub fn needs_default_region(&self) -> bool {
        let without_region = |account: &Account| {
            account
                .functions
                .iter()
                .any(|function| function.region().is_none())
        };
        self.accounts
            .iter()
            .any(|account| account.regions.is_empty() && without_region(account))
    }

    /// What is to be read. Without a default region, functions that need it are left out; see
    /// [`Self::needs_default_region`].
    #[must_use]
    pub fn watch_list(&self, default_region: Option<&Region>) -> WatchList {
        let mut list = WatchList::default();
        for account in &self.accounts {
            let regions = match account.regions.as_slice() {
                [] => default_region.map(std::slice::from_ref).unwrap_or_default(),
                regions => regions,
            };
            for function in &account.functions {
                list.add(function, regions);
            }
        }
        list
    }
}

#[cfg(test)]
mod tests;
