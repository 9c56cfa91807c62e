//! The keys with which the emulated KMS encrypts and decrypts ([`Keys`]).

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::encrypted_message::{Context, DataKey, encode};
use crate::model::random::{KeyBytes, Random};
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::Watched;

/// The first byte of a ciphertext of the emulated KMS: the version of its format.
const VERSION: u8 = 1;

/// The keys of the emulated KMS. A key is derived from the account that uses it, its ARN and a
/// random root key, so a key can be computed for every ARN. However, the KMS operations of an
/// account accept only two kinds of keys: the keys in the settings of the account's pools, and keys
/// that have encrypted a code for such a pool.
///
/// Security: if a pool has the ARN of a key of another account, the derived key differs from that
/// account's key. Therefore an account cannot use the keys of another account.
///
/// A ciphertext contains the ARN of the key that decrypts it, so `Decrypt` does not need `KeyId`.
/// As in AWS, a request with `KeyId` fails if the ciphertext has another key.
pub(crate) struct Keys(Mutex<Watched<State>>);

/// The data of the emulated KMS.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The random root key, from which the KMS keys are derived. It is created together with the
    /// first ciphertext. If the emulator created it at the start, the start would wait for random
    /// values.
    root: Option<KeyBytes>,
    /// The KMS keys that have encrypted a code, each as its account and its ARN. A key stays in
    /// this set when no pool uses it any more. The state file contains the set.
    used: BTreeSet<(String, String)>,
}

impl Keys {
    pub(crate) fn new(scope: Scope) -> Self {
        Self(Mutex::new(Watched::new(
            State::default(),
            scope,
            Kind::KmsKeys,
        )))
    }

    /// Returns the data of the emulated KMS.
    pub(super) fn state(&self) -> State {
        self.0.lock().clone()
    }

    /// Replaces the data of the emulated KMS.
    pub(super) fn restore(&self, state: State) {
        **self.0.lock() = state;
    }

    /// Returns the ARNs of KMS keys of an account. Only keys that have encrypted a code are
    /// returned.
    pub(crate) fn used(&self, account: &str) -> Vec<String> {
        let state = self.0.lock();
        let own = state.used.iter().filter(|(owner, _)| owner == account);
        own.map(|(_, arn)| arn.clone()).collect()
    }

    /// Creates a data key, in plaintext and encrypted with the KMS key `arn`. Also
    /// records that the KMS key was used: the KMS operations of the account accept the key even if
    /// no pool uses it any more.
    /// Returns `None` if AWS-LC fails, or if the ARN or the context is too long.
    pub(crate) fn data_key(&self, account: &str, arn: &str, context: &Context) -> Option<DataKey> {
        let plaintext = Zeroizing::new(Random::System.bytes());
        let encrypted = self.encrypt(account, arn, &*plaintext, context)?;
        let used = (account.to_owned(), arn.to_owned());
        let mut state = self.0.lock();
        if !state.used.contains(&used) {
            state.used.insert(used);
        }
        drop(state);
        Some(DataKey {
            plaintext,
            encrypted,
            key_arn: arn.to_owned(),
        })
    }

    /// Encrypts bytes with the key `arn`. Returns `None` if AWS-LC fails, or if the ARN or the
    /// context is too long.
    pub(crate) fn encrypt(
        &self,
        account: &str,
        arn: &str,
        plaintext: &[u8],
        context: &Context,
    ) -> Option<Vec<u8>> {
        let length = u16::try_from(arn.len()).ok()?;
        let mut bytes = [&[VERSION], &length.to_be_bytes()[..], arn.as_bytes()].concat();
        let aad = [&bytes[..], &encode(context)?].concat();
        let nonce: [u8; NONCE_LEN] = Random::System.bytes();
        bytes.extend(nonce);
        let mut content = plaintext.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let key = self.key(account, arn)?;
        key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut content)
            .ok()?;
        bytes.extend(content);
        Some(bytes)
    }

    /// Decrypts a ciphertext. Returns `None` if the ciphertext was changed, or if it was created
    /// for another account or with another context.
    pub(crate) fn decrypt(
        &self,
        account: &str,
        ciphertext: &[u8],
        context: &Context,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let arn = arn(ciphertext)?;
        let (head, rest) = ciphertext.split_at_checked(3 + arn.len())?;
        let (nonce, content) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let aad = [head, &encode(context)?].concat();
        let mut content = Zeroizing::new(content.to_vec());
        let key = self.key(account, arn)?;
        let plaintext = key
            .open_in_place(nonce, Aad::from(aad), &mut content)
            .ok()?;
        Some(Zeroizing::new(plaintext.to_vec()))
    }

    fn key(&self, account: &str, arn: &str) -> Option<LessSafeKey> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, self.root().expose());
        // Security: an account has no colon, so that the name is unambiguous.
        let bytes = hmac::sign(&root, format!("{account}:{arn}").as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref()).ok()?;
        Some(LessSafeKey::new(key))
    }

    fn root(&self) -> KeyBytes {
        let mut state = self.0.lock();
        if let Some(root) = &state.root {
            return root.clone();
        }
        let root = KeyBytes::new(&Random::System);
        state.root = Some(root.clone());
        root
    }
}

/// Returns the ARN of the KMS key that has encrypted a ciphertext. Returns `None` if the bytes are
/// not a ciphertext. The ARN is authenticated only when the ciphertext is decrypted.
pub(crate) fn arn(ciphertext: &[u8]) -> Option<&str> {
    let rest = ciphertext.strip_prefix(&[VERSION])?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    str::from_utf8(rest.get(..length)?).ok()
}

/// Security: `Debug` shows the number of keys, not the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("used", &self.0.lock().used.len())
            .finish_non_exhaustive()
    }
}
