//! What the server is known to hold.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::entry::EntryId;
use super::view::{DAY, LIFE};

/// By how much clocks may disagree, in seconds: as far as verifiers usually forgive it.
const LEEWAY: u64 = 60;

/// How many entries are kept before it is looked for those that are over.
const FEW: usize = 1024;

/// What a revocation speaks of, in 128 bits: its kind and identifier, hashed with keys of this
/// process, so that nobody can make two that meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(u64, u64);

/// Makes names.
#[derive(Debug, Default)]
pub(super) struct Names(RandomState, RandomState);

impl Names {
    pub(super) fn of(&self, kind: &str, id: &str) -> Name {
        Name(self.0.hash_one((kind, id)), self.1.hash_one((kind, id)))
    }
}

/// What was read from the stream: of each name the entry that refuses the most.
#[derive(Debug, Default)]
pub(super) struct Held {
    entries: HashMap<Name, Entry>,
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    extent: u64,
    id: EntryId,
}

impl Held {
    /// An entry was read.
    pub(super) fn note(&mut self, name: Name, extent: u64, id: EntryId, now: u64) {
        self.sweep(now);
        let entry = self.entries.entry(name).or_insert(Entry { extent, id });
        if entry.extent <= extent {
            *entry = Entry { extent, id };
        }
    }

    /// The server no longer has what was read: all is read anew.
    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }

    /// Whether there is an entry that refuses as much.
    pub(super) fn has(&self, name: Name, extent: u64) -> bool {
        let entry = self.entries.get(&name);
        entry.is_some_and(|entry| entry.extent >= extent)
    }

    /// The entry that makes another needless: it refuses as much, and for as long. Nobody keeps one for
    /// longer than a day, whatever its tokens say of their end.
    pub(super) fn makes_needless(
        &self,
        name: Name,
        extent: u64,
        ends_at: u64,
        now: u64,
    ) -> Option<EntryId> {
        let entry = self.entries.get(&name)?;
        let written_at = entry.id.seconds().min(now);
        let is_needed_until = ends_at.min(now.saturating_add(DAY));
        let is_kept_until = written_at.saturating_add(DAY + LEEWAY);
        let suffices = entry.extent >= extent && is_needed_until <= is_kept_until;
        suffices.then_some(entry.id)
    }

    /// Drops what the server drops, when there is twice as much as the last time.
    fn sweep(&mut self, now: u64) {
        if self.entries.len() < self.sweep_at.max(FEW) {
            return;
        }
        let is_kept = |entry: &Entry| entry.id.seconds().saturating_add(2 * LIFE.as_secs()) > now;
        self.entries.retain(|_, entry| is_kept(entry));
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
    fn an_entry_suffices_if_it_refuses_as_much_for_as_long() {
        let names = Names::default();
        let (name, mut held) = (names.of("s", "a"), Held::default());
        held.note(name, NOW + DAY, id(NOW), NOW);
        held.note(name, NOW + 60, id(NOW + 1), NOW);
        let needless = |name, extent, now| held.makes_needless(name, extent, extent, now);
        assert_eq!(needless(name, NOW + DAY, NOW), Some(id(NOW)));
        assert_eq!(needless(name, NOW + 60, NOW + 9), Some(id(NOW)));
        assert_eq!(needless(name, NOW + DAY + 1, NOW), None, "it ends earlier");
        assert_eq!(needless(names.of("t", "a"), NOW, NOW), None);
        assert_eq!(needless(names.of("s", "b"), NOW, NOW), None);
    }

    #[test]
    fn an_entry_without_end_suffices_while_it_is_new() {
        let names = Names::default();
        let (name, mut held) = (names.of("t", "a"), Held::default());
        held.note(name, u64::MAX, id(NOW), NOW);
        let needless = |now| held.makes_needless(name, u64::MAX, u64::MAX, now);
        assert!(needless(NOW + LEEWAY).is_some());
        assert!(needless(NOW + LEEWAY + 1).is_none(), "views drop it first");
        // A server whose clock is ahead does not make it newer.
        held.note(name, u64::MAX, id(NOW + 999), NOW);
        assert!(held.makes_needless(name, u64::MAX, u64::MAX, NOW).is_some());
    }

    #[test]
    fn what_the_server_has_dropped_is_dropped() {
        let (names, mut held) = (Names::default(), Held::default());
        let name = |number: usize| names.of("t", &number.to_string());
        for number in 0..FEW {
            held.note(name(number), NOW, id(NOW), NOW);
        }
        let later = NOW + 3 * LIFE.as_secs();
        held.note(name(FEW), later, id(later), later);
        assert_eq!(held.entries.len(), 1);
        assert!(held.has(name(FEW), later) && !held.has(name(0), NOW));
        held.forget_all();
        assert!(!held.has(name(FEW), later));
    }
}
