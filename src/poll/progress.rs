//! How far the listings of one read have come. A function with thousands of aliases has dozens of pages, of which one
//! or another is throttled: a read goes on from the page that failed, or it might never end.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::pages::Pages;
use crate::{
    domain::{CallError, EventInvokeConfig, Operation, Qualifier},
    port::Page,
};

/// The configs of one function.
pub(super) type Configs = BTreeMap<Qualifier, EventInvokeConfig>;

/// The aliases of one function, and the versions that each stands for.
pub(super) type Aliases = BTreeMap<Qualifier, Arc<[Qualifier]>>;

/// How often one page is tried before the read begins anew: AWS may know the marker no longer.
const MAX_ATTEMPTS: u32 = 4;

/// The pages of one read that came, over several tries.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    begun_at: Instant,
    /// `ListAliases`.
    pub(super) aliases: Listed<Aliases>,
    /// `ListFunctionEventInvokeConfigs`.
    pub(super) configs: Listed<Configs>,
    /// Tries in a row in which no page came.
    failures: u32,
    /// How many pages had come at the last failure.
    pages_before: usize,
}

/// The pages of one listing that came.
#[derive(Debug, Clone)]
pub(super) struct Listed<T> {
    pages: Pages,
    items: T,
}

impl Progress {
    /// Nothing has come yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            begun_at: now,
            aliases: Listed::of(Operation::ListAliases),
            configs: Listed::of(Operation::ListFunctionEventInvokeConfigs),
            failures: 0,
            pages_before: 0,
        }
    }

    /// All is to be asked for once more.
    pub(super) fn start_over(&mut self) {
        *self = Self::new(self.begun_at);
    }

    /// The configs are to be asked for once more.
    pub(super) fn configs_start_over(&mut self) {
        self.configs = Listed::of(Operation::ListFunctionEventInvokeConfigs);
    }

    /// A try has failed. Gives what to go on from; nothing where there is little to save, or where one page has
    /// failed too often.
    pub(super) fn after_failure(mut self) -> Option<Self> {
        let pages = self.aliases.pages.count() + self.configs.pages.count();
        let advanced = pages > self.pages_before;
        self.failures = if advanced { 1 } else { self.failures + 1 };
        self.pages_before = pages;
        let is_long = self.aliases.pages.are_several() || self.configs.pages.are_several();
        (is_long && self.failures < MAX_ATTEMPTS).then_some(self)
    }

    /// Whether the last try brought pages, so that the next one need not wait for long.
    pub(super) fn has_advanced(&self) -> bool {
        self.failures == 1
    }

    /// Whether the pages go together with those that come now: what is older than an interval would have been read
    /// anew by now.
    pub(super) fn is_usable(&self, now: Instant, interval: Duration) -> bool {
        now < self.begun_at + interval
    }
}

impl<T: Default + Clone> Listed<T> {
    fn of(operation: Operation) -> Self {
        Self {
            pages: Pages::of(operation),
            items: T::default(),
        }
    }

    /// Where the next page begins, unless all have come.
    pub(super) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// What came.
    pub(super) fn items(&self) -> T {
        self.items.clone()
    }

    /// Takes a page.
    ///
    /// # Errors
    /// If the listing goes in a circle.
    pub(super) fn take<I>(&mut self, page: Page<I>) -> Result<(), CallError>
    where
        T: Extend<I>,
    {
        self.items.extend(self.pages.take(page)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(progress: &mut Progress, alias: &str, next: Option<&str>) {
        let page = Page {
            items: vec![(alias.parse().unwrap(), Arc::from([Qualifier::latest()]))],
            next: next.map(str::to_owned),
        };
        progress.aliases.take(page).unwrap();
    }

    #[test]
    fn one_page_is_not_worth_keeping() {
        let mut progress = Progress::new(Instant::now());
        assert!(progress.clone().after_failure().is_none());
        alias(&mut progress, "A", None);
        assert!(progress.after_failure().is_none());
    }

    #[test]
    fn one_page_is_tried_four_times() {
        let mut progress = Progress::new(Instant::now());
        alias(&mut progress, "A", Some("1"));
        let mut progress = progress.after_failure().unwrap();
        assert!(progress.has_advanced());
        for _ in 0..2 {
            progress = progress.after_failure().unwrap();
            assert!(!progress.has_advanced());
        }
        assert!(progress.clone().after_failure().is_none());
        // One that comes makes the next failure the first.
        alias(&mut progress, "B", Some("2"));
        let progress = progress.after_failure().unwrap();
        assert!(progress.has_advanced());
        assert_eq!(progress.aliases.pages().marker(), Some("2"));
        assert_eq!(progress.aliases.items().len(), 2);
    }

    #[test]
    fn pages_of_different_intervals_do_not_go_together() {
        let start = Instant::now();
        let progress = Progress::new(start);
        let interval = Duration::from_mins(5);
        assert!(progress.is_usable(start + interval / 2, interval));
        assert!(!progress.is_usable(start + interval, interval));
    }
}
