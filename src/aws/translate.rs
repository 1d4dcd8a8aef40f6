//! From the SDK's types to the domain's.
//!
//! An answer is believed only if it is whole and about what was asked: a proxy's empty JSON object
//! would otherwise read as a function without a destination, or an account without functions.

mod async_events;
mod event_source_mappings;
mod function;
mod invoke_config;
mod organization;
mod tags;

use super::classify::bounded;
use crate::{
    domain::{
        CallError, CallFailure, FunctionName, FunctionReference, Operation, Qualifier, ScopeId,
        Selector,
    },
    port::Page,
};

pub(super) use async_events::async_events;
pub(super) use event_source_mappings::event_source_mappings;
pub(super) use function::{aliases, function, functions};
pub(super) use invoke_config::{config, configs};
pub(super) use organization::{member_accounts, regions, units};
pub(super) use tags::tags;

/// The longest token that is sent back, in bytes. AWS's have some hundred; the SDK panics at one that no URL can hold.
const MAX_TOKEN: usize = 8 * 1024;

/// An answer that is not believed, and why.
pub(super) fn malformed(operation: Operation, why: &str) -> CallError {
    CallError::Failed(CallFailure::error(
        operation,
        bounded(&format!("malformed response: {why}")),
    ))
}

/// The items and the token of a page. Items for which `read` gives none are left out; one that it
/// cannot read fails the page.
///
/// `entries` is the SDK's field, since its accessor makes an absent list an empty one.
fn page<E, T>(
    operation: Operation,
    entries: Option<&[E]>,
    next: Option<&str>,
    read: impl Fn(&E) -> Result<Option<T>, CallError>,
) -> Result<Page<T>, CallError> {
    let entries = entries.ok_or_else(|| malformed(operation, "it has no list"))?;
    let next = next.filter(|next| !next.is_empty());
    if next.is_some_and(|next| next.len() > MAX_TOKEN) {
        return Err(malformed(
            operation,
            "its token for the next page is longer than 8 kB",
        ));
    }
    let items = entries.iter().filter_map(|entry| read(entry).transpose());
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next: next.map(str::to_owned),
    })
}

/// What the ARN in an answer refers to.
fn reference(operation: Operation, arn: Option<&str>) -> Result<FunctionReference, CallError> {
    arn.and_then(|arn| arn.parse().ok())
        .filter(|reference: &FunctionReference| reference.region().is_some())
        .ok_or_else(|| malformed(operation, "it has no function ARN"))
}

/// Credentials that changed their owner answer about somebody else's functions.
fn is_in(reference: &FunctionReference, scope: &ScopeId) -> bool {
    reference.region() == Some(&scope.region)
        && (scope.account.is_none() || reference.account() == scope.account)
}

fn out_of_scope(operation: Operation) -> CallError {
    malformed(operation, "it is about another account or region")
}

/// The qualifier in the ARN of an answer about `function` in `scope`.
fn qualifier_of(
    operation: Operation,
    arn: Option<&str>,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<Option<Qualifier>, CallError> {
    let reference = reference(operation, arn)?;
    if !is_in(&reference, scope) {
        return Err(out_of_scope(operation));
    }
    if reference.name() != function {
        return Err(malformed(operation, "it is about another function"));
    }
    Ok(qualifier(&reference))
}

/// The qualifier that a reference names.
pub(super) fn qualifier(reference: &FunctionReference) -> Option<Qualifier> {
    match reference.selector() {
        Selector::Qualifier(qualifier) => Some(qualifier.clone()),
        Selector::Unqualified | Selector::Every => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_no_request_can_hold_fails_the_page() {
        let page = |next: &str| {
            let items: &[()] = &[()];
            page(Operation::ListFunctions, Some(items), Some(next), |()| {
                Ok(Some(()))
            })
        };
        let longest = "t".repeat(MAX_TOKEN);
        assert_eq!(page(&longest).unwrap().next, Some(longest.clone()));
        let CallError::Failed(failure) = page(&format!("{longest}t")).unwrap_err() else {
            panic!("not found");
        };
        assert_eq!(
            failure.message,
            "malformed response: its token for the next page is longer than 8 kB"
        );
    }
}
