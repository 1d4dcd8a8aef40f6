//! Making the page, with as little work as what has changed asks for.
//!
//! The functions, in their order, are cut into groups. Every family has its samples of a group in one
//! piece of text, rendered and compressed. A group's pieces are kept as long as its readings say the
//! same and none of them becomes stale. Where a group ends is decided by the names of its functions
//! alone, so that one function more or less changes one group, or makes one of two or two of one.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    deflate::Deflater,
    families::{
        FUNCTION_FAMILIES, Function, ORGANIZATION_FAMILIES, SCOPE_FAMILIES, Scope, TARGET_FAMILIES,
        Target,
    },
    page::{Page, Piece},
    text::{Samples, write_header},
};
use crate::domain::{
    AccountId, Fleet, FunctionName, Reading, ScopeId, TagLabel, Tags, TagsByFunction,
};

/// How many functions a group has on average. The fewer, the less one change costs; the more, the
/// better they compress.
const GROUP_SIZE: u32 = 128;

/// Makes pages, and keeps what the next one can use again.
pub struct Renderer {
    stale_after: Duration,
    tag_labels: Arc<[TagLabel]>,
    deflater: Deflater,
    /// Before each family's samples.
    headers: Vec<Piece>,
    /// By the first of its functions.
    groups: HashMap<(ScopeId, FunctionName), Group>,
    /// When something that the last page shows will be stale.
    next_stale: Option<Instant>,
    /// What is ready once is ready always: an account that joins an organisation must not take a
    /// running exporter out of service.
    is_ready: bool,
}

/// Some functions that follow each other.
struct Group {
    functions: Vec<Item>,
    /// One for each family, in their order.
    pieces: Vec<Piece>,
    next_stale: Option<Instant>,
}

/// A function and what is known about it.
struct Item {
    scope: ScopeId,
    name: FunctionName,
    reading: Arc<Reading>,
    /// Those of the whole scope, unless they are stale.
    tags: Option<Arc<TagsByFunction>>,
}

impl Renderer {
    /// Values whose reads have failed for `stale_after` are left out; these tags become labels.
    #[must_use]
    pub fn new(stale_after: Duration, tag_labels: Arc<[TagLabel]>) -> Self {
        let mut deflater = Deflater::new();
        let target = TARGET_FAMILIES
            .iter()
            .map(|family| (family.name, family.help));
        let function = FUNCTION_FAMILIES
            .iter()
            .map(|family| (family.name, family.help));
        let headers = target.chain(function).map(|(name, help)| {
            let mut text = String::new();
            write_header(&mut text, name, help);
            Piece::new(&text, &mut deflater)
        });
        Self {
            stale_after,
            tag_labels,
            headers: headers.collect(),
            deflater,
            groups: HashMap::new(),
            next_stale: None,
            is_ready: false,
        }
    }

    /// The page that shows the fleet as of `now`.
    #[must_use]
    pub fn render(&mut self, fleet: &Fleet, now: Instant) -> Page {
        let groups = self.groups_of(fleet, now);
        let mut kept = std::mem::take(&mut self.groups);
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|functions| {
                let before = functions
                    .first()
                    .and_then(|first| kept.remove(&first.key()));
                self.group(before, functions, now)
            })
            .collect();
        drop(kept);
        let scopes = self.scopes(fleet, now);
        self.is_ready |= fleet.is_swept();
        let families = self
            .headers
            .iter()
            .enumerate()
            .flat_map(|(family, header)| {
                let pieces = groups.iter().map(move |group| &group.pieces[family]);
                let pieces = pieces.filter(|piece| !piece.is_empty());
                // A family without samples leaves no trace.
                let header = pieces.clone().next().map(|_| header);
                header.into_iter().chain(pieces)
            });
        let page = Page::new(families.chain([&scopes]), self.is_ready);
        self.next_stale = self.next_stale_of(fleet, &groups, now);
        let by_first = groups.into_iter().filter_map(|group| {
            let first = group.functions.first()?.key();
            Some((first, group))
        });
        self.groups = by_first.collect();
        page
    }

    /// When the page changes though the fleet does not.
    #[must_use]
    pub fn next_stale(&self) -> Option<Instant> {
        self.next_stale
    }

    fn next_stale_of(&self, fleet: &Fleet, groups: &[Group], now: Instant) -> Option<Instant> {
        let tags = fleet.scopes.values().filter_map(|scope| {
            let at = scope.tags.as_ref()?.stale_at(self.stale_after)?;
            (at > now).then_some(at)
        });
        groups
            .iter()
            .filter_map(|group| group.next_stale)
            .chain(tags)
            .min()
    }

    /// The fleet's functions, cut into groups.
    fn groups_of(&self, fleet: &Fleet, now: Instant) -> Vec<Vec<Item>> {
        let mut groups: Vec<Vec<Item>> = Vec::new();
        for (scope, readings) in &fleet.scopes {
            let tags = readings.current_tags(now, self.stale_after);
            for (name, reading) in &readings.functions {
                let item = Item {
                    scope: scope.clone(),
                    name: name.clone(),
                    reading: Arc::clone(reading),
                    tags: tags.cloned(),
                };
                match groups.last_mut() {
                    Some(group) if !begins_group(name) => group.push(item),
                    _ => groups.push(vec![item]),
                }
            }
        }
        groups
    }

    /// The group of these functions: as it was before, if they say the same.
    fn group(&mut self, before: Option<Group>, functions: Vec<Item>, now: Instant) -> Group {
        match before {
            Some(before) if before.says(&functions, now) => Group {
                functions,
                ..before
            },
            _ => Group {
                pieces: self.pieces(&functions, now),
                next_stale: functions
                    .iter()
                    .filter_map(|item| item.reading.next_stale(now, self.stale_after))
                    .min(),
                functions,
            },
        }
    }

    fn pieces(&mut self, functions: &[Item], now: Instant) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(self.headers.len());
        let mut text = String::new();
        for family in TARGET_FAMILIES {
            text.clear();
            let mut samples = Samples::more(&mut text, family.name);
            for item in functions {
                item.each_target(now, self.stale_after, |target, labels| {
                    (family.samples)(target, labels, &mut samples);
                });
            }
            pieces.push(Piece::new(&text, &mut self.deflater));
        }
        for family in FUNCTION_FAMILIES {
            text.clear();
            let mut samples = Samples::more(&mut text, family.name);
            for item in functions {
                if let Some(function) = item.function(now, self.stale_after, &self.tag_labels) {
                    (family.samples)(&function, &item.labels(), &mut samples);
                }
            }
            pieces.push(Piece::new(&text, &mut self.deflater));
        }
        pieces
    }

    /// All families about scopes and organisations.
    fn scopes(&mut self, fleet: &Fleet, now: Instant) -> Piece {
        let mut text = String::new();
        for family in SCOPE_FAMILIES {
            let mut samples = Samples::gauges(&mut text, family.name, family.help);
            for (scope, readings) in &fleet.scopes {
                let labels = [
                    ("account_id", scope.account_label()),
                    ("region", scope.region.as_str()),
                ];
                let view = Scope {
                    readings,
                    now,
                    stale_after: self.stale_after,
                };
                (family.samples)(&view, &labels, &mut samples);
            }
        }
        for family in ORGANIZATION_FAMILIES {
            let mut samples = Samples::gauges(&mut text, family.name, family.help);
            for (account, &listed) in &fleet.organizations {
                let account = account.as_ref().map_or("", AccountId::as_str);
                (family.samples)(listed, &[("account_id", account)], &mut samples);
            }
        }
        Piece::new(&text, &mut self.deflater)
    }
}

/// Whether a group begins with this function, if it is not the first of all.
fn begins_group(name: &FunctionName) -> bool {
    crc32fast::hash(name.as_str().as_bytes()).is_multiple_of(GROUP_SIZE)
}

impl Group {
    /// Whether its pieces are what would be rendered for these functions.
    fn says(&self, functions: &[Item], now: Instant) -> bool {
        self.next_stale.is_none_or(|at| now < at)
            && self.functions.len() == functions.len()
            && self
                .functions
                .iter()
                .zip(functions)
                .all(|(before, after)| before.says_the_same(after))
    }
}

impl Item {
    fn key(&self) -> (ScopeId, FunctionName) {
        (self.scope.clone(), self.name.clone())
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let same_reading = Arc::ptr_eq(&self.reading, &other.reading)
            || self.reading.says_the_same(&other.reading);
        let same_tags = match (&self.tags, &other.tags) {
            (Some(ours), Some(theirs)) if Arc::ptr_eq(ours, theirs) => true,
            _ => self.tags() == other.tags(),
        };
        same_reading && same_tags && self.scope == other.scope && self.name == other.name
    }

    fn tags(&self) -> Option<&Tags> {
        self.tags.as_ref()?.get(&self.name)
    }

    fn labels(&self) -> [(&str, &str); 3] {
        [
            ("account_id", self.scope.account_label()),
            ("region", self.scope.region.as_str()),
            ("function_name", self.name.as_str()),
        ]
    }

    fn each_target(
        &self,
        now: Instant,
        stale_after: Duration,
        mut visit: impl FnMut(&Target<'_>, &[(&str, &str)]),
    ) {
        let [account, region, name] = self.labels();
        for (qualifier, reading) in &self.reading.targets {
            let labels = [account, region, name, ("qualifier", qualifier.as_str())];
            let settings = reading.current_settings(now, stale_after);
            visit(&Target { reading, settings }, &labels);
        }
    }

    /// The function, where it is known.
    fn function<'a>(
        &'a self,
        now: Instant,
        stale_after: Duration,
        tag_labels: &'a [TagLabel],
    ) -> Option<Function<'a>> {
        Some(Function {
            function: self.reading.current_function(now, stale_after)?,
            tags: self.tags(),
            tag_labels,
        })
    }
}

#[cfg(test)]
mod tests;
