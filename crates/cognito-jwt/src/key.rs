//! Parses an RSA public key from a JWK (RFC 7517), and verifies signatures with it.

mod roca;

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The maximum length of a key id, in bytes. Key ids of Cognito have 44 bytes.
pub(crate) const MAX_KID_LENGTH: usize = 256;

/// The members that only the JWK of a private or symmetric key has (RFC 7518 sections 6.3.2, 6.4).
/// A key with one of them is not used: if its private part is published, anyone can sign.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// A parsed RSA public key for RS256.
pub(crate) struct Key {
    public: ParsedPublicKey,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Key {
    /// Returns the key id and the key of a JWK. Returns `None` if the key id is missing, empty or
    /// too long, or if the key is not usable for RS256 signatures.
    pub(crate) fn from_jwk(jwk: &Map<String, Value>) -> Option<(&str, Self)> {
        let kid = jwk.get("kid").and_then(Value::as_str)?;
        if kid.is_empty() || kid.len() > MAX_KID_LENGTH {
            return None;
        }
        Self::without_kid(jwk).map(|key| (kid, key))
    }

    /// Returns the key of a JWK. The key id is ignored. Returns `None` if the key is not usable for
    /// RS256 signatures.
    pub(crate) fn without_kid(jwk: &Map<String, Value>) -> Option<Self> {
        if !is_for_rs256_signatures(jwk) {
            return None;
        }
        let modulus = unsigned(jwk.get("n")?)?;
        let exponent = unsigned(jwk.get("e")?)?;
        if !is_acceptable(&modulus, &exponent) || roca::is_suspect(&modulus) {
            return None;
        }
        let components = RsaPublicKeyComponents {
            n: modulus.as_slice(),
            e: exponent.as_slice(),
        };
        let der = components.as_der().ok()?;
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).ok()?;
        Some(Self {
            public,
            modulus,
            exponent,
        })
    }

    /// Returns `true` if `signature` is a valid signature of `message` for this key
    /// (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3).
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        // The digest is computed separately, because AWS-LC then creates one context less.
        let digest = digest::digest(&digest::SHA256, message);
        self.public.verify_digest_sig(&digest, signature).is_ok()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("bits", &bits(&self.modulus))
            .finish_non_exhaustive()
    }
}

fn is_for_rs256_signatures(jwk: &Map<String, Value>) -> bool {
    let is = |name: &str, value: &str| jwk.get(name).is_some_and(|found| found == value);
    let absent_or = |name: &str, value: &str| !jwk.contains_key(name) || is(name, value);
    is("kty", "RSA")
        && absent_or("use", "sig")
        && absent_or("alg", "RS256")
        && jwk.get("key_ops").is_none_or(allows_verification)
        && !PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name))
}

fn allows_verification(key_ops: &Value) -> bool {
    key_ops
        .as_array()
        .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
}

/// Decodes a `Base64urlUInt` (RFC 7518 section 2): a big-endian number without leading zero bytes.
/// Returns `None` if it is invalid.
///
/// One leading zero byte is accepted if the next byte is 0x80 or more, and removed from the result.
/// Some libraries write this byte, because a signed number needs it, although RFC 7518 section
/// 6.3.1.1 forbids it. Other leading zero bytes are rejected.
fn unsigned(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(value.as_str()?).ok()?;
    match bytes.as_slice() {
        [0, second, ..] if *second >= 0x80 => drop(bytes.remove(0)),
        [] | [0, ..] => return None,
        _ => {}
    }
    Some(bytes)
}

/// Returns `true` if the modulus and the exponent are acceptable. The modulus must be odd and have
/// 2048 to 8192 bits. The exponent must be odd, at least 65537 (NIST SP 800-56B section 6.2) and at
/// most 8 bytes long.
fn is_acceptable(modulus: &[u8], exponent: &[u8]) -> bool {
    let odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last & 1 == 1);
    // A number of three bytes without a leading zero is at least 65536, which is even.
    let large_enough = (3..=8).contains(&exponent.len());
    (2048..=8192).contains(&bits(modulus)) && odd(modulus) && odd(exponent) && large_enough
}

fn bits(modulus: &[u8]) -> usize {
    match modulus.first() {
        Some(first) => modulus.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn key(modulus: &[u8]) -> Option<Key> {
        let n = URL_SAFE_NO_PAD.encode(modulus);
        let jwk = [("kty", "RSA"), ("n", n.as_str()), ("e", "AQAB")];
        let jwk = jwk.map(|(name, value)| (name.to_owned(), value.into()));
        Key::without_kid(&jwk.into_iter().collect())
    }

    /// Returns a valid key for tests that verify no signature.
    pub(crate) fn any() -> Key {
        let mut modulus = [0xff; 256];
        (modulus[0], modulus[255]) = (0x80, 1);
        key(&modulus).unwrap()
    }

    #[test]
    fn rejects_modulus_with_findable_primes() {
        let mut modulus = roca::tests::power(128);
        assert_eq!(bits(&modulus), 2049);
        assert!(key(&modulus).is_none());
        // The next odd number, which is not a suspect modulus.
        modulus[256] += 2;
        let key = key(&modulus).unwrap();
        assert_eq!(format!("{key:?}"), "Key { bits: 2049, .. }");
    }
}
