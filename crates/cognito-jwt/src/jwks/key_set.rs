//! A JWKS document (RFC 7517 section 5), and which of its keys are usable.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::json;
use crate::key::Key;

/// The largest document that is looked at, in bytes. Cognito's have about 900.
pub(crate) const MAX_DOCUMENT_LENGTH: usize = 64 * 1024;

/// The most keys that a document may have. Cognito's have two.
const MAX_KEYS: usize = 64;

/// The usable keys of a document, by their ids. There is at least one.
#[derive(Debug)]
pub(crate) struct KeySet(HashMap<String, Arc<Key>>);

impl KeySet {
    /// Reads a document. What is wrong with it is said in words of ours.
    ///
    /// Keys are looked at one by one: one that cannot be used (another type, another algorithm, too
    /// short) is left out, as RFC 7517 section 5 asks. Two different keys under one id are both left
    /// out: neither the first nor the last may win.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, &'static str> {
        if document.len() > MAX_DOCUMENT_LENGTH {
            return Err("the document is too large");
        }
        let members = json::members(document).map_err(|_| "the document is not a JWKS")?;
        let keys = members.get("keys").ok_or("the document has no keys")?;
        let keys: Vec<&RawValue> =
            serde_json::from_str(keys.get()).map_err(|_| "the document's keys are not a list")?;
        if keys.len() > MAX_KEYS {
            return Err("the document has too many keys");
        }
        let keys = usable(&keys);
        if keys.is_empty() {
            return Err("the document has no usable key");
        }
        Ok(Self(keys))
    }

    /// The key of this id.
    pub(crate) fn key(&self, kid: &str) -> Option<&Arc<Key>> {
        self.0.get(kid)
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The ids of the keys.
    #[cfg(feature = "test-util")]
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn usable(keys: &[&RawValue]) -> HashMap<String, Arc<Key>> {
    // A value of `None` marks an id under which there are different keys.
    let mut by_kid: HashMap<String, Option<Arc<Key>>> = HashMap::new();
    for raw in keys {
        let Ok(jwk) = json::object(raw.get().as_bytes()) else {
            continue;
        };
        let Some((kid, key)) = Key::from_jwk(&jwk) else {
            continue;
        };
        match by_kid.entry(kid.to_owned()) {
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
