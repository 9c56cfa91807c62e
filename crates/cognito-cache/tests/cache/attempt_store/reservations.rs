//! Reservations in counters: a rejected attempt changes no counter.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, MemoryStore, Purpose};
use cognito_core::store::{CounterLimit, Reservation, StoreKey};
use cognito_core::{Error, ErrorKind, Result, Store};
use proptest::prelude::*;

use super::{alice, clock};

/// A store that records which counters were read, and whether one was raised outside of a
/// reservation.
#[derive(Debug)]
struct Ledger {
    inner: MemoryStore,
    limits: Mutex<BTreeSet<StoreKey>>,
    raised: AtomicBool,
    /// `true` if reservations fail, although counters can be read.
    is_full: AtomicBool,
}

impl Ledger {
    /// Returns the value of every counter that was ever requested.
    async fn values(&self) -> Vec<i64> {
        let keys = self.limits.lock().unwrap().clone();
        let mut values = Vec::new();
        for key in &keys {
            values.push(self.inner.add(key, 0, Duration::ZERO).await.unwrap());
        }
        values
    }
}

#[async_trait]
impl Store for Ledger {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.inner.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.inner.write(key, value, time_to_live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.inner.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        self.raised.fetch_or(delta > 0, Ordering::Relaxed);
        self.inner.add(key, delta, time_to_live).await
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        self.inner.subtract(key, amount).await
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        let keys = limits.iter().map(|limit| limit.key.clone());
        self.limits.lock().unwrap().extend(keys);
        if self.is_full.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::StoreUnavailable));
        }
        self.inner.reserve(limits, time_to_live).await
    }
}

#[tokio::test]
async fn failed_reservation_opens_no_lock() {
    let clock = clock();
    let store = Arc::new(Ledger {
        inner: MemoryStore::new(Arc::new(clock.clone())),
        limits: Mutex::default(),
        raised: AtomicBool::new(false),
        is_full: AtomicBool::new(false),
    });
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock)).build();
    let guard = guard.unwrap();
    while let Ok(attempt) = guard.admit(alice()).await {
        attempt.failed().await;
    }
    store.is_full.store(true, Ordering::Relaxed);
    let error = guard.admit(alice()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    let bob = AttemptSubject::new(Purpose::SignIn, "bob").with_address([192, 0, 2, 2].into());
    guard.admit(bob).await.unwrap().succeeded().await;
}

proptest! {
    /// A rejected attempt changes no counter: it makes one reservation, which fails as a whole.
    #[test]
    fn rejected_attempt_raises_no_counter(
        steps in prop::collection::vec((0..3_usize, 0..6_usize, 0..5_u8), 1..80),
    ) {
        let clock = clock();
        let ledger = Arc::new(Ledger {
            inner: MemoryStore::new(Arc::new(clock.clone())),
            limits: Mutex::default(),
            raised: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
        });
        let policy = AttemptPolicy::passwords()
            .with_per_user(6)
            .with_per_address(4)
            .with_per_user_and_address(3);
        let guard = AttemptGuard::builder(ledger.clone(), Arc::new(clock))
            .policy(policy)
            .build()
            .unwrap();
        let addresses = [
            "192.0.2.1", "192.0.2.2", "192.0.2.3",
            "2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:101::1",
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut in_flight = Vec::new();
        for (user, address, what) in steps {
            let subject = AttemptSubject::new(Purpose::SignIn, ["a", "b", "c"][user])
                .with_address(addresses[address].parse().unwrap());
            let keys = ledger.limits.lock().unwrap().len();
            let before = runtime.block_on(ledger.values());
            match (runtime.block_on(guard.admit(subject)), what) {
                (Ok(attempt), 0) => in_flight.push(attempt),
                (Ok(attempt), 1) => runtime.block_on(attempt.signed_in()),
                (Ok(attempt), 2) => runtime.block_on(attempt.undecided()),
                (Ok(attempt), _) => runtime.block_on(attempt.failed()),
                (Err(_), _) => {
                    let after = runtime.block_on(ledger.values());
                    let sum = |values: &[i64]| values.iter().sum::<i64>();
                    // Counters that were not known before are at 0.
                    prop_assert_eq!(sum(&before), sum(&after));
                    prop_assert!(keys > 0);
                }
            }
            prop_assert!(!ledger.raised.load(Ordering::Relaxed));
        }
    }

    /// In any order of events, no counter admits more failures than allowed.
    #[test]
    fn no_window_holds_more_failures_than_allowed(
        steps in prop::collection::vec((0..3_usize, 0..3_u8, 0..4_u8, 0..200_u64), 1..120),
    ) {
        let clock = clock();
        let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
        let policy = AttemptPolicy::passwords()
            .with_per_user(6)
            .with_per_address(8)
            .with_per_user_and_address(3)
            .with_window(Duration::from_secs(1_000));
        let guard = AttemptGuard::builder(store, Arc::new(clock.clone()))
            .policy(policy)
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut failures: Vec<(usize, u8, u64)> = Vec::new();
        let mut now = 0;
        for (user, address, verdict, pause) in steps {
            clock.advance(Duration::from_secs(pause));
            now += pause;
            let subject = AttemptSubject::new(Purpose::SignIn, ["a", "b", "c"][user])
                .with_address([192, 0, 2, address].into());
            let Ok(attempt) = runtime.block_on(guard.admit(subject)) else {
                continue;
            };
            match verdict {
                0 => runtime.block_on(attempt.undecided()),
                1 => drop(attempt),
                _ => runtime.block_on(attempt.failed()),
            }
            if verdict > 0 {
                failures.push((user, address, now));
            }
        }
        // Any time span of the length of a window overlaps at most two windows of a counter.
        let most = |count: &dyn Fn(&(usize, u8, u64)) -> bool| {
            let moments: Vec<_> = failures.iter().filter(|f| count(f)).map(|f| f.2).collect();
            let in_stretch = |start: &u64| {
                moments.iter().filter(|moment| (*start..start + 1_000).contains(moment)).count()
            };
            moments.iter().map(in_stretch).max().unwrap_or(0)
        };
        for number in 0..3_u8 {
            prop_assert!(most(&|failure| failure.0 == usize::from(number)) <= 2 * 6);
            prop_assert!(most(&|failure| failure.1 == number) <= 2 * 8);
            for user in 0..3_usize {
                prop_assert!(most(&|failure| failure.1 == number && failure.0 == user) <= 2 * 3);
            }
        }
    }
}
