//! A look into a token that nobody verified.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::date::Date;
use crate::error::{Reason, VerifyError};
use crate::json::{self, Flaw};
use crate::jws;

/// What a token says of itself. Anybody may have written it.
///
/// Good for: showing one's own user interface who is signed in, choosing among verifiers, asking
/// whether it is time to refresh. Never for granting access. It is no
/// [`AccessClaims`](cognito_core::AccessClaims), and there is no way from here to there but
/// verification. Neither of these compiles:
///
/// ```compile_fail,E0308
/// fn grant(claims: &cognito_core::AccessClaims) {}
/// # fn run(token: &str) -> Result<(), cognito_jwt::VerifyError> {
/// let unverified = cognito_jwt::decode_unverified(token)?;
/// grant(&unverified);
/// # Ok(()) }
/// ```
///
/// ```compile_fail,E0277
/// # fn run(token: &str) -> Result<(), cognito_jwt::VerifyError> {
/// let unverified = cognito_jwt::decode_unverified(token)?;
/// let claims: cognito_core::AccessClaims = unverified.into();
/// # Ok(()) }
/// ```
///
/// and this does:
///
/// ```
/// # fn run(token: &str) -> Result<(), cognito_jwt::VerifyError> {
/// let unverified = cognito_jwt::decode_unverified(token)?;
/// let looks_expired = unverified.is_expired(std::time::SystemTime::UNIX_EPOCH);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct UnverifiedToken {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// Reads a token without verifying anything of it but its shape.
///
/// # Errors
///
/// [`Reason::TooLarge`], [`Reason::Malformed`] or [`Reason::DuplicateKey`], as in verification. The
/// header may say what it likes.
pub fn decode_unverified(token: &str) -> Result<UnverifiedToken, VerifyError> {
    let jws = jws::parse(token)?;
    jws.decoded_signature()?;
    let header = json::object(&jws.decoded_header()?).map_err(jws::flaw)?;
    let claims = json::object(&jws.decoded_payload()?).map_err(|flaw| match flaw {
        Flaw::NumberOutOfRange => VerifyError::new(Reason::Malformed),
        flaw => jws::flaw(flaw),
    })?;
    Ok(UnverifiedToken { header, claims })
}

impl UnverifiedToken {
    /// The id of the key that the token says it is signed with.
    #[must_use]
    pub fn header_kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// The members of the header, as the token has them.
    #[must_use]
    pub const fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// `exp`, to the second: when the token says that it expires. Nothing if it does not say, or
    /// says something that is no time after 1970.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        let Value::Number(exp) = self.claims.get("exp")? else {
            return None;
        };
        let seconds = Date::parse(&exp.to_string())?.floor()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Whether the token says that it has expired by `now`. A token that does not say when counts
    /// as expired.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expires_at().is_none_or(|expires_at| expires_at <= now)
    }

    /// `token_use`: what the token says it is for, `access` or `id`.
    #[must_use]
    pub fn token_use(&self) -> Option<&str> {
        self.claim("token_use")?.as_str()
    }

    /// A claim of this name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// All claims.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: not even the names, an attacker may have chosen them.
        f.debug_struct("UnverifiedToken")
            .field("claims", &self.claims.len())
            .finish_non_exhaustive()
    }
}
