//! The key with which a `Seal` encrypts and authenticates strings.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use cognito_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use crate::keyed_hash::no_random_numbers;

/// A 256-bit key for a [`Seal`](super::Seal). `Debug` does not show the key, no method returns it,
/// and it is overwritten on drop.
pub struct SealKey(RandomizedNonceKey);

impl SealKey {
    /// The length of a seal key in bytes.
    pub const LEN: usize = 32;

    /// Creates a key from 32 random bytes, for example from `openssl rand 32`. Do not use a
    /// password.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if there are not exactly 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes)
            .map(Self)
            .map_err(|_| {
                Error::new(ErrorKind::Configuration).with_detail("a seal key must be 32 bytes long")
            })
    }

    /// Creates a random key. It exists in this process only, because no method returns it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unknown`]: the operating system returned no random numbers.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        aws_lc_rs::rand::fill(bytes.as_mut()).map_err(|_| no_random_numbers())?;
        Self::new(bytes.as_ref())
    }

    /// Encrypts `body` in place, appends the AES-GCM tag to it and returns the nonce. `data` is
    /// authenticated, but not encrypted. Fails if the operating system returned no random numbers.
    pub(super) fn seal(&self, data: &Aad<Vec<u8>>, body: &mut Vec<u8>) -> Result<[u8; NONCE_LEN]> {
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(data.as_ref()), body)
            .map_err(|_| no_random_numbers())?;
        Ok(*nonce.as_ref())
    }

    /// Returns the decrypted `body`, or `None` if it was encrypted with another key or other
    /// associated data, or was changed.
    pub(super) fn open(
        &self,
        nonce: Nonce,
        data: &Aad<Vec<u8>>,
        body: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut opened = Zeroizing::new(body.to_vec());
        let data = Aad::from(data.as_ref());
        let len = self.0.open_in_place(nonce, data, &mut opened).ok()?.len();
        opened.truncate(len);
        Some(opened)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(** redacted **)")
    }
}
