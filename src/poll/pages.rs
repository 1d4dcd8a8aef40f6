//! Listings that come in pages: where the next page begins, and when a listing must be given up.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    domain::{CallError, CallFailure, Operation},
    port::Page,
};

/// Nothing has this many pages: 500,000 functions, at 50 a page.
const MAX_PAGES: usize = 10_000;

/// How far a listing has come.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    operation: Operation,
    next: Option<String>,
    complete: bool,
    /// The markers of all pages so far, as hashes: a marker can be long. Two that collide end a listing that would
    /// have gone on; among 10,000 markers that happens once in 10^11 listings.
    seen: BTreeSet<u64>,
}

impl Pages {
    /// Nothing has come yet.
    pub(crate) fn of(operation: Operation) -> Self {
        Self {
            operation,
            next: None,
            complete: false,
            seen: BTreeSet::new(),
        }
    }

    /// Whether a page has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.complete || self.next.is_some()
    }

    /// How many pages have come.
    pub(crate) fn count(&self) -> usize {
        self.seen.len() + usize::from(self.complete)
    }

    /// Whether there is more than one.
    pub(crate) fn are_several(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Whether all pages have come.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Where the next page begins; `None` is the first one.
    pub(crate) fn marker(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Takes a page; gives its items.
    ///
    /// # Errors
    /// If the listing goes in a circle or does not end.
    pub(crate) fn take<T>(&mut self, page: Page<T>) -> Result<Vec<T>, CallError> {
        if let Some(marker) = &page.next {
            let mut hasher = DefaultHasher::new();
            marker.hash(&mut hasher);
            let is_new = self.seen.insert(hasher.finish());
            if !is_new || self.seen.len() >= MAX_PAGES {
                let endless = CallFailure::error(self.operation, "the listing does not end");
                return Err(CallError::Failed(endless));
            }
        }
        self.complete = page.next.is_none();
        self.next = page.next;
        Ok(page.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(next: Option<&str>) -> Page<u8> {
        Page {
            items: vec![1],
            next: next.map(str::to_owned),
        }
    }

    #[test]
    fn each_page_says_where_the_next_one_begins() {
        let mut pages = Pages::of(Operation::ListAliases);
        assert!(!pages.has_begun());
        for next in [Some("a"), Some("b")] {
            assert_eq!(pages.take(page(next)).unwrap(), [1]);
            assert_eq!(pages.marker(), next);
            assert!(pages.has_begun() && !pages.is_complete());
            assert!(pages.are_several());
        }
        pages.take(page(None)).unwrap();
        assert!(pages.is_complete());
        assert_eq!(pages.count(), 3);
    }

    #[test]
    fn a_listing_that_goes_in_a_circle_fails() {
        let mut pages = Pages::of(Operation::ListAliases);
        for next in ["a", "b", "c"] {
            pages.take(page(Some(next))).unwrap();
        }
        for seen in ["a", "b", "c"] {
            assert!(pages.take(page(Some(seen))).is_err(), "{seen}");
        }
    }

    #[test]
    fn a_listing_that_does_not_end_fails() {
        let mut pages = Pages::of(Operation::ListFunctions);
        let mut next = 0..;
        let mut take = || pages.take(page(next.next().map(|n| n.to_string()).as_deref()));
        assert_eq!(
            (0..MAX_PAGES * 2).take_while(|_| take().is_ok()).count(),
            MAX_PAGES - 1
        );
    }
}
