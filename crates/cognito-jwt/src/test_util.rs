//! Functions that give tests access to internal code of this crate. They are not public API and may
//! change in any release.

use cognito_core::{AccessClaims, ClientId, IdClaims};
use serde_json::{Map, Value};

use crate::check::{Clients, Expectations, Kind};
use crate::claims::Claims;
use crate::error::{Reason, VerifyError};
use crate::json;
use crate::jwks::key_set::KeySet;
use crate::jws::{self, Header, Jws};
use crate::key::Key;
use crate::policy::Policies;

/// Returns the sorted ids of the usable keys of a JWKS.
///
/// # Errors
///
/// Returns the reason if the JWKS is rejected.
pub fn usable_kids(document: &[u8]) -> Result<Vec<String>, &'static str> {
    let keys = KeySet::parse(document)?;
    let mut kids: Vec<_> = keys.kids().map(str::to_owned).collect();
    kids.sort_unstable();
    Ok(kids)
}

/// Returns `true` if `signature` is a valid signature of `message` for the RSA key in `jwk`.
/// Returns `false` if the key is not usable.
#[must_use]
pub fn verifies(jwk: &Map<String, Value>, message: &[u8], signature: &[u8]) -> bool {
    Key::without_kid(jwk).is_some_and(|key| key.verifies(message, signature))
}

/// Verifies a JWS in compact serialization with the key in `jwk`, and returns its payload. The
/// payload need not be JSON.
///
/// # Errors
///
/// Returns the reason if the JWS is rejected. If the key is not usable, the reason is
/// [`Reason::UnknownKid`].
pub fn verify_jws(jwk: &Map<String, Value>, token: &str) -> Result<Vec<u8>, VerifyError> {
    let jws = jws::parse(token)?;
    Header::read(&jws.decoded_header()?)?.check_algorithm()?;
    payload(&jws, Key::without_kid(jwk).as_ref())
}

/// Verifies a JWS in compact serialization, and returns its payload. Its `kid` selects the key from
/// the JWKS `document`.
///
/// # Errors
///
/// Returns the reason if the JWS is rejected. If the JWKS is invalid, or has no usable key with
/// this id, the reason is [`Reason::UnknownKid`].
pub fn verify_jws_by_set(document: &[u8], token: &str) -> Result<Vec<u8>, VerifyError> {
    let jws = jws::parse(token)?;
    let kid = Header::read(&jws.decoded_header()?)?.check()?.into_owned();
    let keys = KeySet::parse(document).map_err(|_| VerifyError::new(Reason::UnknownKid))?;
    let key = keys.key(&kid).cloned();
    payload(&jws, key.as_deref())
}

/// Returns the decoded header, payload and signature of a JWS in compact serialization. Nothing is
/// verified.
///
/// # Errors
///
/// Returns the reason if the JWS is malformed.
pub fn jws_parts(token: &str) -> Result<[Vec<u8>; 3], VerifyError> {
    let jws = jws::parse(token)?;
    Ok([
        jws.decoded_header()?,
        jws.decoded_payload()?,
        jws.decoded_signature()?,
    ])
}

/// Checks the JSON of a header, and returns its key id.
///
/// # Errors
///
/// Returns the reason if the header is rejected.
pub fn check_header(header: &[u8]) -> Result<String, VerifyError> {
    Ok(Header::read(header)?.check()?.into_owned())
}

/// Checks the payload of an access token as if its signature were valid, without leeway. `now` is
/// in seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
///
/// Returns the reason if the payload is rejected.
pub fn check_access_claims(
    payload: &[u8],
    iss: &str,
    client: &ClientId,
    now: u64,
) -> Result<AccessClaims, VerifyError> {
    check_claims(payload, iss, client, now)
}

/// Checks the payload of an ID token as if its signature were valid, without leeway. `now` is in
/// seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
///
/// Returns the reason if the payload is rejected.
pub fn check_id_claims(
    payload: &[u8],
    iss: &str,
    client: &ClientId,
    now: u64,
) -> Result<IdClaims, VerifyError> {
    check_claims(payload, iss, client, now)
}

/// Parses a JSON object with the parser that parses the header and the payload of a token. Returns
/// `None` if the object is invalid.
pub fn json_object(text: &[u8]) -> Option<Map<String, Value>> {
    json::object(text).ok()
}

fn check_claims<T: Kind>(
    payload: &[u8],
    iss: &str,
    client: &ClientId,
    now: u64,
) -> Result<T, VerifyError> {
    let payload = std::str::from_utf8(payload);
    let payload = payload.map_err(|_| VerifyError::new(Reason::Malformed))?;
    let claims = Claims::read(payload)?;
    if claims.iss().if_text().as_deref() != Some(iss) {
        return Err(VerifyError::claim_at_fault(Reason::InvalidIssuer, "iss"));
    }
    let expected = Expectations {
        clients: Clients::OneOf([client.clone()].into()),
        leeway: 0,
        policies: Policies::default(),
    };
    let mut verified = T::check(&claims, iss, &expected, now)?;
    verified.set_payload(payload.to_owned());
    Ok(verified)
}

fn payload(jws: &Jws<'_>, key: Option<&Key>) -> Result<Vec<u8>, VerifyError> {
    let payload = jws.decoded_payload()?;
    let signature = jws.decoded_signature()?;
    match key {
        Some(key) if key.verifies(jws.signed, &signature) => Ok(payload),
        Some(_) => Err(VerifyError::new(Reason::InvalidSignature)),
        None => Err(VerifyError::new(Reason::UnknownKid)),
    }
}
