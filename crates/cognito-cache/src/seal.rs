//! Encryption and authentication of strings that an untrusted party stores.

mod key;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::{Clock, Error, ErrorKind, Result};
use zeroize::Zeroizing;

pub use key::SealKey;

/// The format version of sealed data. The first byte of the data contains it and is authenticated.
const VERSION: u8 = 1;

/// The offset of the encrypted part of sealed data, after the version and the nonce, in bytes.
const BODY: usize = 1 + NONCE_LEN;

/// The length of an AES-GCM tag, in bytes.
const TAG: usize = 16;

/// The length of the expiry time in sealed data, in bytes. In the encrypted part of the data, the
/// expiry time precedes the content.
const EXPIRY: usize = size_of::<u64>();

/// The maximum length of the content of a sealed string, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// The maximum length of a sealed string in base64url. The content of a string of this length has
/// [`MAX_TEXT`] bytes.
const MAX_SEALED: usize = (BODY + EXPIRY + MAX_TEXT + TAG).div_ceil(3) * 4;

/// A seal encrypts and authenticates a string that an untrusted party (such as a browser) stores.
/// The string has an expiry.
///
/// The algorithm is AES-256-GCM (NIST SP 800-38D) with a random nonce. The expiry is encrypted
/// together with the content. Other values, such as the purpose and the user, are associated data:
/// opening the string requires the same values. The seal stores nothing, so a sealed string can be
/// opened any number of times until it expires.
///
/// The key of [`new`](Self::new) encrypts and decrypts strings; further keys only decrypt strings.
/// To rotate a key without rejecting valid strings, first add the new key on every instance with
/// [`also_open_with`](Self::also_open_with). Then pass the new key to [`new`](Self::new), and the
/// old key to `also_open_with`. Remove the old key when all strings that it has encrypted have
/// expired.
///
/// # Security
///
/// One key may encrypt up to 2^32 strings, because nonces are random (SP 800-38D section 8.3). At a
/// hundred strings per second, a key reaches this limit after 16 months. Replace the key before.
pub struct Seal {
    clock: Arc<dyn Clock>,
    key: SealKey,
    further: Vec<SealKey>,
}

impl Seal {
    /// Creates a seal that encrypts and decrypts with this key.
    pub const fn new(clock: Arc<dyn Clock>, key: SealKey) -> Self {
        Self {
            clock,
            key,
            further: Vec::new(),
        }
    }

    /// Adds a key that decrypts strings, but does not encrypt them. Default: none.
    pub fn also_open_with(mut self, key: SealKey) -> Self {
        self.further.push(key);
        self
    }

    /// Encrypts and authenticates content that expires after `lifetime`, which is rounded down to
    /// whole seconds. The values in `bound_to`, such as the purpose and the user, are
    /// authenticated. Only the same values open the sealed string.
    ///
    /// Returns the sealed string in base64url (RFC 4648 section 5, without padding). It has 50
    /// characters, and four more for each three bytes of content.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidParameter`]: the content is longer than 64 KiB. [`ErrorKind::Unknown`]:
    /// the operating system returned no random numbers.
    pub fn seal(&self, bound_to: &[&str], text: &[u8], lifetime: Duration) -> Result<String> {
        if text.len() > MAX_TEXT {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("content to seal must be at most 64 KiB"));
        }
        let sealed = self.seal_bytes(bound_to, text, lifetime)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Decrypts a string that was sealed with the same `bound_to` values, and checks its expiry.
    ///
    /// # Errors
    ///
    /// [`SealError::Expired`] if the string has expired. [`SealError::Foreign`] if the string was
    /// sealed with another key or with other `bound_to` values, was changed, or is not a sealed
    /// string.
    pub fn open(&self, bound_to: &[&str], sealed: &str) -> Result<OpenedText, SealError> {
        // Security: the length is checked before any work that depends on it.
        if sealed.len() > MAX_SEALED {
            return Err(SealError::Foreign);
        }
        let sealed = URL_SAFE_NO_PAD.decode(sealed);
        let sealed = sealed.map_err(|_| SealError::Foreign)?;
        self.open_bytes(bound_to, &sealed)
    }

    /// Encrypts and authenticates content like [`seal`](Self::seal), but returns bytes instead of
    /// base64url. The content has no maximum length. Fails if the operating system returned no
    /// random numbers.
    pub(crate) fn seal_bytes(
        &self,
        bound_to: &[&str],
        text: &[u8],
        lifetime: Duration,
    ) -> Result<Vec<u8>> {
        let expires_at = self.clock.unix_seconds().saturating_add(lifetime.as_secs());
        // Encrypted in place with space for the tag, so that no copy of the content remains in
        // memory.
        let mut body = Vec::with_capacity(EXPIRY + text.len() + TAG);
        body.extend_from_slice(&expires_at.to_be_bytes());
        body.extend_from_slice(text);
        let nonce = self.key.seal(&associated_data(bound_to), &mut body)?;
        let mut sealed = Vec::with_capacity(BODY + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Decrypts bytes that [`seal_bytes`](Self::seal_bytes) has returned. Fails if they have
    /// expired.
    pub(crate) fn open_bytes(
        &self,
        bound_to: &[&str],
        sealed: &[u8],
    ) -> Result<OpenedText, SealError> {
        let Some((&[VERSION, ref nonce @ ..], body)) = sealed.split_first_chunk::<BODY>() else {
            return Err(SealError::Foreign);
        };
        let data = associated_data(bound_to);
        let opened = std::iter::once(&self.key)
            .chain(&self.further)
            .find_map(|key| key.open(Nonce::from(nonce), &data, body))
            .ok_or(SealError::Foreign)?;
        let (expires_at, _) = opened
            .split_first_chunk::<EXPIRY>()
            .ok_or(SealError::Foreign)?;
        if u64::from_be_bytes(*expires_at) <= self.clock.unix_seconds() {
            return Err(SealError::Expired);
        }
        Ok(OpenedText(opened))
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the key is not shown.
        f.debug_struct("Seal")
            .field("keys", &(1 + self.further.len()))
            .finish_non_exhaustive()
    }
}

/// The content of a sealed string. It is overwritten on drop, and `Debug` does not show it.
pub struct OpenedText(Zeroizing<Vec<u8>>);

impl OpenedText {
    /// Returns the content of the sealed string.
    pub fn expose(&self) -> &[u8] {
        self.0.get(EXPIRY..).unwrap_or_default()
    }
}

impl fmt::Debug for OpenedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedText(** redacted **)")
    }
}

/// The reason why a sealed string cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The string was sealed with one of the configured keys and the same `bound_to` values, but
    /// has expired.
    Expired,
    /// The string cannot be opened: it was sealed with another key or with other `bound_to` values,
    /// it was changed, or it is not a sealed string.
    Foreign,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "sealed string has expired: start again",
            Self::Foreign => "sealed string is not valid for this key and purpose: use the same key on all instances",
        })
    }
}

impl std::error::Error for SealError {}

/// Returns the associated data for AES-GCM: the version of the format, and the values in
/// `bound_to`.
fn associated_data(bound_to: &[&str]) -> Aad<Vec<u8>> {
    let mut data = vec![VERSION];
    for part in bound_to {
        // The length prefix distinguishes ("ab", "c") from ("a", "bc").
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    Aad::from(data)
}
