//! Checksums of files.

use aws_lc_rs::digest::{self, SHA256};

/// Returns the SHA-256 hash of `content` in hexadecimal.
pub(crate) fn sha256(content: &[u8]) -> String {
    hex(digest::digest(&SHA256, content).as_ref())
}

/// Returns bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
