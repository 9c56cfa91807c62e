//! What this process has revoked: to be written until it is, and again if the server loses it.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;

use cognito_core::Revocation;

use super::entry::EntryId;
use super::view::LIFE;

/// How many are kept that were written. The oldest make room: they are then written back by nobody,
/// should the server lose them.
const MAX_WRITTEN: u64 = 1_000_000;

/// Revocations of this process, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Own {
    entries: BTreeMap<u64, Entry>,
    next: u64,
    unwritten: usize,
}

#[derive(Debug)]
struct Entry {
    revocation: Revocation,
    state: State,
    /// When no token that it concerns lives any more, in the clock's monotonic time.
    over: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is being written by whoever revoked.
    UnderWay,
    /// It could not be written, or the server has lost it.
    Unwritten,
    /// The server has it under this id.
    Written(EntryId),
}

impl Own {
    /// One more, which is about to be written. The number names it.
    pub(super) fn add(&mut self, revocation: Revocation, now: Duration) -> u64 {
        self.drop_what_is_over(now);
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            revocation,
            state: State::UnderWay,
            over: now.saturating_add(LIFE),
        };
        self.entries.insert(number, entry);
        number
    }

    /// The server has it.
    pub(super) fn written(&mut self, number: u64, id: EntryId) {
        self.set(number, State::Written(id));
    }

    /// The server does not have it, or has it no more.
    pub(super) fn unwritten_is(&mut self, number: u64) {
        self.set(number, State::Unwritten);
    }

    /// It concerns no living token.
    pub(super) fn forget(&mut self, number: u64) {
        let forgotten = self.entries.remove(&number);
        if forgotten.is_some_and(|entry| entry.state == State::Unwritten) {
            self.unwritten -= 1;
        }
    }

    fn set(&mut self, number: u64, state: State) {
        if let Some(entry) = self.entries.get_mut(&number) {
            let before = std::mem::replace(&mut entry.state, state);
            self.unwritten += usize::from(state == State::Unwritten);
            self.unwritten -= usize::from(before == State::Unwritten);
        }
    }

    /// The oldest from this number on that is not written.
    pub(super) fn first_unwritten(&self, from: u64) -> Option<(u64, Revocation)> {
        if self.unwritten == 0 {
            return None;
        }
        let mut entries = self.entries.range(from..);
        let (number, entry) = entries.find(|(_, entry)| entry.state == State::Unwritten)?;
        Some((*number, entry.revocation.clone()))
    }

    /// Those that the server should have after `id`.
    pub(super) fn written_after(&self, id: EntryId) -> HashMap<EntryId, (u64, Revocation)> {
        let named = |(number, entry): (&u64, &Entry)| match entry.state {
            State::Written(written) if written > id => {
                Some((written, (*number, entry.revocation.clone())))
            }
            _ => None,
        };
        self.entries.iter().filter_map(named).collect()
    }

    pub(super) const fn unwritten(&self) -> usize {
        self.unwritten
    }

    fn drop_what_is_over(&mut self, now: Duration) {
        while let Some((number, first)) = self.entries.first_key_value() {
            let number = *number;
            let is_too_many =
                matches!(first.state, State::Written(_)) && self.next - number > MAX_WRITTEN;
            if first.over > now && !is_too_many {
                return;
            }
            self.forget(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn id(number: u64) -> EntryId {
        EntryId::parse(&redis::Value::SimpleString(format!("{number}-0"))).expect("an id")
    }

    fn token(name: &str) -> Revocation {
        Revocation::token(name, 1)
    }

    #[test]
    fn what_is_unwritten_comes_in_the_order_it_was_made() {
        let mut own = Own::default();
        let numbers: Vec<_> = ["a", "b", "c"].map(|name| own.add(token(name), NOW)).into();
        assert_eq!(own.first_unwritten(0), None, "others are at it");
        own.unwritten_is(numbers[0]);
        own.written(numbers[1], id(5));
        own.unwritten_is(numbers[2]);
        assert_eq!(own.unwritten(), 2);
        assert_eq!(own.first_unwritten(0), Some((numbers[0], token("a"))));
        let rest = own.first_unwritten(numbers[0] + 1);
        assert_eq!(rest, Some((numbers[2], token("c"))));
        own.unwritten_is(numbers[1]);
        own.unwritten_is(numbers[1]);
        assert_eq!(own.unwritten(), 3);
        let rest = own.first_unwritten(numbers[0] + 1);
        assert_eq!(rest, Some((numbers[1], token("b"))));
        for number in numbers {
            own.written(number, id(number + 10));
            own.written(number, id(number + 10));
        }
        assert_eq!(own.unwritten(), 0);
        assert_eq!(own.first_unwritten(0), None);
    }

    #[test]
    fn what_the_server_should_have_is_known_by_its_id() {
        let mut own = Own::default();
        for number in [3, 4, 5] {
            let named = own.add(token(&number.to_string()), NOW);
            own.written(named, id(number));
        }
        let after = own.written_after(id(3));
        assert_eq!(after.len(), 2);
        assert_eq!(after[&id(5)].1, token("5"));
    }

    #[test]
    fn what_concerns_no_living_token_is_forgotten() {
        let mut own = Own::default();
        let old = own.add(token("old"), NOW);
        own.written(old, id(1));
        let never = own.add(token("never written"), NOW);
        own.unwritten_is(never);
        let new = own.add(token("new"), NOW + LIFE);
        own.unwritten_is(new);
        assert_eq!(own.unwritten(), 1);
        assert_eq!(own.first_unwritten(0).map(|(_, r)| r), Some(token("new")));
        assert!(own.written_after(EntryId::START).is_empty());
        own.forget(new);
        assert_eq!(own.unwritten(), 0);
    }
}
