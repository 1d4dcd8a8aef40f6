//! Compressing texts one by one so that the results can be joined.
//!
//! A gzip member is one deflate stream between a header and a trailer. A deflate stream may be joined
//! from parts that were made separately, if each but the last ends with a sync flush, which fills up its
//! last byte (zlib's manual, `Z_SYNC_FLUSH`), and none refers back to an earlier part. The trailer's
//! CRC-32 can be combined from those of the parts. So a text is added to a member without compressing the
//! member again.

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// The header of a gzip member: magic number, deflate, no flags, no time, no hint, unknown system (RFC
/// 1952, 2.3.1).
pub(super) static GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// It takes little longer than level 1 for three quarters of the bytes; higher levels take twice as long
/// and gain little (benchmark `scrapes`).
const LEVEL: u32 = 2;

/// Makes parts of a deflate stream.
pub(super) struct Deflater {
    compress: Compress,
}

impl Deflater {
    pub(super) fn new() -> Self {
        let without_zlib_header = false;
        Self {
            compress: Compress::new(Compression::new(LEVEL), without_zlib_header),
        }
    }

    /// A part that is not the last.
    pub(super) fn part(&mut self, text: &[u8]) -> Vec<u8> {
        self.deflate(text, FlushCompress::Sync)
    }

    /// The last part.
    fn end(&mut self, text: &[u8]) -> Vec<u8> {
        self.deflate(text, FlushCompress::Finish)
    }

    fn deflate(&mut self, text: &[u8], flush: FlushCompress) -> Vec<u8> {
        /// Spare room for the output; most texts shrink to a tenth, so that one allocation is enough.
        const ROOM: usize = 256;
        self.compress.reset();
        let mut out = Vec::with_capacity(text.len() / 8 + ROOM);
        let mut rest = text;
        loop {
            let before = self.compress.total_in();
            self.compress
                .compress_vec(rest, &mut out, flush)
                .expect("deflate fails only when it is called out of turn");
            let taken = self.compress.total_in() - before;
            rest = &rest[usize::try_from(taken).unwrap_or(rest.len())..];
            // The output is complete when all input is consumed and room is left.
            if rest.is_empty() && out.len() < out.capacity() {
                return out;
            }
            out.reserve(out.len() / 2 + ROOM);
        }
    }
}

/// The end of a gzip member whose parts so far hold a text of `length` bytes with this checksum: one more
/// text, and the trailer.
///
/// A text that fits into one block is stored uncompressed: that takes no time, and it is small compared
/// with the rest.
pub(super) fn gzip_end(text: &[u8], mut checksum: Hasher, length: u64) -> Vec<u8> {
    // A stored block's length has 16 bits (RFC 1951, 3.2.4).
    let mut end = match u16::try_from(text.len()) {
        Ok(stored) => {
            let mut block = Vec::with_capacity(text.len() + 13);
            block.push(1);
            block.extend(stored.to_le_bytes());
            block.extend((!stored).to_le_bytes());
            block.extend(text);
            block
        }
        Err(_) => Deflater::new().end(text),
    };
    checksum.update(text);
    end.extend(checksum.finalize().to_le_bytes());
    let length = length + text.len() as u64;
    // The length modulo 2^32 (RFC 1952, 2.3.1).
    end.extend(&length.to_le_bytes()[..4]);
    end
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::bufread::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    /// The longest text that a stored block can hold (RFC 1951, 3.2.4).
    const STORED_MAX: usize = 0xffff;

    /// The text of the first member, and what comes after it.
    fn decode(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
        let mut decoder = GzDecoder::new(bytes);
        let mut text = Vec::new();
        decoder.read_to_end(&mut text).unwrap();
        (text, decoder.into_inner())
    }

    fn join(texts: &[Vec<u8>], last: &[u8]) -> Vec<u8> {
        let mut deflater = Deflater::new();
        let mut checksum = Hasher::new();
        let mut length = 0;
        let mut member = GZIP_HEADER.to_vec();
        for text in texts {
            member.extend(deflater.part(text));
            let mut own = Hasher::new();
            own.update(text);
            checksum.combine(&own);
            length += text.len() as u64;
        }
        member.extend(gzip_end(last, checksum, length));
        member
    }

    /// A text that repeats itself, of up to some 200 kB.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let part = proptest::collection::vec(any::<u8>(), 0..400);
        (part, 0..500_usize).prop_map(|(part, times)| part.repeat(times))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn texts_compressed_apart_are_one_member(
            texts in proptest::collection::vec(text(), 0..4),
            last in text(),
        ) {
            let member = join(&texts, &last);
            let mut whole = texts.concat();
            whole.extend(&last);
            let (decoded, rest) = decode(&member);
            prop_assert!(decoded == whole);
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn texts_that_do_not_shrink_and_the_edges_of_a_stored_block() {
        let noise: Vec<u8> = (0..300_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
            .collect();
        for length in [0, 1, STORED_MAX - 1, STORED_MAX, STORED_MAX + 1, 300_000] {
            let member = join(&[noise.clone(), Vec::new()], &noise[..length]);
            let (decoded, rest) = decode(&member);
            assert!(decoded == [&noise, &noise[..length]].concat(), "{length}");
            assert!(rest.is_empty(), "{length}");
        }
    }
}
