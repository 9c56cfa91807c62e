//! Checks client data: the JSON in which the browser writes the challenge and the origin of a
//! request (WebAuthn Level 3, section 5.8.1).

use serde_json::Value;

use crate::model::webauthn::{Expected, Rejection, origin};

/// The purpose for which an authenticator has created a response: a registration (`Create`) or a
/// sign-in (`Get`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    /// Returns the value that the member `type` of WebAuthn client data must have.
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Checks the type, the challenge and the origin in client data.
pub(super) fn check(
    json: &[u8],
    ceremony: Ceremony,
    expected: &Expected<'_>,
) -> Result<(), Rejection> {
    let parsed: Value = serde_json::from_slice(json).map_err(|_| MALFORMED)?;
    if parsed["type"] != ceremony.name() {
        return Err(MALFORMED);
    }
    let challenge = parsed["challenge"].as_str().ok_or(MALFORMED)?;
    if challenge != expected.challenge {
        return Err(Rejection::Challenge);
    }
    let from = parsed["origin"].as_str().ok_or(MALFORMED)?;
    if !origin::belongs(from, expected.relying_party) {
        return Err(Rejection::Origin);
    }
    // A page in a frame inside another site is rejected, because it is unknown what the user saw.
    match (&parsed["crossOrigin"], &parsed["topOrigin"]) {
        (Value::Null | Value::Bool(false), Value::Null) => Ok(()),
        (Value::Null | Value::Bool(_), Value::Null | Value::String(_)) => Err(Rejection::Origin),
        _ => Err(MALFORMED),
    }
}

const MALFORMED: Rejection = Rejection::Malformed("clientDataJSON");
