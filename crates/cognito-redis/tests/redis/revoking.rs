//! The list: the contract of the trait, the written entries, the rejected tokens, and the effect of
//! a stale view.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Clock, ErrorKind, Revocation, RevocationList, SystemClock};
use cognito_redis::{RedisRevocations, WhenStale};
use cognito_testkit::{FixedClock, LogCapture, Recorded, RecordingSink, conformance};
use redis::Value;

use crate::fixture::{
    config, connected, is_let_in, machine, machine_at, refused, revocation, soon, token, until,
};
use crate::proxy::{Fault, Proxy};
use crate::server::{LONG, Server};
use crate::start;

const STREAM: &str = "cognito:revocations";

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    let server = start!();
    let list = connected(&server.url()).await;
    conformance::revocation_list(&list).await;
    // This instance would write its own entries again.
    drop(list);
    for boxed in [false, true] {
        server.ask(&["FLUSHALL"]).await;
        let list = connected(&server.url()).await;
        if boxed {
            let list: Box<dyn RevocationList> = Box::new(list);
            conformance::revocation_list(&list).await;
        } else {
            conformance::revocation_list(&Arc::new(list)).await;
        }
    }
}

#[tokio::test]
async fn revocation_applies_on_all_instances() {
    let server = start!();
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    assert!(is_let_in(&other, "a"));
    one.revoke(revocation("a")).await.unwrap();
    one.revoke(Revocation::session("o", soon())).await.unwrap();
    let now = SystemClock::new().unix_seconds();
    one.revoke(Revocation::user("u", now)).await.unwrap();
    refused(&other, "a").await;
    let of_session = TokenIdentity::new("x", 1, None, Some("o"));
    let early = TokenIdentity::new("u", now, None, None);
    until("the user is refused", || other.is_revoked(&early)).await;
    assert!(other.is_revoked(&of_session));
    let late = TokenIdentity::new("u", now + 1, None, None);
    assert!(!other.is_revoked(&late));
    assert!(is_let_in(&other, "b"));
    assert_eq!((one.len(), other.len()), (3, 3));
    assert_eq!(one.pending_writes(), 0);
}

#[tokio::test]
async fn revoking_returns_when_the_server_has_it() {
    let server = start!();
    let list = connected(&server.url()).await;
    for number in 1..=10 {
        list.revoke(revocation(&number.to_string())).await.unwrap();
        assert_eq!(server.ask(&["XLEN", STREAM]).await, Value::Int(number));
    }
    // It has no time to live, so that no policy but `allkeys` drops it.
    assert_eq!(server.ask(&["PTTL", STREAM]).await, Value::Int(-1));
}

/// Returns the number of entries in the stream.
async fn entries(server: &Server) -> i64 {
    redis::from_redis_value(server.ask(&["XLEN", STREAM]).await).unwrap()
}

/// Revokes the same token until no further entry is written, and returns the number of entries.
/// Entries are written until the first one was read.
async fn until_it_is_known(
    server: &Server,
    list: &RedisRevocations,
    revocation: &Revocation,
) -> i64 {
    let wait = async {
        loop {
            let before = entries(server).await;
            list.revoke(revocation.clone()).await.unwrap();
            if entries(server).await == before {
                return before;
            }
        }
    };
    let waited = tokio::time::timeout(LONG, wait).await;
    waited.expect("it is written again and again")
}

#[tokio::test]
async fn repeated_revocation_writes_only_extensions() {
    let server = start!();
    let list = connected(&server.url()).await;
    let (now, soon) = (SystemClock::new().unix_seconds(), soon());
    let each = [
        [
            Revocation::token("x", soon - 1),
            Revocation::token("x", soon),
            Revocation::token("x", soon + 1),
        ],
        [
            Revocation::session("x", soon - 1),
            Revocation::session("x", soon),
            Revocation::session("x", soon + 1),
        ],
        [
            Revocation::user("x", now - 1),
            Revocation::user("x", now),
            Revocation::user("x", now + 1),
        ],
    ];
    for [less, same, more] in each {
        let written = entries(&server).await;
        let known = until_it_is_known(&server, &list, &same).await;
        assert!(known > written, "another kind does not cover it");
        for _ in 0..20 {
            list.revoke(same.clone()).await.unwrap();
            list.revoke(less.clone()).await.unwrap();
        }
        assert_eq!(entries(&server).await, known);
        list.revoke(more).await.unwrap();
        assert_eq!(entries(&server).await, known + 1);
    }
}

#[tokio::test]
async fn entry_of_another_instance_is_not_rewritten() {
    let server = start!();
    let one = connected(&server.url()).await;
    let other = connected(&server.url()).await;
    let revoked = revocation("a");
    one.revoke(revoked.clone()).await.unwrap();
    refused(&other, "a").await;
    other.revoke(revoked).await.unwrap();
    assert_eq!(entries(&server).await, 1);
}

#[tokio::test]
async fn repeated_failed_write_is_queued_once() {
    let mut server = start!();
    let list = connected(&server.url()).await;
    server.kill().await;
    for _ in 0..50 {
        list.revoke(revocation("a")).await.unwrap_err();
    }
    assert_eq!(list.pending_writes(), 1);
}

#[tokio::test]
async fn stale_view_does_not_skip_writes() {
    let server = start!();
    let clock = FixedClock::new(SystemClock::new().now());
    let view = MemoryRevocationList::new(Arc::new(clock.clone()));
    let view = Arc::new(view.with_capacity(std::num::NonZeroUsize::MIN));
    let small = RedisRevocations::builder(config(&server.url()), view, WhenStale::FailClosed);
    let small = small.clock(Arc::new(clock.clone()));
    let small = small.connect().await.unwrap();
    let revoked = revocation("a");
    let known = until_it_is_known(&server, &small, &revoked).await;
    // The local list is full, so the view becomes stale.
    let large = connected(&server.url()).await;
    large.revoke(revocation("b")).await.unwrap();
    clock.advance(Duration::from_secs(3));
    until("the view is stale", || !small.is_fresh()).await;
    small.revoke(revoked).await.unwrap();
    assert_eq!(entries(&server).await, known + 2);
}

#[tokio::test]
async fn expired_token_is_not_written() {
    let server = start!();
    let list = connected(&server.url()).await;
    let now = SystemClock::new().unix_seconds();
    list.revoke(Revocation::token("a", now - 3601))
        .await
        .unwrap();
    assert_eq!(server.ask(&["EXISTS", STREAM]).await, Value::Int(0));
    assert!(list.is_empty());
}

#[tokio::test]
async fn entries_expire_by_the_servers_clock() {
    let server = start!();
    let Value::Array(time) = server.ask(&["TIME"]).await else {
        panic!("no time");
    };
    let seconds: u64 = redis::from_redis_value(time[0].clone()).unwrap();
    // A thousand entries of 26 hours ago, and a thousand of 24.
    let add = "for n = 1, 1000 do redis.call('XADD', KEYS[1], ARGV[1] .. '-' .. n, 'k', 't', 'i', ARGV[2] .. n, 'e', ARGV[3]) end";
    let far = soon().to_string();
    for (hours, name) in [(26, "old-"), (24, "young-")] {
        let moment = ((seconds - hours * 3600) * 1000).to_string();
        let arguments = ["EVAL", add, "1", STREAM, &moment, name, &far];
        server.ask(&arguments).await;
    }
    // An instance whose clock is a year ahead removes no entry that other instances need.
    let ahead = FixedClock::at_unix(seconds + 365 * 24 * 3600);
    let list = machine_at(&server.url(), WhenStale::FailClosed, Arc::new(ahead));
    let list = list.connect().await.unwrap();
    list.revoke(Revocation::token("new", u64::MAX))
        .await
        .unwrap();
    let Value::Int(left) = server.ask(&["XLEN", STREAM]).await else {
        panic!("no length");
    };
    // Redis removes whole blocks of a hundred entries, so some expired entries remain for a while.
    assert!((1_001..=1_101).contains(&left), "{left}");
    let right = connected(&server.url()).await;
    for name in ["young-1", "young-1000"] {
        refused(&right, name).await;
    }
    refused(&right, "new").await;
}

#[tokio::test]
async fn rejects_evicting_server_by_default() {
    let server = start!("--maxmemory-policy", "volatile-lru");
    let open = || machine(&server.url(), WhenStale::FailClosed);
    let error = open().connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("volatile-lru"), "{error}");
    let other = open().allow_eviction_policy("allkeys-lru");
    assert!(other.connect().await.is_err());
    let allowed = open().allow_eviction_policy("volatile-lru");
    allowed.connect().await.unwrap();
}

#[tokio::test]
async fn stale_view_fails_or_accepts_with_warning() {
    let server = start!();
    let proxy = Proxy::before(server.port).await;
    let log = LogCapture::start();
    let clock = FixedClock::new(SystemClock::new().now());
    let sink = RecordingSink::new();
    let closed = machine_at(&proxy.url(), WhenStale::FailClosed, Arc::new(clock.clone()));
    let closed = closed.event_sink(Arc::new(sink.clone()));
    let closed = closed.connect().await.unwrap();
    let open = closed.with_when_stale(WhenStale::FailOpen);
    closed.revoke(revocation("a")).await.unwrap();
    assert!(is_let_in(&closed, "b") && closed.age().is_some());
    assert!(sink.events().is_empty());

    proxy.set(Fault::Refuse);
    clock.advance(Duration::from_secs(3));
    until("the view is stale", || !closed.is_fresh()).await;
    assert!(closed.age() >= Some(Duration::from_secs(3)));
    let error = closed.check(&token("b")).unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::StoreUnavailable, 503)
    );
    assert!(
        closed.is_revoked(&token("b")),
        "who cannot hear of doubt lets in"
    );
    assert!(is_let_in(&open, "b") && is_let_in(&open, "c"));
    assert!(!open.is_revoked(&token("b")));
    // Both lists reject a known revoked token, and do not report it as unknown.
    for list in [&closed, &open] {
        assert!(list.check(&token("a")).unwrap());
    }
    let stale = |admitted| Recorded::RevocationsStale { admitted };
    assert_eq!(sink.events(), [stale(false), stale(true), stale(true)]);
    let warned = |text: &str| text.matches("accepted although").count();
    assert_eq!(warned(&log.text()), 1, "once in a while");
    clock.advance(Duration::from_secs(11));
    assert!(is_let_in(&open, "b"));
    assert_eq!(warned(&log.text()), 2);

    proxy.set(Fault::None);
    until("the view is fresh", || closed.is_fresh()).await;
    assert!(is_let_in(&closed, "b"));
    assert_eq!(sink.events().len(), 4);
}

#[tokio::test]
async fn the_reading_ends_with_the_last_handle() {
    let server = start!();
    let list = connected(&server.url()).await;
    let other = list.with_when_stale(WhenStale::FailOpen);
    drop(list);
    other.revoke(revocation("a")).await.unwrap();
    until("the view is fresh", || other.is_fresh()).await;
    drop(other);
    // Only the connection of this test remains.
    let is_alone = |clients| {
        let clients: String = redis::from_redis_value(clients).unwrap();
        clients.lines().count() == 1
    };
    server.answers(&["CLIENT", "LIST"], is_alone).await;
}

/// A custom list that fails when it has two entries.
#[derive(Debug)]
struct Two(MemoryRevocationList);

#[async_trait::async_trait]
impl RevocationList for Two {
    async fn revoke(&self, revocation: Revocation) -> cognito_core::Result<()> {
        if self.0.len() >= 2 {
            return Err(ErrorKind::StoreUnavailable.into());
        }
        self.0.revoke(revocation).await
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        self.0.is_revoked(token)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

#[tokio::test]
async fn local_list_that_fails_makes_the_view_stale() {
    let server = start!();
    let clock = FixedClock::new(SystemClock::new().now());
    let view = Arc::new(Two(MemoryRevocationList::new(Arc::new(clock.clone()))));
    let small = RedisRevocations::builder(config(&server.url()), view, WhenStale::FailClosed);
    let small = small.clock(Arc::new(clock.clone()));
    let small = small.connect().await.unwrap();
    let large = connected(&server.url()).await;
    for name in ["a", "b", "c"] {
        large.revoke(revocation(name)).await.unwrap();
    }
    refused(&small, "b").await;
    clock.advance(Duration::from_secs(3));
    until("the view is stale", || !small.is_fresh()).await;
    assert!(small.check(&token("c")).is_err(), "c is accepted");
    // The local list cannot store its own revocation either.
    let error = small.revoke(revocation("d")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
}

#[tokio::test]
async fn rejects_contradicting_options() {
    let server = start!();
    let open = || machine(&server.url(), WhenStale::FailOpen);
    let error = open()
        .stale_after(Duration::from_millis(999))
        .connect()
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Misuse);
    let cluster = cognito_redis::RedisConfig::cluster([server.url()]).unwrap();
    let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let builder = RedisRevocations::builder(cluster, view, WhenStale::FailOpen);
    let error = builder.replicas(1).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
}

#[tokio::test]
async fn connect_outside_runtime_is_an_error() {
    let builder = machine("redis://127.0.0.1:1", WhenStale::FailOpen);
    let error = std::thread::spawn(|| futures_util::FutureExt::now_or_never(builder.connect()));
    let error = error.join().unwrap().expect("at once").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("Tokio"), "{error}");
}
