//! A cache of the headers of verified tokens. Cognito writes the same header into all tokens that a
//! key signs, so the header needs to be decoded and checked only once for each key.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

/// The number of slots of the cache. Each slot contains one token header. A signing key needs one
/// slot, so the slots are enough for about thirty pools.
const PLACES: usize = 64;

/// The maximum length of a cached header, in bytes. Cognito's headers have about 120 bytes.
const MAX_LENGTH: usize = 512;

/// A header that passed all checks, and its key id.
pub(crate) struct KnownHeader {
    /// The header in base64url, as it is in the token.
    encoded: Box<str>,
    pub(crate) kid: Box<str>,
}

/// A table of headers with a fixed size. It contains only headers of verified tokens, so an
/// attacker cannot fill it.
pub(crate) struct KnownHeaders([ArcSwapOption<KnownHeader>; PLACES]);

impl KnownHeaders {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| ArcSwapOption::empty()))
    }

    /// Returns the entry whose header in base64url is equal to `encoded`. Returns `None` if the
    /// cache does not contain the header.
    pub(crate) fn get(&self, encoded: &str) -> Option<Guard<Option<Arc<KnownHeader>>>> {
        let known = self.place(encoded).load();
        let is_this = known
            .as_ref()
            .is_some_and(|known| *known.encoded == *encoded);
        is_this.then_some(known)
    }

    /// Adds the header of a token whose signature is verified. It replaces another header in the
    /// same slot. Headers of more than 512 bytes are ignored.
    pub(crate) fn insert(&self, encoded: &str, kid: &str) {
        if encoded.len() <= MAX_LENGTH {
            self.place(encoded).store(Some(Arc::new(KnownHeader {
                encoded: encoded.into(),
                kid: kid.into(),
            })));
        }
    }

    /// Returns the slot of the cache for a header. Eight characters in the middle of the header
    /// select the slot. They are a part of the key id. Cognito's key ids are digests, so these
    /// characters are effectively random.
    fn place(&self, encoded: &str) -> &ArcSwapOption<KnownHeader> {
        let bytes = encoded.as_bytes();
        let middle = &bytes[bytes.len() / 2..];
        let sum = middle.iter().take(8).fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
        });
        &self.0[sum % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kid(headers: &KnownHeaders, encoded: &str) -> Option<String> {
        let known = headers.get(encoded)?;
        known.as_ref().map(|known| known.kid.to_string())
    }

    /// A pool has two keys. The headers for the two keys have the same start and the same end.
    #[test]
    fn headers_differing_in_the_middle_are_distinct() {
        let header = |middle: &str| format!("eyJraWQiOiJh{middle}IiwiYWxnIjoi");
        let (one, other) = (header("AAAAAAAAAAAA"), header("AAAAAAAAAAAB"));
        let headers = KnownHeaders::new();
        headers.insert(&one, "1");
        headers.insert(&other, "2");
        assert_eq!(kid(&headers, &one).as_deref(), Some("1"));
        assert_eq!(kid(&headers, &other).as_deref(), Some("2"));
    }

    #[test]
    fn header_is_found_by_its_whole_string() {
        let headers = KnownHeaders::new();
        assert_eq!(kid(&headers, "header-of-key-1"), None);
        headers.insert("header-of-key-1", "1");
        assert_eq!(kid(&headers, "header-of-key-1").as_deref(), Some("1"));
        assert_eq!(kid(&headers, "Header-of-key-1"), None);
        assert_eq!(kid(&headers, "header-of-key-"), None);
        assert_eq!(kid(&headers, ""), None);
    }

    #[test]
    fn long_headers_are_not_kept() {
        let headers = KnownHeaders::new();
        let (short, long) = ("a".repeat(512), "b".repeat(513));
        headers.insert(&short, "short");
        headers.insert(&long, "long");
        assert_eq!(kid(&headers, &short).as_deref(), Some("short"));
        assert_eq!(kid(&headers, &long), None);
    }
}
