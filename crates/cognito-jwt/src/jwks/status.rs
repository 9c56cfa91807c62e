//! The status of the keys of an issuer, for health checks and operators.

use std::time::Duration;

use crate::jwks::source::SourceErrorKind;

/// The status of the keys of one issuer, for health checks, metrics and operators.
///
/// While [`keys`](Self::keys) is not zero, tokens can be verified, even if
/// [`last_error`](Self::last_error) is set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeysStatus {
    /// The URL from which the signing keys are fetched.
    pub jwks_uri: String,
    /// The number of usable keys. It is zero before the first successful fetch, and after the keys
    /// have expired.
    pub keys: usize,
    /// The time since the JWKS with these keys was requested. `None` before the first successful
    /// fetch.
    pub age: Option<Duration>,
    /// The error of the last fetch that ended. `None` if this fetch succeeded, or if no fetch has
    /// ended.
    pub last_error: Option<SourceErrorKind>,
    /// The time until the next renewal. After a failed fetch, it is the time until the next
    /// attempt. It is zero if a fetch is due or in flight, including the first fetch. `None` until
    /// the first fetch starts.
    ///
    /// Without a Tokio runtime, the keys are not renewed in the background, and a renewal can be
    /// later than stated here. The keys are then renewed by the first asynchronous call after they
    /// have reached the age [`refresh_every`](crate::CognitoVerifierBuilder::refresh_every).
    pub next_refresh_in: Option<Duration>,
}
