//! Keyed hashes ([`Name`]) of the identifiers in tokens, such as `jti` and `sub`.

use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

/// A keyed 128-bit hash of an identifier in a token. The revocation list stores this hash instead
/// of the identifier, so an entry has a fixed size. The hash keys are random and exist in this
/// process only, so an attacker cannot construct two identifiers with the same hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u64, u64);

/// Hashes only the first half of a [`Name`], because a `Name` is already a hash.
#[allow(
    clippy::derived_hash_with_manual_eq,
    reason = "equal names have an equal first half"
)]
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl Name {
    /// Returns the slot of a name in a table with `count` slots. The slot is an index below
    /// `count`. `count` must be a power of two.
    pub(super) const fn slot(self, count: usize) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "the mask is a usize")]
        let hash = self.1 as usize;
        hash & (count - 1)
    }

    #[cfg(test)]
    pub(super) const fn test(number: u64) -> Self {
        Self(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), number)
    }
}

/// A token claim whose value is an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Claim {
    Jti,
    OriginJti,
    Sub,
}

/// The random keys with which one revocation list computes its hashes ([`Name`]).
#[derive(Debug, Default)]
pub(super) struct Names(RandomState, RandomState);

impl Names {
    pub(super) fn of(&self, claim: Claim, id: &str) -> Name {
        Name(self.0.hash_one((claim, id)), self.1.hash_one((claim, id)))
    }
}

/// The hasher for maps with [`Name`]s as keys.
pub(super) type ByName = BuildHasherDefault<NameHasher>;

#[derive(Default)]
pub(super) struct NameHasher(u64);

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
