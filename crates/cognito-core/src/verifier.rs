//! The trait for the verification of tokens ([`TokenVerifier`]).

mod requirement;
mod sign_in_age;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auto_impl::auto_impl;

use crate::authentication::step_up::StepUp;
use crate::claims::{AccessClaims, IdClaims};
use crate::error::Result;
use crate::event::Event;

pub use self::requirement::{Match, Requirement};
pub use self::sign_in_age::SignInAge;

/// The maximum leeway that the verifiers of this project accept: five minutes.
///
/// With this leeway, a token is accepted for up to five minutes after its `exp`. Kerberos tolerates
/// the same clock difference (RFC 4120 section 3.1.3).
pub const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);

/// A verifier, which checks tokens and returns their claims.
///
/// # Custom implementations
///
/// Return claims only after signature, issuer, audience, token use and times were checked, because
/// callers use them to grant access. If the token is invalid, return [`TokenInvalid`],
/// [`TokenExpired`] or [`TokenRevoked`]. If the token cannot be checked, return
/// [`KeysUnavailable`], or [`StoreUnavailable`] if it is unknown whether the token is revoked. Do
/// not mix the two groups: the first becomes a response with status 401, the second with status
/// 503.
///
/// The claims are shared, so that a verifier with a cache need not copy them.
///
/// [`TokenInvalid`]: crate::ErrorKind::TokenInvalid
/// [`TokenExpired`]: crate::ErrorKind::TokenExpired
/// [`TokenRevoked`]: crate::ErrorKind::TokenRevoked
/// [`KeysUnavailable`]: crate::ErrorKind::KeysUnavailable
/// [`StoreUnavailable`]: crate::ErrorKind::StoreUnavailable
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait TokenVerifier: Debug + Send + Sync + 'static {
    /// Verifies an access token, and returns its claims.
    ///
    /// # Errors
    ///
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid),
    ///   [`TokenExpired`](crate::ErrorKind::TokenExpired) or
    ///   [`TokenRevoked`](crate::ErrorKind::TokenRevoked) if the token must be rejected.
    /// - [`InsufficientAuthentication`](crate::ErrorKind::InsufficientAuthentication) if the token is
    ///   valid, but its sign-in is too weak or too old.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) or
    ///   [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the token could not be
    ///   checked.
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>>;

    /// Verifies an ID token, and returns its claims.
    ///
    /// # Errors
    ///
    /// The errors of [`verify_access`](Self::verify_access).
    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>>;

    /// Returns the maximum time after `exp` at which a token is still accepted.
    ///
    /// A revocation list must keep an entry until the tokens that it rejects have expired and this
    /// time has passed. Otherwise a revoked token would be accepted again. Default: [`MAX_LEEWAY`],
    /// which is safe for every verifier that accepts tokens for at most five minutes after `exp`.
    fn leeway(&self) -> Duration {
        MAX_LEEWAY
    }

    /// Returns the required level and age of a sign-in, for the challenge of a rejection (RFC 9470).
    /// A guard calls it if the error of the verifier is [`InsufficientAuthentication`]. Default: no
    /// requirement, so the challenge names neither levels nor an age.
    ///
    /// [`InsufficientAuthentication`]: crate::ErrorKind::InsufficientAuthentication
    fn required_sign_in(&self) -> StepUp {
        StepUp::new()
    }

    /// Records an event of a caller that uses this verifier, such as a guard that rejected a token.
    /// A verifier with an [`EventSink`](crate::EventSink) passes the event to it. Default: the event
    /// is ignored.
    fn record(&self, event: &Event<'_>) {
        let _ = event;
    }
}
