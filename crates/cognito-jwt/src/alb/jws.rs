//! Parses the token of a load balancer: a JWS in compact serialization (RFC 7515) whose parts may
//! have padding.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::error::{Reason, VerifyError};
use crate::json;
use crate::jws::verify_error;

/// The maximum length of a token, in bytes. A load balancer rejects a sign-in if the claims and the
/// access token together exceed 11 KB. In base64, 11 KB become 15 KB.
pub(super) const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// The length of an ES256 signature in bytes: R and S, 32 bytes each (RFC 7518 section 3.4).
pub(super) const SIGNATURE_LENGTH: usize = 64;

/// A parsed token whose signature is not verified yet.
pub(super) struct Jws<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: [u8; SIGNATURE_LENGTH],
    /// The header, a dot and the payload, in base64url as in the token.
    signed: &'a [u8],
    /// The header, a dot and the payload in base64url, with the missing padding added. `None` if no
    /// padding is missing.
    padded: Option<String>,
}

impl Jws<'_> {
    /// Returns `true` if `verifies` accepts one of the two possible signing inputs: with padding or
    /// without.
    ///
    /// A load balancer signs the parts with padding, but a proxy may have removed the padding from
    /// the token. Therefore the missing padding is added for the first check. The second check uses
    /// the parts as they are in the token, because a signer that follows RFC 7515 signs without
    /// padding.
    pub(super) fn is_signed(&self, verifies: impl Fn(&[u8]) -> bool) -> bool {
        let padded = self.padded.as_deref().map(str::as_bytes);
        padded.is_some_and(&verifies) || verifies(self.signed)
    }
}

/// Parses a token, and decodes its parts. A token that is longer than [`MAX_TOKEN_LENGTH`] is
/// rejected before anything is decoded.
///
/// A load balancer adds padding to each part, although RFC 7515 section 2 forbids it. Some proxies
/// remove the padding. Therefore each part is accepted with and without its padding, so one token
/// has several valid encodings. This is harmless, because these tokens are not used as cache keys.
/// All other base64url rules are strict: white space, incomplete padding and unused bits that are
/// not zero are rejected.
pub(super) fn parse(token: &str) -> Result<Jws<'_>, VerifyError> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(VerifyError::new(Reason::TooLarge));
    }
    let malformed = || VerifyError::new(Reason::Malformed);
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    // A third dot would be in the payload, where decoding fails because of it.
    let decode = |part: &str| decode(part).ok_or_else(malformed);
    let is_padded = [header, payload].iter().all(|part| part.len() % 4 == 0);
    let padded = (!is_padded).then(|| format!("{}.{}", pad(header), pad(payload)));
    let header = decode(header)?;
    let payload = decode(payload)?;
    let signature = decode(signature)?;
    Ok(Jws {
        header: object(&header)?,
        payload,
        padded,
        // A signature of another length has another encoding (DER) or is invalid.
        signature: signature
            .try_into()
            .map_err(|_| VerifyError::new(Reason::InvalidSignature))?,
        signed: signed.as_bytes(),
    })
}

fn decode(part: &str) -> Option<Vec<u8>> {
    let decoded = if part.ends_with('=') {
        URL_SAFE.decode(part)
    } else {
        URL_SAFE_NO_PAD.decode(part)
    };
    decoded.ok()
}

fn pad(part: &str) -> String {
    let missing = part.len().next_multiple_of(4) - part.len();
    format!("{part}{}", "=".repeat(missing))
}

/// Parses the JSON object of a header or payload.
pub(super) fn object(text: &[u8]) -> Result<Map<String, Value>, VerifyError> {
    json::object(text).map_err(verify_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_padded_parts() {
        let token = format!("e30=.e30=.{}", URL_SAFE.encode([0; SIGNATURE_LENGTH]));

        let jws = parse(&token).unwrap();

        assert!(jws.header.is_empty());
        assert_eq!(jws.payload, b"{}");
        assert_eq!(jws.signature, [0; SIGNATURE_LENGTH]);
        assert_eq!(jws.signed, b"e30=.e30=");
        assert!(jws.padded.is_none());
    }

    #[test]
    fn missing_padding_is_restored() {
        let token = format!("e30.e30.{}", URL_SAFE.encode([0; SIGNATURE_LENGTH]));

        let jws = parse(&token).unwrap();

        assert_eq!(jws.signed, b"e30.e30");
        assert_eq!(jws.padded.as_deref(), Some("e30=.e30="));
    }
}
