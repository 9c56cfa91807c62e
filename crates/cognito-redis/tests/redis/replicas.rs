//! Revocations that must be on replicas too.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::{RevocationList, SystemClock};
use cognito_redis::{RedisRevocations, WhenStale};
use futures_util::future::join_all;

use crate::fixture::{config, connected, machine, refused, revocation, token};
use crate::server::Server;
use crate::start;

const STREAM: &str = "cognito:revocations";

/// Returns the number of entries in the stream.
async fn entries(server: &Server) -> i64 {
    redis::from_redis_value(server.ask(&["XLEN", STREAM]).await).unwrap()
}

/// Returns an instance whose revocations must be on a replica, with a long timeout.
async fn wants_a_replica(server: &Server) -> RedisRevocations {
    let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let patient = config(&server.url()).with_command_timeout(Duration::from_secs(2));
    let builder = RedisRevocations::builder(patient, view, WhenStale::FailClosed);
    builder.replicas(1).connect().await.unwrap()
}

#[tokio::test]
async fn unreplicated_revocation_is_not_acknowledged() {
    // If the configuration requires a replica.
    let server = start!();
    let list = machine(&server.url(), WhenStale::FailClosed).replicas(1);
    let list = list.connect().await.unwrap();
    let error = list.revoke(revocation("a")).await.unwrap_err();
    assert!(error.to_string().contains("too few"), "{error}");
    assert!(list.check(&token("a")).unwrap(), "it holds here");
    let primary = server.port.to_string();
    let replica = start!("--replicaof", "127.0.0.1", &primary);
    replica.says("replication", "master_link_status:up").await;
    // The link is up a moment before the primary counts it.
    while list.revoke(revocation("b")).await.is_err() {}
    assert_eq!(
        server.ask(&["XLEN", STREAM]).await,
        replica.ask(&["XLEN", STREAM]).await
    );
}

#[tokio::test]
async fn callers_share_waits_for_replicas() {
    let server = start!();
    let list = wants_a_replica(&server).await;
    let names: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    let revoked = names.iter().map(|name| list.revoke(revocation(name)));
    for outcome in join_all(revoked).await {
        // Each caller gets the error in time, and each entry is on the server.
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("too few"), "{error}");
    }
    assert_eq!((entries(&server).await, list.pending_writes()), (50, 0));
    let waits = server.calls("wait").await;
    assert!((1..=3).contains(&waits), "{waits}");
}

#[tokio::test]
async fn existing_entry_still_waits_for_replica() {
    let server = start!();
    let list = wants_a_replica(&server).await;
    let other = connected(&server.url()).await;
    let revoked = revocation("a");
    other.revoke(revoked.clone()).await.unwrap();
    refused(&list, "a").await;
    let error = list.revoke(revoked).await.unwrap_err();
    assert!(error.to_string().contains("too few"), "{error}");
    assert_eq!(entries(&server).await, 1);
}

#[tokio::test]
async fn removed_entry_is_not_waited_for() {
    let server = start!();
    let list = wants_a_replica(&server).await;
    let other = connected(&server.url()).await;
    let revoked = revocation("a");
    other.revoke(revoked.clone()).await.unwrap();
    other.revoke(revocation("b")).await.unwrap();
    refused(&list, "b").await;
    // As on a server that replaced another one: the last entry is there.
    let first = server
        .ask(&["XRANGE", STREAM, "-", "+", "COUNT", "1"])
        .await;
    let first: Vec<(String, Vec<String>)> = redis::from_redis_value(first).unwrap();
    server.ask(&["XDEL", STREAM, &first[0].0]).await;
    let error = list.revoke(revoked).await.unwrap_err();
    assert!(
        error.to_string().contains("does not have the revocation"),
        "{error}"
    );
}
