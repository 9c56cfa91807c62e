//! A load balancer's public key, parsed from PEM.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::alb::jws::SIGNATURE_LENGTH;

/// The maximum length of a document, in bytes. A document with one key has 178 bytes.
const MAX_DOCUMENT_LENGTH: usize = 4 * 1024;

/// The first bytes of the DER encoding of every P-256 key, up to the point (RFC 5480 section 2):
/// `id-ecPublicKey`, `secp256r1`, a bit string of 66 bytes without unused bits.
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The tag of an uncompressed point, which consists of X and Y (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;
const POINT_LENGTH: usize = 65;

/// A P-256 key for ES256, parsed once.
pub(super) struct Key(ParsedPublicKey);

impl Key {
    /// Parses a PEM document (RFC 7468 section 13). Returns `None` unless the document is exactly
    /// one ES256 key.
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

    /// Returns `true` if this key made the signature (ECDSA with P-256 and SHA-256, RFC 7518
    /// section 3.4).
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE_LENGTH]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING,
        ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
    };

    use super::*;

    fn key_pair(algorithm: &'static EcdsaSigningAlgorithm) -> (EcdsaKeyPair, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let der = der.as_ref().to_vec();
        (pair, der)
    }

    fn pem(der: &[u8]) -> String {
        let base64 = STANDARD.encode(der);
        let lines: Vec<&str> = base64
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        )
    }

    fn parses(document: impl AsRef<[u8]>) -> bool {
        Key::from_pem(document.as_ref()).is_some()
    }

    #[test]
    fn key_verifies_only_its_own_signatures() {
        let (pair, der) = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let key = Key::from_pem(pem(&der).as_bytes()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), b"message").unwrap();
        let mut signature: [u8; 64] = signature.as_ref().try_into().unwrap();
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"massage", &signature));
        assert!(!key.verifies(b"message", &[0; 64]));
        assert!(!key.verifies(b"message", &[0xff; 64]));
        signature[63] ^= 1;
        assert!(!key.verifies(b"message", &signature));
    }

    #[test]
    fn rejects_key_of_another_curve() {
        for algorithm in [
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            &ECDSA_P256K1_SHA256_FIXED_SIGNING,
        ] {
            assert!(!parses(pem(&key_pair(algorithm).1)), "{algorithm:?}");
        }
    }

    #[test]
    fn rejects_other_key_types() {
        let (_, der) = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        for place in 0..=P256_PREFIX.len() {
            let mut other = der.clone();
            other[place] ^= 1;
            assert!(!parses(pem(&other)), "{place}");
        }
    }

    #[test]
    fn rejects_point_off_the_curve() {
        let (_, mut der) = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        assert!(parses(pem(&der)));
        *der.last_mut().unwrap() ^= 1;
        assert!(!parses(pem(&der)));
        der.truncate(P256_PREFIX.len() + 1);
        der[P256_PREFIX.len()] = 0;
        assert!(!parses(pem(&der)));
    }

    #[test]
    fn a_document_has_at_most_four_kibibytes() {
        let (_, der) = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let mut document = pem(&der);
        document.extend(std::iter::repeat_n('\n', 4096 - document.len()));
        assert!(parses(&document));
        document.push('\n');
        assert!(!parses(&document));
    }

    #[test]
    fn a_document_is_one_key_in_pem() {
        let (_, der) = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let good = pem(&der);
        assert!(parses(good.replace('\n', "\r\n")));
        assert!(parses(good.trim_end()));
        let mut longer = der.clone();
        longer.push(0);
        for document in [
            String::new(),
            "nothing".to_owned(),
            good.repeat(2),
            good.replace("PUBLIC", "PRIVATE"),
            good.replace("-----END", "----END"),
            format!("x{good}"),
            format!("{good}x"),
            good.replacen('\n', "\n=", 1),
            good.replace('\n', &"\n".repeat(MAX_DOCUMENT_LENGTH)),
            pem(&longer),
            pem(&der[..der.len() - 1]),
            "<Error><Code>AccessDenied</Code></Error>".to_owned(),
        ] {
            assert!(!parses(&document), "{document}");
        }
        assert!(!parses(&der));
        assert!(!parses([0xff, 0xfe]));
    }
}
