//! The end of the page: accounts, regions and organisations.

use std::{collections::BTreeMap, mem, sync::Arc, time::Instant};

use super::{
    families::{FAMILIES, Family, Subject},
    views::{AccountView, Context, OrganizationView, ScopeView},
};
use crate::domain::{Fleet, ScopeId, ScopeReadings};

/// Renders the families that are not about functions. A scope's samples are kept until something of
/// the scope is read or becomes stale.
#[derive(Default)]
pub(super) struct Summary {
    scopes: BTreeMap<ScopeId, ScopeSamples>,
}

/// One scope's samples.
struct ScopeSamples {
    readings: Arc<ScopeReadings>,
    next_stale: Option<Instant>,
    /// One for each of [`families`]; empty for those about something else.
    texts: Box<[String]>,
}

fn families() -> impl Iterator<Item = &'static Family> {
    FAMILIES
        .iter()
        .filter(|family| !family.is_about_functions())
}

impl Summary {
    pub(super) fn render(&mut self, fleet: &Fleet, context: &Context<'_>) -> String {
        self.update_scopes(fleet, context);
        let mut text = String::new();
        for (number, family) in families().enumerate() {
            let start = text.len();
            family.write_header(&mut text);
            let header_end = text.len();
            match family.subject() {
                Subject::Scope(_) => {
                    text.extend(self.scopes.values().map(|scope| &*scope.texts[number]));
                }
                Subject::Organization(add_samples) => {
                    for (&account, &listed) in &fleet.organizations {
                        let view = OrganizationView { account, listed };
                        add_samples(&view, &mut family.samples(&mut text, &view.label_values()));
                    }
                }
                Subject::Account(add_samples) => {
                    for (&account, name) in &fleet.account_names {
                        let view = AccountView { account, name };
                        add_samples(&view, &mut family.samples(&mut text, &view.label_values()));
                    }
                }
                Subject::Target(_) | Subject::Function(_) | Subject::Mapping(_) => {}
            }
            if text.len() == header_end {
                text.truncate(start);
            }
        }
        text
    }

    /// When something of a scope that was rendered last will be stale.
    pub(super) fn next_stale(&self) -> Option<Instant> {
        let scopes = self.scopes.values();
        scopes.filter_map(|samples| samples.next_stale).min()
    }

    fn update_scopes(&mut self, fleet: &Fleet, context: &Context<'_>) {
        let mut before = mem::take(&mut self.scopes);
        for (scope, readings) in &fleet.scopes {
            let samples = match before.remove(scope) {
                Some(samples) if samples.is_current(readings, context.now) => samples,
                _ => ScopeSamples::new(scope, readings, context),
            };
            self.scopes.insert(scope.clone(), samples);
        }
    }
}

impl ScopeSamples {
    fn new(scope: &ScopeId, readings: &Arc<ScopeReadings>, context: &Context<'_>) -> Self {
        let view = ScopeView {
            context,
            scope,
            readings,
        };
        let text = |family: &Family| {
            let mut text = String::new();
            if let Subject::Scope(add_samples) = family.subject() {
                add_samples(&view, &mut family.samples(&mut text, &view.label_values()));
            }
            text
        };
        Self {
            readings: Arc::clone(readings),
            next_stale: view.next_stale(),
            texts: families().map(text).collect(),
        }
    }

    /// Whether they are what would be rendered of these readings.
    fn is_current(&self, readings: &Arc<ScopeReadings>, now: Instant) -> bool {
        Arc::ptr_eq(&self.readings, readings) && self.next_stale.is_none_or(|at| now < at)
    }
}
