//! The key with which SAML providers encrypt assertions.

use std::sync::LazyLock;
use std::time::SystemTime;

use crate::model::saml::encryption::DecryptionKey;
use crate::state::tokens::key::{SigningKey, pem_body};

/// The private key with which pools decrypt SAML assertions. It is part of the source code and
/// therefore public. The pools of all emulators have the same key. Therefore a SAML provider that
/// has a copy of a pool's certificate can still use it after a restart of the emulator.
const TEST_ENCRYPTION_KEY: &str = include_str!("test-keys/encryption.pem");

/// The test key in two forms: one decrypts SAML assertions, the other signs the key's own
/// certificate.
struct Keys {
    signing: SigningKey,
    decryption: DecryptionKey,
}

static KEYS: LazyLock<Option<Keys>> = LazyLock::new(|| {
    let der = pem_body(TEST_ENCRYPTION_KEY)?;
    Some(Keys {
        signing: SigningKey::from_pem(TEST_ENCRYPTION_KEY, "")?,
        decryption: DecryptionKey::from_pkcs8(&der)?,
    })
});

/// Returns the key that decrypts assertions. Returns `None` if AWS-LC rejects the key.
pub(crate) fn decryption_key() -> Option<&'static DecryptionKey> {
    KEYS.as_ref().map(|keys| &keys.decryption)
}

/// Returns the certificate for the encryption of assertions (`ActiveEncryptionCertificate`): DER in
/// base64. `name` is the id of the pool. Returns `None` if the certificate cannot be created.
pub(crate) fn certificate(name: &str, from: SystemTime) -> Option<String> {
    KEYS.as_ref()?.signing.certificate(name, from)
}
