//! Reads regular files with a size limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The maximum size of a file with the value of a setting, in bytes. The limit bounds the memory if
/// a path is wrong.
pub(super) const MAX: usize = 64 * 1024;

/// Reads a regular file. Reads at most [`MAX`] bytes and one more byte, so that the caller detects
/// a file that is too long. Fails for a path that is not a regular file, such as a pipe.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Reading a pipe or a device could block for ever. (Links are followed, because mounted secrets
    // are links.)
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
