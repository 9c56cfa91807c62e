//! Checks that an ID token belongs to the sign-in that the application started.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::IdClaims;

use crate::error::{Reason, VerifyError};

/// A set of checks that an ID token belongs to the sign-in that the application started. The checks
/// prevent an attacker from injecting the token of another sign-in. Pass them to
/// [`verify_id_with`](crate::CognitoVerifier::verify_id_with).
///
/// ```
/// use cognito_jwt::IdChecks;
///
/// let checks = IdChecks::new().nonce("the nonce of the request").access_token("eyJ…");
/// ```
#[derive(Clone, Copy, Default)]
#[must_use = "a setter returns the changed value"]
pub struct IdChecks<'a> {
    nonce: Option<&'a str>,
    access_token: Option<&'a str>,
}

impl<'a> IdChecks<'a> {
    /// Creates an empty set of checks. It accepts every ID token.
    pub const fn new() -> Self {
        Self {
            nonce: None,
            access_token: None,
        }
    }

    /// Rejects an ID token whose claim `nonce` is missing or differs from this `nonce` (OpenID
    /// Connect Core section 3.1.3.7). Pass the nonce that the application sent in its authorization
    /// request. If `nonce` is empty, every token is rejected, because the application has probably
    /// lost the nonce.
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Rejects an ID token whose claim `at_hash` is missing or does not match this access token
    /// (OpenID Connect Core section 3.1.3.8). Pass the access token that was issued together with
    /// the ID token. Cognito writes `at_hash` into ID tokens of its token endpoint.
    pub const fn access_token(mut self, access_token: &'a str) -> Self {
        self.access_token = Some(access_token);
        self
    }

    /// Checks `nonce` and `at_hash` in the claims of an ID token that is already verified. A claim
    /// is checked only if its expected value is set.
    ///
    /// # Errors
    ///
    /// [`Reason::WrongNonce`] or [`Reason::WrongAccessToken`] if a check fails.
    pub fn check(&self, claims: &IdClaims) -> Result<(), VerifyError> {
        if let Some(nonce) = self.nonce
            && !is_same(claims.nonce.as_deref(), nonce)
        {
            return Err(VerifyError::claim_at_fault(Reason::WrongNonce, "nonce"));
        }
        if let Some(access_token) = self.access_token
            && !is_same(claims.at_hash.as_deref(), &at_hash(access_token))
        {
            let reason = Reason::WrongAccessToken;
            return Err(VerifyError::claim_at_fault(reason, "at_hash"));
        }
        Ok(())
    }
}

/// Returns `true` if the strings are equal and not empty. The comparison takes constant time, so
/// that its duration does not reveal where the strings differ.
fn is_same(found: Option<&str>, expected: &str) -> bool {
    let found = found.unwrap_or_default();
    let is_equal = verify_slices_are_equal(found.as_bytes(), expected.as_bytes()).is_ok();
    is_equal && !expected.is_empty()
}

/// Returns the expected `at_hash` of an access token: the left half of its SHA-256, in base64url
/// (OpenID Connect Core section 3.1.3.6, for RS256).
fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

impl fmt::Debug for IdChecks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: both are secrets of the sign-in.
        f.debug_struct("IdChecks")
            .field("nonce", &self.nonce.is_some())
            .field("access_token", &self.access_token.is_some())
            .finish()
    }
}
