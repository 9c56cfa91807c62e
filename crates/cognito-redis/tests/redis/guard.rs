//! The attempt guard over a store that several machines share.

use std::net::IpAddr;
use std::sync::Arc;

use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, Purpose, StoreFailure};
use cognito_core::{ErrorKind, SystemClock};
use cognito_redis::RedisStore;
use futures_util::future::join_all;

use crate::server::Server;
use crate::stage::config;
use crate::start;

const KEY: &[u8; 32] = b"the same on every machine, 32 by";

fn guard(server: &Server) -> AttemptGuard {
    let store = Arc::new(RedisStore::new(config(&server.url())));
    AttemptGuard::builder(store, Arc::new(SystemClock::new()))
        .with_key(KEY)
        .on_store_failure(StoreFailure::Refuse)
        .build()
        .unwrap()
}

fn at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    AttemptSubject::new(Purpose::SignIn, user).with_address(address.parse::<IpAddr>().unwrap())
}

/// An attempt with a wrong password: whether it was admitted.
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
async fn tasks_on_four_machines_get_exactly_the_budget_of_one() {
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
    // Nobody else's budget was touched, and the lock holds on a machine that saw nothing of it.
    assert!(wrong(&machines[0], at("bob", "192.0.2.2")).await);
    assert!(!wrong(&guard(&server), at("alice", "192.0.2.1")).await);
}

#[tokio::test]
async fn a_victim_gets_in_from_an_address_of_their_own_while_a_stranger_is_locked_out() {
    let server = start!();
    let (one, other) = (guard(&server), guard(&server));
    for _ in 0..20 {
        wrong(&one, at("alice", "198.51.100.7")).await;
    }
    assert!(!wrong(&other, at("alice", "198.51.100.7")).await);
    let attempt = other.admit(at("alice", "192.0.2.1")).await.unwrap();
    attempt.succeeded().await;
    // The stranger is not let in again by that.
    assert!(!wrong(&one, at("alice", "198.51.100.7")).await);
}

#[tokio::test]
async fn the_server_holds_no_name_and_no_address() {
    let server = start!();
    let guard = guard(&server);
    wrong(&guard, at("alice@example.com", "192.0.2.1")).await;
    let keys: Vec<String> = redis::from_redis_value(server.ask(&["KEYS", "*"]).await).unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        assert!(!key.contains("alice") && !key.contains("192.0.2"), "{key}");
        let left: i64 = redis::from_redis_value(server.ask(&["PTTL", &key]).await).unwrap();
        assert!(left > 0, "{key} stays for ever");
    }
}

#[tokio::test]
async fn a_store_that_is_down_refuses_or_carries_on_as_was_chosen() {
    let mut server = start!();
    let careful = guard(&server);
    let store = Arc::new(RedisStore::new(config(&server.url())));
    let easy = AttemptGuard::builder(store, Arc::new(SystemClock::new()));
    let easy = easy.with_key(KEY).build().unwrap();
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
