//! Verifies the registration of a passkey (WebAuthn Level 3, section 7.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use serde_json::Value;

use crate::model::webauthn::authenticator_data::AuthenticatorData;
use crate::model::webauthn::cbor;
use crate::model::webauthn::client_data;
use crate::model::webauthn::client_data::Ceremony;
use crate::model::webauthn::{CredentialRecord, Expected, Rejection, bytes, id};

/// Verifies a registration. `credential` is the result of `navigator.credentials.create()`,
/// converted with `toJSON()`. The caller must check that no user already has a passkey with the same
/// id.
///
/// Registrations request no attestation. If there is an attestation statement, it is ignored, as in
/// AWS. Without a list of trusted manufacturers, it would prove nothing.
pub(crate) fn verify(
    expected: &Expected<'_>,
    credential: &Value,
) -> Result<CredentialRecord, Rejection> {
    let id = id(credential)?;
    let response = &credential["response"];
    let client_data = bytes(response, "clientDataJSON")?;
    client_data::check(&client_data, Ceremony::Create, expected)?;
    let attestation = bytes(response, "attestationObject")?;
    let data = authenticator_data(&attestation)?;
    let data = AuthenticatorData::read(&data)?;
    data.check(expected)?;
    let attested = data.attested.ok_or(MALFORMED)?;
    if URL_SAFE_NO_PAD.encode(attested.id) != id {
        return Err(Rejection::Malformed("id"));
    }
    Ok(CredentialRecord {
        id,
        key: attested.key,
        counter: data.counter,
        attachment: attachment(credential)?,
        transports: transports(response)?,
        relying_party: expected.relying_party.to_owned(),
    })
}

/// Returns the authenticator data in an attestation object. Fails if the object is malformed.
fn authenticator_data(attestation: &[u8]) -> Result<Vec<u8>, Rejection> {
    let object = cbor::read(attestation).ok_or(MALFORMED)?;
    let format = cbor::member(&object, "fmt").and_then(Cbor::as_text);
    let statement = cbor::member(&object, "attStmt").and_then(Cbor::as_map);
    let is_whole = match (format, statement) {
        (Some("none"), Some(members)) => members.is_empty(),
        (Some(_), Some(_)) => true,
        _ => false,
    };
    if !is_whole {
        return Err(MALFORMED);
    }
    let data = cbor::bytes(&object, "authData").ok_or(MALFORMED)?;
    Ok(data.to_vec())
}

/// Returns `authenticatorAttachment` of a credential. Returns `None` if it is missing. Fails if it
/// is not a short string.
fn attachment(credential: &Value) -> Result<Option<String>, Rejection> {
    match &credential["authenticatorAttachment"] {
        Value::Null => Ok(None),
        Value::String(text) if text.len() <= LONGEST_WORD => Ok(Some(text.clone())),
        _ => Err(Rejection::Malformed("authenticatorAttachment")),
    }
}

/// Returns `transports` of a response, or an empty list if the member is missing. Unknown names are
/// accepted. Fails if the value is not a list, if there are too many names, or if one of them is
/// not a short string.
fn transports(response: &Value) -> Result<Vec<String>, Rejection> {
    let rejection = Rejection::Malformed("transports");
    let words = match &response["transports"] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(words) if words.len() <= MOST_TRANSPORTS => words,
        _ => return Err(rejection),
    };
    let word = |word: &Value| match word {
        Value::String(text) if text.len() <= LONGEST_WORD => Ok(text.clone()),
        _ => Err(rejection),
    };
    words.iter().map(word).collect()
}

/// The maximum length of `authenticatorAttachment` and of the name of a transport, in bytes.
const LONGEST_WORD: usize = 32;
/// The maximum number of transports of a passkey.
const MOST_TRANSPORTS: usize = 16;
const MALFORMED: Rejection = Rejection::Malformed("attestationObject");
