//! One round of discovery: all pages of tags, where tags are wanted, then all pages of functions. A
//! plain value that says what to ask next and takes what AWS answered.
//!
//! Functions count as listed page by page, so that reading begins before the last page; but only a
//! complete listing shows which functions are gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::pages::Pages;
use crate::{
    domain::{Backoff, CallError, CallFailure, FunctionName, Operation, Tags, TagsByFunction},
    port::{ListedFunction, Page},
};

/// How often one page is tried.
const MAX_ATTEMPTS: u32 = 4;

/// Before a page is asked for again.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(1),
};

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ListingSpec {
    /// The keys of the tags that are of interest; none: tags are not asked for.
    pub(super) tag_keys: BTreeSet<String>,
    /// Whether functions are listed.
    pub(super) functions: bool,
}

/// A page to ask for, by where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageRequest {
    /// Of tags.
    Tags(Option<String>),
    /// Of functions.
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

/// A round in progress.
#[derive(Debug)]
pub(super) struct Listing {
    spec: ListingSpec,
    tag_pages: Pages,
    function_pages: Pages,
    /// Whether the next page is one of tags.
    lists_tags: bool,
    /// Of the page that is asked for, in a row.
    failures: u32,
    pages: usize,
    tags: TagsByFunction,
    /// Whether the permission to list tags is missing, and to list functions.
    tags_denied: bool,
    functions_denied: bool,
    /// The ARNs listed so far that this version cannot read.
    pub(super) unreadable: BTreeSet<String>,
    /// The functions listed so far that are to be read.
    pub(super) seen: BTreeSet<FunctionName>,
}

impl Listing {
    /// A round that has not begun.
    #[must_use]
    pub(super) fn new(spec: ListingSpec) -> Self {
        Self {
            tag_pages: Pages::of(Operation::GetResources),
            function_pages: Pages::of(Operation::ListFunctions),
            lists_tags: !spec.tag_keys.is_empty(),
            failures: 0,
            pages: 0,
            tags: BTreeMap::new(),
            tags_denied: false,
            functions_denied: false,
            unreadable: BTreeSet::new(),
            seen: BTreeSet::new(),
            spec,
        }
    }

    /// The page to ask for next.
    #[must_use]
    pub(super) fn request(&self) -> PageRequest {
        let marker = |pages: &Pages| pages.marker().map(str::to_owned);
        if self.lists_tags {
            PageRequest::Tags(marker(&self.tag_pages))
        } else {
            PageRequest::Functions(marker(&self.function_pages))
        }
    }

    /// How many pages came.
    #[must_use]
    pub(super) fn pages(&self) -> usize {
        self.pages
    }

    /// Whether all pages of tags came; true where none are wanted.
    #[must_use]
    pub(super) fn tags_complete(&self) -> bool {
        self.spec.tag_keys.is_empty() || self.tag_pages.is_complete()
    }

    /// Whether all pages of functions came; true where none are wanted.
    #[must_use]
    pub(super) fn functions_complete(&self) -> bool {
        !self.spec.functions || self.function_pages.is_complete()
    }

    /// Whether what did not come may come within seconds: a missing permission does not.
    #[must_use]
    pub(super) fn may_succeed_soon(&self) -> bool {
        (!self.tags_complete() && !self.tags_denied)
            || (!self.functions_complete() && !self.functions_denied)
    }

    /// Takes a page of tags. Gives the tags of all functions with the last page.
    ///
    /// # Errors
    /// If the listing goes in a circle.
    pub(super) fn take_tags(
        &mut self,
        page: Page<(FunctionName, Tags)>,
    ) -> Result<Option<Arc<TagsByFunction>>, CallError> {
        for (name, mut tags) in self.tag_pages.take(page)? {
            tags.retain(|key, _| self.spec.tag_keys.contains(key));
            if !tags.is_empty() {
                self.tags.insert(name, tags);
            }
        }
        self.page_came();
        if !self.tag_pages.is_complete() {
            return Ok(None);
        }
        self.lists_tags = false;
        Ok(Some(Arc::new(std::mem::take(&mut self.tags))))
    }

    /// Takes a page of functions; gives them.
    ///
    /// # Errors
    /// If the listing goes in a circle.
    pub(super) fn take_functions(
        &mut self,
        page: Page<ListedFunction>,
    ) -> Result<Vec<ListedFunction>, CallError> {
        let functions = self.function_pages.take(page)?;
        self.page_came();
        Ok(functions)
    }

    /// What to do after a page that came.
    #[must_use]
    pub(super) fn step(&self) -> Step {
        if !self.lists_tags && self.functions_complete() {
            Step::End
        } else {
            Step::Next
        }
    }

    /// Takes a failure. A listing that breaks off halfway resumes where it was, after a pause; one
    /// that cannot begin has failed. Without tags functions are listed all the same; what the tags
    /// decide stays undecided.
    pub(super) fn fail(&mut self, failure: &CallFailure) -> Step {
        self.failures += 1;
        if self.lists_tags {
            self.tags_denied = failure.is_missing_permission();
        } else {
            self.functions_denied = failure.is_missing_permission();
        }
        if !failure.is_missing_permission() && self.pages > 0 && self.failures < MAX_ATTEMPTS {
            return Step::Again(BACKOFF.after(self.failures));
        }
        self.failures = 0;
        if self.lists_tags && self.spec.functions {
            self.lists_tags = false;
            Step::Next
        } else {
            Step::End
        }
    }

    fn page_came(&mut self) {
        self.pages += 1;
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn listing(tag_keys: &[&str], functions: bool) -> Listing {
        Listing::new(ListingSpec {
            tag_keys: tag_keys.iter().map(|&key| key.to_owned()).collect(),
            functions,
        })
    }

    fn page<T>(items: Vec<T>, next: Option<&str>) -> Page<T> {
        Page {
            items,
            next: next.map(str::to_owned),
        }
    }

    fn functions(next: Option<&str>) -> Page<ListedFunction> {
        page(Vec::new(), next)
    }

    fn failure(kind: FailureKind, code: &str) -> CallFailure {
        CallFailure {
            kind,
            code: Some(code.to_owned()),
            ..CallFailure::error(Operation::ListFunctions, "as the test wants it")
        }
    }

    fn throttled() -> CallFailure {
        failure(FailureKind::Throttled, "TooManyRequestsException")
    }

    #[test]
    fn all_tags_come_before_the_functions() {
        let mut listing = listing(&["team"], true);
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
            pairs.iter().map(owned).collect()
        };
        let name = |name: &str| -> FunctionName { name.parse().unwrap() };
        assert_eq!(listing.request(), PageRequest::Tags(None));
        let first = page(
            vec![(name("a"), tags(&[("team", "x"), ("env", "y")]))],
            Some("2"),
        );
        assert_eq!(listing.take_tags(first).unwrap(), None);
        assert_eq!(listing.request(), PageRequest::Tags(Some("2".to_owned())));
        let last = page(vec![(name("b"), tags(&[("env", "y")]))], None);
        let all = listing.take_tags(last).unwrap().unwrap();
        // Only the keys that are wanted, and no function without any.
        assert_eq!(
            *all,
            TagsByFunction::from([(name("a"), tags(&[("team", "x")]))])
        );
        assert_eq!(listing.step(), Step::Next);
        assert_eq!(listing.request(), PageRequest::Functions(None));
        listing.take_functions(functions(None)).unwrap();
        assert_eq!(listing.step(), Step::End);
        assert_eq!(listing.pages(), 3);
        assert!(listing.tags_complete() && listing.functions_complete());
    }

    #[test]
    fn where_only_tags_are_wanted_no_function_is_listed() {
        let mut listing = listing(&["team"], false);
        listing.take_tags(page(Vec::new(), None)).unwrap();
        assert_eq!(listing.step(), Step::End);
    }

    #[test]
    fn one_that_breaks_off_resumes_where_it_was_a_few_times() {
        let mut listing = listing(&[], true);
        listing.take_functions(functions(Some("2"))).unwrap();
        for seconds in [5, 10, 20] {
            assert_eq!(
                listing.fail(&throttled()),
                Step::Again(Duration::from_secs(seconds))
            );
            assert_eq!(
                listing.request(),
                PageRequest::Functions(Some("2".to_owned()))
            );
        }
        assert_eq!(listing.fail(&throttled()), Step::End);
        assert!(!listing.functions_complete() && listing.may_succeed_soon());
    }

    #[test]
    fn a_page_that_comes_makes_the_next_failure_the_first() {
        let mut listing = listing(&[], true);
        listing.take_functions(functions(Some("2"))).unwrap();
        listing.fail(&throttled());
        listing.take_functions(functions(Some("3"))).unwrap();
        assert_eq!(
            listing.fail(&throttled()),
            Step::Again(Duration::from_secs(5))
        );
    }

    #[test]
    fn one_that_cannot_begin_has_failed() {
        assert_eq!(listing(&[], true).fail(&throttled()), Step::End);
        let mut denied = listing(&[], true);
        denied.take_functions(functions(Some("2"))).unwrap();
        let refusal = failure(FailureKind::Denied, "AccessDeniedException");
        assert_eq!(denied.fail(&refusal), Step::End);
        assert!(!denied.may_succeed_soon());
    }

    #[test]
    fn a_refusal_that_is_tolerated_keeps_nothing_from_being_tried_again() {
        let refusal = || failure(FailureKind::Denied, "AccessDeniedException");
        for (tags, functions, expected) in [
            (Some(refusal()), None, false),
            (Some(refusal()), Some(throttled()), true),
            (Some(throttled()), Some(refusal()), true),
            (Some(refusal()), Some(refusal()), false),
            (None, Some(throttled()), true),
            (None, Some(refusal()), false),
            (None, None, false),
        ] {
            let mut listing = listing(&["team"], true);
            match &tags {
                Some(failure) => _ = listing.fail(failure),
                None => _ = listing.take_tags(page(Vec::new(), None)).unwrap(),
            }
            match &functions {
                Some(failure) => _ = listing.fail(failure),
                None => _ = listing.take_functions(page(Vec::new(), None)).unwrap(),
            }
            assert_eq!(
                listing.may_succeed_soon(),
                expected,
                "{tags:?} {functions:?}"
            );
        }
    }

    #[test]
    fn functions_are_listed_without_their_tags() {
        let mut listing = listing(&["team"], true);
        assert_eq!(listing.fail(&throttled()), Step::Next);
        assert_eq!(listing.request(), PageRequest::Functions(None));
        listing.take_functions(functions(None)).unwrap();
        assert_eq!(listing.step(), Step::End);
        assert!(!listing.tags_complete() && listing.functions_complete());
    }

    #[test]
    fn a_circle_is_no_listing() {
        let mut listing = listing(&[], true);
        for marker in ["a", "b"] {
            listing.take_functions(functions(Some(marker))).unwrap();
        }
        assert!(listing.take_functions(functions(Some("a"))).is_err());
        assert!(!listing.functions_complete());
    }
}
