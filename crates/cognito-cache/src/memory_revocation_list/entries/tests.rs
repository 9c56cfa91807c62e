//! Counts, indexes and memory of the entries.

use super::*;

const NOW: Now = Now {
    calendar: 1_000,
    monotonic: Duration::ZERO,
};

fn life(seconds: u64) -> Life {
    Life::new(NOW.calendar + seconds, Duration::from_secs(seconds))
}

fn after(seconds: u64) -> Now {
    Now {
        calendar: NOW.calendar + seconds,
        monotonic: Duration::from_secs(seconds),
    }
}

fn session(user: u64, session: u64) -> Entry {
    Entry {
        single: Some(Name::test(1_000_000 + session)),
        user: Some((Name::test(user), NOW.calendar)),
        life: life(60),
    }
}

/// Returns the sum that `count` must be.
fn recount(entries: &Entries) -> usize {
    let users = entries.users.values().map(User::count).sum::<usize>();
    users + entries.others.len()
}

#[test]
fn expired_entries_free_their_memory() {
    const CROWD: u64 = 50_000;
    let mut entries = Entries::default();
    for number in 0..CROWD {
        entries.put(session(number, number), NOW, usize::MAX);
        let other = Entry {
            user: None,
            ..session(0, number)
        };
        entries.put(other, NOW, usize::MAX);
    }
    let stays = Entry {
        life: life(120),
        ..session(CROWD, CROWD)
    };
    entries.put(stays, NOW, usize::MAX);
    assert_eq!(entries.len(), 100_001);
    entries.sweep(after(60), usize::MAX);
    assert_eq!(entries.len(), 1);
    assert!(entries.users.capacity() <= 4_096);
    assert!(entries.others.capacity() <= 4_096);
    assert_eq!(entries.first_expiry(NOW), Some(Duration::from_secs(120)));
}

#[test]
fn full_list_collapses_the_largest_user() {
    let mut entries = Entries::default();
    for number in 0..9 {
        entries.put(session(1, number), NOW, 10);
    }
    entries.put(session(2, 100), NOW, 10);
    entries.put(session(3, 101), NOW, 10);
    assert_eq!(entries.coarse(Name::test(1), NOW), Some(NOW.calendar));
    assert_eq!(entries.coarse(Name::test(2), NOW), None);
    assert_eq!(entries.coarse(Name::test(3), NOW), None);
    assert_eq!((entries.len(), entries.overflowed()), (3, 0));
}

#[test]
fn number_of_entries_never_exceeds_capacity() {
    let mut entries = Entries::default();
    let mut number: u64 = 1;
    for step in 0..20_000 {
        // A linear congruential generator: users, sessions and kinds in a fixed pseudo-random
        // order.
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = number >> 33;
        let mut entry = session(random % 97, random % 1_009);
        entry.user = entry.user.map(|(user, _)| (user, random % 50));
        entry.life = life(random % 100);
        match random % 7 {
            0 => entry.single = None,
            1 => entry.user = None,
            _ => {}
        }
        let now = after(step / 100);
        if random.is_multiple_of(5) {
            entries.sweep(now, 3);
        }
        entries.put(entry, now, 64);
        assert!(entries.count <= 64, "{}", entries.count);
        assert_eq!(entries.count, recount(&entries));
        let crowded = entries.users.values().filter(|it| it.count() > 1).count();
        assert_eq!(entries.crowded.len(), crowded);
    }
    entries.sweep(after(100_000), usize::MAX);
    assert_eq!((entries.len(), entries.first_expiry(NOW)), (0, None));
}
