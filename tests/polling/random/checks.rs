//! What must hold of every page of metrics, whatever happened before.
//!
//! The checks know the history of the truth, the faults and the promised times; of the exporter they
//! know nothing but the text.

mod functions;
mod scopes;
mod targets;

use lambda_async_exporter::{domain::Operation, domain::ScopeId};

use super::{
    fault::{Fault, Manner, Place},
    shown::{Shown, ShownScope},
    truth::{History, Time},
    wants::Wants,
    windows::Windows,
    world::World,
};
use crate::aws::ACCOUNT;

/// Everything to judge a page by.
pub(super) struct Check<'a> {
    pub(super) world: &'a World,
    pub(super) windows: &'a Windows,
    pub(super) now: Time,
    pub(super) problems: Vec<String>,
}

/// One scope of a page, and what is known about it.
struct Area<'a> {
    scope: &'a ScopeId,
    wants: &'a Wants,
    shown: &'a ShownScope,
}

/// From when until when something was out of order.
type Troubles = Vec<(Time, Time)>;

/// What is wrong with a page at this time.
pub(super) fn check(world: &World, windows: &Windows, text: &str) -> Vec<String> {
    let shown = match Shown::parse(text) {
        Ok(shown) => shown,
        Err(problem) => return vec![problem],
    };
    let mut check = Check {
        world,
        windows,
        now: world.now(),
        problems: Vec::new(),
    };
    check.unknown_scopes(&shown);
    let nothing = ShownScope::default();
    for (scope, wants) in &world.scenario.wants {
        let key = (scope.account_label().to_owned(), scope.region.to_string());
        let area = Area {
            scope,
            wants,
            shown: shown.scopes.get(&key).unwrap_or(&nothing),
        };
        check.scope(&area);
        check.targets(&area);
        check.functions(&area);
    }
    check.problems
}

impl Check<'_> {
    fn problem(&mut self, area: &Area<'_>, what: impl std::fmt::Display) {
        self.problems.push(format!("{}: {what}", area.scope));
    }

    fn history(&self, area: &Area<'_>, name: &str) -> &History {
        &self.world.scopes[area.scope].functions[name]
    }

    fn ago(&self, window: Time) -> Time {
        self.now.saturating_sub(window)
    }

    /// When reading a function may have gone wrong.
    fn read_troubles(&self, area: &Area<'_>, name: &str) -> Troubles {
        let wants = area.wants;
        self.world.troubles(|fault| {
            is_in(fault, area)
                && match &fault.place {
                    Place::Identity => needs_identity(area, name),
                    Place::Credentials | Place::Everything => true,
                    Place::Operation(operation) => wants.reads_with(name, *operation),
                    Place::Function(of) => of == name,
                    Place::Call(operation, of) => of == name && wants.reads_with(name, *operation),
                }
        })
    }

    /// When a listing may not have told of a function, or late.
    fn listing_troubles(&self, area: &Area<'_>, name: &str) -> Troubles {
        let by_tags = area.wants.is_judged_by_tags(name);
        self.world.troubles(|fault| {
            is_in(fault, area)
                && match &fault.place {
                    Place::Identity => needs_identity(area, name),
                    // Without tags functions are listed all the same, unless the tags break off and
                    // are tried again.
                    Place::Operation(Operation::GetResources) => {
                        self.world.scenario.asks_for_tags(area.scope)
                            && (by_tags || !fails_at_once(fault))
                    }
                    place => hits_listing(place),
                }
        })
    }

    /// When anything about listing may have gone wrong.
    fn all_listing_troubles(&self, area: &Area<'_>) -> Troubles {
        self.world.troubles(|fault| {
            is_in(fault, area)
                && match &fault.place {
                    Place::Identity => is_own(area),
                    Place::Operation(Operation::GetResources) => true,
                    place => hits_listing(place),
                }
        })
    }
}

fn needs_identity(area: &Area<'_>, name: &str) -> bool {
    is_own(area) && area.wants.needs_identity(name)
}

/// Whether this is an account that the ambient credentials may turn out to be of.
fn is_own(area: &Area<'_>) -> bool {
    area.scope.account_label() == ACCOUNT
}

fn is_in(fault: &Fault, area: &Area<'_>) -> bool {
    fault.scope.as_ref().is_none_or(|scope| scope == area.scope)
}

fn hits_listing(place: &Place) -> bool {
    matches!(
        place,
        Place::Credentials | Place::Everything | Place::Operation(Operation::ListFunctions)
    )
}

/// Whether not even a first page comes, and the answer to that comes in time.
fn fails_at_once(fault: &Fault) -> bool {
    match &fault.manner {
        Manner::Refuses(refusal) => refusal.percent == 100 && refusal.after_pages == 0,
        Manner::Hangs | Manner::Delays(_) => false,
    }
}

/// Whether all was well from then until then.
fn is_clear(troubles: &Troubles, from: Time, to: Time) -> bool {
    !troubles
        .iter()
        .any(|&(begin, end)| begin < to && end > from)
}

/// The last time up to which all had been well for as long as the window.
fn well_until(troubles: &Troubles, window: Time, now: Time) -> Option<Time> {
    let mut end = now;
    loop {
        let from = end.checked_sub(window)?;
        let in_the_way = troubles.iter().filter(|&&(b, e)| b < end && e > from);
        match in_the_way.map(|&(begin, _)| begin).min() {
            None => return Some(end),
            Some(begin) => end = begin,
        }
    }
}

/// The first time from then on up to which all had been well for as long as the window.
fn well_since(troubles: &Troubles, window: Time, from: Time) -> Time {
    let mut from = from;
    loop {
        let to = from.saturating_add(window);
        let in_the_way = troubles.iter().filter(|&&(b, e)| b < to && e > from);
        match in_the_way.map(|&(_, end)| end).max() {
            None => return to,
            Some(end) => from = end,
        }
        if from == Time::MAX {
            return from;
        }
    }
}
