//! Attempts that wait for attempts in flight.

use std::future::{pending, poll_fn};
use std::task::Poll;

use tokio::task::JoinSet;

use super::*;

/// Makes `count` attempts at the same time. Each reports its result after the others have run
/// for some turns. Returns how many were admitted.
async fn at_once(fixture: &Fixture, count: usize, right: impl Fn(usize) -> bool) -> usize {
    let mut all = JoinSet::new();
    for number in 0..count {
        let (guard, is_right) = (fixture.guard.clone(), right(number));
        all.spawn(async move {
            let admitted = guard.admit_within(at("alice", HOME), pending()).await;
            let Ok(attempt) = admitted else { return 0 };
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            if is_right {
                attempt.succeeded().await;
            } else {
                attempt.failed().await;
            }
            1
        });
    }
    all.join_all().await.into_iter().sum()
}

#[tokio::test]
async fn right_attempts_at_once_are_all_admitted() {
    let fixture = fixture();
    assert_eq!(at_once(&fixture, 16, |_| true).await, 16);
    assert_eq!(at_once(&fixture, 64, |_| true).await, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_attempts_at_once_keep_limit() {
    for _ in 0..20 {
        let fixture = fixture();
        assert_eq!(at_once(&fixture, 100, |_| false).await, 4);
        assert!(fixture.locked("alice", HOME).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_mixed_attempts_no_more_than_limit_fail() {
    for round in 0..50 {
        let fixture = fixture();
        let admitted = at_once(&fixture, 60, |number| (number + round) % 3 == 0).await;
        assert!((4..=20 + 4).contains(&admitted), "{admitted}");
        // The user and the address have lost no place: 4 of 20 and 4 of 100 are used.
        fixture.fail(4, "alice", AWAY).await;
        for number in 0..12 {
            fixture
                .fail(1, "alice", &format!("203.0.113.{number}"))
                .await;
        }
        for number in 0..96 {
            fixture.fail(1, &format!("name {number}"), HOME).await;
        }
    }
}

#[tokio::test]
async fn wait_ends_when_patience_does() {
    let fixture = fixture();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(fixture.admit("alice", HOME).await.unwrap());
    }
    // A timer that is ready at the first poll, and one that never is.
    assert!(fixture.admit("alice", HOME).await.is_err());
    let guard = fixture.guard.clone();
    let waits = tokio::spawn(async move {
        let admitted = guard.admit_within(at("alice", HOME), pending()).await;
        admitted.unwrap().undecided().await;
    });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    held.pop().unwrap().undecided().await;
    waits.await.unwrap();
}

#[tokio::test]
async fn queue_has_share_for_each_address() {
    let fixture = fixture();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(fixture.admit("alice", HOME).await.unwrap());
        held.push(fixture.admit("alice", AWAY).await.unwrap());
    }
    let mut all = JoinSet::new();
    let mut wait = |address: &'static str| {
        let guard = fixture.guard.clone();
        all.spawn(async move {
            let admitted = guard.admit_within(at("alice", address), pending()).await;
            match admitted {
                Ok(attempt) => attempt.undecided().await,
                Err(_) => return (address, false),
            }
            (address, true)
        });
    };
    for _ in 0..100 {
        wait(HOME);
    }
    for _ in 0..10 {
        wait(AWAY);
    }
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    for attempt in held {
        attempt.undecided().await;
    }
    let all = all.join_all().await;
    let admitted = |address| all.iter().filter(|it| **it == (address, true)).count();
    assert_eq!((admitted(HOME), admitted(AWAY)), (64, 10));
}

#[tokio::test]
async fn queue_is_bounded() {
    let fixture = fixture();
    let mut held = Vec::new();
    let mut all = JoinSet::new();
    for host in 1..=17 {
        let address = format!("192.0.2.{host}");
        for _ in 0..4 {
            held.push(fixture.admit(&address, &address).await.unwrap());
        }
        for _ in 0..64 {
            let (guard, address) = (fixture.guard.clone(), address.clone());
            all.spawn(async move {
                let subject = at(&address, &address);
                let admitted = guard.admit_within(subject, pending()).await;
                let Ok(attempt) = admitted else { return false };
                attempt.undecided().await;
                true
            });
        }
    }
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    for attempt in held {
        attempt.undecided().await;
    }
    let admitted = all.join_all().await.into_iter().filter(|it| *it).count();
    assert_eq!(admitted, 1_024);
}

#[tokio::test]
async fn waiter_that_goes_away_loses_no_place() {
    let fixture = fixture();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(fixture.admit("alice", HOME).await.unwrap());
    }
    let mut first = Box::pin(fixture.guard.admit_within(at("alice", HOME), pending()));
    let mut second = Box::pin(fixture.guard.admit_within(at("alice", HOME), pending()));
    for waiting in [first.as_mut(), second.as_mut()] {
        let mut waiting = waiting;
        let polled = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context)));
        assert!(polled.await.is_pending());
    }
    // The first waiting attempt is woken, and dropped before it runs.
    held.pop().unwrap().undecided().await;
    drop(first);
    second.await.unwrap().undecided().await;
}
