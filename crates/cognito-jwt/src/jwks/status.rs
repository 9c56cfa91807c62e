//! How the keys are, for a health check or an operator.

use std::time::Duration;

use crate::jwks::source::SourceErrorKind;

/// How the keys of a pool are: for a health check, a metric or an operator's eyes.
///
/// While [`keys`](Self::keys) is not zero, tokens are verified, whatever
/// [`last_error`](Self::last_error) says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeysStatus {
    /// The address that the source is asked for.
    pub jwks_uri: String,
    /// How many keys are trusted now. Zero before the first fetch, and when the keys are too old.
    pub keys: usize,
    /// How long ago the document was asked for that the keys are from. `None` if there never was a
    /// good one.
    pub age: Option<Duration>,
    /// What went wrong with the last fetch that ended. `None` if it succeeded, or none has ended.
    pub last_error: Option<SourceErrorKind>,
    /// How long until the keys are to be renewed: after a failure, until the next attempt. Zero
    /// while that is due or under way. `None` before the first fetch.
    ///
    /// Without a Tokio runtime there is nobody to keep the appointment: a call does so, later.
    pub next_refresh_in: Option<Duration>,
}
