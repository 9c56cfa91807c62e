//! Verifies assertions: responses with which a user signs in with a passkey (WebAuthn Level 3,
//! section 7.2).

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use crate::model::webauthn::authenticator_data::AuthenticatorData;
use crate::model::webauthn::client_data;
use crate::model::webauthn::client_data::Ceremony;
use crate::model::webauthn::{Credential, Expected, Rejection, bytes, id};

/// A verified assertion: the user has the passkey.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The id of the passkey with which the user has signed in.
    pub(crate) id: String,
    /// The signature counter in the assertion. The caller stores it with the passkey.
    pub(crate) counter: u32,
}

/// Verifies an assertion of a user. `handle` is the user handle, and `passkeys` are the passkeys of
/// the user. Fails with the reason why the assertion is rejected.
///
/// `credential` is the result of `navigator.credentials.get()`, converted with `toJSON()`.
pub(crate) fn verify(
    expected: &Expected<'_>,
    handle: &[u8],
    passkeys: &[Credential],
    credential: &Value,
) -> Result<Proven, Rejection> {
    let id = id(credential)?;
    let mut records = passkeys.iter().map(|passkey| &passkey.record);
    let known = records.find(|known| known.id == id);
    let known = known.ok_or(Rejection::Unknown)?;
    let response = &credential["response"];
    if !response["userHandle"].is_null() && bytes(response, "userHandle")? != handle {
        return Err(Rejection::User);
    }
    let client_data = bytes(response, "clientDataJSON")?;
    client_data::check(&client_data, Ceremony::Get, expected)?;
    let data = bytes(response, "authenticatorData")?;
    let parsed = AuthenticatorData::read(&data)?;
    parsed.check(expected)?;
    let signed = [&data, digest(&SHA256, &client_data).as_ref()].concat();
    if !known.key.verifies(&signed, &bytes(response, "signature")?) {
        return Err(Rejection::Signature);
    }
    // An authenticator without a counter always sends 0.
    let counts = parsed.counter != 0 || known.counter != 0;
    if counts && parsed.counter <= known.counter {
        return Err(Rejection::Counter);
    }
    Ok(Proven {
        id,
        counter: parsed.counter,
    })
}
