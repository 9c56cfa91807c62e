//! The attempt guard and its store: what the store sees, shares, and what happens when it fails.

mod reservations;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{
    AttemptGuard, AttemptPolicy, AttemptSubject, MemoryStore, Purpose, StoreFailure,
};
use cognito_core::store::StoreKey;
use cognito_core::{Error, ErrorKind, Result, Store};
use cognito_testkit::{FixedClock, LogCapture};

const KEY: &[u8] = &[9; 32];

/// A store that records every key, and fails if it is configured to.
#[derive(Debug)]
struct Watched {
    inner: MemoryStore,
    keys: Mutex<Vec<String>>,
    broken: AtomicBool,
    /// The prefix of the namespaces that can be read but not written.
    full: Mutex<Option<&'static str>>,
    /// The namespace that fails although the store works.
    refuses: Option<&'static str>,
}

impl Watched {
    fn new(clock: &FixedClock, refuses: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(Arc::new(clock.clone())),
            keys: Mutex::default(),
            broken: AtomicBool::new(false),
            full: Mutex::default(),
            refuses,
        })
    }

    fn see(&self, key: &StoreKey) -> Result<()> {
        self.keys.lock().unwrap().push(key.to_string());
        if self.broken.load(Ordering::Relaxed) || self.refuses == Some(key.namespace()) {
            return Err(Error::new(ErrorKind::StoreUnavailable));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Watched {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.see(key)?;
        self.inner.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.see(key)?;
        self.inner.write(key, value, time_to_live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.see(key)?;
        self.inner.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        self.see(key)?;
        let full = *self.full.lock().unwrap();
        if delta > 0 && full.is_some_and(|full| key.namespace().starts_with(full)) {
            return Err(Error::new(ErrorKind::StoreUnavailable));
        }
        self.inner.add(key, delta, time_to_live).await
    }
}

fn clock() -> FixedClock {
    FixedClock::at_unix(1_800_000_000)
}

fn alice() -> AttemptSubject<'static> {
    AttemptSubject::new(Purpose::SignIn, "alice@example.com").with_address([192, 0, 2, 1].into())
}

fn alice_on_her_phone() -> AttemptSubject<'static> {
    alice().with_device("eu-central-1_5a4c9d1e")
}

#[tokio::test]
async fn the_store_and_the_log_see_no_names() {
    let logs = LogCapture::start();
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock))
        .build()
        .unwrap();
    guard.admit(alice()).await.unwrap().failed().await;
    let signed_in = guard.admit(alice_on_her_phone()).await.unwrap();
    signed_in.signed_in().await;
    let attempt = guard.admit(alice_on_her_phone()).await.unwrap();
    let debug = format!("{:?} {guard:?} {attempt:?}", alice_on_her_phone());
    store.broken.store(true, Ordering::Relaxed);
    attempt.signed_in().await;
    let keys = store.keys.lock().unwrap().join(" ");
    // First, one mark is read, and three counters are read and raised. Then two marks are read,
    // three counters are raised, three counters are read and lowered again, and two marks are
    // written. Then two marks are read and one counter is to be deleted: that fails, and no further
    // call is made.
    assert_eq!(
        keys.split(' ').count(),
        (1 + 2 * 3) + (2 + 2 * 3 + 2 * 3 + 2) + (2 + 2 + 1)
    );
    for secret in ["alice", "example", "192.0.2.1", "c0000201", "5a4c9d1e"] {
        assert!(!keys.contains(secret), "{keys}");
        assert!(!debug.contains(secret), "{debug}");
    }
    assert!(logs.text().contains("attempt counters failed"));
    logs.assert_free_of(&["alice", "192.0.2.1", "5a4c9d1e"]);
}

#[tokio::test]
async fn shared_store_shares_known_users() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let strict = AttemptPolicy::passwords().with_per_user(1);
    let guard = |key: &[u8]| {
        let builder = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()));
        builder.policy(strict).key(key).build().unwrap()
    };
    guard(KEY).admit(alice()).await.unwrap().signed_in().await;
    for key in [KEY, &[8; 32]] {
        let stranger = alice().with_address([198, 51, 100, 7].into());
        guard(key).admit(stranger).await.unwrap().failed().await;
    }
    assert!(guard(KEY).admit(alice()).await.is_ok());
    // With another key, the counters of the first guard are not found.
    assert!(guard(&[8; 32]).admit(alice()).await.is_err());
}

#[tokio::test]
async fn disabled_memory_uses_no_marks() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock))
        .known_for(Duration::ZERO)
        .build()
        .unwrap();
    let attempt = guard.admit(alice_on_her_phone()).await.unwrap();
    attempt.signed_in().await;
    guard.remember(&[alice_on_her_phone()]).await.unwrap();
    let keys = store.keys.lock().unwrap().join(" ");
    assert!(!keys.contains("attempt-known"), "{keys}");
}

#[tokio::test]
async fn unreadable_mark_is_none_or_rejects() {
    let clock = clock();
    let store = Watched::new(&clock, Some("attempt-known"));
    let policy = AttemptPolicy::passwords().with_per_user(1);
    let guard = |what| {
        AttemptGuard::builder(store.clone(), Arc::new(clock.clone()))
            .policy(policy)
            .key(KEY)
            .store_failure(what)
            .build()
            .unwrap()
    };
    let carrying_on = guard(StoreFailure::CarryOn);
    // No further call is made: with an unavailable store, a user waits for one call only.
    let attempt = carrying_on.admit(alice_on_her_phone()).await.unwrap();
    attempt.signed_in().await;
    assert_eq!(store.keys.lock().unwrap().len(), 1);
    // The mark cannot be written either. A sign-in ignores this, but `remember` returns the error.
    carrying_on.admit(alice()).await.unwrap().signed_in().await;
    let remembered = carrying_on.remember(&[alice()]).await;
    assert_eq!(remembered.unwrap_err().kind(), ErrorKind::StoreUnavailable);
    for subject in [alice(), alice_on_her_phone()] {
        let refused = guard(StoreFailure::Refuse).admit(subject).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::StoreUnavailable);
    }
    assert!(store.inner.is_empty());
}

#[tokio::test]
async fn shared_store_shares_counters() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = |key: Option<&[u8]>| {
        let builder = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()));
        match key {
            Some(key) => builder.key(key).build().unwrap(),
            None => builder.build().unwrap(),
        }
    };
    for _ in 0..4 {
        guard(Some(KEY))
            .admit(alice())
            .await
            .unwrap()
            .failed()
            .await;
    }
    let error = guard(Some(KEY)).admit(alice()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    // Another key results in other names of counters, and so does every random key.
    assert!(guard(Some(&[8; 32])).admit(alice()).await.is_ok());
    for _ in 0..10 {
        guard(None).admit(alice()).await.unwrap().failed().await;
    }
}

#[tokio::test]
async fn lock_stays_while_counter_is_at_limit() {
    // Two processes with one store, one of which has a higher limit.
    let clock = clock();
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let guard = |limit| {
        AttemptGuard::builder(store.clone(), Arc::new(clock.clone()))
            .key(KEY)
            .policy(AttemptPolicy::passwords().with_per_user_and_address(limit))
            .build()
            .unwrap()
    };
    let (strict, generous) = (guard(1), guard(3));
    let attempt = strict.admit(alice()).await.unwrap();
    assert!(strict.admit(alice()).await.is_err());
    assert_eq!(strict.locked_accounts(), 1);
    generous.admit(alice()).await.unwrap().failed().await;
    attempt.undecided().await;
    assert_eq!(strict.locked_accounts(), 1);
    assert!(strict.admit(alice()).await.is_err());
}

#[tokio::test]
async fn store_failure_follows_policy() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = |what: Option<StoreFailure>| {
        let builder = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()));
        match what {
            Some(what) => builder.store_failure(what).build().unwrap(),
            None => builder.build().unwrap(),
        }
    };
    store.broken.store(true, Ordering::Relaxed);
    for _ in 0..100 {
        guard(None).admit(alice()).await.unwrap().failed().await;
        let guard = guard(Some(StoreFailure::CarryOn));
        guard.admit(alice()).await.unwrap().succeeded().await;
    }
    let refusing = guard(Some(StoreFailure::Refuse));
    let error = refusing.admit(alice()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    store.broken.store(false, Ordering::Relaxed);
    assert!(refusing.admit(alice()).await.is_ok());
}

#[tokio::test]
async fn places_are_given_back_if_reserving_fails() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()))
        .store_failure(StoreFailure::Refuse)
        .build()
        .unwrap();
    // The user's counter is the last of three.
    *store.full.lock().unwrap() = Some("attempt-user");
    for _ in 0..10 {
        let refused = guard.admit(alice()).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::StoreUnavailable);
    }
    *store.full.lock().unwrap() = None;
    for _ in 0..4 {
        guard.admit(alice()).await.unwrap().failed().await;
    }
}

#[tokio::test]
async fn a_store_that_takes_nothing_opens_no_lock() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock)).build();
    let guard = guard.unwrap();
    while let Ok(attempt) = guard.admit(alice()).await {
        attempt.failed().await;
    }
    *store.full.lock().unwrap() = Some("attempt");
    for _ in 0..10 {
        let error = guard.admit(alice()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    }
    let bob = AttemptSubject::new(Purpose::SignIn, "bob").with_address([192, 0, 2, 2].into());
    guard.admit(bob).await.unwrap().succeeded().await;
}

#[tokio::test]
async fn unavailable_store_gets_no_further_calls() {
    let clock = clock();
    let store = Watched::new(&clock, None);
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock))
        .known_for(Duration::ZERO)
        .build()
        .unwrap();
    store.broken.store(true, Ordering::Relaxed);
    let asked = || std::mem::take(&mut *store.keys.lock().unwrap()).len();
    for verdict in 0..4 {
        let attempt = guard.admit(alice()).await.unwrap();
        match verdict {
            0 => attempt.signed_in().await,
            1 => attempt.signed_in_as(&[alice_on_her_phone()]).await,
            2 => attempt.undecided().await,
            _ => attempt.failed().await,
        }
        assert_eq!(asked(), 2);
    }
    // If the store fails while an attempt is in flight, the release of each of its places is tried
    // once, all at the same time.
    store.broken.store(false, Ordering::Relaxed);
    let attempt = guard.admit(alice()).await.unwrap();
    store.broken.store(true, Ordering::Relaxed);
    attempt.signed_in().await;
    assert_eq!(asked(), 2 * 3 + 3);
}

#[test]
fn rejects_unworkable_configuration() {
    let clock = clock();
    let builder = || {
        let store = MemoryStore::new(Arc::new(clock.clone()));
        AttemptGuard::builder(Arc::new(store), Arc::new(clock.clone()))
    };
    let good = AttemptPolicy::passwords();
    for bad in [
        builder().key(&[1; 31]),
        builder().policy(good.with_window(Duration::ZERO)),
        builder().policy(good.with_per_user(0)),
        builder().policy(good.with_per_address(0)),
        builder().policy_for(Purpose::MfaCode, good.with_per_user_and_address(0)),
        builder().policy_for(Purpose::SignIn, good.with_per_user_without_address(0)),
    ] {
        assert_eq!(bad.build().unwrap_err().kind(), ErrorKind::Configuration);
    }
    let debug = format!("{:?}", builder().key(&[77; 32]));
    assert!(!debug.contains("77"), "{debug}");
}
