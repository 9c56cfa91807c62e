//! Decryption of assertions (W3C, "XML Encryption Syntax and Processing Version 1.1").

use aws_lc_rs::aead::{self, AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, AES_CBC_IV_LEN, DecryptingKey, DecryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::signature::{DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
use super::xml::{self, ASSERTION, SIGNATURE, children, only};

/// The namespace of XML Encryption 1.0. It is also the prefix of the names of its algorithms.
const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
/// The prefix of the names of the algorithms that XML Encryption 1.1 adds.
const ENCRYPTION_11: &str = "http://www.w3.org/2009/xmlenc11#";
const DIGEST_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const BLOCK: usize = AES_CBC_IV_LEN;

/// The private RSA key of a pool for encrypted assertions.
pub(crate) struct DecryptionKey(OaepPrivateDecryptingKey);

impl DecryptionKey {
    /// Parses a private key in the format PKCS#8. Returns `None` if it is not an RSA key.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = PrivateDecryptingKey::from_pkcs8(der).ok()?;
        OaepPrivateDecryptingKey::new(key).ok().map(Self)
    }

    /// Decrypts the only encrypted assertion of a response. Returns the response with the assertion
    /// instead of the encrypted assertion. Returns `None` if the assertion cannot be decrypted.
    ///
    /// Security: an attacker who changes a ciphertext must not learn from the error why the
    /// decryption fails (padding oracle). Therefore all failures return `None`. The caller returns
    /// the same error if the signature of the decrypted assertion is invalid.
    pub(super) fn decrypted(&self, response: &str) -> Option<String> {
        let document = xml::parse(response)?;
        let encrypted = only(document.root_element(), ASSERTION, "EncryptedAssertion")?;
        let assertion = self.assertion(encrypted)?;
        let range = encrypted.range();
        let (before, after) = (response.get(..range.start)?, response.get(range.end..)?);
        Some(format!("{before}{assertion}{after}"))
    }

    /// Returns the XML of an encrypted assertion. The encrypted AES key is in `KeyInfo` inside the
    /// element `EncryptedData`, or in an element next to `EncryptedData`.
    fn assertion(&self, encrypted: Node<'_, '_>) -> Option<String> {
        let data = only(encrypted, ENCRYPTION, "EncryptedData")?;
        let inside = only(data, SIGNATURE, "KeyInfo");
        let inside = inside.and_then(|info| only(info, ENCRYPTION, "EncryptedKey"));
        let wrapped = inside.or_else(|| only(encrypted, ENCRYPTION, "EncryptedKey"))?;
        let key = self.unwrapped(wrapped)?;
        let plain = decrypt(algorithm(data)?, &key, &value(data)?)?;
        String::from_utf8(plain).ok()
    }

    /// Decrypts the AES key of an assertion (RSA-OAEP). PKCS#1 v1.5 is not supported: its padding
    /// reveals the key to an attacker who can try many ciphertexts.
    fn unwrapped(&self, wrapped: Node<'_, '_>) -> Option<Vec<u8>> {
        let method = only(wrapped, ENCRYPTION, "EncryptionMethod")?;
        let digest = only(method, SIGNATURE, "DigestMethod");
        let digest = digest.and_then(|digest| digest.attribute("Algorithm"));
        let mut functions = children(method, ENCRYPTION_11, "MGF");
        let function = functions.next().and_then(|one| one.attribute("Algorithm"));
        let oaep = oaep(method.attribute("Algorithm")?, digest, function)?;
        let ciphertext = value(wrapped)?;
        let mut key = vec![0; self.0.min_output_size()];
        let label = only(method, ENCRYPTION, "OAEPparams");
        let label = match label {
            Some(label) => Some(decoded(label)?),
            None => None,
        };
        let key = self
            .0
            .decrypt(oaep, &ciphertext, &mut key, label.as_deref());
        key.ok().map(|key| key.to_vec())
    }
}

/// Returns the variant of RSA-OAEP that an assertion uses. Returns `None` if its two hash functions
/// differ or are not supported.
fn oaep(
    algorithm: &str,
    digest: Option<&str>,
    function: Option<&str>,
) -> Option<&'static OaepAlgorithm> {
    let function = match (algorithm.strip_prefix(ENCRYPTION), function) {
        (Some("rsa-oaep-mgf1p"), None) => "mgf1sha1",
        (Some(_), _) => return None,
        (None, function) if algorithm.strip_prefix(ENCRYPTION_11) == Some("rsa-oaep") => {
            function.map_or(Some("mgf1sha1"), |name| name.strip_prefix(ENCRYPTION_11))?
        }
        (None, _) => return None,
    };
    Some(match (digest.unwrap_or(DIGEST_SHA1), function) {
        (DIGEST_SHA1, "mgf1sha1") => &OAEP_SHA1_MGF1SHA1,
        (DIGEST_SHA256, "mgf1sha256") => &OAEP_SHA256_MGF1SHA256,
        (DIGEST_SHA384, "mgf1sha384") => &OAEP_SHA384_MGF1SHA384,
        (DIGEST_SHA512, "mgf1sha512") => &OAEP_SHA512_MGF1SHA512,
        _ => return None,
    })
}

fn algorithm<'a>(data: Node<'a, '_>) -> Option<&'a str> {
    only(data, ENCRYPTION, "EncryptionMethod")?.attribute("Algorithm")
}

/// Returns the bytes that the child element `CipherData` contains in base64.
fn value(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let data = only(node, ENCRYPTION, "CipherData")?;
    decoded(only(data, ENCRYPTION, "CipherValue")?)
}

fn decoded(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let text: String = xml::text(node).split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// Decrypts bytes that begin with the nonce or the initialization vector.
fn decrypt(algorithm: &str, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let blocks = match algorithm.strip_prefix(ENCRYPTION) {
        Some("aes128-cbc") => Some(&AES_128),
        Some("aes192-cbc") => Some(&AES_192),
        Some("aes256-cbc") => Some(&AES_256),
        _ => None,
    };
    if let Some(blocks) = blocks {
        return decrypt_blocks(UnboundCipherKey::new(blocks, key).ok()?, bytes);
    }
    let authenticated = match algorithm.strip_prefix(ENCRYPTION_11)? {
        "aes128-gcm" => &AES_128_GCM,
        "aes192-gcm" => &AES_192_GCM,
        "aes256-gcm" => &AES_256_GCM,
        _ => return None,
    };
    let (nonce, content) = bytes.split_at_checked(aead::NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let key = LessSafeKey::new(aead::UnboundKey::new(authenticated, key).ok()?);
    let mut content = content.to_vec();
    let plain = key.open_in_place(nonce, Aad::empty(), &mut content).ok()?;
    Some(plain.to_vec())
}

/// Decrypts with AES-CBC and removes the padding. The last byte is the length of the padding. The
/// other bytes of the padding can have any value (XML Encryption, section 5.2.1).
///
/// Security: if the length is invalid, the function does not fail. It returns all bytes, and the
/// caller parses them as XML. The time until an error therefore reveals less about the padding.
fn decrypt_blocks(key: UnboundCipherKey, bytes: &[u8]) -> Option<Vec<u8>> {
    let (vector, content) = bytes.split_first_chunk::<BLOCK>()?;
    if content.is_empty() || !content.len().is_multiple_of(BLOCK) {
        return None;
    }
    let mut content = content.to_vec();
    let context = DecryptionContext::Iv128(FixedLength::from(vector));
    let key = DecryptingKey::cbc(key).ok()?;
    let plain = key.decrypt(&mut content, context).ok()?;
    let padding = plain.last().map_or(0, |last| usize::from(*last));
    let padding = if padding <= BLOCK { padding } else { 0 };
    Some(plain[..plain.len() - padding].to_vec())
}
