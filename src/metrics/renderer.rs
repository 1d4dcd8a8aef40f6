//! Making the page with as little work as the changes require.
//!
//! The functions, in their order, are cut into groups. Every family has its samples of a group in one
//! piece of text, rendered and compressed. A group's pieces are kept as long as its readings have the
//! same content and none of them becomes stale. Where a group ends is decided by the names of its
//! functions alone, so that one function more or less changes one group, splits one or joins two.

use std::{
    iter, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    deflate::Deflater,
    families::{FAMILIES, Family, Subject},
    page::{Piece, RenderedPage, Sequence},
    summary::Summary,
    surroundings::Surroundings,
    views::{CachedView, Context, FunctionView},
};
use crate::domain::{Fleet, FunctionName, ScopeId, TagLabel};

/// Makes pages, and keeps what the next one can use again.
pub struct Renderer {
    stale_after: Duration,
    tag_labels: Arc<[TagLabel]>,
    deflater: Deflater,
    /// Those about functions.
    families: Vec<FamilyText>,
    /// In the order of their functions.
    groups: Vec<Group>,
    summary: Summary,
    /// The summary's text on the last page.
    summary_piece: Piece,
    /// Once ready, always ready: an account that joins an organisation must not take a running
    /// exporter out of service.
    is_ready: bool,
}

/// A family as it is on the page.
struct FamilyText {
    family: &'static Family,
    header: Piece,
    text: Sequence,
    /// Whether a group has another piece of it than `text` has.
    is_outdated: bool,
}

/// Some functions that follow each other.
struct Group {
    functions: Vec<CachedView>,
    /// One for each family, in their order.
    pieces: Vec<Piece>,
    next_stale: Option<Instant>,
}

impl Renderer {
    /// Values whose reads have failed for `stale_after` are left out; these tags become labels.
    #[must_use]
    pub fn new(stale_after: Duration, tag_labels: Arc<[TagLabel]>) -> Self {
        let mut deflater = Deflater::new();
        let about_functions = FAMILIES.iter().filter(|family| family.is_about_functions());
        Self {
            stale_after,
            tag_labels,
            families: about_functions
                .map(|family| FamilyText::new(family, &mut deflater))
                .collect(),
            groups: Vec::new(),
            summary: Summary::default(),
            summary_piece: Piece::new("", &mut deflater),
            deflater,
            is_ready: false,
        }
    }

    /// The page that shows the fleet as of `now`.
    #[must_use]
    pub fn render(&mut self, fleet: &Fleet, now: Instant) -> RenderedPage {
        let tag_labels = Arc::clone(&self.tag_labels);
        let context = Context {
            now,
            stale_after: self.stale_after,
            tag_labels: &tag_labels,
        };
        self.update_groups(fleet, &context);
        for (number, family) in self.families.iter_mut().enumerate() {
            if mem::take(&mut family.is_outdated) {
                let pieces = self.groups.iter().map(|group| &group.pieces[number]);
                family.assemble(pieces.filter(|piece| !piece.is_empty()));
            }
        }
        let summary = self.summary.render(fleet, &context);
        if summary.as_bytes() != self.summary_piece.text() {
            self.summary_piece = Piece::new(&summary, &mut self.deflater);
        }
        self.is_ready |= fleet.is_ready();
        let families = self.families.iter().map(|family| &family.text);
        let summary = Sequence::new(iter::once(&self.summary_piece));
        RenderedPage::new(families.chain([&summary]), self.is_ready)
    }

    /// When the page changes though the fleet does not.
    #[must_use]
    pub fn next_stale(&self) -> Option<Instant> {
        self.summary.next_stale()
    }

    /// Brings the groups up to date, and marks the families of which a piece has changed.
    fn update_groups(&mut self, fleet: &Fleet, context: &Context<'_>) {
        let mut previous = mem::take(&mut self.groups).into_iter().peekable();
        let mut functions = Vec::new();
        let scopes = fleet.scopes.values();
        let surroundings: Vec<Surroundings> = scopes
            .map(|readings| Surroundings::of(readings, context))
            .collect();
        let mut all = FunctionView::all(fleet, &surroundings, context).peekable();
        while let Some(function) = all.next() {
            functions.push(function);
            if all.peek().is_some_and(|next| !next.begins_group()) {
                continue;
            }
            let first = functions[0].key();
            // Both the previous groups and the new ones are in the order of their first functions.
            while previous.next_if(|group| group.key() < first).is_some() {
                self.mark_all_outdated();
            }
            let before = previous.next_if(|group| group.key() == first);
            let group = self.updated_group(before, &functions, context.now);
            self.groups.push(group);
            functions.clear();
        }
        if previous.next().is_some() {
            self.mark_all_outdated();
        }
    }

    fn mark_all_outdated(&mut self) {
        for family in &mut self.families {
            family.is_outdated = true;
        }
    }

    /// The group of these functions, with the pieces that it had before where the content is the same.
    fn updated_group(
        &mut self,
        before: Option<Group>,
        functions: &[FunctionView<'_>],
        now: Instant,
    ) -> Group {
        let is_current = |group: &Group| group.next_stale.is_none_or(|at| now < at);
        match before {
            Some(group) if is_current(&group) && group.is_unchanged(functions) => group,
            Some(group) if is_current(&group) && group.has_same_content_as(functions) => Group {
                functions: functions.iter().map(CachedView::from).collect(),
                ..group
            },
            before => Group {
                next_stale: functions.iter().filter_map(FunctionView::next_stale).min(),
                pieces: self.render_group(before.map(|group| group.pieces), functions),
                functions: functions.iter().map(CachedView::from).collect(),
            },
        }
    }

    /// Renders a group's samples, family by family. A text that is the same as before is not compressed
    /// again: most changes affect few families.
    fn render_group(
        &mut self,
        before: Option<Vec<Piece>>,
        functions: &[FunctionView<'_>],
    ) -> Vec<Piece> {
        let mut reusable = before.into_iter().flatten();
        let mut text = String::new();
        let pieces = self.families.iter_mut().map(|family| {
            text.clear();
            write_samples(family.family, functions, &mut text);
            match reusable.next() {
                Some(piece) if piece.text() == text.as_bytes() => piece,
                _ => {
                    family.is_outdated = true;
                    Piece::new(&text, &mut self.deflater)
                }
            }
        });
        pieces.collect()
    }
}

/// Appends the samples that a family has of some functions.
fn write_samples(family: &Family, functions: &[FunctionView<'_>], out: &mut String) {
    match family.subject() {
        Subject::Target(add_samples) => {
            for target in functions.iter().flat_map(FunctionView::targets) {
                add_samples(&target, &mut family.samples(out, &target.label_values()));
            }
        }
        Subject::Function(add_samples) => {
            for function in functions {
                add_samples(function, &mut family.samples(out, &function.label_values()));
            }
        }
        Subject::Mapping(add_samples) => {
            for mapping in functions.iter().flat_map(FunctionView::mappings) {
                add_samples(&mapping, &mut family.samples(out, &mapping.label_values()));
            }
        }
        Subject::Scope(_) | Subject::Organization(_) | Subject::Account(_) => {}
    }
}

impl FamilyText {
    fn new(family: &'static Family, deflater: &mut Deflater) -> Self {
        let mut header = String::new();
        family.write_header(&mut header);
        Self {
            family,
            header: Piece::new(&header, deflater),
            text: Sequence::default(),
            is_outdated: false,
        }
    }

    /// A family without samples has no header either.
    fn assemble<'a>(&'a mut self, pieces: impl Iterator<Item = &'a Piece> + Clone) {
        let header = pieces.clone().next().map(|_| &self.header);
        self.text = Sequence::new(header.into_iter().chain(pieces));
    }
}

impl Group {
    fn key(&self) -> (&ScopeId, &FunctionName) {
        self.functions[0].key()
    }

    /// Whether these are its very readings.
    fn is_unchanged(&self, functions: &[FunctionView<'_>]) -> bool {
        self.all_agree(functions, CachedView::is_unchanged)
    }

    /// Whether its pieces are what would be rendered for these functions.
    fn has_same_content_as(&self, functions: &[FunctionView<'_>]) -> bool {
        self.all_agree(functions, CachedView::has_same_content_as)
    }

    fn all_agree(
        &self,
        functions: &[FunctionView<'_>],
        agree: fn(&CachedView, &FunctionView<'_>) -> bool,
    ) -> bool {
        self.functions.len() == functions.len()
            && iter::zip(&self.functions, functions).all(|(cached, view)| agree(cached, view))
    }
}

#[cfg(test)]
mod tests;
