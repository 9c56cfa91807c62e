//! The status of the keys, for health checks and operators.

use std::time::Duration;

use crate::jwks::source::SourceErrorKind;

/// The status of a pool's keys, for health checks, metrics and operators.
///
/// While [`keys`](Self::keys) is not zero, tokens are verified, whatever
/// [`last_error`](Self::last_error) says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeysStatus {
    /// The URL of the keys.
    pub jwks_uri: String,
    /// The number of keys that are trusted now. Zero before the first fetch, and when the keys are
    /// too old.
    pub keys: usize,
    /// The time since the document of these keys was requested. `None` if there never was a valid
    /// one.
    pub age: Option<Duration>,
    /// The error of the last completed fetch. `None` if it succeeded, or if none has completed.
    pub last_error: Option<SourceErrorKind>,
    /// The time until the keys are to be renewed, or after a failure until the next attempt. Zero
    /// while that is due or in flight. `None` before the first fetch.
    ///
    /// Without a Tokio runtime there is no background renewal: the next call after this time renews
    /// the keys.
    pub next_refresh_in: Option<Duration>,
}
