//! The certificates of signing keys, for SAML.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, Error, PKCS_RSA_SHA256, PublicKeyData,
    SignatureAlgorithm,
};
use time::OffsetDateTime;

use crate::state::tokens::key::SigningKey;

/// The validity of a certificate: ten years, as in Cognito (API reference of
/// `GetSigningCertificate`).
const VALIDITY: Duration = Duration::from_secs(3652 * 24 * 3600);

impl SigningKey {
    /// Returns a self-signed certificate of the key: DER in base64. The certificate is valid for ten
    /// years. The same arguments produce the same certificate. Returns `None` if the certificate
    /// cannot be created.
    pub(crate) fn certificate(&self, name: &str, from: SystemTime) -> Option<String> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.not_before = OffsetDateTime::from(from);
        parameters.not_after = OffsetDateTime::from(from.checked_add(VALIDITY)?);
        let certificate = parameters.self_signed(self).ok()?;
        Some(STANDARD.encode(certificate.der()))
    }
}

impl PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_key()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.sign_bytes(message).ok_or(Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::saml::certificate::PublicKey;
    use crate::model::saml::issue::{Issue, metadata};
    use crate::model::saml::metadata::Metadata;
    use crate::model::saml::response::{Expected, verify};
    use crate::state::tokens::key::TEST_ID_KEY;

    #[test]
    fn certificate_has_key_that_signs() {
        let key = SigningKey::from_pem(TEST_ID_KEY, "pool").expect("a key");
        let certificate = key.certificate("pool", UNIX_EPOCH).expect("a certificate");
        assert_eq!(
            key.certificate("pool", UNIX_EPOCH).as_ref(),
            Some(&certificate)
        );
        let public = PublicKey::of_certificate(&certificate).expect("an RSA key");
        let text = metadata(
            "urn:idp",
            &certificate,
            "http://localhost/sso",
            "http://localhost/slo",
        );
        let known = Metadata::read(&text).expect("metadata");
        assert_eq!(known.keys, [public]);
        let ten_years = 3652 * 24 * 3600;
        assert!(!known.is_expired(ten_years) && known.is_expired(ten_years + 1));
        let issue = Issue {
            issuer: "urn:idp",
            request: Some("_1"),
            recipient: "http://localhost/<&>\"",
            audience: "urn:a&b",
            word: "word",
            now: "1970-01-01T00:00:00Z",
            expires: "1970-01-01T00:01:00Z",
            name_id: "<ann>&\"",
            attributes: &[("a\"<", "b\r\n&")],
        };
        let response = issue
            .response(|bytes| key.sign_bytes(bytes))
            .expect("a response");
        let expected = Expected {
            issuer: "urn:idp",
            keys: &known.keys,
            decryption: None,
            audience: "urn:a&b",
            recipient: "http://localhost/<&>\"",
            request: Some("_1"),
            now: 1,
        };
        let assertion = verify(&response, &expected).expect("a valid response");
        assert_eq!(assertion.claims["NameID"], "<ann>&\"");
        assert_eq!(assertion.claims["a\"<"], "b\r\n&");
    }
}
