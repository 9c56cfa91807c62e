//! Text that leaves the service and comes back: nobody reads it, changes it or uses it too late.

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

/// The form of what is sealed. Its first byte, authenticated with the rest.
const VERSION: u8 = 1;

/// Where the encrypted part begins: after the version and the nonce.
const BODY: usize = 1 + NONCE_LEN;

/// How long a tag of AES-GCM is.
const TAG: usize = 16;

/// How long the time of expiry is, in front of the text.
const EXPIRY: usize = size_of::<u64>();

/// As long a text as is sealed.
const MAX_TEXT: usize = 64 * 1024;

/// As long as a sealed text of [`MAX_TEXT`] is in base64url.
const MAX_SEALED: usize = (BODY + EXPIRY + MAX_TEXT + TAG).div_ceil(3) * 4;

/// Seals text for a way through other people's hands, and opens it again.
///
/// AES-256-GCM (NIST SP 800-38D) with a random nonce. The time of expiry is sealed in; what the
/// text is for, and for whom, is bound to it as associated data and must be said again to open it.
/// Nothing is remembered: a sealed text opens as often as it is shown, until it expires.
///
/// With several keys the first seals and all open. To change a key without turning anybody away,
/// give the new one to every machine with [`also_open_with`](Self::also_open_with), then let it
/// seal, then take the old one away when what it sealed has expired.
///
/// # Security
///
/// With one key up to 2^32 texts may be sealed (SP 800-38D section 8.3: nonces are random); at a
/// hundred a second these are 16 months.
pub struct Seal {
    clock: Arc<dyn Clock>,
    key: SealKey,
    further: Vec<SealKey>,
}

impl Seal {
    /// Seals and opens with this key.
    #[must_use]
    pub const fn new(clock: Arc<dyn Clock>, key: SealKey) -> Self {
        Self {
            clock,
            key,
            further: Vec::new(),
        }
    }

    /// Opens with one more key, which seals nothing.
    #[must_use]
    pub fn also_open_with(mut self, key: SealKey) -> Self {
        self.further.push(key);
        self
    }

    /// Seals a text, which expires after `lifetime`. `bound_to` says what it is for and for whom:
    /// it opens only for the same.
    ///
    /// The result is base64url (RFC 4648 section 5, without padding), 50 characters and four for
    /// each three bytes of the text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidParameter`]: the text is longer than 64 KiB. [`ErrorKind::Unknown`]:
    /// the operating system gave no random nonce.
    pub fn seal(&self, bound_to: &[&str], text: &[u8], lifetime: Duration) -> Result<String> {
        if text.len() > MAX_TEXT {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("a text to seal must be at most 64 KiB"));
        }
        let sealed = self.seal_bytes(bound_to, text, lifetime)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed for the same `bound_to`.
    ///
    /// # Errors
    ///
    /// [`SealError::Expired`] and [`SealError::Foreign`]; nothing else is said.
    pub fn open(&self, bound_to: &[&str], sealed: &str) -> Result<OpenedText, SealError> {
        // Security: the bound comes before any work that grows with the text.
        if sealed.len() > MAX_SEALED {
            return Err(SealError::Foreign);
        }
        let sealed = URL_SAFE_NO_PAD.decode(sealed);
        let sealed = sealed.map_err(|_| SealError::Foreign)?;
        self.open_bytes(bound_to, &sealed)
    }

    /// [`seal`](Self::seal) without base64url, and however long the text is.
    pub(crate) fn seal_bytes(
        &self,
        bound_to: &[&str],
        text: &[u8],
        lifetime: Duration,
    ) -> Result<Vec<u8>> {
        let expires_at = self.clock.unix_seconds().saturating_add(lifetime.as_secs());
        // Encrypted where it lies, with room for the tag: no copy of the text stays behind.
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

    /// [`open`](Self::open) for what [`seal_bytes`](Self::seal_bytes) sealed.
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
        // Security: no key.
        f.debug_struct("Seal")
            .field("keys", &(1 + self.further.len()))
            .finish_non_exhaustive()
    }
}

/// What a sealed text said. It is wiped when it is dropped, and `Debug` does not show it.
pub struct OpenedText(Zeroizing<Vec<u8>>);

impl OpenedText {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.get(EXPIRY..).unwrap_or_default()
    }
}

impl fmt::Debug for OpenedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedText(** redacted **)")
    }
}

/// Why a text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// It was sealed with one of the keys, and its time is over.
    Expired,
    /// It was not sealed with one of the keys for this purpose, or it was changed since.
    Foreign,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "sealed text has expired",
            Self::Foreign => "sealed text is not ours",
        })
    }
}

impl std::error::Error for SealError {}

/// The version and what the text is bound to.
fn associated_data(bound_to: &[&str]) -> Aad<Vec<u8>> {
    let mut data = vec![VERSION];
    for part in bound_to {
        // The length in front keeps ("ab", "c") apart from ("a", "bc").
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    Aad::from(data)
}
