//! Who takes the limiter's next slot: a plain value.
//!
//! The calls of reads in progress come first come first served. A page of a listing passes them, but two pages in a
//! row do not: while a long listing goes on, reading does, too. A new read is the last: what waits for its turn waits
//! in the schedule, which knows what is most urgent, and not here.

use std::collections::BTreeSet;

/// Who waits for a slot, and who took the last one.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pages: usize,
    /// In the order in which they came.
    calls: BTreeSet<Ticket>,
    new_reads: usize,
    last_ticket: Ticket,
    last_was_page: bool,
}

/// A call's place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Ticket(u64);

/// One that waits for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// A page of a listing.
    Page,
    /// A call of a read in progress.
    Call(Ticket),
    /// A read that has not begun.
    NewRead,
}

impl Line {
    /// A page waits from now on.
    pub(super) fn join_page(&mut self) -> Waiting {
        self.pages += 1;
        Waiting::Page
    }

    /// A call of a read waits from now on.
    pub(super) fn join_call(&mut self) -> Waiting {
        self.last_ticket = Ticket(self.last_ticket.0 + 1);
        self.calls.insert(self.last_ticket);
        Waiting::Call(self.last_ticket)
    }

    /// A read waits from now on.
    pub(super) fn join_new_read(&mut self) -> Waiting {
        self.new_reads += 1;
        Waiting::NewRead
    }

    /// One waits no longer.
    pub(super) fn leave(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Page => self.pages -= 1,
            Waiting::Call(ticket) => {
                self.calls.remove(&ticket);
            }
            Waiting::NewRead => self.new_reads -= 1,
        }
    }

    /// Whether the next slot is for this one.
    pub(super) fn is_first(&self, waiting: Waiting) -> bool {
        let others_wait = !self.calls.is_empty() || self.new_reads > 0;
        let page_is_first = self.pages > 0 && !(self.last_was_page && others_wait);
        match waiting {
            Waiting::Page => page_is_first,
            Waiting::Call(ticket) => !page_is_first && self.calls.first() == Some(&ticket),
            Waiting::NewRead => !page_is_first && self.calls.is_empty(),
        }
    }

    /// Whether the last slot was a page's, so that the next one is another's.
    pub(super) fn last_was_page(&self) -> bool {
        self.last_was_page
    }

    /// One took a slot.
    pub(super) fn took(&mut self, waiting: Waiting) {
        self.last_was_page = waiting == Waiting::Page;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first one takes a slot and leaves; gives which of them it was.
    fn serve(line: &mut Line, waiting: &mut Vec<Waiting>) -> Waiting {
        let is_first = |&&one: &&Waiting| line.is_first(one);
        let first: Vec<Waiting> = waiting.iter().filter(is_first).copied().collect();
        assert_eq!(first.len(), 1, "{line:?}");
        line.leave(first[0]);
        line.took(first[0]);
        waiting.retain(|one| *one != first[0]);
        first[0]
    }

    #[test]
    fn a_page_passes_the_calls_and_a_new_read_waits_for_all() {
        let mut line = Line::default();
        let new = line.join_new_read();
        let (a, b) = (line.join_call(), line.join_call());
        let page = line.join_page();
        let mut waiting = vec![new, a, b, page];
        let order = [(); 4].map(|()| serve(&mut line, &mut waiting));
        assert_eq!(order, [page, a, b, new]);
    }

    #[test]
    fn pages_take_every_second_slot_while_others_wait() {
        let mut line = Line::default();
        let mut waiting = vec![line.join_page(), line.join_call(), line.join_new_read()];
        let mut pages = Vec::new();
        for _ in 0..6 {
            let is_page = serve(&mut line, &mut waiting) == Waiting::Page;
            pages.push(is_page);
            if is_page {
                // The next one is asked for as soon as this one has come.
                waiting.push(line.join_page());
            }
        }
        // With nobody else, they take all.
        assert_eq!(pages, [true, false, true, false, true, true]);
    }

    #[test]
    fn one_that_gives_up_is_in_nobodys_way() {
        let mut line = Line::default();
        let (a, page, new) = (line.join_call(), line.join_page(), line.join_new_read());
        line.leave(page);
        assert!(line.is_first(a));
        line.leave(a);
        assert!(line.is_first(new));
    }
}
