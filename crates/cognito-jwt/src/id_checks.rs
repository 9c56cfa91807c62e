//! What ties an ID token to the sign-in that it should come from.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::IdClaims;

use crate::error::{Reason, VerifyError};

/// What an application knows of the sign-in that an ID token should come from, so that the token of
/// another sign-in cannot be slipped in. For [`verify_id_with`](crate::CognitoVerifier::verify_id_with).
///
/// ```
/// use cognito_jwt::IdChecks;
///
/// let checks = IdChecks::new().nonce("the one that was sent").access_token("eyJ…");
/// ```
#[derive(Clone, Copy, Default)]
pub struct IdChecks<'a> {
    nonce: Option<&'a str>,
    access_token: Option<&'a str>,
}

impl<'a> IdChecks<'a> {
    /// No checks yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nonce: None,
            access_token: None,
        }
    }

    /// Refuses tokens that do not have this `nonce`, the one of the authorization request (OpenID
    /// Connect Core section 3.1.3.7). An empty one is one that was lost: nothing matches it.
    #[must_use]
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Refuses tokens whose `at_hash` is not that of this access token (OpenID Connect Core section
    /// 3.1.3.8), the one that came with them. Cognito's ID tokens have an `at_hash` where they come
    /// from the token endpoint.
    #[must_use]
    pub const fn access_token(mut self, access_token: &'a str) -> Self {
        self.access_token = Some(access_token);
        self
    }

    /// Holds claims that were verified already against these checks.
    ///
    /// # Errors
    ///
    /// [`Reason::WrongNonce`] and [`Reason::WrongAccessToken`].
    pub fn judge(&self, claims: &IdClaims) -> Result<(), VerifyError> {
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

/// The time taken says nothing about where the first difference is.
fn is_same(found: Option<&str>, expected: &str) -> bool {
    let found = found.unwrap_or_default();
    let is_equal = verify_slices_are_equal(found.as_bytes(), expected.as_bytes()).is_ok();
    is_equal && !expected.is_empty()
}

/// The left half of the SHA-256 of the token (OpenID Connect Core section 3.1.3.6, for RS256).
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

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(checks: IdChecks<'_>, nonce: Option<&str>, at_hash: Option<&str>) -> Option<Reason> {
        let mut claims = IdClaims::new("sub", "iss", "aud", 1, 2);
        claims.nonce = nonce.map(str::to_owned);
        claims.at_hash = at_hash.map(str::to_owned);
        checks.judge(&claims).err().map(|error| error.reason())
    }

    #[test]
    fn the_nonce_is_the_one_that_was_sent() {
        let checks = IdChecks::new().nonce("n1");
        assert_eq!(reason(checks, Some("n1"), None), None);
        for found in [None, Some(""), Some("n"), Some("n11"), Some("N1")] {
            assert_eq!(reason(checks, found, None), Some(Reason::WrongNonce));
        }
        let lost = IdChecks::new().nonce("");
        assert_eq!(reason(lost, Some(""), None), Some(Reason::WrongNonce));
        assert_eq!(reason(lost, None, None), Some(Reason::WrongNonce));
    }

    #[test]
    fn the_access_token_is_the_one_that_came_along() {
        // The example of OpenID Connect Core, appendix A.3 (nonce and token), whose at_hash is
        // printed in A.4.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let checks = IdChecks::new().access_token(token);
        let hash = "77QmUPtjPfzWtF2AnpK9RQ";
        assert_eq!(reason(checks, None, Some(hash)), None);
        for found in [None, Some(""), Some("77QmUPtjPfzWtF2AnpK9RR")] {
            assert_eq!(reason(checks, None, found), Some(Reason::WrongAccessToken));
        }
        assert_eq!(reason(IdChecks::new(), None, None), None);
        let both = checks.nonce("n1");
        assert_eq!(reason(both, None, Some(hash)), Some(Reason::WrongNonce));
        assert!(!format!("{both:?}").contains("jHk"));
    }
}
