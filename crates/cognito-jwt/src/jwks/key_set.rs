//! Parses a JWKS (RFC 7517 section 5), and selects its usable keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::json::{self, Json};
use crate::key::Key;

/// The maximum size of a JWKS, in bytes. The JWKS of a Cognito pool has about 900 bytes.
pub(crate) const MAX_DOCUMENT_LENGTH: usize = 64 * 1024;

/// The maximum number of keys in a JWKS. The JWKS of a Cognito pool has two.
const MAX_KEYS: usize = 64;

/// The usable keys of a JWKS. There is at least one, and their ids are distinct.
///
/// The keys are in a list, not in a map. A pool usually has two keys, and comparing two ids is
/// faster than hashing.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<(Box<str>, Arc<Key>)>);

impl KeySet {
    /// Parses a JWKS. Fails if it is invalid, or has no usable key. The error contains no part of
    /// the JWKS.
    ///
    /// Keys that are not usable (another type, another algorithm, too short) are ignored, as RFC
    /// 7517 section 5 requires. If different keys have the same id, all keys with this id are
    /// ignored, because it would be undefined which of these keys is the right key.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, &'static str> {
        if document.len() > MAX_DOCUMENT_LENGTH {
            return Err("the document is too large: at most 64 KiB are allowed");
        }
        let members = json::members(document)
            .map_err(|_| "the document is not a JWKS: check the JWKS URI")?;
        let keys = members
            .get("keys")
            .ok_or("the document has no `keys`: check the JWKS URI")?;
        let mut list = Vec::new();
        keys.each_element(|key| {
            list.push(key);
            Some(())
        })
        .ok_or("the document's `keys` are not a list: check the JWKS URI")?;
        if list.len() > MAX_KEYS {
            return Err("the document has too many keys: at most 64 are allowed");
        }
        let keys = usable(&list);
        if keys.is_empty() {
            return Err("the document has no usable key: it needs an RSA key for RS256");
        }
        Ok(Self(keys))
    }

    pub(crate) fn key(&self, kid: &str) -> Option<&Arc<Key>> {
        let (_, key) = self.0.iter().find(|(id, _)| **id == *kid)?;
        Some(key)
    }

    /// Returns `true` if the set contains this `Arc`. An equal key in another `Arc` does not count.
    pub(crate) fn contains(&self, key: &Arc<Key>) -> bool {
        self.0.iter().any(|(_, ours)| Arc::ptr_eq(ours, key))
    }

    /// Replaces each key that is equal to a key in `before` with the `Arc` from `before`. A key
    /// that the token cache stored earlier is then still [contained](Self::contains).
    pub(crate) fn keep_unchanged(&mut self, before: &Self) {
        for (kid, key) in &mut self.0 {
            if let Some(same) = before.key(kid).filter(|same| **same == *key) {
                *key = Arc::clone(same);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(kid, _)| &**kid)
    }
}

fn usable(keys: &[Json<'_>]) -> Vec<(Box<str>, Arc<Key>)> {
    // `None` marks an id that belongs to different keys.
    let mut by_kid: BTreeMap<Box<str>, Option<Arc<Key>>> = BTreeMap::new();
    for key in keys {
        let Some(jwk) = key.object().and_then(|key| json::object(key).ok()) else {
            continue;
        };
        let Some((kid, key)) = Key::from_jwk(&jwk) else {
            continue;
        };
        match by_kid.entry(kid.into()) {
            Entry::Vacant(vacant) => {
                vacant.insert(Some(Arc::new(key)));
            }
            Entry::Occupied(mut occupied) => {
                if occupied.get().as_deref() != Some(&key) {
                    occupied.insert(None);
                }
            }
        }
    }
    by_kid
        .into_iter()
        .filter_map(|(kid, key)| Some((kid, key?)))
        .collect()
}
