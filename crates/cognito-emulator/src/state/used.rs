//! The SAML assertions that were already used for a sign-in or a token exchange
//! ([`UsedAssertions`]). Each assertion is accepted only once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// The maximum number of used SAML assertions that are stored for an identity provider. An
/// assertion is stored until it expires.
const MOST_OF_PROVIDER: usize = 10_000;
/// The maximum number of used SAML assertions that are stored for a user of an identity provider.
const MOST_OF_USER: usize = 1_000;

/// The reason why a SAML assertion is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Too many used assertions are stored for the user ([`MOST_OF_USER`]) or for the identity
    /// provider ([`MOST_OF_PROVIDER`]). This assertion cannot be stored.
    Full,
    /// The assertion was used before.
    Used,
}

/// The SAML assertions that were used in a pool and have not expired, by identity provider.
///
/// Security: a used assertion is stored until it expires. If the maximum number of assertions is
/// stored, new assertions are rejected. The maximum for each user prevents one user from using up
/// the maximum of the provider. The maximum for each provider prevents one provider from filling
/// the memory.
pub(crate) struct UsedAssertions {
    providers: BTreeMap<String, OfProvider>,
    scope: Scope,
}

/// The SHA-256 hash of the id of a user or an assertion. Hashes are stored instead of ids, because
/// identity providers can choose long ids.
pub(super) type Hash = [u8; SHA256_OUTPUT_LEN];

/// The used SAML assertions of an identity provider.
#[derive(Default)]
struct OfProvider {
    /// For each used assertion, the hash of its user's id and the expiry, by the hash of the
    /// assertion's id.
    assertions: HashMap<Hash, (Hash, SystemTime)>,
    /// The number of used assertions of each user, by the hash of the user's id.
    counts: HashMap<Hash, usize>,
    /// The used assertions in the order in which they expire: the expiry, and the hash of the
    /// assertion's id.
    order: BTreeSet<(SystemTime, Hash)>,
}

/// A SAML assertion that a user signs in with, or that a service exchanges for a token.
pub(crate) struct Used<'a> {
    /// The name of the identity provider.
    pub(crate) provider: &'a str,
    /// The id of the user at the identity provider.
    pub(crate) user: &'a str,
    /// The id of the assertion.
    pub(crate) id: &'a str,
    /// The time from which the assertion is no longer accepted.
    pub(crate) expires: SystemTime,
}

impl UsedAssertions {
    pub(crate) const fn new(scope: Scope) -> Self {
        Self {
            providers: BTreeMap::new(),
            scope,
        }
    }

    /// Returns all used SAML assertions. For each, returns the name of the provider, the hash of
    /// the assertion's id, the hash of the user's id, and the expiry.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Hash, &Hash, SystemTime)> {
        self.providers.iter().flat_map(|(provider, of_provider)| {
            let order = of_provider.order.iter();
            order.filter_map(|(expires, id)| {
                let (user, _) = of_provider.assertions.get(id)?;
                Some((provider.as_str(), id, user, *expires))
            })
        })
    }

    /// Returns the hash of the user's id and the expiry of a used assertion. Returns `None` if the
    /// assertion was not used.
    pub(super) fn find(&self, provider: &str, id: &Hash) -> Option<(&Hash, SystemTime)> {
        let (user, expires) = self.providers.get(provider)?.assertions.get(id)?;
        Some((user, *expires))
    }

    /// Adds a used assertion that was read from the state file.
    pub(super) fn restore(&mut self, provider: &str, id: Hash, user: Hash, expires: SystemTime) {
        let provider = self.providers.entry(provider.to_owned()).or_default();
        // Fails only if the assertion is stored already.
        let _ = provider.insert(id, user, expires);
    }

    /// Stores that a SAML assertion is used. Fails if the assertion was used before, or if too many
    /// used assertions are stored. The caller must have verified the signature of the assertion.
    pub(crate) fn insert(&mut self, used: &Used<'_>, now: SystemTime) -> Result<(), Rejection> {
        let scope = &self.scope;
        let mark = |provider: &str, id: &Hash| {
            if scope.is_tracking() {
                scope.mark(Kind::UsedAssertion, &entry_key(provider, id));
            }
        };
        self.providers.retain(|name, provider| {
            provider.remove_expired(now, |id| mark(name, id));
            !provider.order.is_empty()
        });
        let id = hash(used.id);
        mark(used.provider, &id);
        let provider = self.providers.entry(used.provider.to_owned()).or_default();
        provider.insert(id, hash(used.user), used.expires)
    }
}

/// Returns the key of the state file entry of a used assertion. `id` is the hash of the assertion's
/// id.
pub(super) fn entry_key(provider: &str, id: &Hash) -> String {
    format!("{provider} {}", URL_SAFE_NO_PAD.encode(id))
}

/// Returns the provider and the hash of the assertion's id from the key of a state file entry
/// ([`entry_key`]). Returns `None` if the key is not valid.
pub(super) fn of_entry_key(key: &str) -> Option<(&str, Hash)> {
    let (provider, id) = key.rsplit_once(' ')?;
    Some((provider, read_hash(id)?))
}

/// Decodes a hash in base64url. Returns `None` if `text` is not such a hash.
pub(super) fn read_hash(text: &str) -> Option<Hash> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

impl OfProvider {
    fn insert(&mut self, id: Hash, user: Hash, expires: SystemTime) -> Result<(), Rejection> {
        if self.assertions.contains_key(&id) {
            return Err(Rejection::Used);
        }
        let of_user = self.counts.get(&user).copied().unwrap_or_default();
        if of_user >= MOST_OF_USER || self.order.len() >= MOST_OF_PROVIDER {
            return Err(Rejection::Full);
        }
        self.counts.insert(user, of_user + 1);
        self.assertions.insert(id, (user, expires));
        self.order.insert((expires, id));
        Ok(())
    }

    /// Removes the used assertions that have expired. Before each is removed, calls `remove` with
    /// the hash of its id.
    fn remove_expired(&mut self, now: SystemTime, remove: impl Fn(&Hash)) {
        while let Some((expires, id)) = self.order.first().copied() {
            if expires > now {
                return;
            }
            remove(&id);
            self.order.pop_first();
            let Some((user, _)) = self.assertions.remove(&id) else {
                continue;
            };
            let count = self.counts.entry(user).or_insert(1);
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&user);
            }
        }
    }
}

fn hash(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn insert(
        all: &mut UsedAssertions,
        (provider, user, id): (&str, &str, usize),
        now: u64,
    ) -> Result<(), Rejection> {
        let now = UNIX_EPOCH + Duration::from_secs(now);
        let used = Used {
            provider,
            user,
            id: &format!("{user} {id}"),
            expires: now + Duration::from_secs(60),
        };
        all.insert(&used, now)
    }

    #[test]
    fn assertion_is_used_once_until_expiry() {
        let mut all = UsedAssertions::new(Scope::default());
        assert_eq!(insert(&mut all, ("a", "ann", 1), 0), Ok(()));
        assert_eq!(insert(&mut all, ("a", "ann", 1), 59), Err(Rejection::Used));
        // Ids are unique only at one provider.
        assert_eq!(insert(&mut all, ("b", "ann", 1), 59), Ok(()));
        assert_eq!(insert(&mut all, ("a", "ann", 1), 60), Ok(()));
    }

    #[test]
    fn user_does_not_take_places_of_others() {
        let mut all = UsedAssertions::new(Scope::default());
        for id in 0..MOST_OF_USER {
            assert_eq!(insert(&mut all, ("a", "eve", id), 0), Ok(()));
        }
        let next = ("a", "eve", MOST_OF_USER);
        assert_eq!(insert(&mut all, next, 0), Err(Rejection::Full));
        assert_eq!(insert(&mut all, ("a", "ann", 0), 0), Ok(()));
        // Used assertions are not forgotten.
        assert_eq!(insert(&mut all, ("a", "eve", 0), 0), Err(Rejection::Used));
        assert_eq!(insert(&mut all, next, 60), Ok(()));
        let provider = &all.providers["a"];
        assert_eq!((provider.assertions.len(), provider.counts.len()), (1, 1));
    }

    #[test]
    fn provider_does_not_take_places_of_others() {
        let mut all = UsedAssertions::new(Scope::default());
        for number in 0..MOST_OF_PROVIDER {
            let user = format!("user {}", number / MOST_OF_USER);
            assert_eq!(insert(&mut all, ("a", &user, number), 0), Ok(()));
        }
        assert_eq!(insert(&mut all, ("a", "ann", 0), 0), Err(Rejection::Full));
        assert_eq!(insert(&mut all, ("b", "ann", 0), 0), Ok(()));
        assert_eq!(insert(&mut all, ("a", "ann", 0), 60), Ok(()));
        assert_eq!(all.providers.len(), 1);
    }
}
