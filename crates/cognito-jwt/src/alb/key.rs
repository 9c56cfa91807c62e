//! Parses the public key of a load balancer from PEM.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::alb::jws::SIGNATURE_LENGTH;

/// The maximum length of a PEM document with a key, in bytes. The document of a load balancer's key
/// has 178 bytes.
const MAX_DOCUMENT_LENGTH: usize = 4 * 1024;

/// The first bytes of a P-256 public key in DER (RFC 5480 section 2). They are the same for all
/// keys: `id-ecPublicKey`, `secp256r1`, and the head of a bit string of 66 bytes without unused
/// bits. After these bytes, the encoding contains the point.
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The first byte of an uncompressed point. X and Y follow it (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;
const POINT_LENGTH: usize = 65;

/// A parsed P-256 public key for ES256.
pub(super) struct Key(ParsedPublicKey);

impl Key {
    /// Parses a PEM document (RFC 7468 section 13). Returns `None` if the document is anything
    /// other than one P-256 public key.
    pub(super) fn from_pem(document: &[u8]) -> Option<Self> {
        if document.len() > MAX_DOCUMENT_LENGTH {
            return None;
        }
        let text = std::str::from_utf8(document).ok()?.trim_ascii();
        let lines = text
            .strip_prefix("-----BEGIN PUBLIC KEY-----")?
            .strip_suffix("-----END PUBLIC KEY-----")?;
        let base64: String = lines.split_ascii_whitespace().collect();
        let der = STANDARD.decode(base64).ok()?;
        let point = der.strip_prefix(&P256_PREFIX)?;
        if point.len() != POINT_LENGTH || point.first() != Some(&UNCOMPRESSED) {
            return None;
        }
        // AWS-LC checks that the point is on the curve.
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
        Some(Self(public))
    }

    /// Returns `true` if `signature` is a valid signature of `message` for this key (ECDSA with
    /// P-256 and SHA-256, RFC 7518 section 3.4).
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE_LENGTH]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}
