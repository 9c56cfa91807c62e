//! Every way in which a server or its connection can fail: an error within the deadline, and
//! recovery afterwards.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::store::StoreKey;
use cognito_core::{Clock, Error, ErrorKind, Result, RevocationList, Store, SystemClock};
use cognito_redis::{RedisStore, WhenStale};
use cognito_testkit::FixedClock;
use futures_util::future::join_all;
use redis::Value;

use crate::fixture::{
    config, connected, hasty, machine, machine_at, machine_of, refused, revocation, token, until,
};
use crate::proxy::{Fault, Proxy};
use crate::server::{LONG, Server};
use crate::{server, start};

const MINUTE: Duration = Duration::from_secs(60);

/// All faults of a connection.
const FAULTS: &[Fault] = &[
    Fault::BlackHole,
    Fault::Cut(0),
    Fault::Cut(3),
    Fault::Refuse,
    Fault::Reset,
];

fn key() -> StoreKey {
    StoreKey::new("test", "secretive")
}

/// Fails if the call never completes.
async fn ends<T>(call: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(LONG, call).await;
    ended.expect("it hangs")
}

/// Calls the four operations of a store and returns their results.
async fn all_four(store: &RedisStore) -> [Result<()>; 4] {
    [
        ends(store.read(&key())).await.map(drop),
        ends(store.write(&key(), vec![b'1'], MINUTE)).await,
        ends(store.add(&key(), 1, MINUTE)).await.map(drop),
        ends(store.delete(&key())).await,
    ]
}

fn is_closed_about(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    let text = format!("{error} {error:?}");
    assert!(!text.contains("secretive"), "{text}");
}

#[tokio::test]
async fn store_fails_in_time_and_recovers() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    let store = RedisStore::new(hasty(&proxy.url()));
    for fault in FAULTS {
        // First on a connection that worked, then without a connection.
        store.delete(&key()).await.unwrap();
        proxy.set(*fault);
        for outcome in all_four(&store)
            .await
            .into_iter()
            .chain(all_four(&store).await)
        {
            is_closed_about(&outcome.expect_err(&format!("{fault:?}")));
        }
        proxy.set(Fault::None);
        // The first call may use a connection that turns out to be broken.
        until_it_works(&store).await;
        for outcome in all_four(&store).await {
            outcome.unwrap_or_else(|error| panic!("after {fault:?}: {error}"));
        }
    }
}

async fn until_it_works(store: &RedisStore) {
    ends(async { while store.delete(&key()).await.is_err() {} }).await;
}

#[tokio::test]
async fn callers_share_one_connection_attempt() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    proxy.set(Fault::BlackHole);
    let store = RedisStore::new(hasty(&proxy.url()));
    let calls = (0..100).map(|_| async { store.read(&key()).await });
    // One after the other they would take a hundred seconds.
    let outcomes = ends(join_all(calls)).await;
    assert!(outcomes.iter().all(Result::is_err));
}

#[tokio::test]
async fn closed_idle_connection_causes_no_error() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    for _ in 0..20 {
        store.add(&key(), 1, MINUTE).await.unwrap();
        server.ask(&["CLIENT", "KILL", "TYPE", "normal"]).await;
    }
    assert_eq!(store.add(&key(), 0, MINUTE).await.unwrap(), 20);
}

#[tokio::test]
async fn late_response_is_not_mixed_up() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    let store = RedisStore::new(hasty(&proxy.url()));
    let other = StoreKey::new("test", "other");
    for round in 0..5_u8 {
        store.write(&key(), vec![round], MINUTE).await.unwrap();
        store
            .write(&other, vec![100 + round], MINUTE)
            .await
            .unwrap();
        proxy.set(Fault::BlackHole);
        is_closed_about(&ends(store.read(&key())).await.unwrap_err());
        // The delayed data arrives now.
        proxy.set(Fault::None);
        let read = ends(async {
            loop {
                if let Ok(read) = store.read(&other).await {
                    return read;
                }
            }
        });
        assert_eq!(read.await, Some(vec![100 + round]));
    }
}

#[tokio::test]
async fn revocations_go_on_after_every_fault() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    let clock = FixedClock::new(SystemClock::new().now());
    let hasty = hasty(&proxy.url());
    let away = machine_of(hasty, WhenStale::FailClosed, Arc::new(clock.clone()));
    let away = away.connect().await.unwrap();
    let there = connected(&server.url()).await;
    for (number, fault) in FAULTS.iter().enumerate() {
        let (theirs, ours) = (format!("theirs-{number}"), format!("ours-{number}"));
        proxy.set(*fault);
        let revoked = ends(away.revoke(revocation(&ours))).await;
        is_closed_about(&revoked.expect_err(&format!("{fault:?}")));
        there.revoke(revocation(&theirs)).await.unwrap();
        clock.advance(Duration::from_secs(3));
        until("the view is stale", || !away.is_fresh()).await;
        assert!(away.check(&token(&ours)).unwrap(), "it holds here");
        assert!(away.check(&token("another")).is_err());
        proxy.set(Fault::None);
        refused(&away, &theirs).await;
        refused(&there, &ours).await;
        until("all is written", || away.pending_writes() == 0).await;
        until("the view is fresh", || away.is_fresh()).await;
    }
}

#[tokio::test]
async fn full_server_rejects_only_new_entries() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    store.add(&key(), 5, MINUTE).await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let error = store.add(&key(), 1, MINUTE).await.unwrap_err();
    assert!(error.to_string().contains("out of memory"), "{error}");
    is_closed_about(&error);
    assert_eq!(store.add(&key(), 0, MINUTE).await.unwrap(), 5);
    let error = one.revoke(revocation("a")).await.unwrap_err();
    assert!(error.to_string().contains("out of memory"), "{error}");
    assert!(one.check(&token("a")).unwrap(), "it holds here");
    // Reading continues, and new lists can be created.
    let new = connected(&server.url()).await;
    assert!(one.is_fresh() && other.is_fresh() && new.is_fresh());
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    refused(&other, "a").await;
    assert_eq!(store.add(&key(), 1, MINUTE).await.unwrap(), 6);
}

#[tokio::test]
async fn a_replica_is_not_listened_to() {
    let server = start!();
    let store = RedisStore::new(config(&server.url()));
    let clock = FixedClock::new(SystemClock::new().now());
    let list = machine_at(
        &server.url(),
        WhenStale::FailClosed,
        Arc::new(clock.clone()),
    );
    let list = list.connect().await.unwrap();
    let nobody = server::free_port().to_string();
    server.ask(&["REPLICAOF", "127.0.0.1", &nobody]).await;
    let error = store.add(&key(), 1, MINUTE).await.unwrap_err();
    assert!(error.to_string().contains("read-only replica"), "{error}");
    let error = list.revoke(revocation("a")).await.unwrap_err();
    assert!(error.to_string().contains("read-only replica"), "{error}");
    clock.advance(Duration::from_secs(3));
    until("the view is stale", || !list.is_fresh()).await;
    // The server would respond to reads, but it is no longer the primary.
    let machine = machine(&server.url(), WhenStale::FailOpen);
    let error = machine.connect().await.unwrap_err();
    assert!(error.to_string().contains("read-only replica"), "{error}");
    assert!(!list.is_fresh());
    server.ask(&["REPLICAOF", "NO", "ONE"]).await;
    refused(&list, "a").await;
    until("the view is fresh", || list.is_fresh()).await;
    until_it_works(&store).await;
}

/// Makes it a replica of a server that does not exist, at a time when the feed's connection does
/// not wait for it and is not closed for that reason.
async fn demote(server: &Server) {
    let waits = |clients: Value| {
        let clients: String = redis::from_redis_value(clients).unwrap();
        let line = clients
            .lines()
            .find(|line| line.contains(" flags=b ") && line.contains(" cmd=xread "))?;
        let id = line.strip_prefix("id=")?.split(' ').next()?;
        Some(id.to_owned())
    };
    let list = ["CLIENT", "LIST"];
    server.answers(&list, |it| waits(it).is_some()).await;
    let waiting = waits(server.ask(&list).await).expect("it waits on");
    let nobody = server::free_port();
    let mut both = redis::pipe();
    both.atomic();
    both.cmd("CLIENT").arg("UNBLOCK").arg(waiting).ignore();
    both.cmd("REPLICAOF").arg("127.0.0.1").arg(nobody).ignore();
    let mut link = server.connect().await.unwrap();
    both.query_async::<()>(&mut link).await.unwrap();
}

#[tokio::test]
async fn demoted_primary_is_not_followed() {
    let server = start!();
    let clock = FixedClock::new(SystemClock::new().now());
    let list = machine_at(
        &server.url(),
        WhenStale::FailClosed,
        Arc::new(clock.clone()),
    );
    let list = list.connect().await.unwrap();
    demote(&server).await;
    // A list that accepted its response would be fresh again.
    clock.advance(Duration::from_secs(3));
    until("the view is stale", || !list.is_fresh()).await;
    for _ in 0..3 {
        clock.advance(Duration::from_secs(3));
        let looks = server.calls("eval").await;
        let is_later = |it: Value| {
            let stats: String = redis::from_redis_value(it).unwrap();
            server::calls_in(&stats, "eval") > looks
        };
        server.answers(&["INFO", "commandstats"], is_later).await;
        assert!(!list.is_fresh());
    }
    server.ask(&["REPLICAOF", "NO", "ONE"]).await;
    until("the view is fresh", || list.is_fresh()).await;
}

#[tokio::test]
async fn server_unable_to_save_stays_readable() {
    // It rejects writes, but its feed is still read.
    let server = start!("--save", "3600", "1");
    let clock = FixedClock::new(SystemClock::new().now());
    let list = machine_at(
        &server.url(),
        WhenStale::FailClosed,
        Arc::new(clock.clone()),
    );
    let list = list.connect().await.unwrap();
    list.revoke(revocation("a")).await.unwrap();
    server.cannot_save();
    server.ask(&["BGSAVE"]).await;
    server
        .says("persistence", "rdb_last_bgsave_status:err")
        .await;
    let error = list.revoke(revocation("b")).await.unwrap_err();
    assert!(error.to_string().contains("cannot save"), "{error}");
    clock.advance(Duration::from_secs(3));
    until("the view is fresh", || list.is_fresh()).await;
    let new = connected(&server.url()).await;
    refused(&new, "a").await;
    assert_eq!(list.pending_writes(), 1);
}

#[tokio::test]
async fn reports_missing_script_permission() {
    let server = start!();
    let user = ["ACL", "SETUSER", "u", "on", ">p", "~*", "+@all"];
    server
        .ask(&[&user[..], &["-xadd", "-incrby"]].concat())
        .await;
    let url = format!("redis://u:p@127.0.0.1:{}", server.port);
    let list = connected(&url).await;
    let store = RedisStore::new(config(&url));
    store.add(&key(), 1, MINUTE).await.unwrap();
    for error in [
        list.revoke(revocation("a")).await.unwrap_err(),
        store.add(&key(), 1, MINUTE).await.unwrap_err(),
    ] {
        is_closed_about(&error);
        assert!(error.to_string().contains("does not permit"), "{error}");
    }
}

#[tokio::test]
async fn wrong_password_is_reported_without_showing() {
    let server = start!("--requirepass", "right-password");
    let port = server.port;
    for url in [
        format!("redis://127.0.0.1:{port}"),
        format!("redis://:wrong-password@127.0.0.1:{port}"),
        format!("redis://nobody:wrong-password@127.0.0.1:{port}"),
    ] {
        let store = RedisStore::new(config(&url));
        let list = machine(&url, WhenStale::FailOpen).connect().await;
        for error in [store.read(&key()).await.unwrap_err(), list.unwrap_err()] {
            is_closed_about(&error);
            assert!(error.to_string().contains("credentials"), "{error}");
            let text = format!("{error:?} {store:?}");
            assert!(
                !text.contains("wrong-password") && !text.contains("nobody"),
                "{text}"
            );
        }
    }
    let url = format!("redis://:right-password@127.0.0.1:{port}");
    RedisStore::new(config(&url)).read(&key()).await.unwrap();
    let url = format!("redis://127.0.0.1:{port}");
    let given = config(&url).with_credentials(None, "right-password");
    RedisStore::new(given).read(&key()).await.unwrap();
}

#[tokio::test]
async fn rejects_server_that_is_no_redis() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let hello = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            drop(tokio::io::AsyncWriteExt::write_all(&mut socket, hello).await);
        }
    });
    let url = format!("redis://127.0.0.1:{port}");
    let store = RedisStore::new(config(&url));
    is_closed_about(&ends(store.read(&key())).await.unwrap_err());
    let list = ends(machine(&url, WhenStale::FailOpen).connect()).await;
    is_closed_about(&list.unwrap_err());
}
