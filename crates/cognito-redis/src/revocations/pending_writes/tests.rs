//! Which revocations are kept, dropped and written, and when.

use super::super::known_entries::Names;
use super::*;
use crate::revocations::view::LIFE;

const NOW: Duration = Duration::from_secs(100);
const SECONDS: u64 = 1_000_000;

/// The revocations of a process, and the entries of its server.
#[derive(Default)]
struct Fixture {
    names: Names,
    own: PendingWrites,
    known: KnownEntries,
}

impl Fixture {
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
        let expected = self.own.begin_round(from);
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
    let mut fixture = Fixture::default();
    let numbers: Vec<_> = ["a", "b", "c"].map(|name| fixture.add(name, 1)).into();
    assert!(fixture.pending().is_empty(), "others are at it");
    fixture.own.set_pending(numbers[2]);
    fixture.written(numbers[1], id(5));
    fixture.own.set_pending(numbers[0]);
    assert_eq!(fixture.own.count(), 2);
    let token = |name| Revocation::token(name, 1);
    let (a, c) = ((numbers[0], token("a")), (numbers[2], token("c")));
    assert_eq!(fixture.pending(), [a.clone(), c.clone()]);
    assert_eq!(fixture.own.next_pending(1, NOW).first(), Some(&a));
    assert_eq!(fixture.own.next_pending(1, NOW).len(), 1);
    fixture.own.set_pending(numbers[1]);
    fixture.own.set_pending(numbers[1]);
    assert_eq!(fixture.pending(), [a, (numbers[1], token("b")), c]);
    for number in numbers {
        assert!(fixture.written(number, id(number + 10)));
        assert!(fixture.written(number, id(number + 10)));
    }
    assert_eq!(fixture.own.count(), 0);
}

#[test]
fn entries_the_server_lost_are_pending() {
    let mut fixture = Fixture::default();
    for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let added = fixture.add(name, 7);
        fixture.written(added, id(number as u64 + 1));
    }
    fixture.read("c", 7);
    fixture.read("d", 6);
    fixture.lose(id(1));
    let names: Vec<_> = fixture.pending().into_iter().map(|(_, it)| it).collect();
    let token = |name| Revocation::token(name, 7);
    // Entries before that id are still on the server, because a server loses only its last entries.
    assert_eq!(names, [token("b"), token("d")]);
}

#[test]
fn replaced_server_does_not_count() {
    let mut fixture = Fixture::default();
    let (lost, there) = (fixture.add("lost", 1), fixture.add("there", 1));
    let before = fixture.own.round();
    fixture.lose(EntryId::START);
    fixture.read("there", 1);
    assert!(!fixture.own.written(lost, id(1), before, &fixture.known));
    assert!(fixture.own.written(there, id(2), before, &fixture.known));
    let lost = (lost, Revocation::token("lost", 1));
    assert_eq!(fixture.pending(), [lost]);
}

#[test]
fn one_entry_per_name_is_kept() {
    let mut fixture = Fixture::default();
    let is_kept = |fixture: &Fixture| {
        let own = &fixture.own;
        let all = (own.entries.len(), own.settled.len(), own.ends.len());
        assert_eq!(all, (1, 1, 1));
        assert_eq!(own.written.len() + own.pending.len(), 1);
        *own.entries.keys().next().expect("one")
    };
    let first = fixture.add("a", 5);
    fixture.own.set_pending(first);
    for _ in 0..10 {
        let again = fixture.add("a", 5);
        fixture.own.set_pending(again);
    }
    assert_eq!(is_kept(&fixture), first, "the place in the order");
    let less = fixture.add("a", 4);
    fixture.written(less, id(1));
    assert_eq!(is_kept(&fixture), first, "it refuses more");
    let written = fixture.add("a", 5);
    fixture.written(written, id(2));
    assert_eq!(is_kept(&fixture), written, "nothing is left to do");
    let more = fixture.add("a", 6);
    fixture.own.set_pending(more);
    assert_eq!(is_kept(&fixture), more);
    fixture.written(more, id(3));
    assert_eq!(is_kept(&fixture), more);
}

#[test]
fn merged_entry_stays_as_long_as_either() {
    let mut fixture = Fixture::default();
    let first = fixture.add_at("a", 5, NOW);
    fixture.written(first, id(1));
    let second = fixture.add_at("a", 5, NOW + LIFE / 2);
    fixture.written(second, id(2));
    let number = fixture.add_at("another", 5, NOW + LIFE);
    fixture.written(number, id(3));
    assert_eq!(fixture.own.written.len(), 2);
    let number = fixture.add_at("another", 5, NOW + LIFE / 2 + LIFE);
    fixture.written(number, id(4));
    assert_eq!(fixture.own.written.len(), 1);
}

#[test]
fn later_of_two_writes_is_looked_for() {
    let mut fixture = Fixture::default();
    for (first, second) in [(1, 9), (9, 1)] {
        let name = format!("{first}");
        for at in [first, second] {
            let number = fixture.add(&name, 5);
            fixture.written(number, id(at));
        }
    }
    assert_eq!(fixture.own.written.len(), 2);
    // The server kept the entries up to id 5.
    fixture.lose(id(5));
    assert_eq!(fixture.pending().len(), 2);
}

#[test]
fn expired_entries_are_forgotten() {
    let mut fixture = Fixture::default();
    let old = fixture.add("old", 1);
    fixture.written(old, id(1));
    let never = fixture.add("never written", 1);
    fixture.own.set_pending(never);
    let new = fixture.add_at("new", 1, NOW + LIFE);
    fixture.own.set_pending(new);
    let only = (new, Revocation::token("new", 1));
    assert_eq!(fixture.pending(), [only]);
    assert!(fixture.own.begin_round(EntryId::START).is_empty());
    assert!(fixture.own.next_pending(1, NOW + 2 * LIFE).is_empty());
    assert_eq!((fixture.own.count(), fixture.own.entries.len()), (0, 0));
}

#[test]
fn pending_write_does_not_block_eviction() {
    let mut fixture = Fixture::default();
    let waits = fixture.add("waits", 1);
    fixture.own.set_pending(waits);
    for number in 0..10 {
        let added = fixture.add(&number.to_string(), 1);
        fixture.written(added, id(number));
    }
    fixture.own.drop_oldest_written(3);
    assert_eq!(fixture.own.written, BTreeSet::from([8, 9, 10]));
    assert_eq!((fixture.own.entries.len(), fixture.own.count()), (4, 1));
}

#[test]
fn written_entry_makes_narrower_ones_needless() {
    let mut fixture = Fixture::default();
    let name = fixture.names.of("t", "a");
    let number = fixture.add("a", 5);
    assert_eq!(
        fixture.own.makes_needless(name, 5, 5),
        None,
        "not written yet"
    );
    fixture.written(number, id(1));
    assert_eq!(fixture.own.makes_needless(name, 5, 5), Some(id(1)));
    assert_eq!(fixture.own.makes_needless(name, 6, 5), None);
    assert_eq!(fixture.own.makes_needless(name, 5, 6), None);
    assert_eq!(
        fixture.own.makes_needless(fixture.names.of("u", "a"), 5, 5),
        None
    );
    fixture.own.set_pending(number);
    assert_eq!(
        fixture.own.makes_needless(name, 5, 5),
        None,
        "the server lost it"
    );
}

/// A sign-out everywhere lasts a day. A wider entry of the same user that expires earlier must not
/// replace it.
#[test]
fn merged_user_entry_keeps_later_expiry() {
    let user = |fixture: &mut Fixture, until, expires_at| {
        let revocation = Revocation::user("s", until).expiring_at(expires_at);
        let entry = Entry {
            name: fixture.names.of("u", "s"),
            revocation,
            extent: until,
            over: NOW + LIFE,
            state: State::UnderWay,
        };
        fixture.own.add(entry, NOW)
    };
    let mut fixture = Fixture::default();
    let wider = user(&mut fixture, 9, 20);
    fixture.written(wider, id(1));
    let longer = user(&mut fixture, 5, 90);
    fixture.own.set_pending(longer);
    let both = Revocation::user("s", 9).expiring_at(90);
    assert_eq!(fixture.pending(), [(wider, both)]);
    assert_eq!(fixture.own.written.len(), 0);
}
