//! What this process has revoked: to be written until it is, and again if the server loses it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use cognito_core::Revocation;

use super::entry::EntryId;
use super::held::{Held, Name};

/// How many are kept that were written. The oldest make room: they are then written back by nobody,
/// should the server lose them.
const MAX_WRITTEN: usize = 1_000_000;

/// Revocations of this process, numbered in the order in which they were made. Of those that speak of
/// the same, one is kept: that which refuses the most.
#[derive(Debug, Default)]
pub(super) struct Own {
    entries: HashMap<u64, Entry>,
    /// The one of each name that nobody is writing.
    settled: HashMap<Name, u64>,
    /// When each is over.
    ends: BTreeSet<(Duration, u64)>,
    unwritten: BTreeSet<u64>,
    written: BTreeSet<u64>,
    next: u64,
    /// How often it was looked for what the server lost.
    round: u64,
}

/// One to be added.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) revocation: Revocation,
    pub(super) name: Name,
    pub(super) extent: u64,
    /// When no token that it concerns lives any more, in the clock's monotonic time.
    pub(super) over: Duration,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It is being written by whoever revoked.
    UnderWay,
    /// It could not be written, or the server has lost it.
    Unwritten,
    /// The server has it under this id.
    Written(EntryId),
}

impl Own {
    /// One more. The number names it.
    pub(super) fn add(&mut self, entry: Entry, now: Duration) -> u64 {
        self.drop_what_is_over(now);
        let number = self.next;
        self.next += 1;
        let state = entry.state;
        self.ends.insert((entry.over, number));
        self.entries.insert(number, entry);
        if state != State::UnderWay {
            self.settle(number, state);
        }
        self.drop_what_is_too_much(MAX_WRITTEN);
        number
    }

    /// The server has it, as it said in this round. If another has begun since, it may have lost it,
    /// unnoticed: then only what was read from it counts. False if it must be written again.
    pub(super) fn written(&mut self, number: u64, id: EntryId, round: u64, held: &Held) -> bool {
        let Some(entry) = self.entries.get(&number) else {
            return true;
        };
        let is_there = round == self.round || held.has(entry.name, entry.extent);
        self.settle(
            number,
            if is_there {
                State::Written(id)
            } else {
                State::Unwritten
            },
        );
        is_there
    }

    /// The server does not have it.
    pub(super) fn unwritten_is(&mut self, number: u64) {
        self.settle(number, State::Unwritten);
    }

    /// Begins a round: the server is about to be read from `from` on. Those that it should have
    /// there.
    pub(super) fn begin_a_round(&mut self, from: EntryId) -> Vec<u64> {
        self.round += 1;
        let is_later = |number: &u64| {
            let entry = self.entries.get(number);
            entry.is_some_and(|entry| entry.state > State::Written(from))
        };
        self.written.iter().copied().filter(is_later).collect()
    }

    /// Of these, what was not read is not written any more.
    pub(super) fn look_for(&mut self, expected: Vec<u64>, held: &Held) {
        for number in expected {
            let entry = self.entries.get(&number);
            if entry.is_some_and(|entry| !held.has(entry.name, entry.extent)) {
                self.settle(number, State::Unwritten);
            }
        }
    }

    pub(super) const fn round(&self) -> u64 {
        self.round
    }

    /// The oldest that are not written, so many at most.
    pub(super) fn next_unwritten(&mut self, many: usize, now: Duration) -> Vec<(u64, Revocation)> {
        self.drop_what_is_over(now);
        let named = |number: &u64| Some((*number, self.entries.get(number)?.revocation.clone()));
        self.unwritten.iter().take(many).filter_map(named).collect()
    }

    pub(super) fn unwritten(&self) -> usize {
        self.unwritten.len()
    }

    fn settle(&mut self, number: u64, state: State) {
        let Some(entry) = self.entries.get_mut(&number) else {
            return;
        };
        entry.state = state;
        let name = entry.name;
        self.unwritten.remove(&number);
        self.written.remove(&number);
        match state {
            State::UnderWay => return,
            State::Unwritten => self.unwritten.insert(number),
            State::Written(_) => self.written.insert(number),
        };
        if let Some(other) = self.settled.insert(name, number)
            && other != number
        {
            self.keep_one_of(number, other);
        }
    }

    /// Keeps that which refuses more; of equals one that is written, then the older. It stays for as
    /// long as the other would have, and is looked for where the later of two equals was written: the
    /// server may lose that one alone.
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
        self.unwritten.remove(&number);
        self.written.remove(&number);
        if self.settled.get(&entry.name) == Some(&number) {
            self.settled.remove(&entry.name);
        }
        Some(entry)
    }

    fn drop_what_is_over(&mut self, now: Duration) {
        while let Some((over, number)) = self.ends.first().copied() {
            if over > now {
                return;
            }
            self.forget(number);
        }
    }

    fn drop_what_is_too_much(&mut self, most: usize) {
        while self.written.len() > most {
            let oldest = self.written.first().copied();
            oldest.and_then(|oldest| self.forget(oldest));
        }
    }
}

#[cfg(test)]
mod tests;
