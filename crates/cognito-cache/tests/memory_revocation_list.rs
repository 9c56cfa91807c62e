//! The in-process revocation list: the port's promises, bounds in time and number, threads.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::{ErrorKind, Revocation, RevocationList, TokenIdentity};
use cognito_testkit::{FixedClock, conformance};

const NOW: u64 = 1_800_000_000;
const HOUR: u64 = 3_600;
const LEEWAY: u64 = 60;

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

const fn token(jti: &str) -> TokenIdentity<'_> {
    TokenIdentity::new("somebody", NOW, Some(jti), None)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    conformance::revocation_list(&list().1).await;
    conformance::revocation_list(&Arc::new(list().1)).await;
    conformance::revocation_list(&(Box::new(list().1) as Box<dyn RevocationList>)).await;
}

#[tokio::test]
async fn an_entry_lives_as_long_as_its_token_and_the_leeway() {
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
async fn a_ten_year_token_does_not_make_a_ten_year_entry() {
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
async fn what_has_expired_is_not_stored() {
    let (_clock, list) = list();
    list.revoke(jti("a", NOW - LEEWAY)).await.unwrap();
    list.revoke(jti("b", 0)).await.unwrap();
    list.revoke(user("c", NOW - 24 * HOUR - LEEWAY))
        .await
        .unwrap();
    assert_eq!(list.len(), 0);
    // A verifier with leeway may still accept this one.
    list.revoke(jti("d", NOW - LEEWAY + 1)).await.unwrap();
    assert!(list.is_revoked(&token("d")));
}

#[tokio::test]
async fn a_full_list_refuses_new_entries_and_drops_none() {
    let (clock, list) = of(3);
    list.revoke(jti("a", NOW + HOUR)).await.unwrap();
    list.revoke(jti("b", NOW + 2 * HOUR)).await.unwrap();
    list.revoke(user("c", NOW)).await.unwrap();
    let error = list.revoke(jti("d", NOW + HOUR)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(error.to_string().contains("full with 3"), "{error}");
    assert!(list.is_revoked(&token("a")));
    assert!(list.is_revoked(&token("b")));
    assert!(!list.is_revoked(&token("d")));
    // What is there may be widened.
    list.revoke(user("c", NOW + 5)).await.unwrap();
    assert!(list.is_revoked(&TokenIdentity::new("c", NOW + 5, None, None)));
    clock.advance(seconds(HOUR + LEEWAY));
    list.revoke(jti("d", NOW + 2 * HOUR)).await.unwrap();
    assert!(list.is_revoked(&token("d")));
}

#[tokio::test]
async fn revoking_again_never_shortens_or_narrows() {
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
    // And again may prolong.
    list.revoke(jti("a", NOW + 4 * HOUR)).await.unwrap();
    clock.advance(seconds(2 * HOUR));
    assert!(list.is_revoked(&token("a")));
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn expired_entries_leave_when_tokens_are_merely_checked() {
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
}

#[tokio::test]
async fn an_identifier_longer_than_any_of_cognitos_is_refused() {
    let (_clock, list) = list();
    let long = "x".repeat(1025);
    let error = list.revoke(jti(&long, NOW + HOUR)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(!error.to_string().contains("xxx"));
    assert!(list.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_refused_by_every_thread_at_once() {
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
