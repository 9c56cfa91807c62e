//! The revocations that this process made: the revocations that are not written to the Redis server
//! yet, and the revocations that are written. Written revocations are kept, so that they can be
//! written again if the server loses them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use cognito_core::Revocation;

use super::entry::EntryId;
use super::known_entries::{KnownEntries, Name};

/// The maximum number of written revocations that this process keeps in memory, so that it can
/// write them again if the Redis server loses them. If there are more, this process forgets the
/// oldest, and cannot write them again. They stay on the Redis server.
const MAX_WRITTEN: usize = 1_000_000;

/// The maximum number of revocations that this process keeps in memory because they wait to be
/// written to the Redis server. If the maximum is reached and another write fails, its revocation
/// is dropped. The caller of `revoke` has then received an error and must call it again.
const MAX_PENDING: usize = 1_000_000;

/// The revocations that this process made, with sequence numbers in the order of the calls of
/// `revoke`. A revocation is *pending* if it waits to be written to the Redis server. If several
/// pending or written revocations have the same name (the hash of kind and identifier), only the
/// revocation that rejects the most tokens is kept.
#[derive(Debug, Default)]
pub(super) struct PendingWrites {
    entries: HashMap<u64, Entry>,
    /// The sequence numbers of the pending and written revocations, by name (the hash of the kind
    /// and identifier of a revocation).
    settled: HashMap<Name, u64>,
    /// The expiry and the sequence number of each revocation, in the order of expiry.
    ends: BTreeSet<(Duration, u64)>,
    pending: BTreeSet<u64>,
    written: BTreeSet<u64>,
    next: u64,
    /// The sequence number of the current round. A round begins each time the Redis stream is read
    /// to find lost entries.
    round: u64,
}

/// A revocation that this process made, with its state.
#[derive(Debug)]
pub(super) struct Entry {
    revocation: Revocation,
    name: Name,
    extent: u64,
    /// The monotonic time from which the revocation is no longer needed.
    over: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// A call of `revoke` is writing the revocation to the Redis server.
    UnderWay,
    /// The revocation waits to be written: its write failed, or the Redis server has lost its
    /// entry.
    Pending,
    /// The Redis server has an entry for the revocation, or another entry that rejects all its
    /// tokens. The value is the id of this entry.
    Written(EntryId),
}

impl Entry {
    /// Creates the entry of a revocation that a call of `revoke` is writing to the Redis server.
    pub(super) const fn new(
        revocation: Revocation,
        name: Name,
        extent: u64,
        over: Duration,
    ) -> Self {
        Self {
            revocation,
            name,
            extent,
            over,
            state: State::UnderWay,
        }
    }

    /// Changes the state of this revocation to written. `id` is the id of its entry on the Redis
    /// server.
    pub(super) const fn written_as(mut self, id: EntryId) -> Self {
        self.state = State::Written(id);
        self
    }

    /// Returns the name of the revocation (the hash of its kind and identifier) and its extent,
    /// which is a time (see [`encode`](super::entry::encode)). Of two revocations with the same
    /// name, the one with the later extent rejects more tokens.
    pub(super) const fn scope(&self) -> (Name, u64) {
        (self.name, self.extent)
    }
}

impl PendingWrites {
    /// Adds a revocation, and returns its sequence number. Expired revocations are dropped first.
    pub(super) fn add(&mut self, entry: Entry, now: Duration) -> u64 {
        self.drop_expired(now);
        let number = self.next;
        self.next += 1;
        let state = entry.state;
        self.ends.insert((entry.over, number));
        self.entries.insert(number, entry);
        if state != State::UnderWay {
            self.settle(number, state);
        }
        self.drop_oldest_written(MAX_WRITTEN);
        number
    }

    /// Records that the Redis server acknowledged a write: it has stored the revocation with the
    /// sequence number `number` as the stream entry `id`. Returns `true` if the revocation counts as
    /// written. Returns `false` if it must be written again; its state is then pending.
    ///
    /// `round` is the number of the round in which the write began. A round is a read of the stream
    /// that finds lost entries. If another round has begun since then, the server may have lost the
    /// entry after the acknowledgement. The revocation then counts as written only if `known`, the
    /// entries that this process has read, contains an entry that rejects the same tokens.
    pub(super) fn written(
        &mut self,
        number: u64,
        id: EntryId,
        round: u64,
        known: &KnownEntries,
    ) -> bool {
        let Some(entry) = self.entries.get(&number) else {
            return true;
        };
        let is_there = round == self.round || known.has(entry.name, entry.extent);
        self.settle(
            number,
            if is_there {
                State::Written(id)
            } else {
                State::Pending
            },
        );
        is_there
    }

    /// Returns the id of a written entry that makes a new entry unnecessary, or `None`. Such an
    /// entry rejects at least the tokens that the new entry would reject, for at least the same
    /// time. The arguments describe the new entry. If the Redis server loses the written entry,
    /// this process writes it again.
    pub(super) fn makes_needless(
        &self,
        name: Name,
        extent: u64,
        expires_at: u64,
    ) -> Option<EntryId> {
        let entry = self.entries.get(self.settled.get(&name)?)?;
        let suffices = entry.extent >= extent && entry.revocation.expires_at() >= expires_at;
        match entry.state {
            State::Written(id) if suffices => Some(id),
            _ => None,
        }
    }

    /// Changes the state of a revocation to pending, because its write failed. `number` is its
    /// sequence number.
    pub(super) fn set_pending(&mut self, number: u64) {
        self.settle(number, State::Pending);
    }

    /// Begins a round: a read of the stream to find lost entries. The background task will read all
    /// entries with an id greater than `from`. Returns the sequence numbers of the written
    /// revocations whose entries have an id greater than `from`. If the task does not read one of
    /// these entries, the Redis server has lost it.
    pub(super) fn begin_round(&mut self, from: EntryId) -> Vec<u64> {
        self.round += 1;
        let is_later = |number: &u64| {
            let entry = self.entries.get(number);
            entry.is_some_and(|entry| entry.state > State::Written(from))
        };
        self.written.iter().copied().filter(is_later).collect()
    }

    /// Finds the revocations whose entries the Redis server has lost, and makes them pending: they
    /// are then written again. Call this method at the end of a round. `expected` contains the
    /// revocations that [`begin_round`](Self::begin_round) returned. `known` contains the entries
    /// that this process has read from the stream.
    pub(super) fn look_for(&mut self, expected: Vec<u64>, known: &KnownEntries) {
        for number in expected {
            let entry = self.entries.get(&number);
            if entry.is_some_and(|entry| !known.has(entry.name, entry.extent)) {
                self.settle(number, State::Pending);
            }
        }
    }

    pub(super) const fn round(&self) -> u64 {
        self.round
    }

    /// Returns up to `many` pending revocations with their sequence numbers, the oldest first.
    /// Expired revocations are dropped first.
    pub(super) fn next_pending(&mut self, many: usize, now: Duration) -> Vec<(u64, Revocation)> {
        self.drop_expired(now);
        let named = |number: &u64| Some((*number, self.entries.get(number)?.revocation.clone()));
        self.pending.iter().take(many).filter_map(named).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.pending.len()
    }

    fn settle(&mut self, number: u64, state: State) {
        let Some(entry) = self.entries.get_mut(&number) else {
            return;
        };
        entry.state = state;
        let name = entry.name;
        if state == State::Pending
            && !self.pending.contains(&number)
            && self.pending.len() >= MAX_PENDING
        {
            self.forget(number);
            return;
        }
        self.pending.remove(&number);
        self.written.remove(&number);
        match state {
            State::UnderWay => return,
            State::Pending => self.pending.insert(number),
            State::Written(_) => self.written.insert(number),
        };
        if let Some(other) = self.settled.insert(name, number)
            && other != number
        {
            self.keep_one_of(number, other);
        }
    }

    /// Drops one of two revocations with the same name. `one` and `other` are their sequence
    /// numbers. Keeps the revocation that rejects more tokens. If both reject the same tokens,
    /// keeps the revocation that is written to Redis. If both or neither are written, keeps the
    /// older revocation.
    ///
    /// The dropped revocation can change the kept revocation:
    ///
    /// - The kept revocation gets the later expiry of the two. If the later expiry is from a
    ///   pending revocation, the kept revocation becomes pending, so that this expiry is written.
    /// - If both are written and reject the same tokens, the kept revocation gets the later entry
    ///   id. The next round (a read of the stream to find lost entries) can then detect that the
    ///   Redis server has lost the later entry.
    fn keep_one_of(&mut self, one: u64, other: u64) {
        let rank = |number: u64| {
            let entry = self.entries.get(&number)?;
            let is_written = matches!(entry.state, State::Written(_));
            Some((entry.extent, is_written, Reverse(number)))
        };
        let (kept, dropped) = if rank(one) > rank(other) {
            (one, other)
        } else {
            (other, one)
        };
        let dropped = self.forget(dropped);
        if let (Some(dropped), Some(entry)) = (dropped, self.entries.get_mut(&kept)) {
            self.settled.insert(entry.name, kept);
            if dropped.extent == entry.extent {
                entry.state = entry.state.max(dropped.state);
            }
            let expires_at = dropped.revocation.expires_at();
            if expires_at > entry.revocation.expires_at() {
                entry.revocation = entry.revocation.clone().expiring_at(expires_at);
                if dropped.state == State::Pending && entry.state != State::UnderWay {
                    entry.state = State::Pending;
                    self.written.remove(&kept);
                    self.pending.insert(kept);
                }
            }
            if dropped.over > entry.over {
                self.ends.remove(&(entry.over, kept));
                self.ends.insert((dropped.over, kept));
                entry.over = dropped.over;
            }
        }
    }

    fn forget(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        self.ends.remove(&(entry.over, number));
        self.pending.remove(&number);
        self.written.remove(&number);
        if self.settled.get(&entry.name) == Some(&number) {
            self.settled.remove(&entry.name);
        }
        Some(entry)
    }

    fn drop_expired(&mut self, now: Duration) {
        while let Some((over, number)) = self.ends.first().copied() {
            if over > now {
                return;
            }
            self.forget(number);
        }
    }

    fn drop_oldest_written(&mut self, most: usize) {
        while self.written.len() > most {
            let oldest = self.written.first().copied();
            oldest.and_then(|oldest| self.forget(oldest));
        }
    }
}

#[cfg(test)]
mod tests;
