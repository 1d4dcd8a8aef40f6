//! A handle on one account in one region: what a test changes there, while the simulator runs or before.

mod async_events;
mod destinations;

use std::sync::Arc;

use crate::event_invoke_config::EventInvokeConfig;
use crate::event_source_mapping::EventSourceMapping;
use crate::function::Function;
use crate::operation::Operation;
use crate::quota::Quota;
use crate::scope::Scope;
use crate::state::{RegionState, Shared};

/// One account in one region.
#[derive(Clone)]
pub struct Region {
    shared: Arc<Shared>,
    scope: Scope,
}

impl Region {
    pub(crate) fn new(shared: Arc<Shared>, scope: Scope) -> Self {
        Self { shared, scope }
    }

    /// The account's id.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.scope.account
    }

    /// The region's name.
    #[must_use]
    pub fn region_name(&self) -> &str {
        &self.scope.region
    }

    /// The unqualified ARN that a function has here.
    #[must_use]
    pub fn function_arn(&self, name: &str) -> String {
        self.scope.function_arn(name)
    }

    /// Creates a function, or replaces it with its versions, aliases and tags. Its event invoke configs stay.
    pub fn put_function(&self, function: Function) {
        self.with(|region| region.put_function(function));
    }

    /// Changes a function in place, under a new revision: `update_function("f", |f| f.runtime("python3.13"))`.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn update_function(&self, name: &str, change: impl FnOnce(Function) -> Function) {
        self.with(|region| {
            let mut function = self.find(region, name).clone();
            function.settings = function.settings.revised();
            region.put_function(change(function));
        });
    }

    /// Removes a function with its event invoke configs. The tagging API goes on knowing it, if it was ever tagged,
    /// until [`Region::forget_tags`].
    pub fn remove_function(&self, name: &str) {
        self.with(|region| {
            region.functions.remove(name);
            region.configs.remove(name);
        });
    }

    /// The names of all functions, in order.
    #[must_use]
    pub fn function_names(&self) -> Vec<String> {
        self.with(|region| region.functions.keys().cloned().collect())
    }

    /// Makes the tagging API forget a function: the end of a deleted one's afterlife.
    pub fn forget_tags(&self, function: &str) {
        self.with(|region| region.tagged.remove(function));
    }

    /// Publishes the next version and returns its number.
    ///
    /// # Panics
    /// If there is no such function.
    #[allow(clippy::must_use_candidate, reason = "its number can be known without")]
    pub fn publish_version(&self, function: &str) -> String {
        self.with_function(function, |function| function.publish().to_string())
    }

    /// Creates or moves an alias; the version is published if it is not there yet.
    ///
    /// # Panics
    /// If there is no such function, or the version is neither `$LATEST` nor a number.
    pub fn put_alias(&self, function: &str, alias: &str, version: &str) {
        self.with_function(function, |function| {
            *function = function.clone().alias(alias, version);
        });
    }

    /// Creates or moves an alias that sends part of its events, `weight` of them, to a second version; both are
    /// published if they are not there yet.
    ///
    /// # Panics
    /// If there is no such function, or a version is neither `$LATEST` nor a number.
    pub fn put_weighted_alias(
        &self,
        function: &str,
        alias: &str,
        version: &str,
        second_version: &str,
        weight: f64,
    ) {
        self.with_function(function, |function| {
            let weighted = function.clone();
            *function = weighted.weighted_alias(alias, version, second_version, weight);
        });
    }

    /// Removes a published version. Its event invoke config stays as an orphan.
    ///
    /// # Panics
    /// If there is no such function or version, or an alias points to it: AWS refuses that.
    pub fn remove_version(&self, function: &str, version: &str) {
        self.with_function(function, |function| function.remove_version(version));
    }

    /// Removes an alias. Its event invoke config stays as an orphan, as on AWS.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn remove_alias(&self, function: &str, alias: &str) {
        self.with_function(function, |function| function.aliases.remove(alias));
    }

    /// Puts an event invoke config past AWS's checks: neither its destinations nor its qualifier need exist, and the
    /// function may come later.
    pub fn put_event_invoke_config(
        &self,
        function: &str,
        qualifier: &str,
        config: EventInvokeConfig,
    ) {
        self.with(|region| {
            let configs = region.configs.entry(function.to_owned()).or_default();
            configs.insert(qualifier.to_owned(), config);
        });
    }

    /// Removes an event invoke config, if it is there.
    pub fn remove_event_invoke_config(&self, function: &str, qualifier: &str) {
        self.with(|region| {
            if let Some(configs) = region.configs.get_mut(function) {
                configs.remove(qualifier);
            }
        });
    }

    /// Creates or replaces an event source mapping; its function need not exist, and it stays when the function goes.
    ///
    /// # Panics
    /// If it has a failure destination and a queue as its source: AWS refuses that.
    pub fn put_event_source_mapping(&self, mapping: EventSourceMapping) {
        if let Some(mistake) = mapping.mistake() {
            panic!("{mistake}");
        }
        self.with(|region| {
            let mappings = &mut region.event_source_mappings;
            mappings.insert(mapping.uuid.clone(), mapping);
        });
    }

    /// Removes an event source mapping, if it is there.
    pub fn remove_event_source_mapping(&self, uuid: &str) {
        self.with(|region| region.event_source_mappings.remove(uuid));
    }

    /// Sets the control plane's quota here, in requests per second; the bucket is full again. `None`: unlimited.
    pub fn set_quota(&self, per_second: Option<f64>) {
        self.with(|region| region.control_plane = Quota::new(per_second));
    }

    /// Sets the tagging API's quota here, likewise.
    pub fn set_tagging_quota(&self, per_second: Option<f64>) {
        self.with(|region| region.tagging = Quota::new(per_second));
    }

    /// How often an operation was asked for here.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u64 {
        self.with(|region| region.meter.count(operation))
    }

    /// How many requests were made here.
    #[must_use]
    pub fn count_all(&self) -> u64 {
        self.with(|region| region.meter.count_all())
    }

    /// The most requests that were in flight here at once.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.with(|region| region.meter.max_in_flight)
    }

    /// The most Lambda requests that came here within any one second, refused ones included.
    #[must_use]
    pub fn peak_per_second(&self) -> usize {
        self.with(|region| region.meter.peak_per_second)
    }

    /// How many requests were refused here for a quota: the control plane's, `GetFunction`'s or the tagging API's.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.with(|region| region.meter.throttled)
    }

    /// Sets the counts of this scope to zero. Those of the whole simulator and its log stay.
    pub fn reset_counters(&self) {
        self.with(|region| region.meter.reset());
    }

    fn with<T>(&self, act: impl FnOnce(&mut RegionState) -> T) -> T {
        act(self.shared.lock().region_mut(&self.scope))
    }

    fn with_function<T>(&self, name: &str, act: impl FnOnce(&mut Function) -> T) -> T {
        self.with(|region| act(self.find(region, name)))
    }

    /// A change to a function that is not there is a mistake in the test, and must not pass in silence.
    fn find<'a>(&self, region: &'a mut RegionState, name: &str) -> &'a mut Function {
        match region.functions.get_mut(name) {
            Some(function) => function,
            None => panic!(
                "no function {name} in {}/{}",
                self.scope.account, self.scope.region
            ),
        }
    }
}
