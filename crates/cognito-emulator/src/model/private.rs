//! Checks that only the user who runs this process has access to a file ([`complaint`]).

use std::fs::Metadata;

/// Returns an error message if other users could have access to a file or directory: if it belongs
/// to another user (other than root), or if its mode has a bit of `mask`. Otherwise returns `None`.
/// On systems other than Unix, always returns `None`.
///
/// `right` is an adjective for the message about the mode. For example, `accessible` results in the
/// message `is accessible for other users`. The caller adds the subject of the message.
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
