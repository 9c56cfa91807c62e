//! The entries of the Redis stream that this process has read.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::entry::EntryId;
use super::view::{DAY, LIFE};

/// A tolerance in seconds, up to which two expiry times count as equal. A new entry is not written
/// if an existing entry rejects the same tokens and expires at most this time earlier.
///
/// A revocation list keeps an entry for at most a day after the write. Without the tolerance, each
/// repeated revocation of the same tokens would write a new entry, because the new entry would be
/// kept a little longer than the existing entry.
///
/// The constant is also the allowed difference between the clocks of the Redis server and of this
/// process.
const LEEWAY: u64 = 60;

/// The minimum number of entries in memory at which expired entries are removed.
const FEW: usize = 1024;

/// A keyed 128-bit hash of the kind and the identifier of a revocation. The hash keys are random
/// and exist only in this process, so an attacker cannot find two revocations with the same hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(u64, u64);

/// The keys of the two hash functions that compute a [`Name`]. They are random for each revocation
/// list.
#[derive(Debug, Default)]
pub(super) struct Names(RandomState, RandomState);

impl Names {
    pub(super) fn of(&self, kind: &str, id: &str) -> Name {
        Name(self.0.hash_one((kind, id)), self.1.hash_one((kind, id)))
    }
}

/// The entries of the Redis stream that this process has read. If several entries have the same
/// name (a hash of kind and identifier), only the entry that rejects the most tokens is kept.
#[derive(Debug, Default)]
pub(super) struct KnownEntries {
    entries: HashMap<Name, Entry>,
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    extent: u64,
    expires_at: u64,
    id: EntryId,
}

impl KnownEntries {
    /// Records an entry that was read from the Redis stream. If an entry with the same name is
    /// already recorded, the entry that rejects more tokens is kept. If both reject the same
    /// tokens, the entry that expires later is kept. `now` and `expires_at` are in seconds since
    /// 1970-01-01T00:00:00Z.
    pub(super) fn note(&mut self, name: Name, extent: u64, expires_at: u64, id: EntryId, now: u64) {
        self.sweep(now);
        let read = Entry {
            extent,
            expires_at,
            id,
        };
        let entry = self.entries.entry(name).or_insert(read);
        if (entry.extent, entry.expires_at) <= (extent, expires_at) {
            *entry = read;
        }
    }

    /// Removes all entries. The stream is then read again from its start.
    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }

    /// Returns `true` if there is an entry with this name whose extent is at least `extent`. Such
    /// an entry rejects all tokens that a revocation with `extent` would reject. An extent is a
    /// time in seconds since 1970-01-01T00:00:00Z; see [`encode`](super::entry::encode).
    pub(super) fn has(&self, name: Name, extent: u64) -> bool {
        let entry = self.entries.get(&name);
        entry.is_some_and(|entry| entry.extent >= extent)
    }

    /// Returns the id of an existing entry that makes a new entry unnecessary. The existing entry
    /// rejects all tokens that the new entry would reject, for at least the same time. Returns
    /// `None` if there is no such entry.
    ///
    /// `name`, `extent` and `expires_at` describe the new entry. For the extent, see
    /// [`has`](Self::has). If `expires_at` is more than a day after `now`, it counts as one day,
    /// because a revocation list keeps no entry longer.
    pub(super) fn makes_needless(
        &self,
        name: Name,
        extent: u64,
        expires_at: u64,
        now: u64,
    ) -> Option<EntryId> {
        let entry = self.entries.get(&name)?;
        let written_at = entry.id.seconds().min(now);
        let is_needed_until = expires_at.min(now.saturating_add(DAY));
        let is_kept_until = entry
            .expires_at
            .min(written_at.saturating_add(DAY + LEEWAY));
        let suffices = entry.extent >= extent && is_needed_until <= is_kept_until;
        suffices.then_some(entry.id)
    }

    /// Removes old entries: the entries that were written more than twice [`LIFE`] ago, and the
    /// entries whose tokens expired more than twice [`LIFE`] ago. The Redis server keeps an entry
    /// only for [`LIFE`]. Does nothing until the number of entries has doubled since the last
    /// removal.
    fn sweep(&mut self, now: u64) {
        if self.entries.len() < self.sweep_at.max(FEW) {
            return;
        }
        let life = 2 * LIFE.as_secs();
        self.entries.retain(|_, entry| {
            entry.id.seconds().saturating_add(life) > now
                && entry.expires_at.saturating_add(life) > now
        });
        self.sweep_at = self.entries.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn id(seconds: u64) -> EntryId {
        EntryId::of(seconds)
    }

    #[test]
    fn entry_suffices_if_as_wide_and_long() {
        let names = Names::default();
        let (name, mut known) = (names.of("s", "a"), KnownEntries::default());
        known.note(name, NOW + DAY, NOW + DAY, id(NOW), NOW);
        known.note(name, NOW + 60, NOW + 60, id(NOW + 1), NOW);
        let needless = |name, extent, now| known.makes_needless(name, extent, extent, now);
        assert_eq!(needless(name, NOW + DAY, NOW), Some(id(NOW)));
        assert_eq!(needless(name, NOW + 60, NOW + 9), Some(id(NOW)));
        assert_eq!(needless(name, NOW + DAY + 1, NOW), None, "it ends earlier");
        assert_eq!(needless(names.of("t", "a"), NOW, NOW), None);
        assert_eq!(needless(names.of("s", "b"), NOW, NOW), None);
    }

    #[test]
    fn shorter_entry_of_a_user_does_not_suffice() {
        let names = Names::default();
        let (name, mut known) = (names.of("u", "a"), KnownEntries::default());
        known.note(name, NOW, NOW + 3600, id(NOW), NOW);
        assert!(known.makes_needless(name, NOW, NOW + 3600, NOW).is_some());
        assert!(known.makes_needless(name, NOW, NOW + 3601, NOW).is_none());
        known.note(name, NOW, NOW + DAY, id(NOW + 1), NOW);
        known.note(name, NOW, NOW + 3600, id(NOW + 2), NOW);
        let longest = known.makes_needless(name, NOW - 1, NOW + DAY, NOW);
        assert_eq!(longest, Some(id(NOW + 1)));
    }

    #[test]
    fn endless_entry_suffices_while_new() {
        let names = Names::default();
        let (name, mut known) = (names.of("t", "a"), KnownEntries::default());
        known.note(name, u64::MAX, u64::MAX, id(NOW), NOW);
        let needless = |now| known.makes_needless(name, u64::MAX, u64::MAX, now);
        assert!(needless(NOW + LEEWAY).is_some());
        assert!(needless(NOW + LEEWAY + 1).is_none(), "views drop it first");
        // An entry is not newer because the server's clock is ahead.
        known.note(name, u64::MAX, u64::MAX, id(NOW + 999), NOW);
        assert!(
            known
                .makes_needless(name, u64::MAX, u64::MAX, NOW)
                .is_some()
        );
    }

    #[test]
    fn drops_entries_the_server_dropped() {
        let (names, mut known) = (Names::default(), KnownEntries::default());
        let name = |number: usize| names.of("t", &number.to_string());
        for number in 0..FEW {
            known.note(name(number), NOW, NOW, id(NOW), NOW);
        }
        let later = NOW + 3 * LIFE.as_secs();
        known.note(name(FEW), later, later, id(later), later);
        assert_eq!(known.entries.len(), 1);
        assert!(known.has(name(FEW), later) && !known.has(name(0), NOW));
        known.forget_all();
        assert!(!known.has(name(FEW), later));
    }
}
