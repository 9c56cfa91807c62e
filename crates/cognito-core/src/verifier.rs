//! The port through which tokens are verified.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::claims::{AccessClaims, IdClaims};
use crate::error::Result;

/// Turns a token into claims, or says why not.
///
/// # Implementing your own
///
/// Only return claims whose signature, issuer, audience, use and times have been checked: callers
/// grant access by them. Errors: [`TokenInvalid`] and [`TokenExpired`] when the token is bad,
/// [`KeysUnavailable`], or [`StoreUnavailable`] for want of the revocations, when no verdict is
/// possible. The two must not be mixed: the first is a 401, the second a 503.
///
/// The claims are shared, so that a verifier that remembers tokens need not copy them.
///
/// [`TokenInvalid`]: crate::ErrorKind::TokenInvalid
/// [`TokenExpired`]: crate::ErrorKind::TokenExpired
/// [`KeysUnavailable`]: crate::ErrorKind::KeysUnavailable
/// [`StoreUnavailable`]: crate::ErrorKind::StoreUnavailable
#[async_trait]
pub trait TokenVerifier: Debug + Send + Sync + 'static {
    /// Verifies an access token.
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>>;

    /// Verifies an ID token.
    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>>;
}

#[async_trait]
impl<T: TokenVerifier + ?Sized> TokenVerifier for Arc<T> {
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>> {
        (**self).verify_access(token).await
    }

    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>> {
        (**self).verify_id(token).await
    }
}

#[async_trait]
impl<T: TokenVerifier + ?Sized> TokenVerifier for Box<T> {
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>> {
        (**self).verify_access(token).await
    }

    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>> {
        (**self).verify_id(token).await
    }
}
