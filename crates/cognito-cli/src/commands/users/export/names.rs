//! Short keys for user names, so that an export of many users needs little memory.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The key of a user name: 128 bits.
pub(super) type Key = [u64; 2];

/// Computes the keys of user names. A user name can have 128 characters, and its key has 16 bytes.
///
/// The key is two hashes with random secrets. In an export of a million users, two names have the
/// same key with a probability of less than 10⁻²⁶. The secrets are new in each process, so no
/// user can choose such names.
#[derive(Default)]
pub(super) struct Keys {
    first: RandomState,
    second: RandomState,
}

impl Keys {
    pub(super) fn of(&self, name: &str) -> Key {
        [self.first.hash_one(name), self.second.hash_one(name)]
    }
}

/// A set of user names.
#[derive(Default)]
pub(super) struct Names {
    keys: Keys,
    known: HashSet<Key>,
}

impl Names {
    /// Adds a name. Returns `false` if the set has the name.
    pub(super) fn insert(&mut self, name: &str) -> bool {
        self.known.insert(self.keys.of(name))
    }

    /// Removes all names.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_has_each_name_once() {
        let mut names = Names::default();
        for name in ["", "a", "ab", "b"] {
            assert!(names.insert(name), "{name}");
            assert!(!names.insert(name), "{name}");
        }
        names.clear();
        assert!(names.insert("a"));
    }

    #[test]
    fn both_halves_of_key_differ() {
        let keys = Keys::default();
        let [first, second] = keys.of("a");
        assert_ne!(first, second);
        assert_eq!(keys.of("a"), [first, second]);
    }
}
