//! Verification of the ID token of an identity provider (OpenID Connect Core, section 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::model::federation::jwk::verifies;

/// The tolerance for `iat` and `nbf` in seconds, because the clock of a provider can differ.
const TOLERANCE: u64 = 60;
/// The maximum length of an issuer in an error message, in characters. The rest is cut off.
const LONGEST_SHOWN: usize = 256;

/// The values with which [`verify`] compares the claims of an ID token: the expected issuer,
/// audience and nonce, and the current time.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// The client id of the pool at the provider.
    pub(crate) audience: &'a str,
    pub(crate) nonce: &'a str,
    /// The current time, in seconds since 1970.
    pub(crate) now: u64,
}

/// Verifies an ID token with the key set of its provider. Returns its claims.
///
/// # Errors
///
/// The error is a message for the app client. The message for a wrong issuer is Cognito's. The
/// messages for other errors have the same form.
pub(crate) fn verify(
    token: &str,
    keys: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, String> {
    let bad = |what: &str| Err(format!("Bad id_token {what}"));
    let Some((header, claims, signed, signature)) = parts(token) else {
        return bad("format");
    };
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or("none");
    // An unknown extension must not be ignored (RFC 7515 section 4.1.11).
    let is_extended = header.contains_key("crit");
    let is_signed = candidates(keys, header.get("kid"))
        .any(|key| verifies(key, algorithm, signed.as_bytes(), &signature));
    if is_extended || !is_signed {
        return bad("signature");
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        let found = text("iss").unwrap_or_default().chars();
        let found: String = found.take(LONGEST_SHOWN).collect();
        return bad(&format!("issuer {found}"));
    }
    if !is_for(&claims, expected.audience) {
        return bad("audience");
    }
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    #[allow(clippy::cast_precision_loss, reason = "times are far below 2^52")]
    let (now, soon) = (expected.now as f64, (expected.now + TOLERANCE) as f64);
    if number("exp").is_none_or(|exp| exp <= now) {
        return bad("expiration");
    }
    if number("iat").is_none_or(|iat| iat > soon) || number("nbf").is_some_and(|nbf| nbf > soon) {
        return bad("issue time");
    }
    if text("nonce") != Some(expected.nonce) {
        return bad("nonce");
    }
    if text("sub").is_none_or(str::is_empty) {
        return bad("subject");
    }
    Ok(claims)
}

type Parts<'a> = (Map<String, Value>, Map<String, Value>, &'a str, Vec<u8>);

/// Returns the header, the claims, the signed part and the signature of a token. Returns `None` if
/// the token is malformed.
fn parts(token: &str) -> Option<Parts<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let object = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some((object(header)?, object(claims)?, signed, signature))
}

/// Returns the keys whose id is the key id in a token. If the token has no key id (`id` is `None`),
/// returns all keys.
fn candidates<'a>(
    keys: &'a Map<String, Value>,
    id: Option<&'a Value>,
) -> impl Iterator<Item = &'a Value> {
    let keys = keys.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten();
    keys.filter(move |key| id.is_none_or(|id| key.get("kid") == Some(id)))
}

/// Returns `true` if a token was issued for this audience. A token with several audiences must have
/// an authorized party (`azp`). If a token has an authorized party, it must be this audience.
fn is_for(claims: &Map<String, Value>, audience: &str) -> bool {
    let is_party = claims.get("azp").is_none_or(|azp| azp == audience);
    match claims.get("aud") {
        Some(Value::String(only)) => only == audience && is_party,
        Some(Value::Array(all)) => {
            let has_party = all.len() == 1 || claims.contains_key("azp");
            all.iter().any(|one| one == audience) && has_party && is_party
        }
        _ => false,
    }
}
