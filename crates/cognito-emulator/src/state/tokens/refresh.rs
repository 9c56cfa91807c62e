//! Refresh tokens. A token is an opaque JWE of five parts that contains all of its data, so it need
//! not be stored.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::model::random::{KeyBytes, Random};
use crate::state::tokens::grant::SignInProof;
use crate::state::users::UserKey;

/// The JWE header of Cognito's refresh tokens.
const HEADER: &str = "{\"cty\":\"JWT\",\"enc\":\"A256GCM\",\"alg\":\"RSA-OAEP\"}";
const TAG_LENGTH: usize = 16;

/// The content of a refresh token.
///
/// Security: the type has no `Debug`, because the user name can be an e-mail address.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RefreshClaims {
    #[serde(flatten)]
    pub(crate) user: UserKey,
    /// The id of the app client, or the URL of its client id metadata document
    /// ([`Client::public_id`](crate::model::client::Client::public_id)).
    pub(crate) client: String,
    /// The `origin_jti` of the sign-in. `RevokeToken` revokes all tokens with this value.
    pub(crate) family: String,
    /// The [generation](crate::model::user::User::generation) of the user's tokens when the refresh
    /// token was issued: a number that increases when the user is signed out everywhere.
    pub(crate) generation: u64,
    /// The sequence number of the refresh token among the refresh tokens of one sign-in. The first
    /// token has 0.
    pub(crate) turn: u64,
    #[serde(flatten)]
    pub(crate) proof: SignInProof,
    /// The scopes of a sign-in at the hosted pages, separated by spaces. `None` for a sign-in with
    /// an operation such as `InitiateAuth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
    /// The resource to which the access tokens are bound. `None` if they are not bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    /// The time when the refresh token expires, in seconds since 1970.
    pub(crate) expires: u64,
    /// The key of the device of the sign-in. A request with the refresh token must contain the same
    /// key. `None` for a sign-in without a device.
    pub(crate) device: Option<String>,
}

/// A seal encrypts and authenticates strings with AES-256-GCM and a random key.
///
/// The key is created on first use, because random values are not available at the start (see
/// [`WarmUp`](crate::model::random::WarmUp)). Before that, decryption returns `None`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Option<StoredKey>", into = "Option<StoredKey>")]
pub(crate) struct Seal {
    drawn: OnceLock<Option<Arc<Drawn>>>,
}

/// The random AES key with which a [`Seal`] encrypts, and the first two parts of the refresh tokens
/// that the seal creates. These parts are the same in all of the seal's tokens: the header, and
/// random bytes in place of an encrypted key.
pub(super) struct Drawn {
    key: LessSafeKey,
    bytes: KeyBytes,
    prefix: String,
}

/// The key of a [`Seal`] in a state file.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    key: KeyBytes,
    prefix: String,
}

impl From<Option<StoredKey>> for Seal {
    fn from(stored: Option<StoredKey>) -> Self {
        let drawn = OnceLock::new();
        if let Some(StoredKey { key, prefix }) = stored {
            // The lock is new, so this does not fail.
            let _ = drawn.set(Drawn::with(key, prefix).map(Arc::new));
        }
        Self { drawn }
    }
}

impl From<Seal> for Option<StoredKey> {
    fn from(seal: Seal) -> Self {
        let drawn = seal.drawn()?;
        Some(StoredKey {
            key: drawn.bytes.clone(),
            prefix: drawn.prefix.clone(),
        })
    }
}

impl Seal {
    /// Returns a refresh token with this content. Returns `None` if AWS-LC cannot encrypt.
    pub(crate) fn seal(&self, claims: &RefreshClaims, random: &Random) -> Option<String> {
        let plain = serde_json::to_vec(claims).ok()?;
        let word = self.close(plain, random)?;
        Some(format!("{}.{word}", self.drawn()?.prefix))
    }

    /// Returns the content of a refresh token. Returns `None` if the token was not created with
    /// this key or was changed.
    pub(crate) fn open(&self, token: &str) -> Option<RefreshClaims> {
        let sealed = token
            .strip_prefix(&self.drawn()?.prefix)?
            .strip_prefix('.')?;
        serde_json::from_slice(&self.disclose(sealed)?).ok()
    }

    /// Encrypts and authenticates a string. Returns `None` if AWS-LC cannot encrypt.
    pub(crate) fn seal_text(&self, text: &str, random: &Random) -> Option<String> {
        self.close(text.as_bytes().to_vec(), random)
    }

    /// Decrypts and verifies a string that [`seal_text`](Self::seal_text) has returned. Returns
    /// `None` if the string was not created with this key or was changed.
    pub(crate) fn open_text(&self, word: &str) -> Option<String> {
        String::from_utf8(self.disclose(word)?).ok()
    }

    /// Returns the encryption key, and creates it first if it does not exist. Without this call,
    /// the first encryption creates the key. Returns `None` if AWS-LC rejects the key.
    pub(super) fn create_key(&self, random: &Random) -> Option<&Drawn> {
        let draw = || Drawn::new(random).map(Arc::new);
        self.drawn.get_or_init(draw).as_deref()
    }

    /// Encrypts and authenticates bytes. Returns `nonce.ciphertext.tag`, each part in base64url.
    /// Returns `None` if AWS-LC cannot encrypt.
    fn close(&self, mut text: Vec<u8>, random: &Random) -> Option<String> {
        let drawn = self.create_key(random)?;
        let nonce = random.bytes::<NONCE_LEN>();
        let tag = drawn
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(HEADER),
                &mut text,
            )
            .ok()?;
        let [nonce, text, tag] =
            [&nonce, text.as_slice(), tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
        Some(format!("{nonce}.{text}.{tag}"))
    }

    /// Decrypts and verifies a string that [`close`](Self::close) has returned. Returns `None` if
    /// the string was not created with this key or was changed.
    fn disclose(&self, sealed: &str) -> Option<Vec<u8>> {
        let mut parts = sealed.split('.');
        let mut next = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
        let (nonce, mut text, tag) = (next()?, next()?, next()?);
        if parts.next().is_some() || tag.len() != TAG_LENGTH {
            return None;
        }
        text.extend_from_slice(&tag);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let plain = self
            .drawn()?
            .key
            .open_in_place(nonce, Aad::from(HEADER), &mut text)
            .ok()?;
        Some(plain.to_vec())
    }

    /// Returns the AES key and the first two parts of refresh tokens. Returns `None` if they have
    /// not been created yet, or if AWS-LC has rejected the key.
    fn drawn(&self) -> Option<&Drawn> {
        self.drawn.get()?.as_deref()
    }
}

impl Drawn {
    /// Creates a random AES key, and the first two parts of all refresh tokens with this key: the
    /// JWE header and the encrypted key. Returns `None` if AWS-LC rejects the key, which does not
    /// happen for 32 bytes.
    fn new(random: &Random) -> Option<Self> {
        let bytes = KeyBytes::new(random);
        // Only this emulator opens the token, with its own key. The part for the encrypted key
        // therefore consists of random bytes of the right length.
        let wrapped = random.bytes::<256>();
        let [header, wrapped] =
            [HEADER.as_bytes(), &wrapped].map(|part| URL_SAFE_NO_PAD.encode(part));
        Self::with(bytes, format!("{header}.{wrapped}"))
    }

    fn with(bytes: KeyBytes, prefix: String) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes.expose()).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            bytes,
            prefix,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::acr::Methods;

    fn claims() -> RefreshClaims {
        RefreshClaims {
            user: UserKey {
                username: "u".to_owned(),
                sub: "s".to_owned(),
            },
            client: "c".to_owned(),
            family: "f".to_owned(),
            generation: 1,
            turn: 2,
            proof: SignInProof {
                auth_time: 3,
                methods: Methods::default(),
                acr: Some("a".to_owned()),
            },
            scope: Some("openid".to_owned()),
            resource: Some("r".to_owned()),
            expires: 4,
            device: Some("d".to_owned()),
        }
    }

    #[test]
    fn opens_only_what_it_sealed() {
        let random = Random::new(None);
        let seal = Seal::default();
        let token = seal.seal(&claims(), &random).expect("sealed");
        let opened = |seal: &Seal, token: &str| seal.open(token).map(|opened| json!(opened));
        assert_eq!(token.split('.').count(), 5);
        assert_eq!(opened(&seal, &token), Some(json!(claims())));
        let other = Seal::default();
        assert_eq!(opened(&other, &token), None, "has no key yet");
        other.seal(&claims(), &random).expect("sealed");
        assert_eq!(opened(&other, &token), None);
        for place in [10, token.len() / 2, token.len() - 3, token.len() - 30] {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).expect("text");
            assert_eq!(opened(&seal, &forged), None, "changed at {place}");
        }
    }

    #[test]
    fn words_come_back() {
        let random = Random::new(None);
        let seal = Seal::default();
        let word = seal.seal_text("hello/w\u{f6}rld", &random).expect("sealed");
        assert_eq!(seal.open_text(&word).as_deref(), Some("hello/w\u{f6}rld"));
        assert_eq!(seal.open_text("no"), None);
    }
}
