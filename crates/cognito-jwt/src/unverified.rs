//! Parses a token without verifying it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::date::Date;
use crate::error::VerifyError;
use crate::json;
use crate::jws;

/// The content of a token that is not verified. Anyone may have written it.
///
/// Use it to show the user who is signed in, to choose a verifier, or to decide whether to refresh.
/// Never use it to grant access. It cannot be converted to
/// [`AccessClaims`](cognito_core::AccessClaims), the type that a verifier returns. These two
/// examples do not compile:
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
/// This example compiles:
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

/// Parses a token without verifying it. Neither the members of the header nor the claims are
/// checked.
///
/// # Errors
///
/// Fails if the string is not a JWS whose header and payload are JSON objects. The reason is
/// [`BearerPrefix`](crate::Reason::BearerPrefix), [`DuplicateKey`](crate::Reason::DuplicateKey),
/// [`Malformed`](crate::Reason::Malformed) or [`TooLarge`](crate::Reason::TooLarge).
pub fn decode_unverified(token: &str) -> Result<UnverifiedToken, VerifyError> {
    let jws = jws::parse(token)?;
    jws.decoded_signature()?;
    let header = json::object(&jws.decoded_header()?).map_err(jws::verify_error)?;
    let claims = json::object(&jws.decoded_payload()?).map_err(jws::verify_error)?;
    Ok(UnverifiedToken { header, claims })
}

impl UnverifiedToken {
    /// Returns the key id in the header (`kid`). Returns `None` if it is missing or not a string.
    pub fn header_kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Returns the members of the token's header, such as `alg` and `kid`.
    pub const fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// Returns the time of `exp`, rounded down to seconds. Returns `None` if the claim is missing,
    /// is not a number, is before 1970 or is too large.
    pub fn expires_at(&self) -> Option<SystemTime> {
        let Value::Number(exp) = self.claims.get("exp")? else {
            return None;
        };
        let seconds = Date::parse(&exp.to_string())?.floor()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Returns `true` if `exp` is not after `now`. A token without a valid `exp` counts as expired.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expires_at().is_none_or(|expires_at| expires_at <= now)
    }

    /// Returns the claim `token_use`, which is `access` or `id` in Cognito's tokens. Returns `None`
    /// if it is missing or not a string.
    pub fn token_use(&self) -> Option<&str> {
        self.claim("token_use")?.as_str()
    }

    /// Returns the claim with this name, or `None` if it is missing.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// Returns all claims of the payload.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: not even the names are shown, because an attacker may have chosen them.
        f.debug_struct("UnverifiedToken")
            .field("claims", &self.claims.len())
            .finish_non_exhaustive()
    }
}
