//! Making the page, with as little work as what has changed asks for.
//!
//! The functions, in their order, are cut into groups. Every family has its samples of a group in one
//! piece of text, rendered and compressed. A group's pieces are kept as long as its readings say the
//! same and none of them becomes stale. Where a group ends is decided by the names of its functions
//! alone, so that one function more or less changes one group, or makes one of two or two of one.

use std::{
    iter, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    deflate::Deflater,
    families::{FUNCTION_FAMILIES, TARGET_FAMILIES},
    page::{Page, Piece, Section},
    scopes::Scopes,
    shown::{Item, Shown},
    text::{Samples, write_header},
};
use crate::domain::{Fleet, FunctionName, ScopeId, TagLabel};

/// How many families have their samples in groups.
const FAMILIES: usize = TARGET_FAMILIES.len() + FUNCTION_FAMILIES.len();

/// Makes pages, and keeps what the next one can use again.
pub struct Renderer {
    stale_after: Duration,
    tag_labels: Arc<[TagLabel]>,
    deflater: Deflater,
    families: Vec<Family>,
    /// In the order of their functions.
    groups: Vec<Group>,
    scopes: Scopes,
    /// What they were on the last page.
    scopes_piece: Piece,
    /// What is ready once is ready always: an account that joins an organisation must not take a
    /// running exporter out of service.
    is_ready: bool,
}

/// A family as it is on the page.
struct Family {
    header: Piece,
    section: Section,
}

/// Some functions that follow each other.
struct Group {
    functions: Vec<Item>,
    /// One for each family, in their order.
    pieces: Vec<Piece>,
    next_stale: Option<Instant>,
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
        let families = target.chain(function).map(|(name, help)| {
            let mut text = String::new();
            write_header(&mut text, name, help);
            Family {
                header: Piece::new(&text, &mut deflater),
                section: Section::default(),
            }
        });
        Self {
            stale_after,
            tag_labels,
            families: families.collect(),
            scopes: Scopes::new(stale_after),
            scopes_piece: Piece::new("", &mut deflater),
            deflater,
            groups: Vec::new(),
            is_ready: false,
        }
    }

    /// The page that shows the fleet as of `now`.
    #[must_use]
    pub fn render(&mut self, fleet: &Fleet, now: Instant) -> Page {
        let changed = self.group(fleet, now);
        for (number, family) in self.families.iter_mut().enumerate() {
            if changed[number] {
                let pieces = self.groups.iter().map(|group| &group.pieces[number]);
                family.assemble(pieces.filter(|piece| !piece.is_empty()));
            }
        }
        let scopes = self.scopes.render(fleet, now);
        if scopes.as_bytes() != self.scopes_piece.text() {
            self.scopes_piece = Piece::new(&scopes, &mut self.deflater);
        }
        self.is_ready |= fleet.is_swept();
        let families = self.families.iter().map(|family| &family.section);
        let scopes = Section::new(iter::once(&self.scopes_piece));
        Page::new(families.chain([&scopes]), self.is_ready)
    }

    /// When the page changes though the fleet does not.
    #[must_use]
    pub fn next_stale(&self) -> Option<Instant> {
        self.scopes.next_stale()
    }

    /// Brings the groups up to date; tells in which families a piece is another one than before.
    fn group(&mut self, fleet: &Fleet, now: Instant) -> [bool; FAMILIES] {
        let mut changed = [false; FAMILIES];
        let mut before = mem::take(&mut self.groups).into_iter().peekable();
        let mut functions = Vec::new();
        let mut all = Shown::all(fleet, now, self.stale_after).peekable();
        while let Some(function) = all.next() {
            functions.push(function);
            if all.peek().is_some_and(|next| !next.begins_group()) {
                continue;
            }
            let first = functions[0].key();
            // Groups come in the order of their first functions, then as now.
            while before.next_if(|group| group.key() < first).is_some() {
                changed = [true; FAMILIES];
            }
            let before = before.next_if(|group| group.key() == first);
            let group = self.updated_with(before, &functions, now, &mut changed);
            self.groups.push(group);
            functions.clear();
        }
        if before.next().is_some() {
            changed = [true; FAMILIES];
        }
        changed
    }

    /// The group of these functions: as it was before, as far as they say the same.
    fn updated_with(
        &mut self,
        before: Option<Group>,
        functions: &[Shown<'_>],
        now: Instant,
        changed: &mut [bool; FAMILIES],
    ) -> Group {
        let current = |group: &Group| group.next_stale.is_none_or(|at| now < at);
        match before {
            Some(group) if current(&group) && group.is_of(functions) => group,
            Some(group) if current(&group) && group.has_same_content_as(functions) => Group {
                functions: functions.iter().map(Item::from).collect(),
                ..group
            },
            before => {
                let next_stale = functions
                    .iter()
                    .filter_map(|shown| shown.reading.next_stale(now, self.stale_after));
                Group {
                    next_stale: next_stale.min(),
                    pieces: self.pieces(before.map(|group| group.pieces), functions, now, changed),
                    functions: functions.iter().map(Item::from).collect(),
                }
            }
        }
    }

    /// Renders a group's samples, family by family. What has the same text as before is not compressed
    /// again: most changes are seen in few families.
    fn pieces(
        &mut self,
        before: Option<Vec<Piece>>,
        functions: &[Shown<'_>],
        now: Instant,
        changed: &mut [bool; FAMILIES],
    ) -> Vec<Piece> {
        let mut before = before.into_iter().flatten();
        let mut text = String::new();
        let pieces = changed.iter_mut().enumerate().map(|(number, changed)| {
            text.clear();
            self.samples(number, functions, now, &mut text);
            match before.next() {
                Some(piece) if piece.text() == text.as_bytes() => piece,
                _ => {
                    *changed = true;
                    Piece::new(&text, &mut self.deflater)
                }
            }
        });
        pieces.collect()
    }

    /// Appends the samples that a family, by its number, has of some functions.
    fn samples(&self, number: usize, functions: &[Shown<'_>], now: Instant, out: &mut String) {
        if let Some(family) = TARGET_FAMILIES.get(number) {
            let mut samples = Samples::more(out, family.name);
            for shown in functions {
                shown.each_target(now, self.stale_after, |target, labels| {
                    (family.samples)(target, labels, &mut samples);
                });
            }
        } else if let Some(family) = FUNCTION_FAMILIES.get(number - TARGET_FAMILIES.len()) {
            let mut samples = Samples::more(out, family.name);
            for shown in functions {
                if let Some(function) = shown.function(now, self.stale_after, &self.tag_labels) {
                    (family.samples)(&function, &shown.labels(), &mut samples);
                }
            }
        }
    }
}

impl Family {
    /// Without samples a family leaves no trace.
    fn assemble<'a>(&'a mut self, pieces: impl Iterator<Item = &'a Piece> + Clone) {
        let header = pieces.clone().next().map(|_| &self.header);
        self.section = Section::new(header.into_iter().chain(pieces));
    }
}

impl Group {
    fn key(&self) -> (&ScopeId, &FunctionName) {
        let first = &self.functions[0];
        (&first.scope, &first.name)
    }

    /// Whether these are its readings, and not only readings that say the same.
    fn is_of(&self, functions: &[Shown<'_>]) -> bool {
        self.agrees(functions, Item::is)
    }

    /// Whether its pieces are what would be rendered for these functions.
    fn has_same_content_as(&self, functions: &[Shown<'_>]) -> bool {
        self.agrees(functions, Item::has_same_content_as)
    }

    fn agrees(&self, functions: &[Shown<'_>], one: fn(&Item, &Shown<'_>) -> bool) -> bool {
        let mut pairs = self.functions.iter().zip(functions);
        self.functions.len() == functions.len() && pairs.all(|(item, shown)| one(item, shown))
    }
}

#[cfg(test)]
mod tests;
