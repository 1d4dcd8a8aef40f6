//! The fleet's text as it is sent: made once, plain and compressed, and shared by all scrapes.

use std::sync::Arc;

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

/// The fleet's text. It ends with a line feed, or is empty.
#[derive(Debug)]
pub struct Page {
    plain: Arc<[Bytes]>,
    /// A gzip member without its end.
    gzip: Arc<[Bytes]>,
    length: u64,
    checksum: Hasher,
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

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Page {
    /// Puts pieces together. `is_ready` tells whether they show a fleet whose first sweep has ended.
    pub(super) fn new<'a>(pieces: impl Iterator<Item = &'a Piece> + Clone, is_ready: bool) -> Self {
        let deflated = pieces.clone().map(|piece| piece.deflated.len());
        let mut gzip = Vec::with_capacity(GZIP_HEADER.len() + deflated.sum::<usize>());
        gzip.extend(GZIP_HEADER);
        let mut checksum = Hasher::new();
        for piece in pieces.clone() {
            gzip.extend_from_slice(&piece.deflated);
            checksum.combine(&piece.checksum);
        }
        Self {
            plain: pieces.clone().map(|piece| piece.text.clone()).collect(),
            gzip: [gzip.into()].into(),
            length: pieces.map(|piece| piece.text.len() as u64).sum(),
            checksum,
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
        Self::new(std::iter::empty(), false)
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
