//! Verification of passkeys: the relying party's part of [WebAuthn Level 3], sections 7.1 and 7.2.
//!
//! All functions here are pure: they compare a response with the expected values. The sign-in and
//! [`account::passkeys`](crate::operations::account::passkeys) handle users, storage and AWS's
//! error names.
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

/// The expected values of a response, for both ceremonies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The challenge, in base64url as in the options.
    pub(crate) challenge: &'a str,
    pub(crate) relying_party: &'a str,
    /// `true` if the authenticator must have verified the user.
    pub(crate) verification: bool,
}

/// A registered passkey.
#[derive(Clone)]
pub(crate) struct Credential {
    /// The credential id in base64url, as in its JSON.
    pub(crate) id: String,
    pub(crate) key: PublicKey,
    /// The signature counter. 0 if the authenticator does not count.
    pub(crate) counter: u32,
    pub(crate) attachment: Option<String>,
    pub(crate) transports: Vec<String>,
    pub(crate) relying_party: String,
    /// The number of the passkey among all passkeys that its user has had.
    pub(crate) number: u32,
    pub(crate) created: SystemTime,
}

/// The reason why a response is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The response is for another challenge.
    Challenge,
    /// The counter did not increase: the authenticator may have been cloned.
    Counter,
    /// A field does not conform to the standard.
    Malformed(&'static str),
    /// The response is from a web site that does not belong to the relying party.
    Origin,
    /// No user touched the authenticator.
    Presence,
    /// The response is for another relying party.
    RelyingParty,
    /// The signature does not match the passkey.
    Signature,
    /// The user has no such passkey.
    Unknown,
    /// The key has an algorithm that was not requested.
    Unsupported,
    /// The response is for another user.
    User,
    /// The authenticator did not verify the user.
    Verification,
}

/// Decodes a member in base64url (WebAuthn Level 3, section 5.1: all binary members of the JSON are
/// without padding).
fn bytes(holder: &Value, name: &'static str) -> Result<Vec<u8>, Rejection> {
    let text = holder[name].as_str().ok_or(Rejection::Malformed(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Rejection::Malformed(name))
}

/// Returns the id of a credential, if its type is right and its two ids are equal.
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
