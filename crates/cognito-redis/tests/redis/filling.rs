//! One user, or many users, try to fill the list.

use std::num::NonZeroUsize;
use std::sync::Arc;

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Clock, Revocation, RevocationList, SystemClock};
use cognito_redis::{RedisRevocations, WhenStale};

use crate::fixture::{config, until};
use crate::server::LONG;
use crate::start;

/// The capacity of each view.
const CAPACITY: usize = 100;

async fn small(url: &str) -> RedisRevocations {
    let view = MemoryRevocationList::new(Arc::new(SystemClock::new()));
    let view = Arc::new(view.with_capacity(NonZeroUsize::new(CAPACITY).unwrap()));
    RedisRevocations::builder(config(url), view, WhenStale::FailClosed)
        .stale_after(LONG)
        .connect()
        .await
        .unwrap()
}

fn now() -> u64 {
    SystemClock::new().unix_seconds()
}

fn session(sub: &str, id: &str, at: u64) -> Revocation {
    Revocation::session(id, at + 3600).of_user(sub, at)
}

fn is_rejected(list: &RedisRevocations, sub: &str, id: &str, iat: u64) -> bool {
    let token = TokenIdentity::new(sub, iat, None, Some(id));
    list.check(&token).unwrap()
}

#[tokio::test]
async fn one_user_cannot_fill_shared_list() {
    let server = start!();
    let (one, other) = (small(&server.url()).await, small(&server.url()).await);
    let at = now();
    for number in 0..10 * CAPACITY {
        let entry = session("attacker", &format!("{number}"), at);
        one.revoke(entry).await.unwrap();
    }
    one.revoke(session("victim", "victim", at)).await.unwrap();
    let new = small(&server.url()).await;
    for list in [&one, &other, &new] {
        until("the victim is signed out", || {
            is_rejected(list, "victim", "victim", at)
        })
        .await;
        assert!(list.is_fresh());
        for number in 0..10 * CAPACITY {
            let id = format!("{number}");
            assert!(is_rejected(list, "attacker", &id, at), "{number}");
        }
        assert!(!is_rejected(list, "attacker", "later", at + 1));
        assert!(!is_rejected(list, "somebody", "else", at));
        assert_eq!((list.len(), list.overflowed()), (2, 0));
    }
    // 32 sessions, the user, and the victim.
    let length = server.ask(&["XLEN", "cognito:revocations"]).await;
    assert_eq!(length, redis::Value::Int(34));
}

#[tokio::test]
async fn full_view_stays_fresh_and_every_entry_holds() {
    let server = start!();
    let (one, other) = (small(&server.url()).await, small(&server.url()).await);
    let at = now();
    for number in 0..10 * CAPACITY {
        let id = format!("{number}");
        one.revoke(session(&id, &id, at)).await.unwrap();
    }
    let last = format!("{}", 10 * CAPACITY - 1);
    let new = small(&server.url()).await;
    for list in [&one, &other, &new] {
        until("all is read", || is_rejected(list, &last, &last, at)).await;
        assert!(list.is_fresh());
        for number in 0..10 * CAPACITY {
            let id = format!("{number}");
            assert!(is_rejected(list, &id, &id, at), "{number}");
        }
        assert!(!is_rejected(list, "somebody", "new", at + 1));
        assert!(list.overflowed() > 0);
        assert!(list.len() <= CAPACITY + 1_024, "{}", list.len());
    }
}
