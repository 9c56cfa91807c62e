//! Which revocations are kept, dropped and written, and when.

use super::super::known_entries::Names;
use super::*;
use crate::revocations::view::LIFE;

const NOW: Duration = Duration::from_secs(100);
const SECONDS: u64 = 1_000_000;

/// The revocations of a process, and the entries of its server.
#[derive(Default)]
struct Stage {
    names: Names,
    own: PendingWrites,
    known: KnownEntries,
}

impl Stage {
    /// Adds an entry that is about to be written.
    fn add_at(&mut self, name: &str, extent: u64, now: Duration) -> u64 {
        let entry = Entry {
            revocation: Revocation::token(name, extent),
            name: self.names.of("t", name),
            extent,
            over: now + LIFE,
            state: State::UnderWay,
        };
        self.own.add(entry, now)
    }

    fn add(&mut self, name: &str, extent: u64) -> u64 {
        self.add_at(name, extent, NOW)
    }

    fn written(&mut self, number: u64, id: EntryId) -> bool {
        let round = self.own.round();
        self.own.written(number, id, round, &self.known)
    }

    /// Records that an entry was read from the server.
    fn read(&mut self, name: &str, extent: u64) {
        let name = self.names.of("t", name);
        let id = EntryId::of(SECONDS);
        self.known.note(name, extent, extent, id, SECONDS);
    }

    fn lose(&mut self, from: EntryId) {
        let expected = self.own.begin_a_round(from);
        self.own.look_for(expected, &self.known);
    }

    fn pending(&mut self) -> Vec<(u64, Revocation)> {
        self.own.next_pending(99, NOW)
    }
}

fn id(number: u64) -> EntryId {
    EntryId::of(number)
}

#[test]
fn pending_writes_keep_their_order() {
    let mut stage = Stage::default();
    let numbers: Vec<_> = ["a", "b", "c"].map(|name| stage.add(name, 1)).into();
    assert!(stage.pending().is_empty(), "others are at it");
    stage.own.is_pending(numbers[2]);
    stage.written(numbers[1], id(5));
    stage.own.is_pending(numbers[0]);
    assert_eq!(stage.own.count(), 2);
    let token = |name| Revocation::token(name, 1);
    let (a, c) = ((numbers[0], token("a")), (numbers[2], token("c")));
    assert_eq!(stage.pending(), [a.clone(), c.clone()]);
    assert_eq!(stage.own.next_pending(1, NOW).first(), Some(&a));
    assert_eq!(stage.own.next_pending(1, NOW).len(), 1);
    stage.own.is_pending(numbers[1]);
    stage.own.is_pending(numbers[1]);
    assert_eq!(stage.pending(), [a, (numbers[1], token("b")), c]);
    for number in numbers {
        assert!(stage.written(number, id(number + 10)));
        assert!(stage.written(number, id(number + 10)));
    }
    assert_eq!(stage.own.count(), 0);
}

#[test]
fn entries_the_server_lost_are_pending() {
    let mut stage = Stage::default();
    for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let added = stage.add(name, 7);
        stage.written(added, id(number as u64 + 1));
    }
    stage.read("c", 7);
    stage.read("d", 6);
    stage.lose(id(1));
    let names: Vec<_> = stage.pending().into_iter().map(|(_, it)| it).collect();
    let token = |name| Revocation::token(name, 7);
    // Entries before that id are still on the server, because a server loses only its last entries.
    assert_eq!(names, [token("b"), token("d")]);
}

#[test]
fn replaced_server_does_not_count() {
    let mut stage = Stage::default();
    let (lost, there) = (stage.add("lost", 1), stage.add("there", 1));
    let before = stage.own.round();
    stage.lose(EntryId::START);
    stage.read("there", 1);
    assert!(!stage.own.written(lost, id(1), before, &stage.known));
    assert!(stage.own.written(there, id(2), before, &stage.known));
    let lost = (lost, Revocation::token("lost", 1));
    assert_eq!(stage.pending(), [lost]);
}

#[test]
fn one_entry_per_name_is_kept() {
    let mut stage = Stage::default();
    let is_kept = |stage: &Stage| {
        let own = &stage.own;
        let all = (own.entries.len(), own.settled.len(), own.ends.len());
        assert_eq!(all, (1, 1, 1));
        assert_eq!(own.written.len() + own.pending.len(), 1);
        *own.entries.keys().next().expect("one")
    };
    let first = stage.add("a", 5);
    stage.own.is_pending(first);
    for _ in 0..10 {
        let again = stage.add("a", 5);
        stage.own.is_pending(again);
    }
    assert_eq!(is_kept(&stage), first, "the place in the order");
    let less = stage.add("a", 4);
    stage.written(less, id(1));
    assert_eq!(is_kept(&stage), first, "it refuses more");
    let written = stage.add("a", 5);
    stage.written(written, id(2));
    assert_eq!(is_kept(&stage), written, "nothing is left to do");
    let more = stage.add("a", 6);
    stage.own.is_pending(more);
    assert_eq!(is_kept(&stage), more);
    stage.written(more, id(3));
    assert_eq!(is_kept(&stage), more);
}

#[test]
fn merged_entry_stays_as_long_as_either() {
    let mut stage = Stage::default();
    let first = stage.add_at("a", 5, NOW);
    stage.written(first, id(1));
    let second = stage.add_at("a", 5, NOW + LIFE / 2);
    stage.written(second, id(2));
    let number = stage.add_at("another", 5, NOW + LIFE);
    stage.written(number, id(3));
    assert_eq!(stage.own.written.len(), 2);
    let number = stage.add_at("another", 5, NOW + LIFE / 2 + LIFE);
    stage.written(number, id(4));
    assert_eq!(stage.own.written.len(), 1);
}

#[test]
fn later_of_two_writes_is_looked_for() {
    let mut stage = Stage::default();
    for (first, second) in [(1, 9), (9, 1)] {
        let name = format!("{first}");
        for at in [first, second] {
            let number = stage.add(&name, 5);
            stage.written(number, id(at));
        }
    }
    assert_eq!(stage.own.written.len(), 2);
    // The server kept the entries up to id 5.
    stage.lose(id(5));
    assert_eq!(stage.pending().len(), 2);
}

#[test]
fn expired_entries_are_forgotten() {
    let mut stage = Stage::default();
    let old = stage.add("old", 1);
    stage.written(old, id(1));
    let never = stage.add("never written", 1);
    stage.own.is_pending(never);
    let new = stage.add_at("new", 1, NOW + LIFE);
    stage.own.is_pending(new);
    let only = (new, Revocation::token("new", 1));
    assert_eq!(stage.pending(), [only]);
    assert!(stage.own.begin_a_round(EntryId::START).is_empty());
    assert!(stage.own.next_pending(1, NOW + 2 * LIFE).is_empty());
    assert_eq!((stage.own.count(), stage.own.entries.len()), (0, 0));
}

#[test]
fn pending_write_does_not_block_eviction() {
    let mut stage = Stage::default();
    let waits = stage.add("waits", 1);
    stage.own.is_pending(waits);
    for number in 0..10 {
        let added = stage.add(&number.to_string(), 1);
        stage.written(added, id(number));
    }
    stage.own.drop_what_is_too_much(3);
    assert_eq!(stage.own.written, BTreeSet::from([8, 9, 10]));
    assert_eq!((stage.own.entries.len(), stage.own.count()), (4, 1));
}

#[test]
fn written_entry_makes_narrower_ones_needless() {
    let mut stage = Stage::default();
    let name = stage.names.of("t", "a");
    let number = stage.add("a", 5);
    assert_eq!(
        stage.own.makes_needless(name, 5, 5),
        None,
        "not written yet"
    );
    stage.written(number, id(1));
    assert_eq!(stage.own.makes_needless(name, 5, 5), Some(id(1)));
    assert_eq!(stage.own.makes_needless(name, 6, 5), None);
    assert_eq!(stage.own.makes_needless(name, 5, 6), None);
    assert_eq!(
        stage.own.makes_needless(stage.names.of("u", "a"), 5, 5),
        None
    );
    stage.own.is_pending(number);
    assert_eq!(
        stage.own.makes_needless(name, 5, 5),
        None,
        "the server lost it"
    );
}

/// A sign-out everywhere lasts a day. A wider entry of the same user that expires earlier must not
/// replace it.
#[test]
fn merged_user_entry_keeps_later_expiry() {
    let user = |stage: &mut Stage, until, expires_at| {
        let revocation = Revocation::user("s", until).expiring_at(expires_at);
        let entry = Entry {
            name: stage.names.of("u", "s"),
            revocation,
            extent: until,
            over: NOW + LIFE,
            state: State::UnderWay,
        };
        stage.own.add(entry, NOW)
    };
    let mut stage = Stage::default();
    let wider = user(&mut stage, 9, 20);
    stage.written(wider, id(1));
    let longer = user(&mut stage, 5, 90);
    stage.own.is_pending(longer);
    let both = Revocation::user("s", 9).expiring_at(90);
    assert_eq!(stage.pending(), [(wider, both)]);
    assert_eq!(stage.own.written.len(), 0);
}
