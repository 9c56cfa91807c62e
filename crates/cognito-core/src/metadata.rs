//! Data for the pool's Lambda triggers.

use std::collections::BTreeMap;
use std::fmt;

/// Key-value pairs for the pool's Lambda triggers (`ClientMetadata`). Cognito neither stores nor
/// encrypts them. `Debug` shows only the keys.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClientMetadata(BTreeMap<String, String>);

impl ClientMetadata {
    /// Creates metadata without key-value pairs.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a key-value pair. If the key exists, its value is replaced.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into(), value.into());
    }

    /// Returns `true` if there are no key-value pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an iterator over the keys and values, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl fmt::Debug for ClientMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
