//! Listings that come in pages: a plain value that collects them.

use super::{CallError, CallFailure, Operation, Page};

/// Nothing that is listed in one go has this many pages; a listing that goes on longer goes in
/// circles.
const MAX_PAGES: usize = 1000;

/// What came so far of a listing. One that breaks off halfway is no listing.
#[derive(Debug)]
pub(super) struct Pages<T> {
    operation: Operation,
    items: Vec<T>,
    next: Option<String>,
    count: usize,
    complete: bool,
}

impl<T> Pages<T> {
    /// Nothing yet.
    pub(super) fn of(operation: Operation) -> Self {
        Self {
            operation,
            items: Vec::new(),
            next: None,
            count: 0,
            complete: false,
        }
    }

    /// Whether a page has come.
    pub(super) fn has_begun(&self) -> bool {
        self.count > 0
    }

    /// Whether there is another page to ask for.
    pub(super) fn has_more(&self) -> bool {
        !self.complete
    }

    /// Where that page begins.
    pub(super) fn marker(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Takes in a page.
    pub(super) fn take(&mut self, page: Page<T>) -> Result<(), CallError> {
        self.count += 1;
        self.items.extend(page.items);
        self.complete = page.next.is_none();
        if !self.complete && (page.next == self.next || self.count >= MAX_PAGES) {
            let endless = CallFailure::error(self.operation, "the listing does not end");
            return Err(CallError::Failed(endless));
        }
        self.next = page.next;
        Ok(())
    }

    /// Everything on all pages.
    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }
}
