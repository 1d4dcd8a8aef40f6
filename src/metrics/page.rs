//! The fleet's text as it is sent: made once, plain and compressed, and shared by all scrapes.

use std::{iter, sync::Arc};

use bytes::Bytes;
use crc32fast::Hasher;

use super::deflate::{Deflater, GZIP_HEADER, gzip_end};

/// Some text, and what it takes to send it compressed.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    text: Bytes,
    deflated: Bytes,
    checksum: Hasher,
}

/// Pieces that follow each other.
#[derive(Debug, Default)]
pub(super) struct Section {
    texts: Vec<Bytes>,
    deflated: Bytes,
    checksum: Hasher,
    length: u64,
}

/// The fleet's text. It ends with a line feed, or is empty.
#[derive(Debug)]
pub struct Page {
    plain: Arc<[Bytes]>,
    /// A gzip member without its end.
    gzip: Arc<[Bytes]>,
    checksum: Hasher,
    length: u64,
    is_ready: bool,
}

/// The bytes that answer one scrape. To clone them copies none.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// What all scrapes share.
    pub page: Arc<[Bytes]>,
    /// What is this one's own.
    pub end: Bytes,
}

impl Piece {
    pub(super) fn new(text: &str, deflater: &mut Deflater) -> Self {
        let mut checksum = Hasher::new();
        checksum.update(text.as_bytes());
        Self {
            text: Bytes::copy_from_slice(text.as_bytes()),
            deflated: deflater.part(text.as_bytes()).into(),
            checksum,
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Section {
    /// What is compressed becomes one piece of memory: it is sent often, and seldom made.
    pub(super) fn new<'a>(pieces: impl Iterator<Item = &'a Piece> + Clone) -> Self {
        let deflated = pieces.clone().map(|piece| piece.deflated.len());
        let mut section = Self::default();
        let mut bytes = Vec::with_capacity(deflated.sum());
        for piece in pieces {
            section.texts.push(piece.text.clone());
            bytes.extend_from_slice(&piece.deflated);
            section.checksum.combine(&piece.checksum);
            section.length += piece.text.len() as u64;
        }
        section.deflated = bytes.into();
        section
    }
}

impl Page {
    /// Puts sections together. `is_ready` tells whether they show a fleet whose first sweep has ended.
    pub(super) fn new<'a>(
        sections: impl Iterator<Item = &'a Section> + Clone,
        is_ready: bool,
    ) -> Self {
        let mut checksum = Hasher::new();
        for section in sections.clone() {
            checksum.combine(&section.checksum);
        }
        let header = Bytes::from_static(&GZIP_HEADER);
        let deflated = sections.clone().map(|section| section.deflated.clone());
        let texts = sections.clone().flat_map(|section| &section.texts);
        Self {
            plain: texts.cloned().collect(),
            gzip: iter::once(header).chain(deflated).collect(),
            checksum,
            length: sections.map(|section| section.length).sum(),
            is_ready,
        }
    }

    /// As it is, with this text at its end.
    #[must_use]
    pub fn plain(&self, end: String) -> Scrape {
        Scrape {
            page: Arc::clone(&self.plain),
            end: end.into(),
        }
    }

    /// As one gzip member, with this text at its end.
    #[must_use]
    pub fn gzip(&self, end: &str) -> Scrape {
        Scrape {
            page: Arc::clone(&self.gzip),
            end: gzip_end(end.as_bytes(), self.checksum.clone(), self.length).into(),
        }
    }

    /// Whether the first sweep of every account and region had ended.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }
}

impl Default for Page {
    /// Nothing is known yet.
    fn default() -> Self {
        Self::new(iter::empty(), false)
    }
}

#[cfg(test)]
impl Scrape {
    /// All bytes in one piece.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = self.page.concat();
        bytes.extend_from_slice(&self.end);
        bytes
    }
}

#[cfg(test)]
impl Page {
    /// Where the pieces of the text are, which tells whether they were made anew.
    pub(super) fn addresses(&self) -> std::collections::BTreeSet<*const u8> {
        self.plain
            .iter()
            .map(|bytes| bytes.as_ref().as_ptr())
            .collect()
    }
}
