//! Cases that cannot be observed through a verifier: which instance of a key is trusted.

use std::sync::Mutex;

use async_trait::async_trait;
use cognito_core::event::NoopEventSink;
use cognito_testkit::{FixedClock, TestPool};
use futures_util::FutureExt;

use super::*;
use crate::jwks::source::SourceError;

/// A source whose JWKS a test can change.
#[derive(Clone, Debug)]
struct Changing(Arc<Mutex<String>>);

#[async_trait]
impl JwksSource for Changing {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        Ok(self.0.lock().unwrap().clone().into_bytes())
    }
}

/// A source that calls a function of the test during its first fetch.
struct Slow {
    document: Changing,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// `true` if later fetches never end.
    hangs: bool,
}

#[async_trait]
impl JwksSource for Slow {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let document = self.document.fetch(jwks_uri).await;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        match meanwhile {
            Some(meanwhile) => meanwhile(),
            None if self.hangs => std::future::pending().await,
            None => {}
        }
        document
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

struct Fixture {
    pool: TestPool,
    clock: FixedClock,
    document: Changing,
    keys: KeyCache,
}

impl Fixture {
    /// Creates a cache that has loaded the keys of the pool.
    fn hydrated() -> Self {
        let fixture = Self::new();
        fixture.hydrate();
        fixture
    }

    fn new() -> Self {
        let pool = TestPool::new("us-east-1_TestPool1", "client1");
        let clock = FixedClock::at_unix(1_800_000_000);
        let document = Changing(Arc::new(Mutex::new(pool.jwks_json())));
        let keys = cache(Arc::new(document.clone()), &clock);
        Self {
            pool,
            clock,
            document,
            keys,
        }
    }

    fn hydrate(&self) {
        self.keys.hydrate().now_or_never().unwrap().unwrap();
    }

    fn publish(&self, document: String) {
        *self.document.0.lock().unwrap() = document;
    }

    fn key(&self) -> Arc<Key> {
        match self.keys.lookup(self.pool.access_kid(), Caller::Waits) {
            Lookup::Key(key) => key,
            Lookup::Rejected(error) => panic!("{error}"),
            Lookup::Absent => panic!("absent"),
        }
    }
}

fn cache(source: Arc<dyn JwksSource>, clock: &FixedClock) -> KeyCache {
    KeyCache::new(KeySettings {
        uri: "https://a.example/jwks.json".to_owned(),
        source,
        clock: Arc::new(clock.clone()),
        events: Arc::new(NoopEventSink::new()),
        refresh_every: Duration::from_secs(600),
        max_stale: Duration::from_secs(3600),
        shared: None,
    })
}

#[test]
fn renewal_keeps_the_same_key_instance() {
    let fixture = Fixture::hydrated();
    let key = fixture.key();
    fixture.clock.advance(Duration::from_secs(600));
    // The JWKS is different, but has the same keys.
    fixture.publish(format!(" {}", fixture.pool.jwks_json()));
    fixture.hydrate();
    assert!(Arc::ptr_eq(&key, &fixture.key()));
    assert!(fixture.keys.trusts(&key, Caller::Waits));
}

#[test]
fn withdrawn_key_is_never_trusted_again() {
    // The old instance of the key is not trusted again, even if a JWKS contains the key again.
    let rotated = TestPool::new("us-east-1_TestPool1", "client1").rotated();
    let replaced = rotated.jwks_json().replace("000002=", "000001=");
    for document in [rotated.jwks_json(), replaced] {
        let fixture = Fixture::hydrated();
        let key = fixture.key();
        assert!(fixture.keys.trusts(&key, Caller::Waits));
        for document in [document, fixture.pool.jwks_json()] {
            fixture.publish(document);
            fixture.clock.advance(Duration::from_secs(600));
            fixture.hydrate();
            assert!(!fixture.keys.trusts(&key, Caller::Waits));
        }
        assert!(fixture.keys.trusts(&fixture.key(), Caller::Waits));
    }
}

#[test]
fn no_key_is_trusted_that_is_too_old() {
    let fixture = Fixture::hydrated();
    let key = fixture.key();
    fixture.clock.advance(Duration::from_secs(3600));
    assert!(fixture.keys.trusts(&key, Caller::CannotWait));
    fixture.clock.advance(Duration::from_nanos(1));
    assert!(!fixture.keys.trusts(&key, Caller::CannotWait));
    assert!(matches!(
        fixture
            .keys
            .lookup(fixture.pool.access_kid(), Caller::CannotWait),
        Lookup::Absent
    ));
}

/// With a lock in this path, the test would never end.
#[test]
fn finds_cached_key_without_lock() {
    // Also while renewals fail.
    let fixture = Fixture::hydrated();
    let key = fixture.key();
    fixture.publish("<html>".to_owned());
    fixture.clock.advance(Duration::from_secs(600));
    fixture.hydrate();
    assert!(fixture.keys.status().last_error.is_some());
    let _locked = fixture.keys.0.lock();
    assert!(Arc::ptr_eq(&key, &fixture.key()));
    assert!(fixture.keys.trusts(&key, Caller::CannotWait));
}

#[test]
fn status_has_the_fetch_error() {
    let fixture = Fixture::new();
    fixture.publish("<html>".to_owned());
    let error = fixture.keys.hydrate().now_or_never().unwrap().unwrap_err();
    assert_eq!(
        error.source_kind(),
        Some(crate::jwks::source::SourceErrorKind::Document)
    );
}

#[test]
fn late_result_of_abandoned_fetch_is_ignored() {
    let Fixture {
        pool,
        clock,
        document,
        ..
    } = Fixture::new();
    let rotated = pool.clone().rotated();
    let source = Arc::new(Slow {
        document: document.clone(),
        meanwhile: Mutex::default(),
        hangs: false,
    });
    let keys = cache(source.clone(), &clock);
    // The first fetch has read the old JWKS when it is abandoned, and the second fetch completes
    // first.
    let (second, new) = (keys.clone(), rotated.jwks_json());
    *source.meanwhile.lock().unwrap() = Some(Box::new(move || {
        clock.advance(Duration::from_secs(30));
        *document.0.lock().unwrap() = new;
        second.hydrate().now_or_never().unwrap().unwrap();
    }));
    keys.hydrate().now_or_never().unwrap().unwrap();
    let found = |pool: &TestPool| keys.lookup(pool.access_kid(), Caller::CannotWait);
    assert!(matches!(found(&rotated), Lookup::Key(_)));
    assert!(!matches!(found(&pool), Lookup::Key(_)));
    assert_eq!(keys.status().age, Some(Duration::ZERO));
}

#[test]
fn abandoned_fetch_does_not_end_its_successor() {
    let Fixture {
        clock, document, ..
    } = Fixture::new();
    let source = Arc::new(Slow {
        document,
        meanwhile: Mutex::default(),
        hangs: true,
    });
    let keys = cache(source.clone(), &clock);
    let second = keys.clone();
    *source.meanwhile.lock().unwrap() = Some(Box::new(move || {
        clock.advance(Duration::from_secs(30));
        assert!(second.hydrate().now_or_never().is_none());
    }));
    keys.hydrate().now_or_never().unwrap().unwrap();
    let status = keys.status();
    assert_eq!(status.age, Some(Duration::from_secs(30)));
    // The fetch is still in flight.
    assert_eq!(status.next_refresh_in, Some(Duration::ZERO));
}
