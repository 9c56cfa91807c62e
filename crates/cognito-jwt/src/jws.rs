//! The shape of a signed token: its parts, its encoding, its header (RFC 7515, compact form).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::{Reason, VerifyError};
use crate::json::{self, Flaw};

/// The longest token that is looked at, in bytes. Cognito's are about 1 KiB; claims that triggers
/// add make them longer.
pub(crate) const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// A token in its parts, nothing of it trusted.
pub(crate) struct Jws<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// What the signature signs: header and payload as they were written (RFC 7515 section 5.2).
    pub(crate) signed: &'a [u8],
}

/// Takes a token apart. The length is checked before anything is decoded.
///
/// Base64url is strict: no padding, no white space, unused bits zero. A lenient decoder would give
/// one token many spellings.
pub(crate) fn parse(token: &str) -> Result<Jws<'_>, VerifyError> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(VerifyError::new(Reason::TooLarge));
    }
    let malformed = || VerifyError::new(Reason::Malformed);
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    // A further dot would be in the payload, and no dot is base64url.
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
    let header = decode(header)?;
    let payload = decode(payload)?;
    let signature = decode(signature)?;
    Ok(Jws {
        header: json::object(&header).map_err(flaw)?,
        payload,
        signature,
        signed: signed.as_bytes(),
    })
}

/// Checks the header and returns the id of the key that it names.
///
/// Only `alg`, `crit`, `typ`, `cty`, `zip` and `kid` are read. `jwk`, `jku`, `x5u` and `x5c` are
/// not: a token must not choose its own key.
pub(crate) fn check_header(header: &Map<String, Value>) -> Result<&str, VerifyError> {
    check_algorithm(header)?;
    if header.contains_key("crit") {
        return Err(VerifyError::new(Reason::CriticalHeader));
    }
    let is_nested = header.contains_key("cty") || header.contains_key("zip");
    if is_nested || !header.get("typ").is_none_or(is_jwt_type) {
        return Err(VerifyError::new(Reason::WrongType));
    }
    match header.get("kid") {
        Some(Value::String(kid)) => Ok(kid),
        _ => Err(VerifyError::new(Reason::MissingKid)),
    }
}

/// `alg` must be `RS256` to the byte: the only algorithm that Cognito signs with.
pub(crate) fn check_algorithm(header: &Map<String, Value>) -> Result<(), VerifyError> {
    match header.get("alg") {
        Some(Value::String(alg)) if alg == "RS256" => Ok(()),
        _ => Err(VerifyError::new(Reason::UnsupportedAlgorithm)),
    }
}

/// What is wrong with the JSON of a token.
pub(crate) fn flaw(flaw: Flaw) -> VerifyError {
    VerifyError::new(match flaw {
        Flaw::DuplicateName => Reason::DuplicateKey,
        Flaw::Malformed | Flaw::NumberOutOfRange => Reason::Malformed,
    })
}

/// `JWT`, or the `at+jwt` of access tokens (RFC 9068 section 2.1). Media types ignore case, and
/// `application/` may be left out (RFC 7515 section 4.1.9). Cognito usually sends no `typ` at all.
fn is_jwt_type(typ: &Value) -> bool {
    let Value::String(typ) = typ else {
        return false;
    };
    let typ = typ.to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    matches!(typ, "jwt" | "at+jwt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(token: &str) -> Reason {
        match parse(token) {
            Ok(jws) => match check_header(&jws.header) {
                Ok(_) => panic!("{token} was accepted"),
                Err(error) => error.reason(),
            },
            Err(error) => error.reason(),
        }
    }

    fn token(header: &str) -> String {
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn a_token_has_three_parts() {
        let jws = parse("e30.e30.AAAA").unwrap();
        assert!(jws.header.is_empty());
        assert_eq!(jws.payload, b"{}");
        assert_eq!(jws.signature, [0, 0, 0]);
        assert_eq!(jws.signed, b"e30.e30");
        for token in [
            "",
            ".",
            "..",
            "e30",
            "e30.e30",
            "e30.e30.AAAA.AAAA",
            ".e30.e30.AAAA",
        ] {
            assert_eq!(reason(token), Reason::Malformed, "{token}");
        }
    }

    #[test]
    fn base64url_is_strict() {
        for token in [
            "e30=.e30.AAAA",
            "e31.e30.AAAA",
            "e30.e31.AAAA",
            "e30.e30.AAB",
            "e30.e30.AA+/",
            " e30.e30.AAAA",
            "e30.e30.AAAA\n",
            "e30.e30.A",
            "e30.e30.AA==",
            "e30\0.e30.AAAA",
        ] {
            assert_eq!(reason(token), Reason::Malformed, "{token:?}");
        }
    }

    #[test]
    fn the_length_is_checked_first() {
        assert_eq!(reason(&"!".repeat(MAX_TOKEN_LENGTH)), Reason::Malformed);
        assert_eq!(reason(&"!".repeat(MAX_TOKEN_LENGTH + 1)), Reason::TooLarge);
    }

    #[test]
    fn the_header_is_checked() {
        let cases = [
            (r#"{}"#, Reason::UnsupportedAlgorithm),
            (r#"{"alg":"none","crit":[]}"#, Reason::UnsupportedAlgorithm),
            (r#"{"alg":"RS256","crit":null}"#, Reason::CriticalHeader),
            (r#"{"alg":"RS256","zip":null}"#, Reason::WrongType),
            (r#"{"alg":"RS256","cty":"JWT"}"#, Reason::WrongType),
            (r#"{"alg":"RS256","typ":"JWE"}"#, Reason::WrongType),
            (r#"{"alg":"RS256","typ":1}"#, Reason::WrongType),
            (r#"{"alg":"RS256","typ":"JWT"}"#, Reason::MissingKid),
            (r#"{"alg":"RS256","kid":1}"#, Reason::MissingKid),
            (
                r#"{"alg":"RS256","kid":"a","kid":"a"}"#,
                Reason::DuplicateKey,
            ),
        ];
        for (header, expected) in cases {
            assert_eq!(reason(&token(header)), expected, "{header}");
        }
        for typ in ["JWT", "jwt", "at+jwt", "application/at+JWT"] {
            let token = token(&format!(r#"{{"alg":"RS256","kid":"a/b","typ":"{typ}"}}"#));
            let jws = parse(&token).unwrap();
            assert_eq!(check_header(&jws.header).unwrap(), "a/b", "{typ}");
        }
    }
}
