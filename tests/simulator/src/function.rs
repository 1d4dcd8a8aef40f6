//! A function, as a test describes it and as the simulator holds it.

use std::collections::BTreeMap;

use crate::alias::Alias;
use crate::settings::Settings;

/// The qualifier of the unpublished function.
pub(crate) const LATEST: &str = "$LATEST";

/// A Lambda function: its settings, tags, versions and aliases.
#[derive(Clone, Debug)]
pub struct Function {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) versions: BTreeMap<u64, Settings>,
    pub(crate) aliases: BTreeMap<String, Alias>,
}

impl Function {
    /// A function with runtime `python3.12`, without tags, dead-letter queue, versions and aliases.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            settings: Settings::default(),
            tags: BTreeMap::new(),
            versions: BTreeMap::new(),
            aliases: BTreeMap::new(),
        }
    }

    /// Sets the runtime (and `PackageType` `Zip`).
    #[must_use]
    pub fn runtime(mut self, runtime: &str) -> Self {
        self.settings.runtime = Some(runtime.to_owned());
        self
    }

    /// Makes it a container image: `PackageType` `Image`, no runtime, no handler.
    #[must_use]
    pub fn image(mut self) -> Self {
        self.settings.runtime = None;
        self
    }

    /// Sets the dead-letter queue: the ARN of a queue or topic.
    #[must_use]
    pub fn dead_letter(mut self, target_arn: &str) -> Self {
        self.settings.dead_letter = Some(target_arn.to_owned());
        self
    }

    /// Takes the dead-letter queue away.
    #[must_use]
    pub fn without_dead_letter(mut self) -> Self {
        self.settings.dead_letter = None;
        self
    }

    /// Sets one environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.settings
            .variables
            .insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets the handler.
    #[must_use]
    pub fn handler(mut self, handler: &str) -> Self {
        handler.clone_into(&mut self.settings.handler);
        self
    }

    /// Sets the timeout.
    #[must_use]
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.settings.timeout_seconds = seconds;
        self
    }

    /// Sets `LastModified`, in AWS's form `2026-01-01T00:00:00.000+0000`.
    #[must_use]
    pub fn last_modified(mut self, iso: &str) -> Self {
        iso.clone_into(&mut self.settings.last_modified);
        self
    }

    /// Sets one tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Removes one tag.
    #[must_use]
    pub fn without_tag(mut self, key: &str) -> Self {
        self.tags.remove(key);
        self
    }

    /// Publishes a version with the settings given so far.
    ///
    /// # Panics
    /// If the version is not a number: AWS has no others.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        let number = version.parse().expect("a version is a number");
        self.versions.insert(number, self.settings.revised());
        self
    }

    /// Sets an alias of `$LATEST` or of a version; the version is published if it is not there yet.
    ///
    /// # Panics
    /// If the version is neither `$LATEST` nor a number.
    #[must_use]
    pub fn alias(mut self, name: &str, version: &str) -> Self {
        if !self.has_version(version) {
            self = self.version(version);
        }
        self.aliases.insert(name.to_owned(), Alias::new(version));
        self
    }

    /// Sets an alias that sends part of its events, `weight` of them, to a second version; both are published if they
    /// are not there yet.
    ///
    /// # Panics
    /// If a version is neither `$LATEST` nor a number.
    #[must_use]
    pub fn weighted_alias(
        mut self,
        name: &str,
        version: &str,
        second_version: &str,
        weight: f64,
    ) -> Self {
        if !self.has_version(second_version) {
            self = self.version(second_version);
        }
        self = self.alias(name, version);
        if let Some(alias) = self.aliases.get_mut(name) {
            alias
                .weights
                .insert(second_version.to_owned(), weight.into());
        }
        self
    }

    /// Publishes the next version and returns its number.
    pub(crate) fn publish(&mut self) -> u64 {
        let next = self
            .versions
            .last_key_value()
            .map_or(1, |(last, _)| last + 1);
        self.versions.insert(next, self.settings.revised());
        next
    }

    /// Removes a published version; an alias of it is a mistake that must not pass in silence.
    pub(crate) fn remove_version(&mut self, version: &str) {
        let points = |alias: &Alias| alias.versions().any(|other| other == version);
        if let Some((alias, _)) = self.aliases.iter().find(|(_, alias)| points(alias)) {
            panic!("alias {alias} of {} points to version {version}", self.name);
        }
        let number = version.parse().ok();
        let removed = number.and_then(|number: u64| self.versions.remove(&number));
        assert!(removed.is_some(), "{} has no version {version}", self.name);
    }

    pub(crate) fn has_version(&self, version: &str) -> bool {
        self.settings_of(version).is_some()
    }

    /// Whether there is such a version or alias, or it is `$LATEST`.
    pub(crate) fn has_qualifier(&self, qualifier: &str) -> bool {
        self.aliases.contains_key(qualifier) || self.has_version(qualifier)
    }

    /// The version that a qualifier stands for, with its settings.
    pub(crate) fn resolve<'a>(&'a self, qualifier: &'a str) -> Option<(&'a str, &'a Settings)> {
        let version = self
            .aliases
            .get(qualifier)
            .map_or(qualifier, |alias| &alias.version);
        Some((version, self.settings_of(version)?))
    }

    fn settings_of(&self, version: &str) -> Option<&Settings> {
        match version {
            LATEST => Some(&self.settings),
            number => self.versions.get(&number.parse().ok()?),
        }
    }
}
