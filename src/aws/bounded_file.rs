//! Files that the environment names: read up to a bound, and never for ever.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileTypeExt,
    path::Path,
};

/// The longest file that is read, in bytes. Profile files have some kB, a bundle of certificates a few hundred; a
/// device or a file that was named by mistake would take all memory.
const MAX_LENGTH: u64 = 1024 * 1024;

/// The whole file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe waits for somebody to write.
    if path.metadata()?.file_type().is_fifo() {
        return Err(io::Error::other("it is a pipe"));
    }
    let mut content = Vec::new();
    File::open(path)?
        .take(MAX_LENGTH + 1)
        .read_to_end(&mut content)?;
    if content.len() as u64 > MAX_LENGTH {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    Ok(content)
}
