//! A cache of verified tokens. The signature of a cached token is not verified again.
//!
//! An entry states only that a key of the pool signed exactly this string. A lookup compares the
//! whole string. If it compared only a part, such as the signature, an attacker could change the
//! rest. At each hit, the verifier checks again everything that may have changed: whether the key
//! is still trusted, the times, the revocation list, and the additional requirements of the
//! application.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use zeroize::Zeroizing;

use crate::check::Verified;
use crate::key::Key;

/// The maximum length of a cached token, in bytes. It limits the memory that the cache can use.
const MAX_TOKEN_LENGTH: usize = 4 * 1024;

/// The number of slots in a [`Set`]. A slot holds one token.
const WAYS: usize = 4;

/// A verified token, with its claims and its key.
pub(crate) struct Entry {
    pub(crate) token: Zeroizing<Box<str>>,
    /// The key that signed the token.
    pub(crate) key: Arc<Key>,
    /// The index of the issuer in [`Issuers`](crate::issuer::Issuers).
    pub(crate) place: usize,
    pub(crate) claims: Verified,
}

impl Entry {
    fn expires_at(&self) -> u64 {
        match &self.claims {
            Verified::Access(claims) => claims.exp,
            Verified::Id(claims) => claims.exp,
        }
    }
}

/// A hash table of fixed size. Reads and writes take no lock. If two threads write to the same
/// slot, the entry that was written last stays.
pub(crate) struct TokenCache {
    sets: Box<[Set]>,
}

/// A set of slots. The hash of a token selects the set. The token is stored in any one of its
/// slots.
#[derive(Default)]
struct Set([Place; WAYS]);

#[derive(Default)]
struct Place {
    /// The hash of the token in `entry`. A lookup compares the hash first, so most lookups read
    /// only one entry. A concurrent write can make the hash stale, so a lookup also compares the
    /// whole token.
    hash: AtomicU64,
    entry: ArcSwapOption<Entry>,
}

impl TokenCache {
    /// Creates a cache for at least this number of tokens.
    pub(crate) fn new(capacity: usize) -> Self {
        let sets = capacity.div_ceil(WAYS).next_power_of_two();
        Self {
            sets: std::iter::repeat_with(Set::default).take(sets).collect(),
        }
    }

    /// Returns the maximum number of tokens in the cache.
    pub(crate) fn capacity(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// Returns the entry of this token. The whole string is compared. Returns `None` if the token
    /// is not cached.
    pub(crate) fn get(&self, token: &str) -> Option<Guard<Option<Arc<Entry>>>> {
        let hash = hash(token);
        let is_this = |entry: &Guard<Option<Arc<Entry>>>| {
            entry.as_ref().is_some_and(|entry| **entry.token == *token)
        };
        self.set(hash)
            .0
            .iter()
            .filter(|place| place.hash.load(Ordering::Relaxed) == hash)
            .map(|place| place.entry.load())
            .find(is_this)
    }

    /// Adds a verified token to the set of slots that its hash selects. If the set has no free
    /// slot, the entry of the set that expires first is evicted. Tokens of more than 4 KiB are
    /// ignored.
    pub(crate) fn insert(&self, entry: Entry) {
        if entry.token.len() > MAX_TOKEN_LENGTH {
            return;
        }
        let hash = hash(&entry.token);
        let value_of = |place: &&Place| match &*place.entry.load() {
            Some(old) if *old.token == *entry.token => (0, 0),
            None => (1, 0),
            Some(old) => (2, old.expires_at()),
        };
        if let Some(place) = self.set(hash).0.iter().min_by_key(value_of) {
            place.hash.store(hash, Ordering::Relaxed);
            place.entry.store(Some(Arc::new(entry)));
        }
    }

    fn set(&self, hash: u64) -> &Set {
        // The number of sets is a power of two. The upper bits are better mixed.
        let index = (hash >> 32) as usize & (self.sets.len() - 1);
        &self.sets[index]
    }
}

/// Returns a hash of the length and the last 16 bytes of a token. These bytes are a part of the
/// signature, and effectively random. An attacker cannot choose them for the cached tokens, because
/// only verified tokens are added.
fn hash(token: &str) -> u64 {
    let bytes = token.as_bytes();
    let tail = &bytes[bytes.len().saturating_sub(16)..];
    let mut hash = bytes.len() as u64;
    for chunk in tail.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    }
    hash
}

#[cfg(test)]
mod tests {
    use cognito_core::{AccessClaims, IdClaims};

    use super::*;
    use crate::key;

    fn entry(token: &str, exp: u64) -> Entry {
        Entry {
            token: Zeroizing::new(token.into()),
            key: Arc::new(key::tests::any()),
            place: 0,
            claims: Verified::Access(Arc::new(AccessClaims::new("s", "i", "c", 1, exp))),
        }
    }

    fn id_entry(token: &str, exp: u64) -> Entry {
        let claims = IdClaims::new("s", "i", "c", 1, exp);
        Entry {
            claims: Verified::Id(Arc::new(claims)),
            ..entry(token, exp)
        }
    }

    fn exp(cache: &TokenCache, token: &str) -> Option<u64> {
        let entry = cache.get(token)?;
        entry.as_ref().map(|entry| entry.expires_at())
    }

    #[test]
    fn finds_token_by_its_whole_string() {
        let cache = TokenCache::new(100);
        assert_eq!(cache.capacity(), 128);
        cache.insert(entry("header.claims.signature-of-it", 7));
        assert_eq!(exp(&cache, "header.claims.signature-of-it"), Some(7));
        assert_eq!(exp(&cache, "header.clains.signature-of-it"), None);
        assert_eq!(exp(&cache, ""), None);
        cache.insert(entry("header.claims.signature-of-it", 8));
        assert_eq!(exp(&cache, "header.claims.signature-of-it"), Some(8));
    }

    #[test]
    fn full_cache_evicts_first_to_expire() {
        let cache = TokenCache::new(1);
        assert_eq!(cache.capacity(), WAYS);
        for (token, exp) in [("a", 30), ("b", 10), ("c", 20)] {
            cache.insert(entry(token, exp));
        }
        for (token, exp) in [("d", 40), ("e", 15)] {
            cache.insert(id_entry(token, exp));
        }
        let found = ["a", "b", "c", "d", "e"].map(|token| exp(&cache, token));
        assert_eq!(found, [Some(30), None, Some(20), Some(40), Some(15)]);
    }

    /// Returns pseudo-random characters that look like the end of a signature. The generator is the
    /// linear congruential generator of Numerical Recipes.
    fn signature(number: u32) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut state = number;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(ALPHABET[(state >> 26) as usize])
        };
        (0..20).map(|_| next()).collect()
    }

    #[test]
    fn tokens_spread_over_the_whole_table() {
        // There are as many tokens as sets of four slots. If the tokens are spread evenly, few sets
        // get more than four.
        let cache = TokenCache::new(4096);
        let tokens: Vec<_> = (0..1024).map(signature).collect();
        for token in &tokens {
            cache.insert(entry(token, 7));
        }
        let found = tokens.iter().filter(|token| cache.get(token).is_some());
        let found = found.count();
        assert!(found > 1000, "{found} of 1024");
    }

    #[test]
    fn long_tokens_are_not_remembered() {
        let cache = TokenCache::new(1);
        let (short, long) = ("a".repeat(4096), "a".repeat(4097));
        cache.insert(entry(&short, 1));
        cache.insert(entry(&long, 1));
        assert_eq!(exp(&cache, &short), Some(1));
        assert_eq!(exp(&cache, &long), None);
    }
}
