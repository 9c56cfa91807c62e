//! A test suite for the contract of `Store`.

use std::time::Duration;

use async_trait::async_trait;
use cognito_core::store::{CounterLimit, StoreKey};
use cognito_core::{Result, Store};
use futures_util::future::join_all;

use crate::clock::FixedClock;

const MINUTE: Duration = Duration::from_secs(60);

/// A way to move the time of a store forward. [`FixedClock`] implements it, for a store that uses
/// this clock. For a store on a server, implement it with code that shortens the times to live of
/// the entries.
#[async_trait]
pub trait PassTime: Sync {
    /// Moves the time of the store forward by the duration `time`.
    async fn pass(&self, time: Duration);

    /// Returns the margin for the checks that an entry does not expire too early. Such a check
    /// moves the time forward until the entry has only this margin left to live, and then checks
    /// that the entry still exists.
    ///
    /// Default: 1 ms, which is enough for a store with a [`FixedClock`]. For a store on a server,
    /// return a longer margin, because real time also passes during the test. The margin must be
    /// shorter than 30 seconds.
    fn grain(&self) -> Duration {
        Duration::from_millis(1)
    }
}

#[async_trait]
impl PassTime for FixedClock {
    async fn pass(&self, time: Duration) {
        self.advance(time);
    }
}

/// Checks a [`Store`] whose time the test can move. The store must not contain entries in the
/// namespaces `conformance` and `conformance-other`.
///
/// - An entry can be read until its time to live ends, and not afterwards. Writing an entry again
///   replaces its value and restarts its time to live. Deleting a missing entry is not an error.
/// - Namespaces are separate: the same key in two namespaces refers to two entries.
/// - `add` starts a counter at 0, and can make it negative. A counter keeps the time to live of its
///   creation, and then expires. Adding 0 does not create a counter.
/// - With a hundred concurrent calls of `add`, each caller gets a different sum.
/// - `subtract` creates no counter, stops at 0, and does not change the time to live. This also
///   applies to a hundred concurrent callers.
/// - `reserve` adds 1 to all of its counters or to none, and does not change times to live. Of a
///   hundred concurrent callers, as many succeed as the lowest limit allows.
///
/// # Panics
///
/// Panics if a rule is broken.
pub async fn store(store: &dyn Store, clock: &dyn PassTime) {
    entries(store).await;
    expiry(store, clock).await;
    namespaces(store).await;
    counters(store, clock).await;
    counters_are_atomic(store).await;
    subtraction(store, clock).await;
    subtraction_is_atomic(store).await;
    reservation(store, clock).await;
    reservation_keeps_limits(store).await;
}

async fn entries(store: &dyn Store) {
    let key = StoreKey::new("conformance", "entry");
    assert_eq!(read(store, &key).await, None, "an absent entry was read");
    done("delete of an absent entry", store.delete(&key).await);
    for value in [vec![], vec![0, 255, 10, 13, 0], vec![7; 100_000]] {
        write(store, &key, &value, MINUTE).await;
        assert!(
            read(store, &key).await.as_ref() == Some(&value),
            "an entry of {} bytes was read with another value",
            value.len()
        );
    }
    done("delete", store.delete(&key).await);
    assert_eq!(read(store, &key).await, None, "a deleted entry was read");
}

async fn expiry(store: &dyn Store, clock: &dyn PassTime) {
    let key = StoreKey::new("conformance", "expiry");
    write(store, &key, b"first", MINUTE).await;
    clock.pass(MINUTE - clock.grain()).await;
    assert!(
        read(store, &key).await.is_some(),
        "an entry expired before its time to live"
    );
    write(store, &key, b"second", MINUTE).await;
    clock.pass(MINUTE - clock.grain()).await;
    assert_eq!(
        read(store, &key).await.as_deref(),
        Some(b"second".as_slice()),
        "writing again must replace the entry and restart its time to live"
    );
    clock.pass(clock.grain()).await;
    assert_eq!(
        read(store, &key).await,
        None,
        "an entry was read after its time to live"
    );
}

async fn namespaces(store: &dyn Store) {
    let one = StoreKey::new("conformance", "key");
    let other = StoreKey::new("conformance-other", "key");
    write(store, &one, b"one", MINUTE).await;
    assert_eq!(
        read(store, &other).await,
        None,
        "two namespaces share an entry"
    );
    write(store, &other, b"other", MINUTE).await;
    assert_eq!(
        read(store, &one).await.as_deref(),
        Some(b"one".as_slice()),
        "an entry was replaced through another namespace"
    );
    done("delete", store.delete(&other).await);
    assert!(
        read(store, &one).await.is_some(),
        "an entry was deleted through another namespace"
    );
    done("delete", store.delete(&one).await);
}

async fn counters(store: &dyn Store, clock: &dyn PassTime) {
    let key = StoreKey::new("conformance", "counter");
    assert_eq!(add(store, &key, 0).await, 0, "an absent counter reads as 0");
    clock.pass(MINUTE - clock.grain()).await;
    assert_eq!(add(store, &key, 2).await, 2, "a counter must start at 0");
    clock.pass(MINUTE - clock.grain()).await;
    assert_eq!(
        add(store, &key, -5).await,
        -3,
        "reading a counter with 0 must not create it, and adding to one must return the sum"
    );
    assert_eq!(add(store, &key, 0).await, -3, "adding 0 must read");
    clock.pass(clock.grain()).await;
    assert_eq!(
        add(store, &key, 0).await,
        0,
        "adding to a counter must not change its time to live"
    );
    assert_eq!(add(store, &key, 1).await, 1, "an expired counter restarts");
    done("delete of a counter", store.delete(&key).await);
    assert_eq!(add(store, &key, 0).await, 0, "a deleted counter is at 0");
}

async fn counters_are_atomic(store: &dyn Store) {
    let key = StoreKey::new("conformance", "atomic");
    let mut sums = join_all((0..100).map(|_| add(store, &key, 1))).await;
    sums.sort_unstable();
    assert!(
        sums.iter().copied().eq(1..=100),
        "a hundred concurrent callers that add 1 must each get a different sum"
    );
    done("delete of a counter", store.delete(&key).await);
}

async fn subtraction(store: &dyn Store, clock: &dyn PassTime) {
    let key = StoreKey::new("conformance", "subtraction");
    assert_eq!(subtract(store, &key, 1).await, 0, "an absent counter is 0");
    assert_eq!(
        add(store, &key, 3).await,
        3,
        "subtracting must create no counter"
    );
    assert_eq!(subtract(store, &key, 0).await, 3, "subtracting 0 must read");
    clock.pass(MINUTE - clock.grain()).await;
    assert_eq!(
        subtract(store, &key, 2).await,
        1,
        "subtracting must return the new value"
    );
    assert_eq!(subtract(store, &key, 5).await, 0, "it must end at 0");
    assert_eq!(subtract(store, &key, 1).await, 0, "it must stay at 0");
    assert_eq!(add(store, &key, 2).await, 2, "the counter must be 0");
    clock.pass(clock.grain()).await;
    assert_eq!(
        subtract(store, &key, 1).await,
        0,
        "subtracting must not change the time to live"
    );
    assert_eq!(add(store, &key, -2).await, -2, "a counter may be below 0");
    assert_eq!(
        subtract(store, &key, 1).await,
        -2,
        "subtracting must not change a negative counter"
    );
    done("delete of a counter", store.delete(&key).await);
}

async fn subtraction_is_atomic(store: &dyn Store) {
    let key = StoreKey::new("conformance", "atomic-subtraction");
    assert_eq!(add(store, &key, 50).await, 50, "a counter must start at 0");
    let mut left = join_all((0..100).map(|_| subtract(store, &key, 1))).await;
    left.sort_unstable();
    assert!(
        left.iter().copied().eq([0; 50].into_iter().chain(0..50)),
        "a hundred concurrent callers that subtract 1 from 50 must end at 0"
    );
    done("delete of a counter", store.delete(&key).await);
}

async fn reservation(store: &dyn Store, clock: &dyn PassTime) {
    let narrow = StoreKey::new("conformance", "narrow");
    let wide = StoreKey::new("conformance-other", "wide");
    assert_eq!(add(store, &wide, 3).await, 3, "a counter must start at 0");
    clock.pass(MINUTE - clock.grain()).await;
    let reserved = reserve(store, &[(&narrow, 2), (&wide, 5)]).await;
    assert_eq!(
        reserved,
        Ok(vec![1, 4]),
        "each counter must be increased by 1"
    );
    let rejected = reserve(store, &[(&narrow, 2), (&wide, 4)]).await;
    assert_eq!(rejected, Err(1), "the index must name the full counter");
    assert_eq!(
        (add(store, &narrow, 0).await, add(store, &wide, 0).await),
        (1, 4),
        "a rejected reservation must change no counter"
    );
    clock.pass(clock.grain()).await;
    assert_eq!(
        (add(store, &narrow, 0).await, add(store, &wide, 0).await),
        (1, 0),
        "a reservation must not change the time to live of a counter"
    );
    clock.pass(MINUTE).await;
    assert_eq!(
        add(store, &narrow, 0).await,
        0,
        "a new counter must get the time to live"
    );
    assert_eq!(reserve(store, &[]).await, Ok(vec![]), "nothing to reserve");
    assert_eq!(
        reserve(store, &[(&narrow, 0)]).await,
        Err(0),
        "a limit of 0 rejects every reservation"
    );
}

async fn reservation_keeps_limits(store: &dyn Store) {
    let narrow = StoreKey::new("conformance", "narrow-at-once");
    let wide = StoreKey::new("conformance-other", "wide-at-once");
    let limits = [(&narrow, 10), (&wide, 50)];
    let all = join_all((0..100).map(|_| reserve(store, &limits))).await;
    let reserved = all.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(
        reserved, 10,
        "of a hundred concurrent callers, as many must succeed as the lowest limit allows"
    );
    assert_eq!(
        (add(store, &narrow, 0).await, add(store, &wide, 0).await),
        (10, 10),
        "rejected callers must change no counter"
    );
    for key in [narrow, wide] {
        done("delete of a counter", store.delete(&key).await);
    }
}

async fn reserve(
    store: &dyn Store,
    limits: &[(&StoreKey, i64)],
) -> std::result::Result<Vec<i64>, usize> {
    let limits = limits.iter();
    let limits: Vec<_> = limits
        .map(|(key, limit)| CounterLimit::new((*key).clone(), *limit))
        .collect();
    done("reserve", store.reserve(&limits, MINUTE).await).outcome()
}

async fn read(store: &dyn Store, key: &StoreKey) -> Option<Vec<u8>> {
    done("read", store.read(key).await)
}

async fn write(store: &dyn Store, key: &StoreKey, value: &[u8], time_to_live: Duration) {
    done(
        "write",
        store.write(key, value.to_vec(), time_to_live).await,
    );
}

async fn add(store: &dyn Store, key: &StoreKey, delta: i64) -> i64 {
    done("add", store.add(key, delta, MINUTE).await)
}

async fn subtract(store: &dyn Store, key: &StoreKey, amount: u32) -> i64 {
    done("subtract", store.subtract(key, amount).await)
}

#[allow(clippy::panic, reason = "a suite of assertions for tests")]
fn done<T>(what: &str, result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{what} failed: {error}"))
}
