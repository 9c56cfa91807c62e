//! Passkeys, verified for real: the relying party's side of [WebAuthn Level 3], sections 7.1 and
//! 7.2.
//!
//! Everything here is pure: what is expected and what was answered in, a verdict out. Who asked,
//! what is kept and what AWS calls a refusal is for the operations to say
//! ([`account::passkeys`](crate::operations::account::passkeys), and the sign-in).
//!
//! [WebAuthn Level 3]: https://www.w3.org/TR/webauthn-3/

pub(crate) mod assertion;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
mod origin;
pub(crate) mod registration;

use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub(crate) use cose::{ALGORITHMS, PublicKey};
pub(crate) use origin::is_relying_party;

/// What is asked of an answer, in both ceremonies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The challenge, in base64url as the options told it.
    pub(crate) challenge: &'a str,
    pub(crate) relying_party: &'a str,
    /// Whether the authenticator must have made sure of the person.
    pub(crate) verification: bool,
}

/// A passkey that was registered.
#[derive(Clone)]
pub(crate) struct Credential {
    /// In base64url, as its JSON has it.
    pub(crate) id: String,
    pub(crate) key: PublicKey,
    /// How often it was used, if its authenticator counts.
    pub(crate) counter: u32,
    pub(crate) attachment: Option<String>,
    pub(crate) transports: Vec<String>,
    pub(crate) relying_party: String,
    /// The how manieth of its person's it is.
    pub(crate) number: u32,
    pub(crate) created: SystemTime,
}

/// Security: which, not whose key.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.number)
    }
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It answers another challenge.
    Challenge,
    /// Its counter did not grow: somebody copied the authenticator.
    Counter,
    /// It is not what the standard says; the field that is not.
    Malformed(&'static str),
    /// It was made at a web site that is not the relying party's.
    Origin,
    /// Nobody touched the authenticator.
    Presence,
    /// It is for another relying party.
    RelyingParty,
    /// The signature is not that of the passkey.
    Signature,
    /// The person has no such passkey.
    Unknown,
    /// Its key is of a kind that was not asked for.
    Unsupported,
    /// It speaks of another person.
    User,
    /// The authenticator did not make sure of the person.
    Verification,
}

/// The bytes of a member in base64url (WebAuthn Level 3, section 5.1: all binary members of the
/// JSON are without padding).
fn bytes(holder: &Value, name: &'static str) -> Result<Vec<u8>, Refusal> {
    let text = holder[name].as_str().ok_or(Refusal::Malformed(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refusal::Malformed(name))
}

/// The id of a credential, once its type and its two spellings of the id are right.
fn id(credential: &Value) -> Result<String, Refusal> {
    if credential["type"] != "public-key" {
        return Err(Refusal::Malformed("type"));
    }
    let id = credential["id"].as_str().ok_or(Refusal::Malformed("id"))?;
    if credential["rawId"] != id {
        return Err(Refusal::Malformed("rawId"));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
#[path = "../../tests/wire/authenticator.rs"]
pub(crate) mod authenticator;
#[cfg(test)]
mod tests;
