//! The attempt guard with a store that several instances share.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, Purpose, StoreFailure};
use cognito_core::{ErrorKind, SystemClock};
use cognito_redis::RedisStore;
use futures_util::future::join_all;

use crate::fixture::config;
use crate::server::Server;
use crate::start;
use crate::storm::Storm;

const KEY: &[u8; 32] = b"the same on every machine, 32 by";

fn guard(server: &Server) -> AttemptGuard {
    let store = Arc::new(RedisStore::new(config(&server.url())));
    AttemptGuard::builder(store, Arc::new(SystemClock::new()))
        .key(KEY)
        .store_failure(StoreFailure::Refuse)
        .build()
        .unwrap()
}

fn at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    AttemptSubject::new(Purpose::SignIn, user).with_address(address.parse::<IpAddr>().unwrap())
}

/// Makes an attempt with a wrong password. Returns whether it was admitted.
async fn wrong(guard: &AttemptGuard, subject: AttemptSubject<'_>) -> bool {
    match guard.admit(subject).await {
        Ok(attempt) => {
            attempt.failed().await;
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::AttemptLimit);
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_instances_share_exactly_one_budget() {
    let server = start!();
    let machines: Vec<_> = (0..4).map(|_| guard(&server)).collect();
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let guard = machines[number % 4].clone();
            tokio::spawn(async move { wrong(&guard, at("alice", "192.0.2.1")).await })
        })
        .collect();
    let mut admitted = 0;
    for task in join_all(tasks).await {
        admitted += u32::from(task.unwrap());
    }
    assert_eq!(admitted, AttemptPolicy::passwords().per_user_and_address);
    // No other user's budget was used, and the lock is in effect on an instance that saw none of
    // the attempts.
    assert!(wrong(&machines[0], at("bob", "192.0.2.2")).await);
    assert!(!wrong(&guard(&server), at("alice", "192.0.2.1")).await);
}

#[tokio::test]
async fn locked_stranger_does_not_block_victim() {
    let server = start!();
    let (one, other) = (guard(&server), guard(&server));
    let home = at("alice", "192.0.2.1");
    one.admit(home).await.unwrap().signed_in().await;
    // Attackers use up the user's limit for all addresses.
    let mut admitted = 0;
    for number in 0..100 {
        let stranger = format!("198.51.100.{}", number / 4);
        admitted += u32::from(wrong(&one, at("alice", &stranger)).await);
    }
    assert_eq!(admitted, AttemptPolicy::passwords().per_user);
    assert!(!wrong(&other, at("alice", "203.0.113.1")).await);
    for guard in [&other, &one, &other] {
        guard.admit(home).await.unwrap().signed_in().await;
    }
    // This does not admit the attackers again.
    assert!(!wrong(&one, at("alice", "203.0.113.1")).await);
}

#[tokio::test]
async fn known_device_is_known_on_all_instances() {
    let server = start!();
    let (one, other) = (guard(&server), guard(&server));
    let phone = |address: &str| at("alice", address).with_device("eu-central-1_5a4c9d1e");
    one.admit(phone("192.0.2.1"))
        .await
        .unwrap()
        .signed_in()
        .await;
    for _ in 0..4 {
        assert!(wrong(&one, at("alice", "203.0.113.1")).await);
    }
    assert!(!wrong(&other, at("alice", "203.0.113.1")).await);
    let beside = other.admit(phone("203.0.113.1")).await.unwrap();
    beside.succeeded().await;
    let mut admitted = 0;
    for number in 0..10 {
        let address = format!("198.51.100.{number}");
        admitted += u32::from(wrong([&one, &other][number % 2], phone(&address)).await);
    }
    assert_eq!(admitted, 4);
}

#[tokio::test]
async fn mark_expires_after_thirty_days() {
    // By the server's clock.
    let server = start!();
    let guard = guard(&server);
    let attempt = guard.admit(at("alice", "192.0.2.1")).await.unwrap();
    attempt.signed_in().await;
    let marks = server.ask(&["KEYS", "*attempt-known*"]).await;
    let marks: Vec<String> = redis::from_redis_value(marks).unwrap();
    assert_eq!(marks.len(), 1);
    let left: i64 = redis::from_redis_value(server.ask(&["TTL", &marks[0]]).await).unwrap();
    let days = 30 * 24 * 60 * 60;
    assert!((days - 60..=days).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn storm_of_strangers_gets_only_the_budgets() {
    // Every victim can still sign in.
    let server = start!();
    let storm = Storm {
        attempts: 20_000,
        addresses: 50,
        victims: 10,
        machines: 4,
        strangers: 32,
    };
    let outcome = storm.run(&server.url()).await;
    assert_eq!(outcome.admitted, storm.budget());
    assert_eq!(outcome.kept_out, 0);
    assert!(outcome.signed_in >= 2 * storm.victims);
}

#[tokio::test]
async fn the_server_holds_no_name_and_no_address() {
    let server = start!();
    let guard = guard(&server);
    let device = "eu-central-1_5a4c9d1e";
    let subject = at("alice@example.com", "192.0.2.1").with_device(device);
    wrong(&guard, subject).await;
    guard.admit(subject).await.unwrap().signed_in().await;
    wrong(&guard, subject).await;
    let keys: Vec<String> = redis::from_redis_value(server.ask(&["KEYS", "*"]).await).unwrap();
    // The address, the user and the two at once, two marks, and the device, which is known now.
    assert_eq!(keys.len(), 6);
    for key in keys {
        for name in ["alice", "192.0.2", "5a4c9d1e"] {
            assert!(!key.contains(name), "{key}");
        }
        let left: i64 = redis::from_redis_value(server.ask(&["PTTL", &key]).await).unwrap();
        assert!(left > 0, "{key} stays for ever");
        let value = server.text(&["GET", &key]).await;
        assert!(value.len() <= 2, "{value}");
    }
}

#[tokio::test]
async fn unavailable_store_follows_configured_policy() {
    let mut server = start!();
    let careful = guard(&server);
    let store = Arc::new(RedisStore::new(config(&server.url())));
    let easy = AttemptGuard::builder(store, Arc::new(SystemClock::new()));
    let easy = easy.key(KEY).build().unwrap();
    server.kill().await;
    let error = careful.admit(at("alice", "192.0.2.1")).await.unwrap_err();
    assert_eq!(error.status(), 503);
    for _ in 0..50 {
        let attempt = easy.admit(at("alice", "192.0.2.1")).await.unwrap();
        attempt.failed().await;
    }
    server.restart().await;
    assert!(wrong(&careful, at("alice", "192.0.2.1")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rejected_strangers_do_not_lock_out_user() {
    let server = start!();
    let machines: Vec<_> = (0..4).map(|_| guard(&server)).collect();
    for strangers in [64, 128] {
        let name = format!("user {strangers}");
        let is_over = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..strangers)
            .map(|number| {
                let guard = machines[number % 4].clone();
                let (name, is_over) = (name.clone(), Arc::clone(&is_over));
                tokio::spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        wrong(&guard, at(&name, "198.51.100.1")).await;
                    }
                })
            })
            .collect();
        // Each attempt is from a different address. No address is known, so all attempts use the
        // user's counter.
        let mut kept_out = 0;
        for number in 0..200 {
            let address = format!("192.0.2.{number}");
            match machines[number % 4].admit(at(&name, &address)).await {
                Ok(attempt) => attempt.succeeded().await,
                Err(_) => kept_out += 1,
            }
        }
        is_over.store(true, Ordering::Relaxed);
        for task in join_all(tasks).await {
            task.unwrap();
        }
        assert_eq!(kept_out, 0, "{strangers} strangers at once");
    }
}
