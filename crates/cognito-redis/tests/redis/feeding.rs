//! How the view is fed: at the start, while it runs, and after a disconnection.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, ErrorKind, Revocation, RevocationList, SystemClock};
use cognito_redis::WhenStale;
use cognito_testkit::{FixedClock, LogCapture};
use futures_util::future::join_all;

use crate::fixture::{
    connected, is_let_in, machine, machine_at, refused, revocation, token, until,
};
use crate::proxy::{Fault, Proxy};
use crate::{server, start};

#[tokio::test]
async fn new_instance_reads_all_before_start() {
    let server = start!();
    let one = connected(&server.url()).await;
    // More than a page, and not a whole number of them.
    let names: Vec<_> = (0..4_500).map(|number| number.to_string()).collect();
    for chunk in names.chunks(500) {
        let revoked = chunk.iter().map(|name| one.revoke(revocation(name)));
        for outcome in join_all(revoked).await {
            outcome.unwrap();
        }
    }
    let new = connected(&server.url()).await;
    assert_eq!(new.len(), names.len());
    for name in &names {
        assert!(new.check(&token(name)).unwrap(), "{name}");
    }
    assert!(is_let_in(&new, "4500"));
}

#[tokio::test]
async fn checking_a_token_asks_no_server() {
    let server = start!();
    let list = connected(&server.url()).await;
    list.revoke(revocation("a")).await.unwrap();
    let commands = async || {
        let stats = server.text(&["INFO", "stats"]).await;
        let count = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_commands_processed:"));
        count.unwrap().parse::<u64>().unwrap()
    };
    let before = commands().await;
    let checks = 100_000;
    for number in 0..checks {
        let known = if number % 2 == 0 { "a" } else { "b" };
        list.check(&token(known)).unwrap();
    }
    // The feed continues to check, at most once every few milliseconds.
    let asked = commands().await - before;
    assert!(asked < checks / 100, "{asked} commands for {checks} checks");
}

#[tokio::test]
async fn view_is_fresh_only_after_catching_up() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    let clock = FixedClock::new(SystemClock::new().now());
    let away = machine_at(&proxy.url(), WhenStale::FailClosed, Arc::new(clock.clone()));
    let away = away.connect().await.unwrap();
    let there = connected(&server.url()).await;
    there.revoke(revocation("before")).await.unwrap();
    refused(&away, "before").await;
    for round in 0..5 {
        proxy.set(Fault::Refuse);
        clock.advance(Duration::from_secs(3));
        let names: Vec<_> = (0..50).map(|number| format!("{round}-{number}")).collect();
        for name in &names {
            there.revoke(revocation(name)).await.unwrap();
        }
        assert!(!away.is_fresh());
        assert!(away.check(&token("another")).is_err());
        proxy.set(Fault::None);
        until("the view is fresh", || away.is_fresh()).await;
        // When the view becomes fresh, no entry is missing.
        for name in &names {
            assert!(away.check(&token(name)).unwrap(), "{name} was let in");
        }
        assert!(is_let_in(&away, "another"));
    }
}

#[tokio::test]
async fn reports_failed_connection_at_start() {
    let log = LogCapture::start();
    let gone = format!("redis://127.0.0.1:{}", server::free_port());
    let machine = machine(&gone, WhenStale::FailOpen);
    let error = machine.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(
        error.to_string().contains("refused the connection"),
        "{error}"
    );
    assert!(log.text().is_empty(), "{}", log.text());
}

#[tokio::test]
async fn invalid_stream_entries_are_skipped() {
    let server = start!();
    let list = connected(&server.url()).await;
    let add = ["XADD", "cognito:revocations", "*"];
    server
        .ask(&[&add[..], &["k", "z", "i", "new", "e", "1"]].concat())
        .await;
    server
        .ask(&[&add[..], &["nothing", "at all"]].concat())
        .await;
    let long = "x".repeat(2_000);
    server
        .ask(&[&add[..], &["k", "t", "i", &long, "e", "99999999999"]].concat())
        .await;
    let other = connected(&server.url()).await;
    other.revoke(revocation("a")).await.unwrap();
    refused(&list, "a").await;
    refused(&other, "a").await;
    assert_eq!((list.len(), other.len()), (1, 1));
}

#[tokio::test]
async fn identifiers_of_any_bytes_round_trip() {
    let server = start!();
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    let odd = ["", " ", "\r\n$1\r\nX", "é\u{0}\"'", "t", "k"];
    for name in odd {
        one.revoke(Revocation::token(name, u64::MAX)).await.unwrap();
    }
    for name in odd {
        refused(&other, name).await;
    }
    assert_eq!(other.len(), odd.len());
}
