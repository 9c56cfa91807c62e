//! Digests of the names of rows in a state file ([`Names`]).

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::state::journal::RowKey;

/// The id of each row in the state file, by the digest of the row's name.
pub(super) type Ids = HashMap<u128, i64, BuildHasherDefault<Digested>>;

/// The hash function that computes the digests of row names. A digest takes less memory than the
/// name.
///
/// Security: a digest consists of two hashes with random keys. Therefore a caller cannot choose
/// user names so that two rows have the same digest.
#[derive(Default)]
pub(super) struct Names(RandomState, RandomState);

impl Names {
    pub(super) fn of(&self, name: RowKey<'_>) -> u128 {
        let [first, second] = [&self.0, &self.1].map(|state| u128::from(state.hash_one(name)));
        first << 64 | second
    }
}

/// A hasher for maps whose keys are digests. A digest is already a hash, so the hasher returns a
/// part of the digest.
#[derive(Default)]
pub(super) struct Digested(u64);

impl Hasher for Digested {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    }
}
