//! Parses a signed token: a JWS in compact serialization (RFC 7515), and its header.

use std::borrow::Cow;

use base64_simd::URL_SAFE_NO_PAD;
use cognito_core::secret::MAX_TOKEN_LENGTH;
use memchr::{memchr, memrchr};

use crate::checks::Check;
use crate::error::{Reason, VerifyError};
use crate::json::{self, Json, JsonError, Members};

type Result<T> = std::result::Result<T, VerifyError>;

/// A token that is split into its three parts. The parts are in base64url, and the signature is not
/// verified.
pub(crate) struct Jws<'a> {
    pub(crate) header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// The signing input (RFC 7515 section 5.2): header, dot and payload as they are in the token.
    pub(crate) signed: &'a [u8],
}

impl Jws<'_> {
    pub(crate) fn decoded_header(&self) -> Result<Vec<u8>> {
        decode(self.header).map_err(|_| malformed(self.header).at(Check::Header))
    }

    pub(crate) fn decoded_payload(&self) -> Result<Vec<u8>> {
        decode(self.payload).map_err(|error| error.at(Check::Payload))
    }

    pub(crate) fn decoded_signature(&self) -> Result<Vec<u8>> {
        decode(self.signature).map_err(|error| error.at(Check::Signature))
    }
}

/// Decodes base64url strictly: padding, white space and unused bits that are not zero are rejected.
/// With a lenient decoder, many different strings would decode to the same token.
fn decode(part: &str) -> Result<Vec<u8>> {
    let decoded = URL_SAFE_NO_PAD.decode_to_vec(part);
    decoded.map_err(|_| VerifyError::new(Reason::Malformed))
}

/// Splits a token into its three parts. Rejects a token of more than [`MAX_TOKEN_LENGTH`] bytes
/// before anything is decoded.
pub(crate) fn parse(token: &str) -> Result<Jws<'_>> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(VerifyError::new(Reason::TooLarge));
    }
    let malformed = || malformed(token);
    let last_dot = memrchr(b'.', token.as_bytes()).ok_or_else(malformed)?;
    let (signed, signature) = (&token[..last_dot], &token[last_dot + 1..]);
    let first_dot = memchr(b'.', signed.as_bytes()).ok_or_else(malformed)?;
    let (header, payload) = (&signed[..first_dot], &signed[first_dot + 1..]);
    if memchr(b'.', payload.as_bytes()).is_some() {
        return Err(malformed());
    }
    Ok(Jws {
        header,
        payload,
        signature,
        signed: signed.as_bytes(),
    })
}

/// Returns the error for a string that is not a token. A string that starts with `Bearer ` has its
/// own error, because passing the whole `Authorization` header is a common mistake.
fn malformed(text: &str) -> VerifyError {
    let scheme = text.as_bytes().get(..7);
    let has_scheme = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "));
    VerifyError::new(if has_scheme {
        Reason::BearerPrefix
    } else {
        Reason::Malformed
    })
}

/// The members of a header that are checked. `jwk`, `jku`, `x5u` and `x5c` are ignored, because a
/// token must not choose its own key.
#[derive(Default)]
pub(crate) struct Header<'a> {
    alg: Option<Json<'a>>,
    b64: Option<Json<'a>>,
    crit: Option<Json<'a>>,
    cty: Option<Json<'a>>,
    kid: Option<Json<'a>>,
    typ: Option<Json<'a>>,
    zip: Option<Json<'a>>,
}

impl<'a> Header<'a> {
    pub(crate) fn read(text: &'a [u8]) -> Result<Self> {
        let text = std::str::from_utf8(text).map_err(|_| JsonError::Malformed);
        let header = text.and_then(json::read);
        header.map_err(|error| verify_error(error).at(Check::Header))
    }

    /// Checks the members of the header, and returns the key id.
    pub(crate) fn check(self) -> Result<Cow<'a, str>> {
        self.check_algorithm()?;
        // `b64` changes the signing input (RFC 7797), so a verifier must support it or reject the
        // token. RFC 7797 also requires that `crit` lists `b64`, and recommends to omit `true`.
        if self.crit.is_some() || self.b64.is_some() {
            return Err(VerifyError::new(Reason::CriticalHeader));
        }
        let is_nested = self.cty.is_some() || self.zip.is_some();
        if is_nested || !self.typ.is_none_or(is_jwt_type) {
            return Err(VerifyError::new(Reason::WrongType));
        }
        let kid = self.kid.and_then(Json::text);
        kid.ok_or_else(|| VerifyError::new(Reason::MissingKid))
    }

    /// Fails if `alg` is not exactly `RS256`, the only algorithm that Cognito signs with.
    pub(crate) fn check_algorithm(&self) -> Result<()> {
        match self.alg.and_then(Json::text).as_deref() {
            Some("RS256") => Ok(()),
            _ => Err(VerifyError::new(Reason::UnsupportedAlgorithm)),
        }
    }
}

impl<'a> Members<'a> for Header<'a> {
    fn field(&mut self, name: &str) -> Option<&mut Option<Json<'a>>> {
        match name {
            "alg" => Some(&mut self.alg),
            "b64" => Some(&mut self.b64),
            "crit" => Some(&mut self.crit),
            "cty" => Some(&mut self.cty),
            "kid" => Some(&mut self.kid),
            "typ" => Some(&mut self.typ),
            "zip" => Some(&mut self.zip),
            _ => None,
        }
    }
}

/// Converts an error of the JSON parser to the error of a verification.
pub(crate) fn verify_error(error: JsonError) -> VerifyError {
    VerifyError::new(match error {
        JsonError::DuplicateName => Reason::DuplicateKey,
        JsonError::Malformed | JsonError::NumberOutOfRange => Reason::Malformed,
    })
}

/// Returns `true` if `typ` is `JWT`, or `at+jwt` as in access tokens (RFC 9068 section 2.1). Case
/// is ignored, and the prefix `application/` is optional (RFC 7515 section 4.1.9). Cognito usually
/// sends no `typ`.
fn is_jwt_type(typ: Json<'_>) -> bool {
    let Some(typ) = typ.text() else {
        return false;
    };
    let typ = typ.to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    matches!(typ, "jwt" | "at+jwt")
}
