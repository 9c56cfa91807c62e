//! A cache of the signing keys of load balancers. It also holds the fetches in flight (one for each
//! key) and the URLs whose fetch failed recently.
//!
//! A key id always identifies the same key, so keys are not renewed. A key expires after a day,
//! because AWS may have withdrawn it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use cognito_core::Clock;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::alb::key::Key;
use crate::alb::keys::budget::Budget;
use crate::error::VerifyError;
use crate::jwks::source::{self, JwksSource, SourceError, SourceErrorKind};

/// The maximum number of cached keys. The load balancers of a region use only a few.
const MAX_KEYS: usize = 64;

/// The time for which a fetched signing key of a load balancer is used.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The maximum number of recorded failures. The rate limit on fetches allows at most 110 failures
/// within [`COOL_DOWN`].
const MAX_FAILURES: usize = 128;

/// The time after a failed fetch during which the same URL is not fetched again.
const COOL_DOWN: Duration = Duration::from_secs(10);

/// The time after which another fetch of the same URL may start, although the first fetch has not
/// ended. Each source of keys must have a deadline; this limit protects against a source without a
/// deadline.
const ABANDONED_AFTER: Duration = Duration::from_secs(30);

/// A cache of keys by URL. It fetches missing keys. Clones share the cache.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<Inner>);

struct Inner {
    source: Arc<dyn JwksSource>,
    clock: Arc<dyn Clock>,
    keys: ArcSwap<Keys>,
    fetching: Mutex<Fetching>,
}

type Keys = HashMap<Box<str>, CachedKey>;

#[derive(Clone)]
struct CachedKey {
    key: Arc<Key>,
    fetched_at: Duration,
}

#[derive(Default)]
struct Fetching {
    flights: HashMap<Box<str>, Flight>,
    failures: HashMap<Box<str>, Failure>,
    budget: Budget,
    flights_started: u64,
}

/// A fetch in flight. The callers that wait for it own the future: when the last of them is
/// dropped, the fetch is cancelled.
struct Flight {
    number: u64,
    started_at: Duration,
    outcome: WeakShared<BoxFuture<'static, Outcome>>,
}

struct Failure {
    ended_at: Duration,
    error: Arc<SourceError>,
}

/// The result of a fetch: a key, or an error. The error is `None` if the rate limit allowed no
/// fetch.
type Outcome = Result<Arc<Key>, Option<Arc<SourceError>>>;

/// The decision for a caller that needs a key: wait for a fetch, or use a result without a fetch.
enum Join {
    /// The fetch to wait for. It was already in flight, or has just been started.
    InFlight(Shared<BoxFuture<'static, Outcome>>),
    /// The result without a fetch: the cached key, or an error because no fetch is allowed now.
    Finished(Outcome),
}

impl KeyCache {
    pub(crate) fn new(source: Arc<dyn JwksSource>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            source,
            clock,
            keys: ArcSwap::default(),
            fetching: Mutex::default(),
        }))
    }

    /// Returns the signing key at a URL from the cache. If the key is missing, fetches it, or waits
    /// for the fetch in flight. Fails if the fetch fails or is not allowed now.
    pub(crate) async fn key(&self, url: &str) -> Result<Arc<Key>, VerifyError> {
        if let Some(key) = self.0.cached(url) {
            return Ok(key);
        }
        let outcome = match self.0.join(url) {
            Join::InFlight(flight) => flight.await,
            Join::Finished(outcome) => outcome,
        };
        outcome.map_err(VerifyError::keys_unavailable)
    }

    /// Returns the signing key at a URL from the cache. Fails if the key is not in the cache.
    pub(crate) fn cached_key(&self, url: &str) -> Result<Arc<Key>, VerifyError> {
        self.0
            .cached(url)
            .ok_or_else(|| VerifyError::keys_unavailable(None))
    }
}

impl Inner {
    fn cached(&self, url: &str) -> Option<Arc<Key>> {
        let now = self.clock.monotonic();
        let keys = self.keys.load();
        let cached = keys.get(url).filter(|cached| cached.is_usable(now))?;
        Some(Arc::clone(&cached.key))
    }

    /// Joins the in-flight fetch of the URL, or starts a fetch. No fetch starts if the last fetch
    /// of the URL failed within [`COOL_DOWN`], or if the rate limit is reached. The lock is held
    /// during the decision, so concurrent callers start only one fetch.
    fn join(self: &Arc<Self>, url: &str) -> Join {
        let now = self.clock.monotonic();
        let mut fetching = self.lock();
        // A fetch may have ended since the caller looked for the key.
        if let Some(key) = self.cached(url) {
            return Join::Finished(Ok(key));
        }
        if let Some(flight) = fetching.under_way(url, now) {
            return Join::InFlight(flight);
        }
        if let Some(failure) = fetching.failures.get(url)
            && failure.is_recent(now)
        {
            return Join::Finished(Err(Some(Arc::clone(&failure.error))));
        }
        if !fetching.budget.spend(now) {
            return Join::Finished(Err(None));
        }
        fetching.flights_started += 1;
        let number = fetching.flights_started;
        let flight = Arc::clone(self).run(url.into(), number).boxed().shared();
        fetching.start(url, number, now, &flight);
        Join::InFlight(flight)
    }

    async fn run(self: Arc<Self>, url: Box<str>, number: u64) -> Outcome {
        let started_at = self.clock.monotonic();
        let fetched = source::fetch(&*self.source, &url).await;
        let fetched = fetched.and_then(|document| {
            let what = "the document is not a public key for ES256: check the key URI";
            let no_key = || SourceError::new(SourceErrorKind::Document, what);
            Key::from_pem(&document).ok_or_else(no_key)
        });
        match &fetched {
            Ok(_) => tracing::debug!("fetched a load balancer's signing key"),
            // Security: the URL is not logged, because an attacker may have chosen its end.
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "could not fetch a load balancer's signing key");
            }
        }
        self.finish(url, number, started_at, fetched)
    }

    /// Records the result of a fetch: removes the fetch from the fetches in flight, and stores the
    /// key or the failure.
    fn finish(
        &self,
        url: Box<str>,
        number: u64,
        started_at: Duration,
        fetched: Result<Key, SourceError>,
    ) -> Outcome {
        let now = self.clock.monotonic();
        let mut fetching = self.lock();
        // If this fetch is overdue, a second fetch may have replaced it. The second fetch stays.
        if fetching
            .flights
            .get(&url)
            .is_some_and(|flight| flight.number == number)
        {
            fetching.flights.remove(&url);
        }
        match fetched {
            Ok(key) => {
                let key = Arc::new(key);
                self.keep(url, Arc::clone(&key), started_at);
                Ok(key)
            }
            Err(error) => {
                let error = Arc::new(error);
                fetching.note_failure(url, Arc::clone(&error), now);
                Err(Some(error))
            }
        }
    }

    /// Adds a key to the cache. The caller must hold the lock of `fetching`. Without the lock, a
    /// key that another task adds at the same time could be lost.
    fn keep(&self, url: Box<str>, key: Arc<Key>, fetched_at: Duration) {
        let mut keys = Keys::clone(&self.keys.load());
        keys.retain(|_, cached| cached.is_usable(fetched_at));
        make_room(&mut keys, MAX_KEYS, |cached| cached.fetched_at);
        keys.insert(url, CachedKey { key, fetched_at });
        self.keys.store(Arc::new(keys));
    }

    fn lock(&self) -> MutexGuard<'_, Fetching> {
        // No code panics while the lock is held, and every state is valid.
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetching {
    /// Returns the fetch in flight for the URL. Returns `None` if there is no such fetch. Also
    /// returns `None` if no caller waits for the fetch any more, or if the fetch started at least
    /// [`ABANDONED_AFTER`] ago.
    fn under_way(&self, url: &str, now: Duration) -> Option<Shared<BoxFuture<'static, Outcome>>> {
        let flight = self.flights.get(url)?;
        let is_overdue = now.saturating_sub(flight.started_at) >= ABANDONED_AFTER;
        flight.outcome.upgrade().filter(|_| !is_overdue)
    }

    fn start(
        &mut self,
        url: &str,
        number: u64,
        started_at: Duration,
        flight: &Shared<BoxFuture<'static, Outcome>>,
    ) {
        let Some(outcome) = flight.downgrade() else {
            return;
        };
        // Removes fetches whose callers were all dropped.
        self.flights
            .retain(|_, flight| flight.outcome.upgrade().is_some());
        let flight = Flight {
            number,
            started_at,
            outcome,
        };
        self.flights.insert(url.into(), flight);
    }

    fn note_failure(&mut self, url: Box<str>, error: Arc<SourceError>, now: Duration) {
        self.failures.retain(|_, failure| failure.is_recent(now));
        make_room(&mut self.failures, MAX_FAILURES, |failure| failure.ended_at);
        let ended_at = now;
        self.failures.insert(url, Failure { ended_at, error });
    }
}

impl CachedKey {
    fn is_usable(&self, now: Duration) -> bool {
        now.saturating_sub(self.fetched_at) < MAX_AGE
    }
}

impl Failure {
    fn is_recent(&self, now: Duration) -> bool {
        now.saturating_sub(self.ended_at) < COOL_DOWN
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fetching = self.0.lock();
        f.debug_struct("KeyCache")
            .field("keys", &self.0.keys.load().len())
            .field("flights", &fetching.flights.len())
            .field("failures", &fetching.failures.len())
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

/// Removes the oldest entries until the map has fewer than `most` entries. `age` returns the time
/// at which an entry was added.
fn make_room<T>(map: &mut HashMap<Box<str>, T>, most: usize, age: impl Fn(&T) -> Duration) {
    while map.len() >= most {
        let oldest = map.iter().min_by_key(|(_, value)| age(value));
        let Some(oldest) = oldest.map(|(url, _)| url.clone()) else {
            return;
        };
        map.remove(&oldest);
    }
}
