//! Checks that only the user who runs this process has access to a file ([`complaint`]).

use std::fs::Metadata;

/// Returns an error message if a file or directory belongs to another user (other than root), or if
/// its mode has a bit of `mask`. `right` is a word for these bits, such as `accessible`. The caller
/// puts the name of the file before the message. Returns `None` on systems other than Unix.
#[cfg(unix)]
pub(crate) fn complaint(metadata: &Metadata, mask: u32, right: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    // The administrator can read every file anyway.
    if !is_own && metadata.uid() != 0 {
        return Some("belongs to another user".to_owned());
    }
    (metadata.mode() & mask != 0).then(|| format!("is {right} for other users"))
}

#[cfg(not(unix))]
pub(crate) fn complaint(_: &Metadata, _: u32, _: &str) -> Option<String> {
    None
}
