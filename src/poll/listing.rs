//! One round of discovery: all pages of tags, where tags are wanted, then all pages of functions. A
//! plain value that says what to ask next and takes in what AWS answered.
//!
//! Functions count as listed page by page, so that reading begins before the last page; but only a
//! complete listing tells which functions are gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{CallError, CallFailure, Operation, Page};
use crate::domain::{FunctionName, Tags, TagsByFunction};

/// No scope has this many pages; a listing that goes on longer goes in circles.
const MAX_PAGES: usize = 10_000;

/// How often one page is tried.
const MAX_ATTEMPTS: u32 = 4;

/// The first pause before a page is asked for again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    /// The keys of the tags that are of interest; none: tags are not asked for.
    pub(super) tag_keys: BTreeSet<String>,
    /// Whether functions are listed.
    pub(super) functions: bool,
}

/// A page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageRequest {
    /// Of tags, from here on.
    Tags(Option<String>),
    /// Of functions, from here on.
    Functions(Option<String>),
}

/// What to do after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask for the next one.
    Next,
    /// Ask for the same one after a pause.
    Again(Duration),
    /// The round has ended.
    End,
}

/// A round under way.
#[derive(Debug)]
pub(super) struct Listing {
    wanted: Wanted,
    next: PageRequest,
    attempts: u32,
    pages: usize,
    tags: TagsByFunction,
    /// Whether all pages of tags came; true where none are wanted.
    pub(super) tags_complete: bool,
    /// Whether all pages of functions came; true where none are wanted.
    pub(super) functions_complete: bool,
    /// Whether a permission is missing, so that trying again soon is of no use.
    pub(super) denied: bool,
    /// The functions listed so far that are to be read.
    pub(super) seen: BTreeSet<FunctionName>,
}

impl Listing {
    /// A round that has not begun.
    #[must_use]
    pub(super) fn new(wanted: Wanted) -> Self {
        let no_tags = wanted.tag_keys.is_empty();
        Self {
            next: if no_tags {
                PageRequest::Functions(None)
            } else {
                PageRequest::Tags(None)
            },
            attempts: 0,
            pages: 0,
            tags: BTreeMap::new(),
            tags_complete: no_tags,
            functions_complete: !wanted.functions,
            denied: false,
            seen: BTreeSet::new(),
            wanted,
        }
    }

    /// The page to ask for next.
    #[must_use]
    pub(super) fn request(&self) -> PageRequest {
        self.next.clone()
    }

    /// How many pages came.
    #[must_use]
    pub(super) fn pages(&self) -> usize {
        self.pages
    }

    /// Takes in a page of tags. Gives the tags of all functions with the last page.
    pub(super) fn accept_tags(
        &mut self,
        page: Page<(FunctionName, Tags)>,
    ) -> Option<Arc<TagsByFunction>> {
        for (name, mut tags) in page.items {
            tags.retain(|key, _| self.wanted.tag_keys.contains(key));
            if !tags.is_empty() {
                self.tags.insert(name, tags);
            }
        }
        self.came();
        self.next = PageRequest::Tags(page.next);
        if self.next != PageRequest::Tags(None) {
            return None;
        }
        self.tags_complete = true;
        self.next = PageRequest::Functions(None);
        Some(Arc::new(std::mem::take(&mut self.tags)))
    }

    /// Takes in where the next page of functions begins.
    pub(super) fn accept_functions(&mut self, next: Option<String>) {
        self.came();
        self.functions_complete = next.is_none();
        self.next = PageRequest::Functions(next);
    }

    /// What to do after a page that came.
    #[must_use]
    pub(super) fn step(&self) -> Step {
        match &self.next {
            PageRequest::Functions(_) if self.functions_complete => Step::End,
            _ => Step::Next,
        }
    }

    /// Takes in a failure. A listing that breaks off halfway goes on where it was, after a pause; one
    /// that cannot begin has failed. Without tags functions are listed all the same; what the tags
    /// decide stays undecided.
    pub(super) fn fail(&mut self, failure: &CallFailure) -> Step {
        self.attempts += 1;
        self.denied |= failure.is_missing_permission();
        if !failure.is_missing_permission() && self.pages > 0 && self.attempts < MAX_ATTEMPTS {
            return Step::Again(FIRST_PAUSE * 2_u32.pow(self.attempts - 1));
        }
        self.attempts = 0;
        match self.next {
            PageRequest::Tags(_) if self.wanted.functions => {
                self.next = PageRequest::Functions(None);
                Step::Next
            }
            _ => Step::End,
        }
    }

    /// Whether a page goes in circles, as a failure.
    pub(super) fn check<T>(
        &self,
        page: Page<T>,
        operation: Operation,
    ) -> Result<Page<T>, CallError> {
        let (PageRequest::Tags(asked) | PageRequest::Functions(asked)) = &self.next;
        if self.pages >= MAX_PAGES || (page.next.is_some() && page.next == *asked) {
            let endless = CallFailure::error(operation, "the listing does not end");
            return Err(CallError::Failed(endless));
        }
        Ok(page)
    }

    fn came(&mut self) {
        self.pages += 1;
        self.attempts = 0;
    }
}
