//! Signing keys ([`SigningKey`]).

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The default private key for access tokens. It is part of the source code and therefore public.
pub(crate) const TEST_ACCESS_KEY: &str = include_str!("test-keys/access.pem");
/// The default private key for ID tokens. It is part of the source code and therefore public.
pub(crate) const TEST_ID_KEY: &str = include_str!("test-keys/id.pem");
/// The private key of the test providers. It is part of the source code and therefore public. This
/// is harmless, because anyone can sign in as any user of a test provider.
pub(crate) const TEST_PROVIDER_KEY: &str = include_str!("test-keys/provider.pem");

/// An RSA key that signs tokens with RS256.
pub(crate) struct SigningKey {
    pair: Arc<RsaKeyPair>,
    public: Arc<ParsedPublicKey>,
    /// The modulus and the exponent of the public key, in base64url.
    numbers: (String, String),
    /// The public key as JWK (RFC 7517).
    pub(crate) jwk: Value,
    /// The header of the tokens that this key signs, in base64url.
    header: String,
}

impl SigningKey {
    /// Parses a PEM document with a PKCS#8 or PKCS#1 private key. Returns `None` if it does not
    /// contain a valid RSA key of at least 2048 bits.
    ///
    /// The key id depends on `scope`, the id of the pool. Therefore pools with the same key have
    /// different key ids.
    pub(crate) fn from_pem(pem: &str, scope: &str) -> Option<Self> {
        let der = pem_body(pem)?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        Self::new(pair.ok()?, scope)
    }

    fn new(pair: RsaKeyPair, scope: &str) -> Option<Self> {
        let pkcs1 = pair.public_key().as_ref();
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pkcs1).ok()?;
        let (modulus, exponent) = public_numbers(pkcs1)?;
        let numbers = (
            URL_SAFE_NO_PAD.encode(modulus),
            URL_SAFE_NO_PAD.encode(exponent),
        );
        Some(Self::named(
            Arc::new(pair),
            Arc::new(public),
            numbers,
            scope,
        ))
    }

    /// Returns a copy of this key with the key id for another pool. `scope` is the id of that pool.
    pub(crate) fn in_scope(&self, scope: &str) -> Self {
        let (pair, public) = (Arc::clone(&self.pair), Arc::clone(&self.public));
        Self::named(pair, public, self.numbers.clone(), scope)
    }

    fn named(
        pair: Arc<RsaKeyPair>,
        public: Arc<ParsedPublicKey>,
        numbers: (String, String),
        scope: &str,
    ) -> Self {
        let kid = key_id(scope, pair.public_key().as_ref());
        let (modulus, exponent) = &numbers;
        let jwk = json!({
            "alg": "RS256",
            "e": exponent,
            "kid": kid,
            "kty": "RSA",
            "n": modulus,
            "use": "sig",
        });
        // As in Cognito, the header has `kid` and `alg` but no `typ`, and slashes are escaped.
        let kid = kid.replace('/', "\\/");
        let header = format!("{{\"kid\":\"{kid}\",\"alg\":\"RS256\"}}");
        Self {
            pair,
            public,
            numbers,
            jwk,
            header: URL_SAFE_NO_PAD.encode(header),
        }
    }

    /// Returns `true` if `header`, the first part of a token in base64url, is the header of tokens
    /// that this key signs.
    pub(crate) fn is_named_by(&self, header: &str) -> bool {
        self.header == header
    }

    /// Signs the claims, which are JSON. Returns the token as a JWS in compact serialization.
    /// Returns `None` if AWS-LC cannot sign.
    pub(crate) fn sign(&self, claims: &str) -> Option<String> {
        // `/` occurs only within JSON strings, where Cognito escapes it.
        let claims = claims.replace('/', "\\/");
        let mut token = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 350);
        token.push_str(&self.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.sign_bytes(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Some(token)
    }

    /// Returns the signature of bytes: RSA (PKCS#1 v1.5) with SHA-256. Returns `None` if AWS-LC
    /// cannot sign.
    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let done = self
            .pair
            .sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature);
        done.ok().map(|()| signature)
    }

    /// Returns the public key in PKCS#1 format.
    pub(super) fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Returns `true` if a signature is valid. `signed` is the part of the token that is signed,
    /// and `signature` is in base64url.
    pub(crate) fn verify(&self, signed: &str, signature: &str) -> bool {
        URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| {
            self.public
                .verify_sig(signed.as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// Returns the id of the key `public` in the pool `scope`: 32 bytes in standard base64, as in
/// Cognito.
///
/// The id contains `+`, `/` and `=`. A client that decodes the id as base64url, or does not escape
/// it in a URL, therefore fails with the emulator too.
fn key_id(scope: &str, public: &[u8]) -> String {
    (0..=u8::MAX)
        .map(|attempt| {
            STANDARD.encode(digest(
                &SHA256,
                &[scope.as_bytes(), public, &[attempt]].concat(),
            ))
        })
        .find(|kid| kid.contains('+') && kid.contains('/'))
        .unwrap_or_else(|| STANDARD.encode(digest(&SHA256, public)))
}

/// Decodes the base64 between the PEM markers. Returns `None` if a marker is missing or the base64
/// is invalid.
pub(super) fn pem_body(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (_, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// Returns the modulus and the exponent of an `RSAPublicKey` (RFC 8017, appendix A.1.1), without
/// leading zeros. Returns `None` if the DER is invalid.
fn public_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let trim = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((&modulus[trim(modulus)..], &exponent[trim(exponent)..]))
}

/// Returns the content of the first DER element and the remaining input. Returns `None` if the
/// element has another tag or is incomplete.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes
            .iter()
            .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
        (length, rest)
    };
    rest.split_at_checked(length)
}
