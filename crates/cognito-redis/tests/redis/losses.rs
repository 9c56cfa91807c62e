//! Servers that stop, with and without losing their data.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::{Clock, RevocationList, SystemClock};
use cognito_redis::{RedisRevocations, WhenStale};
use cognito_testkit::FixedClock;
use futures_util::future::join_all;
use redis::Value;

use crate::fixture::{config, connected, is_let_in, machine_at, refused, revocation, until};
use crate::server::Server;
use crate::start;

const STREAM: &str = "cognito:revocations";

/// The options of a server that loses nothing that it acknowledged.
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

#[tokio::test]
async fn continues_with_server_that_kept_data() {
    let Some(mut server) = Server::start(DURABLE).await else {
        return;
    };
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    one.revoke(revocation("a")).await.unwrap();
    refused(&other, "a").await;
    server.kill().await;
    let error = one.revoke(revocation("b")).await.unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(
        one.is_revoked(&crate::fixture::token("b")),
        "it holds here at once"
    );
    assert_eq!(one.pending_writes(), 1);
    server.restart().await;
    // An entry that could not be written is written automatically later.
    refused(&other, "b").await;
    refused(&other, "a").await;
    until("it is written", || one.pending_writes() == 0).await;
    assert_eq!(server.ask(&["XLEN", STREAM]).await, Value::Int(2));
}

#[tokio::test]
async fn rewrites_entries_to_emptied_server() {
    let mut server = start!();
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    for name in ["a", "b", "c"] {
        one.revoke(revocation(name)).await.unwrap();
    }
    other.revoke(revocation("d")).await.unwrap();
    refused(&one, "d").await;
    refused(&other, "c").await;
    server.kill().await;
    server.restart().await;
    assert_eq!(server.ask(&["DBSIZE"]).await, Value::Int(0));
    let entries = async || server.ask(&["XLEN", STREAM]).await;
    server
        .answers(&["XLEN", STREAM], |it| it == Value::Int(4))
        .await;
    // An instance that has not received any of them.
    let new = connected(&server.url()).await;
    for name in ["a", "b", "c", "d"] {
        refused(&new, name).await;
        refused(&one, name).await;
    }
    assert!(is_let_in(&new, "e"));
    // Each was written once, by its own instance.
    assert_eq!(entries().await, Value::Int(4));
}

#[tokio::test]
async fn revocation_during_loss_hides_nothing() {
    let mut server = start!();
    let clock = FixedClock::new(SystemClock::new().now());
    let one = machine_at(
        &server.url(),
        WhenStale::FailClosed,
        Arc::new(clock.clone()),
    );
    let one = one.connect().await.unwrap();
    one.revoke(revocation("old")).await.unwrap();
    server.kill().await;
    server.restart().await;
    // The write uses another connection than the one that detects the loss.
    one.revoke(revocation("new")).await.unwrap();
    // An entry that was being written when the loss was detected may be written twice.
    server
        .answers(&["XLEN", STREAM], |it| matches!(it, Value::Int(2..)))
        .await;
    until("all is written", || one.pending_writes() == 0).await;
    let new = connected(&server.url()).await;
    refused(&new, "old").await;
    refused(&new, "new").await;
}

#[tokio::test]
async fn view_stays_fresh_during_rewrites() {
    // The rewrites keep the order of the calls.
    let mut server = start!();
    let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let patient = config(&server.url()).with_command_timeout(Duration::from_secs(5));
    let one = RedisRevocations::builder(patient, view, WhenStale::FailClosed);
    // One by one they would take much longer.
    let one = one.stale_after(Duration::from_secs(5));
    let one = one.connect().await.unwrap();
    let names: Vec<_> = (0..40_000).map(|number| number.to_string()).collect();
    let (known, unknown) = names.split_at(5_000);
    for name in known.chunks(500) {
        let revoked = name.iter().map(|name| one.revoke(revocation(name)));
        for outcome in join_all(revoked).await {
            outcome.unwrap();
        }
    }
    server.kill().await;
    for name in unknown.chunks(5_000) {
        let revoked = name.iter().map(|name| one.revoke(revocation(name)));
        for outcome in join_all(revoked).await {
            outcome.unwrap_err();
        }
    }
    assert_eq!(one.pending_writes(), unknown.len());
    server.restart().await;
    until("the loss is noticed", || {
        one.pending_writes() == names.len()
    })
    .await;
    until("the view is fresh", || one.is_fresh()).await;
    while one.pending_writes() > 0 {
        assert!(one.is_fresh(), "{} are left", one.pending_writes());
        tokio::task::yield_now().await;
    }
    let new = connected(&server.url()).await;
    assert_eq!(new.len(), names.len());
    assert_eq!(written(&server).await, names);
}

/// Returns the identifiers in the stream.
async fn written(server: &Server) -> Vec<String> {
    let mut names = Vec::new();
    let mut from = "-".to_owned();
    loop {
        let range = ["XRANGE", STREAM, &from, "+", "COUNT", "2000"];
        let page = server.ask(&range).await;
        let page: Vec<(String, Vec<String>)> = redis::from_redis_value(page).unwrap();
        let Some((last, _)) = page.last() else {
            return names;
        };
        from = format!("({last}");
        names.extend(page.into_iter().map(|(_, mut it)| it.swap_remove(3)));
    }
}

#[tokio::test]
async fn failed_writes_are_retried_in_order() {
    let Some(mut server) = Server::start(DURABLE).await else {
        return;
    };
    let one = connected(&server.url()).await;
    server.kill().await;
    let names: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    for name in &names {
        one.revoke(revocation(name)).await.unwrap_err();
    }
    assert_eq!(one.pending_writes(), names.len());
    server.restart().await;
    until("all is written", || one.pending_writes() == 0).await;
    assert_eq!(written(&server).await, names);
}

#[tokio::test]
async fn reader_of_an_entry_rewrites_it() {
    // An instance that relied on an entry of another instance writes it again after a loss.
    let server = start!();
    let (one, two) = (
        connected(&server.url()).await,
        connected(&server.url()).await,
    );
    let revoked = revocation("a");
    one.revoke(revoked.clone()).await.unwrap();
    refused(&two, "a").await;
    two.revoke(revoked).await.unwrap();
    assert_eq!(server.ask(&["XLEN", STREAM]).await, Value::Int(1));
    drop(one);
    server.ask(&["FLUSHALL"]).await;
    server
        .answers(&["XLEN", STREAM], |it| it == Value::Int(1))
        .await;
    refused(&connected(&server.url()).await, "a").await;
}

#[tokio::test]
async fn dropped_caller_undoes_nothing() {
    let server = start!();
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    let outcome = futures_util::FutureExt::now_or_never(one.revoke(revocation("a")));
    assert!(outcome.is_none(), "it was not cut short");
    refused(&other, "a").await;
    until("it is written", || one.pending_writes() == 0).await;
}

#[tokio::test]
async fn many_revocations_at_once_are_written_once_each() {
    let server = start!();
    let one = connected(&server.url()).await;
    let names: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    let revoked = names.iter().map(|name| one.revoke(revocation(name)));
    for outcome in join_all(revoked).await {
        outcome.unwrap();
    }
    assert_eq!(server.ask(&["XLEN", STREAM]).await, Value::Int(1_000));
}

#[tokio::test]
async fn detects_server_emptied_under_open_connection() {
    let server = start!();
    let one = connected(&server.url()).await;
    one.revoke(revocation("a")).await.unwrap();
    server.ask(&["FLUSHALL"]).await;
    server
        .answers(&["XLEN", STREAM], |it| it == Value::Int(1))
        .await;
    let new = connected(&server.url()).await;
    refused(&new, "a").await;
    refused(&one, "a").await;
}

#[tokio::test]
async fn detects_server_emptied_during_revocations() {
    let server = start!();
    let (one, two) = (
        connected(&server.url()).await,
        connected(&server.url()).await,
    );
    one.revoke(revocation("a")).await.unwrap();
    refused(&two, "a").await;
    server.ask(&["FLUSHALL"]).await;
    // The next entry is written at once, without a pause.
    two.revoke(revocation("b")).await.unwrap();
    server
        .answers(&["XLEN", STREAM], |it| it == Value::Int(2))
        .await;
    let new = connected(&server.url()).await;
    refused(&new, "a").await;
    refused(&new, "b").await;
}

#[tokio::test]
async fn acknowledged_entries_survive_repeated_kills() {
    let Some(mut server) = Server::start(DURABLE).await else {
        return;
    };
    let one = connected(&server.url()).await;
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        for number in 0..100 {
            let name = format!("{round}-quiet-{number}");
            one.revoke(revocation(&name)).await.unwrap();
            acknowledged.push(name);
        }
        let names: Vec<_> = (0..400).map(|number| format!("{round}-{number}")).collect();
        let revoked = names.iter().map(|name| one.revoke(revocation(name)));
        let (outcomes, ()) = tokio::join!(join_all(revoked), server.kill());
        for (name, outcome) in names.into_iter().zip(outcomes) {
            if outcome.is_ok() {
                acknowledged.push(name);
            }
        }
        server.restart().await;
        // A new instance, which has only the entries that the server kept.
        let new = connected(&server.url()).await;
        for name in &acknowledged {
            refused(&new, name).await;
        }
        assert!(is_let_in(&new, "never"));
        until("the rest is written", || one.pending_writes() == 0).await;
    }
    assert!(acknowledged.len() >= 500);
}
