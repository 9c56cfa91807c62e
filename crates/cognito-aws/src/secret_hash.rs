//! The parameter `SECRET_HASH`, with which an app client proves that it has the client secret.
//!
//! The value is an HMAC-SHA256 in base64. The key is the client secret, and the message is the user
//! name followed by the client id (AWS developer guide, "Computing secret hash values"). The user
//! name must be the user name in the same request. In the first request of a sign-in, the user name
//! may be an alias. After the first challenge, it is the name that Cognito returned.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_core::{ClientSecret, PoolConfig, Username};
use lru::LruCache;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};

/// A cache of secret hashes. It is cleared when the client secret changes.
pub(crate) struct SecretHashes {
    capacity: Option<NonZeroUsize>,
    hashers: [RandomState; 2],
    cache: Mutex<Option<Cache>>,
}

/// The cached secret hashes (`SECRET_HASH`) of one client secret. The cache finds them by a 128-bit
/// digest of the user name and the client id, which is computed with random keys. Therefore the
/// cache contains no user names.
struct Cache {
    secret: ClientSecret,
    hashes: LruCache<(u64, u64), SecretString>,
}

impl SecretHashes {
    /// The default maximum number of cached secret hashes.
    pub(crate) const CAPACITY: usize = 1000;

    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: NonZeroUsize::new(capacity),
            hashers: [RandomState::new(), RandomState::new()],
            cache: Mutex::new(None),
        }
    }

    /// Returns the secret hash for the user name, from the cache if possible. Returns `None` if the
    /// app client has no secret.
    pub(crate) fn hash(&self, pool: &PoolConfig, username: &Username) -> Option<String> {
        let secret = pool.client_secret.as_ref()?;
        let compute = || compute(secret, username.as_str(), pool.client_id.as_str());
        let Some(capacity) = self.capacity else {
            return Some(compute());
        };
        let [first, second] = &self.hashers;
        let subject = (username.as_str(), pool.client_id.as_str());
        let key = (first.hash_one(subject), second.hash_one(subject));
        let mut cache = self.cache.lock();
        // A hash is valid only for the secret with which it was computed.
        if cache
            .as_ref()
            .is_none_or(|cache| cache.secret.expose() != secret.expose())
        {
            *cache = Some(Cache {
                secret: secret.clone(),
                hashes: LruCache::new(capacity),
            });
        }
        let hashes = &mut cache.as_mut()?.hashes;
        let hash = hashes.get_or_insert(key, || SecretString::from(compute()));
        Some(hash.expose_secret().to_owned())
    }

    pub(crate) fn len(&self) -> usize {
        self.cache
            .lock()
            .as_ref()
            .map_or(0, |cache| cache.hashes.len())
    }

    pub(crate) fn clear(&self) {
        *self.cache.lock() = None;
    }
}

fn compute(secret: &ClientSecret, username: &str, client_id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(username.as_bytes());
    context.update(client_id.as_bytes());
    STANDARD.encode(context.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(secret: Option<&str>) -> PoolConfig {
        let pool = PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
        match secret {
            Some(secret) => pool.with_client_secret(secret.parse().unwrap()),
            None => pool,
        }
    }

    fn name(text: &str) -> Username {
        Username::new(text).unwrap()
    }

    const FIRST: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    const SECOND: &str = "zyxwvutsrqponmlkjihgfedcba9876543210";

    #[test]
    fn hmac_of_name_and_client_id() {
        // printf 'userclient' | openssl dgst -sha256 -hmac <secret> -binary | base64
        let hashes = SecretHashes::new(10);
        assert_eq!(
            hashes.hash(&pool(Some(FIRST)), &name("user")).as_deref(),
            Some("/B1BF+AwoSP1NlfPyU+9SLSmSqup8F1oXzNI7yT6O7c=")
        );
        assert_eq!(hashes.hash(&pool(None), &name("user")), None);
    }

    #[test]
    fn cache_is_bounded_and_cleared_on_rotation() {
        let hashes = SecretHashes::new(2);
        let first = hashes.hash(&pool(Some(FIRST)), &name("a"));
        for user in ["a", "b", "c", "a"] {
            hashes.hash(&pool(Some(FIRST)), &name(user));
        }
        assert_eq!(hashes.len(), 2);
        let second = hashes.hash(&pool(Some(SECOND)), &name("a"));
        assert_ne!(first, second);
        assert_eq!(hashes.len(), 1);
        hashes.clear();
        assert_eq!(hashes.len(), 0);
        assert_eq!(hashes.hash(&pool(Some(FIRST)), &name("a")), first);
    }

    #[test]
    fn hash_depends_on_the_client() {
        let hashes = SecretHashes::new(10);
        let mut other = pool(Some(FIRST));
        other.client_id = "other".parse().unwrap();
        assert_ne!(
            hashes.hash(&pool(Some(FIRST)), &name("a")),
            hashes.hash(&other, &name("a"))
        );
    }

    #[test]
    fn can_be_turned_off() {
        let hashes = SecretHashes::new(0);
        assert!(hashes.hash(&pool(Some(FIRST)), &name("a")).is_some());
        assert_eq!(hashes.len(), 0);
    }
}
