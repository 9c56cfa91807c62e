//! The store: the contract of the trait `Store`, bounds, and the content of the server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::store::StoreKey;
use cognito_core::{ErrorKind, Store};
use cognito_redis::RedisStore;
use cognito_testkit::conformance::{self, PassTime};
use futures_util::future::join_all;
use redis::Value;

use crate::fixture::config;
use crate::server::Server;
use crate::start;

const MINUTE: Duration = Duration::from_secs(60);

/// Shortens the time to live of everything in the server.
struct Shorten<'a>(&'a Server);

#[async_trait]
impl PassTime for Shorten<'_> {
    async fn pass(&self, time: Duration) {
        let keys: Vec<String> = redis::from_redis_value(self.0.ask(&["KEYS", "*"]).await).unwrap();
        for key in keys {
            let Value::Int(left) = self.0.ask(&["PTTL", &key]).await else {
                panic!("no time to live");
            };
            assert!(left >= 0, "{key} lives for ever");
            let left = left - i64::try_from(time.as_millis()).unwrap();
            self.0.ask(&["PEXPIRE", &key, &left.to_string()]).await;
        }
    }

    fn grain(&self) -> Duration {
        Duration::from_secs(20)
    }
}

fn key(name: &str) -> StoreKey {
    StoreKey::new("test", name)
}

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    let server = start!();
    let time = Shorten(&server);
    let store = RedisStore::new(config(&server.url()));
    conformance::store(&store, &time).await;
    conformance::store(&Arc::new(store.clone()), &time).await;
    conformance::store(&(Box::new(store) as Box<dyn Store>), &time).await;
}

#[tokio::test]
async fn two_clients_share_entries_and_counters() {
    let server = start!();
    let one = RedisStore::new(config(&server.url()));
    let other = RedisStore::new(config(&server.url()));
    one.write(&key("a"), vec![1, 0, 255], MINUTE).await.unwrap();
    let read = other.read(&key("a")).await.unwrap();
    assert_eq!(read, Some(vec![1, 0, 255]));
    let adds = (0..200).map(|number| {
        let store = if number % 2 == 0 { &one } else { &other };
        let key = key("n");
        async move { store.add(&key, 1, MINUTE).await.unwrap() }
    });
    let mut sums = join_all(adds).await;
    sums.sort_unstable();
    assert!(sums.into_iter().eq(1..=200));
    other.delete(&key("n")).await.unwrap();
    assert_eq!(one.add(&key("n"), 0, MINUTE).await.unwrap(), 0);
}

#[tokio::test]
async fn zero_lifetime_stores_nothing() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    store.write(&key("a"), vec![1], MINUTE).await.unwrap();
    store
        .write(&key("a"), vec![2], Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(store.read(&key("a")).await.unwrap(), None);
    assert_eq!(store.add(&key("b"), 3, Duration::ZERO).await.unwrap(), 3);
    assert_eq!(server.ask(&["DBSIZE"]).await, Value::Int(0));
    store
        .write(&key("a"), vec![1], Duration::MAX)
        .await
        .unwrap();
    store.add(&key("b"), 1, Duration::MAX).await.unwrap();
    assert_eq!(server.ask(&["DBSIZE"]).await, Value::Int(2));
}

#[tokio::test]
async fn sums_are_exact_to_64_bits() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    let sum = store.add(&key("n"), i64::MAX - 1, MINUTE).await.unwrap();
    assert_eq!(sum, i64::MAX - 1);
    assert_eq!(store.add(&key("n"), 1, MINUTE).await.unwrap(), i64::MAX);
    assert_eq!(store.add(&key("n"), 0, MINUTE).await.unwrap(), i64::MAX);
    let error = store.add(&key("n"), 1, MINUTE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
}

#[tokio::test]
async fn rejects_oversized_value_before_sending() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    let large = vec![7; 128 * 1024 + 1];
    let error = store.write(&key("a"), large, MINUTE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let long = key(&"secretive".repeat(200));
    for error in [
        store.read(&long).await.map(drop).unwrap_err(),
        store.delete(&long).await.unwrap_err(),
        store.add(&long, 1, MINUTE).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(!format!("{error} {error:?}").contains("secretive"));
    }
    assert_eq!(server.calls("set").await, 0);
}

#[tokio::test]
async fn prefixes_keep_pools_apart() {
    let server = start!();
    let pool = |name: &str| RedisStore::new(config(&server.url()).with_prefix(name));
    pool("one").write(&key("a"), vec![1], MINUTE).await.unwrap();
    assert_eq!(pool("two").read(&key("a")).await.unwrap(), None);
    assert_eq!(server.text(&["RANDOMKEY"]).await, "one:test:a");
}

#[tokio::test]
async fn malformed_counter_error_repeats_nothing() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    store
        .write(&key("alice"), b"secret".to_vec(), MINUTE)
        .await
        .unwrap();
    for delta in [0, 1] {
        let error = store.add(&key("alice"), delta, MINUTE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("alice") && !text.contains("secret"),
            "{text}"
        );
    }
    server.ask(&["LPUSH", "cognito:test:list", "x"]).await;
    let error = store.read(&key("list")).await.unwrap_err();
    assert!(error.to_string().contains("another type"), "{error}");
}
