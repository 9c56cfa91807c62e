//! Servers that do not respond, and times without new entries.

use std::time::Duration;

use cognito_core::store::StoreKey;
use cognito_core::{RevocationList, Store};
use cognito_redis::{RedisConfig, RedisStore};
use cognito_testkit::LogCapture;
use redis::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::fixture::{connected, refused, revocation, soon, until};
use crate::server::{Server, calls_in};
use crate::start;

const STREAM: &str = "cognito:revocations";
const LOST: &str = "no longer has the last revocation";

#[tokio::test(start_paused = true)]
async fn sequential_calls_wait_once_for_silent_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let (count, connections) = watch::channel(0);
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            silent.push(socket);
            count.send_modify(|count| *count += 1);
        }
    });
    let longest = Duration::from_secs(1);
    let config = RedisConfig::server(&url).unwrap();
    let store = RedisStore::new(config.with_connect_timeout(longest));
    let key = StoreKey::new("test", "n");
    for round in 1..=3 {
        // The first call waits. For the other calls no time passes.
        for _ in 0..10 {
            let error = store.read(&key).await.unwrap_err();
            assert!(error.to_string().contains("timed out"), "{error}");
        }
        until("it was tried", || *connections.borrow() >= round).await;
        assert_eq!(*connections.borrow(), round);
        tokio::time::advance(longest).await;
    }
}

/// Waits until the feed has checked for its last entry so many times.
async fn looks(server: &Server, count: u64) {
    server.ask(&["CONFIG", "RESETSTAT"]).await;
    let is_later = |it: Value| {
        let stats: String = redis::from_redis_value(it).unwrap();
        calls_in(&stats, "eval") >= count
    };
    server.answers(&["INFO", "commandstats"], is_later).await;
}

#[tokio::test]
async fn expired_entry_is_no_loss() {
    let server = start!();
    let Value::Array(time) = server.ask(&["TIME"]).await else {
        panic!("no time");
    };
    let seconds: u64 = redis::from_redis_value(time[0].clone()).unwrap();
    let yesterday = format!("{}-0", (seconds - 26 * 3600) * 1000);
    let (end, add) = (soon().to_string(), ["XADD", STREAM, &yesterday]);
    let list = connected(&server.url()).await;
    server
        .ask(&[&add[..], &["k", "t", "i", "old", "e", &end]].concat())
        .await;
    refused(&list, "old").await;
    let log = LogCapture::start();
    server.ask(&["XTRIM", STREAM, "MAXLEN", "0"]).await;
    looks(&server, 4).await;
    assert!(!log.text().contains(LOST), "{}", log.text());
    // The loss of an entry that has not expired is logged.
    connected(&server.url())
        .await
        .revoke(revocation("new"))
        .await
        .unwrap();
    refused(&list, "new").await;
    server.ask(&["XTRIM", STREAM, "MAXLEN", "0"]).await;
    until("it is said", || log.text().contains(LOST)).await;
}
