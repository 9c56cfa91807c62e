//! The public keys of passkeys, in the COSE format (RFC 9052, section 7; RFC 9053).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use serde::{Deserialize, Serialize};

use crate::model::webauthn::Rejection;
use crate::model::webauthn::cbor::{bytes, integer};

/// The signature algorithms that a registration requests, in the order of preference: ES256 and
/// RS256.
pub(crate) const ALGORITHMS: [i64; 2] = [ES256, RS256];

const ES256: i64 = -7;
const RS256: i64 = -257;

// Labels of a COSE key and their values.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const ELLIPTIC_CURVE: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;

/// The public key of a passkey, with its algorithm.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredKey", into = "StoredKey")]
pub(crate) enum PublicKey {
    /// An ECDSA key: a point on the curve P-256. Its encoding is the byte `04`, followed by x and
    /// y.
    Es256([u8; 65]),
    /// An RSA key. The modulus and the exponent are big-endian.
    Rs256 { modulus: Vec<u8>, exponent: Vec<u8> },
}

/// The form of a [`PublicKey`] in a state file. All byte strings are in base64url.
#[derive(Serialize, Deserialize)]
enum StoredKey {
    Es256(String),
    Rs256 { modulus: String, exponent: String },
}

impl From<PublicKey> for StoredKey {
    fn from(key: PublicKey) -> Self {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match key {
            PublicKey::Es256(point) => Self::Es256(text(&point)),
            PublicKey::Rs256 { modulus, exponent } => Self::Rs256 {
                modulus: text(&modulus),
                exponent: text(&exponent),
            },
        }
    }
}

impl TryFrom<StoredKey> for PublicKey {
    type Error = &'static str;

    fn try_from(stored: StoredKey) -> Result<Self, &'static str> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "invalid base64");
        Ok(match stored {
            StoredKey::Es256(point) => {
                let point = bytes(&point)?.try_into();
                Self::Es256(point.map_err(|_| "invalid length of a point")?)
            }
            StoredKey::Rs256 { modulus, exponent } => Self::Rs256 {
                modulus: bytes(&modulus)?,
                exponent: bytes(&exponent)?,
            },
        })
    }
}

impl PublicKey {
    /// Parses a COSE key. Fails if the key is malformed, its size is not supported, or its
    /// algorithm is not one of [`ALGORITHMS`].
    pub(super) fn read(key: &Value) -> Result<Self, Rejection> {
        match integer(key, ALGORITHM).ok_or(MALFORMED)? {
            ES256 => Self::es256(key),
            RS256 => Self::rs256(key),
            _ => Err(Rejection::Unsupported),
        }
    }

    fn es256(key: &Value) -> Result<Self, Rejection> {
        let coordinate = |label: i64| {
            let bytes = bytes(key, label);
            bytes.filter(|bytes| bytes.len() == 32).ok_or(MALFORMED)
        };
        if integer(key, KEY_TYPE) != Some(ELLIPTIC_CURVE) || integer(key, -1) != Some(P256) {
            return Err(MALFORMED);
        }
        let mut point = [4; 65];
        point[1..33].copy_from_slice(coordinate(-2)?);
        point[33..].copy_from_slice(coordinate(-3)?);
        // Fails if the point is not on the curve.
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| MALFORMED)?;
        Ok(Self::Es256(point))
    }

    fn rs256(key: &Value) -> Result<Self, Rejection> {
        if integer(key, KEY_TYPE) != Some(RSA) {
            return Err(MALFORMED);
        }
        let modulus = bytes(key, -1).ok_or(MALFORMED)?;
        let exponent = bytes(key, -2).ok_or(MALFORMED)?;
        // AWS-LC verifies signatures with keys of 2048 to 8192 bits.
        if !(256..=1024).contains(&modulus.len()) || !(1..=8).contains(&exponent.len()) {
            return Err(Rejection::Unsupported);
        }
        Ok(Self::Rs256 {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        })
    }

    /// Returns `true` if `signature` is a valid signature of `message` by this key.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
                .verify(message, signature)
                .is_ok(),
            Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
        }
    }
}

const MALFORMED: Rejection = Rejection::Malformed("credentialPublicKey");
