//! Verification of passkeys: the relying party's part of [WebAuthn Level 3], sections 7.1 and 7.2.
//!
//! The functions of this module only compare a response with the expected values. The sign-in and
//! [`account::passkeys`](crate::operations::account::passkeys) handle users, storage and the names
//! of AWS's exceptions.
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
use serde_json::Value;

pub(crate) use cose::{ALGORITHMS, PublicKey};
pub(crate) use origin::is_relying_party;

/// The values that a valid response must contain, in a registration or a sign-in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The challenge in base64url, as the options contain it.
    pub(crate) challenge: &'a str,
    /// The id of the relying party: a domain.
    pub(crate) relying_party: &'a str,
    /// `true` if the authenticator must have verified the user.
    pub(crate) verification: bool,
}

/// A registered passkey.
#[derive(Clone)]
pub(crate) struct Credential {
    /// The credential id in base64url, as in `PublicKeyCredential.id`.
    pub(crate) id: String,
    pub(crate) key: PublicKey,
    /// The signature counter of the last response. Always 0 if the authenticator has no counter.
    pub(crate) counter: u32,
    /// `authenticatorAttachment`, such as `platform`.
    pub(crate) attachment: Option<String>,
    /// The transports of the authenticator, such as `internal`.
    pub(crate) transports: Vec<String>,
    /// The id of the relying party for which the passkey was registered.
    pub(crate) relying_party: String,
    /// The number of the passkey. The first passkey that the user has registered has number 1.
    pub(crate) number: u32,
    pub(crate) created: SystemTime,
}

/// The reason why a response of an authenticator is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The response is for another challenge.
    Challenge,
    /// The signature counter did not increase. The authenticator may have been cloned.
    Counter,
    /// A member does not conform to the standard. The value is the name of the member.
    Malformed(&'static str),
    /// The response is from a web site that does not belong to the relying party, or from a frame
    /// of another site.
    Origin,
    /// The authenticator did not check that a user is present.
    Presence,
    /// The response is for another relying party.
    RelyingParty,
    /// The signature does not match the passkey.
    Signature,
    /// The user has no such passkey.
    Unknown,
    /// The algorithm or the size of the key is not supported.
    Unsupported,
    /// The response is for another user.
    User,
    /// The authenticator did not verify the user.
    Verification,
}

/// Returns a binary member: base64url without padding (WebAuthn Level 3, section 5.1).
fn bytes(holder: &Value, name: &'static str) -> Result<Vec<u8>, Rejection> {
    let text = holder[name].as_str().ok_or(Rejection::Malformed(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Rejection::Malformed(name))
}

/// Returns the id of a credential. Fails if the type of the credential is not `public-key`, or if
/// `id` and `rawId` differ.
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
