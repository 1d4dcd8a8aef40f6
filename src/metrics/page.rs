//! The fleet's text as it is sent: made once, plain and compressed, and shared by all scrapes.

use std::{iter, sync::Arc};

use bytes::Bytes;
use crc32fast::Hasher;

use super::deflate::{Deflater, GZIP_HEADER, gzip_end};

/// Some text, also compressed.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    text: Bytes,
    deflated: Bytes,
    checksum: Hasher,
}

/// Pieces in a row.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    texts: Vec<Bytes>,
    deflated: Bytes,
    checksum: Hasher,
    length: u64,
}

/// The fleet's text. It ends with a line feed, or is empty.
#[derive(Debug)]
pub struct RenderedPage {
    plain: Arc<[Bytes]>,
    /// A gzip member without its end.
    gzip: Arc<[Bytes]>,
    checksum: Hasher,
    length: u64,
    is_ready: bool,
}

/// The bytes that answer one scrape. A clone shares them.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// The fleet's text, which all scrapes share.
    pub page: Arc<[Bytes]>,
    /// The end, made for this scrape.
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

impl Sequence {
    /// Compressed bytes are copied into one buffer: they are sent often and seldom made.
    pub(super) fn new<'a>(pieces: impl Iterator<Item = &'a Piece> + Clone) -> Self {
        let deflated = pieces.clone().map(|piece| piece.deflated.len());
        let mut sequence = Self::default();
        let mut bytes = Vec::with_capacity(deflated.sum());
        for piece in pieces {
            sequence.texts.push(piece.text.clone());
            bytes.extend_from_slice(&piece.deflated);
            sequence.checksum.combine(&piece.checksum);
            sequence.length += piece.text.len() as u64;
        }
        sequence.deflated = bytes.into();
        sequence
    }
}

impl RenderedPage {
    /// Puts sequences together. `is_ready` tells whether they show a fleet whose first sweep has ended.
    pub(super) fn new<'a>(
        sequences: impl Iterator<Item = &'a Sequence> + Clone,
        is_ready: bool,
    ) -> Self {
        let mut checksum = Hasher::new();
        for sequence in sequences.clone() {
            checksum.combine(&sequence.checksum);
        }
        let header = Bytes::from_static(&GZIP_HEADER);
        let deflated = sequences.clone().map(|sequence| sequence.deflated.clone());
        let texts = sequences.clone().flat_map(|sequence| &sequence.texts);
        Self {
            plain: texts.cloned().collect(),
            gzip: iter::once(header).chain(deflated).collect(),
            checksum,
            length: sequences.map(|sequence| sequence.length).sum(),
            is_ready,
        }
    }

    /// Uncompressed, with this text at its end.
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

impl Default for RenderedPage {
    /// The page before anything is known.
    fn default() -> Self {
        Self::new(iter::empty(), false)
    }
}

#[cfg(test)]
impl Scrape {
    /// All bytes in one buffer.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = self.page.concat();
        bytes.extend_from_slice(&self.end);
        bytes
    }
}

#[cfg(test)]
impl RenderedPage {
    /// Where the pieces of the text are, which tells whether they are new ones.
    pub(super) fn addresses(&self) -> std::collections::BTreeSet<*const u8> {
        self.plain
            .iter()
            .map(|bytes| bytes.as_ref().as_ptr())
            .collect()
    }
}
