//! The status of the keys, for health checks and operators.

use std::time::Duration;

use crate::jwks::source::SourceErrorKind;

/// The status of a pool's keys, for health checks, metrics and operators.
///
/// While [`keys`](Self::keys) is not zero, tokens are verified, even if
/// [`last_error`](Self::last_error) is set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeysStatus {
    /// The URL of the keys.
    pub jwks_uri: String,
    /// The number of trusted keys. Zero before the first successful fetch, and after the keys have
    /// expired.
    pub keys: usize,
    /// The time since the document was requested. `None` if there has been no valid document.
    pub age: Option<Duration>,
    /// The error of the last completed fetch. `None` if it succeeded, or if none has completed.
    pub last_error: Option<SourceErrorKind>,
    /// The time until the next renewal. After a failure: the time until the next attempt. Zero
    /// while a fetch is due or in flight. `None` before the first fetch.
    ///
    /// Without a Tokio runtime there is no background renewal. The next asynchronous call after
    /// this time renews the keys.
    pub next_refresh_in: Option<Duration>,
}
