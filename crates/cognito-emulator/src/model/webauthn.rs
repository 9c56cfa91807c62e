//! Verification of passkeys: the checks that a relying party makes ([WebAuthn Level 3], sections
//! 7.1 and 7.2).
//!
//! The functions of this module compare a response of an authenticator with the expected values.
//! They do not access users or storage. The sign-in and
//! [`account::passkeys`](crate::operations::account::passkeys) do that, and choose AWS's
//! exceptions.
//!
//! [WebAuthn Level 3]: https://www.w3.org/TR/webauthn-3/

pub(crate) mod assertion;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
mod origin;
pub(crate) mod registration;

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use cose::{ALGORITHMS, PublicKey};
pub(crate) use origin::is_relying_party;

/// The values with which a response of an authenticator is compared, at a registration or a
/// sign-in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The challenge in base64url, as the client received it.
    pub(crate) challenge: &'a str,
    /// The relying party id: the domain of the passkeys.
    pub(crate) relying_party: &'a str,
    /// `true` if user verification is required: the response must show that the authenticator has
    /// verified the user, for example by a PIN or a fingerprint.
    pub(crate) verification: bool,
}

/// A passkey that a user has registered.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub(crate) record: CredentialRecord,
    /// The position of this passkey among all passkeys that the user has ever registered, starting
    /// with 1.
    pub(crate) number: u32,
    pub(crate) created: SystemTime,
}

/// The passkey data that the registration determines (WebAuthn Level 3, section 4, "Credential
/// Record").
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CredentialRecord {
    /// The id of the passkey in base64url, as in `PublicKeyCredential.id`.
    pub(crate) id: String,
    pub(crate) key: PublicKey,
    /// The signature counter in the last response. Always 0 if the authenticator does not count.
    pub(crate) counter: u32,
    /// How the authenticator is attached (`authenticatorAttachment`), such as `platform`. `None` if
    /// this is unknown.
    pub(crate) attachment: Option<String>,
    /// How clients can reach the authenticator, such as `internal`. Empty if this is unknown.
    pub(crate) transports: Vec<String>,
    /// The relying party id for which the passkey was registered.
    pub(crate) relying_party: String,
}

/// The reason why the response of an authenticator is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The challenge in the response differs from the challenge that the server has created.
    Challenge,
    /// The signature counter did not increase. The authenticator may have been copied.
    Counter,
    /// A member of the response does not conform to the standard. The value is the name of the
    /// member.
    Malformed(&'static str),
    /// The response is from a web site that does not belong to the relying party, or from a frame
    /// inside another web site.
    Origin,
    /// The authenticator did not check that a user is present.
    Presence,
    /// The relying party id in the response is not the expected id.
    RelyingParty,
    /// The signature in the response was not made with the passkey.
    Signature,
    /// The user has no passkey with the id in the response.
    Unknown,
    /// The algorithm or the size of the public key is not supported.
    Unsupported,
    /// The response contains the user handle of another user.
    User,
    /// The authenticator did not verify the user, although it was required.
    Verification,
}

/// Returns the bytes in the member `name` of the object `holder`. The member is a string in
/// base64url without padding (WebAuthn Level 3, section 5.1). Fails if the member is missing or
/// malformed.
fn bytes(holder: &Value, name: &'static str) -> Result<Vec<u8>, Rejection> {
    let text = holder[name].as_str().ok_or(Rejection::Malformed(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Rejection::Malformed(name))
}

/// Returns the id of a credential in a response. Fails if the type is not `public-key`, or if `id`
/// and `rawId` differ.
fn id(credential: &Value) -> Result<String, Rejection> {
    if credential["type"] != "public-key" {
        return Err(Rejection::Malformed("type"));
    }
    let id = credential["id"]
        .as_str()
        .ok_or(Rejection::Malformed("id"))?;
    if credential["rawId"] != id {
        return Err(Rejection::Malformed("rawId"));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
#[path = "../../tests/wire/authenticator.rs"]
pub(crate) mod authenticator;
#[cfg(test)]
mod tests;
