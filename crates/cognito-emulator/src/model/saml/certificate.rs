//! The public keys of SAML providers ([`PublicKey`]), from their certificates.

use aws_lc_rs::signature::{RsaParameters, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;

/// The object identifier of RSA keys (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The RSA key of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// The key in PKCS#1 format.
    key: Vec<u8>,
    /// The last second in which the certificate is valid, in seconds since 1970.
    pub(super) expires: u64,
}

impl PublicKey {
    /// Reads a certificate: DER in base64, as in metadata. Returns `None` if the certificate is
    /// malformed or has no RSA key.
    ///
    /// The issuer of the certificate is not verified. In SAML, all certificates in the metadata are
    /// trusted.
    pub(crate) fn of_certificate(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect();
        let der = STANDARD.decode(text).ok()?;
        let certificate = Certificate::from_der(&der).ok()?;
        let certificate = certificate.tbs_certificate();
        let info = certificate.subject_public_key_info();
        let key = info.subject_public_key.as_bytes()?;
        (info.algorithm.oid == RSA).then(|| Self {
            key: key.to_vec(),
            expires: certificate
                .validity()
                .not_after
                .to_unix_duration()
                .as_secs(),
        })
    }

    /// Returns `true` if `signature` is a signature of `signed` by the key of this certificate.
    pub(super) fn verifies(
        &self,
        algorithm: &'static RsaParameters,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = UnparsedPublicKey::new(algorithm, &self.key);
        key.verify(signed, signature).is_ok()
    }
}
