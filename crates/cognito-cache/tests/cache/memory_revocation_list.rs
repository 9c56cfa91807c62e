//! The in-process revocation list: the contract of the trait, bounds in time and number, threads.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{ErrorKind, Revocation, RevocationList};
use cognito_testkit::{FixedClock, conformance};

const NOW: u64 = 1_800_000_000;
const HOUR: u64 = 3_600;
const LEEWAY: u64 = 300;

fn list() -> (FixedClock, MemoryRevocationList) {
    let clock = FixedClock::at_unix(NOW);
    let list = MemoryRevocationList::new(Arc::new(clock.clone()));
    (clock, list)
}

fn of(capacity: usize) -> (FixedClock, MemoryRevocationList) {
    let (clock, list) = list();
    (
        clock,
        list.with_capacity(NonZeroUsize::new(capacity).unwrap()),
    )
}

fn jti(jti: &str, expires_at: u64) -> Revocation {
    Revocation::token(jti, expires_at)
}

fn user(sub: &str, issued_until: u64) -> Revocation {
    Revocation::user(sub, issued_until)
}

fn token(jti: &str) -> TokenIdentity<'_> {
    TokenIdentity::new("somebody", NOW, Some(jti), None)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn passes_conformance_suite() {
    conformance::revocation_list(&list().1).await;
    conformance::revocation_list(&Arc::new(list().1)).await;
    conformance::revocation_list(&(Box::new(list().1) as Box<dyn RevocationList>)).await;
}

#[tokio::test]
async fn entry_outlives_token_by_leeway() {
    let (clock, list) = list();
    list.revoke(jti("a", NOW + HOUR)).await.unwrap();
    clock.advance(seconds(HOUR + LEEWAY - 1));
    assert!(list.is_revoked(&token("a")));
    assert_eq!(list.len(), 1);
    clock.advance(seconds(1));
    assert!(!list.is_revoked(&token("a")));
    assert_eq!(list.len(), 0);
}

#[tokio::test]
async fn entry_lives_at_most_a_day() {
    let (clock, list) = list();
    let ten_years = NOW + 10 * 365 * 24 * HOUR;
    list.revoke(jti("a", ten_years)).await.unwrap();
    list.revoke(jti("b", u64::MAX)).await.unwrap();
    list.revoke(user("c", ten_years)).await.unwrap();
    assert_eq!(list.len(), 3);
    clock.advance(seconds(24 * HOUR + LEEWAY - 1));
    assert_eq!(list.len(), 3);
    clock.advance(seconds(1));
    assert_eq!(list.len(), 0);
}

#[tokio::test]
async fn expired_token_is_not_stored() {
    let (_clock, list) = list();
    list.revoke(jti("a", NOW - LEEWAY)).await.unwrap();
    list.revoke(jti("b", 0)).await.unwrap();
    assert_eq!(list.len(), 0);
    // A verifier with leeway may still accept this one.
    list.revoke(jti("d", NOW - LEEWAY + 1)).await.unwrap();
    assert!(list.is_revoked(&token("d")));
}

/// A revoked session of a user: `origin_jti` and `iat` are those of its token.
fn session(sub: &str, origin_jti: &str, at: u64) -> Revocation {
    Revocation::session(origin_jti, at + HOUR).of_user(sub, at)
}

fn of_session<'a>(sub: &'a str, origin_jti: &'a str, iat: u64) -> TokenIdentity<'a> {
    TokenIdentity::new(sub, iat, None, Some(origin_jti))
}

#[tokio::test]
async fn one_user_cannot_fill_the_list() {
    const CAPACITY: usize = 1_000;
    let (_clock, list) = of(CAPACITY);
    for number in 0..10 * CAPACITY {
        let entry = session("attacker", &format!("{number}"), NOW);
        list.revoke(entry).await.unwrap();
        assert!(list.len() <= 32, "{}", list.len());
    }
    for number in 0..CAPACITY / 2 {
        let id = format!("{number}");
        list.revoke(session(&id, &id, NOW)).await.unwrap();
        assert!(list.is_revoked(&of_session(&id, &id, NOW)));
        assert!(!list.is_revoked(&of_session(&id, "another session", NOW)));
    }
    for number in 0..10 * CAPACITY {
        assert!(list.is_revoked(&of_session("attacker", &format!("{number}"), NOW)));
    }
    assert!(!list.is_revoked(&of_session("attacker", "later", NOW + 1)));
    assert_eq!((list.len(), list.overflowed()), (CAPACITY / 2 + 1, 0));
}

#[tokio::test]
async fn full_list_keeps_all_revocations() {
    const CAPACITY: usize = 1_000;
    const USERS: usize = 10 * CAPACITY;
    let (clock, list) = of(CAPACITY);
    for number in 0..USERS {
        let id = format!("{number}");
        let entry = match number % 3 {
            0 => session(&id, &id, NOW),
            1 => user(&id, NOW),
            // The revocation does not name its user.
            _ => Revocation::session(&id, NOW + HOUR),
        };
        list.revoke(entry).await.unwrap();
    }
    for number in 0..USERS {
        let id = format!("{number}");
        assert!(list.is_revoked(&of_session(&id, &id, NOW)), "{id}");
    }
    assert!(list.overflowed() > 0);
    assert!(list.len() <= CAPACITY + 1_024, "{}", list.len());
    // A user who signs in again is accepted, unless the slot is that of an unknown user.
    let (list, _) = (of(10).1, ());
    for number in 0..1_000 {
        let id = format!("{number}");
        list.revoke(user(&id, NOW)).await.unwrap();
    }
    for number in 0..1_000 {
        let id = format!("{number}");
        assert!(!list.is_revoked(&of_session(&id, &id, NOW + 1)), "{id}");
    }
    drop(clock);
}

#[tokio::test]
async fn overflow_ends_with_its_entries() {
    let (clock, list) = of(2);
    for id in ["a", "b", "c", "d"] {
        list.revoke(session(id, id, NOW)).await.unwrap();
    }
    // The slots are chosen by a random key, so two entries can share a slot.
    assert!((1..=2).contains(&list.overflowed()));
    clock.advance(seconds(HOUR + LEEWAY));
    assert_eq!((list.len(), list.overflowed()), (0, 0));
    list.revoke(session("e", "e", NOW + HOUR)).await.unwrap();
    assert_eq!((list.len(), list.overflowed()), (1, 0));
}

#[tokio::test]
async fn sign_out_everywhere_replaces_session_entries() {
    let (clock, list) = list();
    for id in ["a", "b", "c"] {
        list.revoke(session("s", id, NOW)).await.unwrap();
    }
    list.revoke(session("s", "later", NOW + 9)).await.unwrap();
    assert_eq!(list.len(), 4);
    list.revoke(user("s", NOW + 5)).await.unwrap();
    assert_eq!(list.len(), 2);
    for id in ["a", "b", "c", "later"] {
        assert!(list.is_revoked(&of_session("s", id, NOW)));
    }
    assert!(list.is_revoked(&of_session("s", "later", NOW + 9)));
    assert!(!list.is_revoked(&of_session("s", "new", NOW + 6)));
    // A session that was revoked before the sign-out needs no entry.
    list.revoke(session("s", "d", NOW + 4)).await.unwrap();
    assert_eq!(list.len(), 2);
    clock.advance(seconds(HOUR + LEEWAY));
    assert!(list.is_revoked(&of_session("s", "a", NOW)));
}

#[tokio::test]
async fn session_entry_ends_with_its_tokens() {
    let (clock, list) = list();
    list.revoke(session("s", "a", NOW)).await.unwrap();
    clock.advance(seconds(HOUR + LEEWAY - 1));
    assert!(list.is_revoked(&of_session("s", "a", NOW)));
    clock.advance(seconds(1));
    assert!(list.is_empty());
}

#[tokio::test]
async fn widened_names_the_wider_entry() {
    let (_clock, list) = list();
    let nth = |number: usize| session("s", &format!("{number}"), NOW + number as u64);
    for number in 0..32 {
        list.revoke(nth(number)).await.unwrap();
        assert_eq!(list.widened(&nth(number)), None);
    }
    for number in 32..40 {
        let until = NOW + number as u64;
        list.revoke(nth(number)).await.unwrap();
        let wider = user("s", until).expiring_at(until + HOUR);
        assert_eq!(list.widened(&nth(number)), Some(wider));
    }
    assert_eq!(list.widened(&session("other", "a", NOW)), None);
    assert_eq!(list.widened(&user("s", NOW)), None);
}

/// Checks that a revoked token stays rejected for as long as a verifier accepts it, however the
/// calendar is set.
#[tokio::test]
async fn setting_the_calendar_revives_no_token() {
    let (hour, leeway) = (seconds(HOUR), seconds(LEEWAY));
    let moment = |offset: i64| {
        let at = NOW.checked_add_signed(offset).unwrap();
        std::time::UNIX_EPOCH + seconds(at)
    };
    let revocations = [
        Revocation::token("a", NOW + HOUR),
        Revocation::token("a", NOW + HOUR).of_user("somebody", NOW),
        user("somebody", NOW).expiring_at(NOW + HOUR),
    ];
    for revocation in revocations {
        // The wall clock is set back by half an hour while the entry exists.
        let (clock, list) = list();
        list.revoke(revocation.clone()).await.unwrap();
        clock.advance(hour / 2);
        clock.set(moment(0));
        clock.advance(hour + leeway - seconds(1));
        assert!(list.is_revoked(&token("a")), "{revocation:?}");
        clock.advance(seconds(600));
        assert!(list.is_empty(), "{revocation:?}");

        // The wall clock is half an hour fast when the entry is created, and then corrected.
        let (clock, list) = self::list();
        clock.set(moment(1800));
        list.revoke(revocation.clone()).await.unwrap();
        clock.set(moment(0));
        clock.advance(hour + leeway - seconds(1));
        assert!(list.is_revoked(&token("a")), "{revocation:?}");
        clock.advance(seconds(600));
        assert!(list.is_empty(), "{revocation:?}");

        // The wall clock is half an hour slow when the entry is created, and then corrected: the
        // entry may exist too long.
        let (clock, list) = self::list();
        clock.set(moment(-1800));
        list.revoke(revocation.clone()).await.unwrap();
        clock.set(moment(0));
        clock.advance(hour + leeway - seconds(1));
        assert!(list.is_revoked(&token("a")), "{revocation:?}");
        clock.advance(hour);
        assert!(list.is_empty(), "{revocation:?}");
    }
    // A clock that is ahead by more than the token's life does not hide a revocation of a user.
    let (clock, list) = list();
    clock.set(moment(2 * 3600));
    let entry = Revocation::token("a", NOW + HOUR).of_user("somebody", NOW);
    list.revoke(entry).await.unwrap();
    clock.set(moment(0));
    assert!(list.is_revoked(&token("a")));
}

#[tokio::test]
async fn revoking_again_never_narrows() {
    let (clock, list) = list();
    list.revoke(jti("a", NOW + 2 * HOUR)).await.unwrap();
    list.revoke(jti("a", NOW + HOUR)).await.unwrap();
    list.revoke(user("c", NOW)).await.unwrap();
    list.revoke(user("c", NOW - HOUR)).await.unwrap();
    assert_eq!(list.len(), 2);
    clock.advance(seconds(HOUR + LEEWAY));
    assert!(list.is_revoked(&token("a")));
    assert!(list.is_revoked(&TokenIdentity::new("c", NOW, None, None)));
    assert!(!list.is_revoked(&TokenIdentity::new("c", NOW + 1, None, None)));
    // A second revocation may extend the entry.
    list.revoke(jti("a", NOW + 4 * HOUR)).await.unwrap();
    clock.advance(seconds(2 * HOUR));
    assert!(list.is_revoked(&token("a")));
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn checks_drop_expired_entries() {
    let (clock, list) = of(1_000);
    for number in 0..1_000 {
        let entry = jti(&format!("{number}"), NOW + HOUR);
        list.revoke(entry).await.unwrap();
    }
    clock.advance(seconds(HOUR + LEEWAY));
    assert!(format!("{list:?}").contains("stored: 1000"), "{list:?}");
    for _ in 0..16 {
        assert!(!list.is_revoked(&token("other")));
    }
    assert!(format!("{list:?}").contains("stored: 0,"), "{list:?}");
    // The same when the first check comes after the expiry.
    list.revoke(jti("a", NOW + 2 * HOUR)).await.unwrap();
    clock.advance(seconds(2 * HOUR));
    assert!(!list.is_revoked(&token("other")));
    assert!(format!("{list:?}").contains("stored: 0,"), "{list:?}");
}

#[tokio::test]
async fn full_list_drops_every_expired_entry() {
    let (clock, list) = of(100);
    let moment = |at: u64| std::time::UNIX_EPOCH + seconds(at);
    // The wall clock is fast, and then corrected. These entries expire by the monotonic clock
    // first, but not yet by the wall clock. There are more of them than one call checks if the list
    // is not full.
    clock.set(moment(NOW + 1_800));
    for number in 0..70 {
        let entry = jti(&format!("live {number}"), NOW + HOUR);
        list.revoke(entry).await.unwrap();
    }
    clock.set(moment(NOW));
    for number in 0..30 {
        let entry = jti(&format!("expired {number}"), NOW + 1_900);
        list.revoke(entry).await.unwrap();
    }
    clock.advance(seconds(1_900 + LEEWAY));
    list.revoke(jti("new", NOW + 2 * HOUR)).await.unwrap();
    assert_eq!((list.overflowed(), list.len()), (0, 71));
    assert!(list.is_revoked(&token("live 0")));
    assert!(list.is_revoked(&token("new")));
}

#[test]
fn capacity_is_the_configured_one() {
    assert_eq!(of(7).1.capacity(), NonZeroUsize::new(7));
    assert_eq!(list().1.capacity(), NonZeroUsize::new(1_000_000));
}

#[tokio::test]
async fn rejects_overlong_identifier() {
    let (_clock, list) = list();
    let longest = "x".repeat(1024);
    list.revoke(jti(&longest, NOW + HOUR)).await.unwrap();
    assert!(list.is_revoked(&token(&longest)));
    let (_clock, list) = self::list();
    let long = "x".repeat(1025);
    let error = list.revoke(jti(&long, NOW + HOUR)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(!error.to_string().contains("xxx"));
    assert!(list.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acknowledged_revocation_holds_in_every_thread() {
    let (_clock, list) = list();
    let list = Arc::new(list);
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (list, acknowledged) = (Arc::clone(&list), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                loop {
                    let known = acknowledged.load(Ordering::Acquire);
                    if let Some(last) = known.checked_sub(1) {
                        assert!(list.is_revoked(&token(&format!("{last}"))));
                        assert!(list.is_revoked(&token(&format!("{}", last / 2))));
                    }
                    assert!(!list.is_revoked(&token("never")));
                    if known == 2_000 {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 0..2_000 {
        let entry = jti(&format!("{number}"), NOW + HOUR);
        list.revoke(entry).await.unwrap();
        acknowledged.store(number + 1, Ordering::Release);
    }
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(list.len(), 2_000);
}
