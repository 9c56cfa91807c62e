//! The keys at hand, that only one fetch of a key runs, and which addresses are not asked for again
//! just now.
//!
//! Under one key id there is one key for ever, so keys are not renewed. They are forgotten after a
//! day, so that one that AWS withdrew is not trusted for longer.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use cognito_core::Clock;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::alb::key::Key;
use crate::alb::keys::budget::Budget;
use crate::error::VerifyError;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// How many keys are kept. A region's load balancers sign with a handful.
const MAX_KEYS: usize = 64;

/// After this long a key is fetched anew.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many addresses are known not to be worth asking for. The budget lets no more than 110 fail
/// within the cool-down.
const MAX_FAILURES: usize = 128;

/// How long after it failed an address is not asked for again.
const COOL_DOWN: Duration = Duration::from_secs(10);

/// After this long a fetch is given up on and another may start. Sources have deadlines of their
/// own; this is for those that break that promise.
const ABANDONED_AFTER: Duration = Duration::from_secs(30);

/// The keys at hand, by the addresses that they came from. Clones share them.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<Inner>);

struct Inner {
    source: Arc<dyn JwksSource>,
    clock: Arc<dyn Clock>,
    keys: ArcSwap<Keys>,
    fetching: Mutex<Fetching>,
}

type Keys = HashMap<Box<str>, AtHand>;

#[derive(Clone)]
struct AtHand {
    key: Arc<Key>,
    fetched_at: Duration,
}

#[derive(Default)]
struct Fetching {
    flights: HashMap<Box<str>, Flight>,
    failures: HashMap<Box<str>, Failure>,
    budget: Budget,
    flights_so_far: u64,
}

/// A fetch that is under way. It belongs to those who wait for it: when they have all gone away, so
/// has it.
struct Flight {
    number: u64,
    started_at: Duration,
    outcome: WeakShared<BoxFuture<'static, Outcome>>,
}

/// A fetch that has failed.
struct Failure {
    ended_at: Duration,
    error: Arc<SourceError>,
}

/// The key, or why there is none; without an error if it was not even asked for.
type Outcome = Result<Arc<Key>, Option<Arc<SourceError>>>;

/// How a key is come by.
enum Boarding {
    /// By the fetch that is under way or was just started.
    Aboard(Shared<BoxFuture<'static, Outcome>>),
    /// It is known already, or asking now is not allowed.
    Landed(Outcome),
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

    /// The key at this address. Waits for a fetch where one is needed.
    pub(crate) async fn key(&self, url: &str) -> Result<Arc<Key>, VerifyError> {
        if let Some(key) = self.0.at_hand(url) {
            return Ok(key);
        }
        let outcome = match self.0.board(url) {
            Boarding::Aboard(flight) => flight.await,
            Boarding::Landed(outcome) => outcome,
        };
        outcome.map_err(VerifyError::keys_unavailable)
    }

    /// The key at this address, if it is at hand.
    pub(crate) fn key_at_hand(&self, url: &str) -> Result<Arc<Key>, VerifyError> {
        self.0
            .at_hand(url)
            .ok_or_else(|| VerifyError::keys_unavailable(None))
    }
}

impl Inner {
    fn at_hand(&self, url: &str) -> Option<Arc<Key>> {
        let now = self.clock.monotonic();
        let keys = self.keys.load();
        let at_hand = keys.get(url).filter(|at_hand| at_hand.is_usable(now))?;
        Some(Arc::clone(&at_hand.key))
    }

    /// Joins the fetch that is under way or starts one, unless the last one failed just now or too
    /// many were started: that is decided under the lock, so that of many callers who found that
    /// one is needed only the first starts it.
    fn board(self: &Arc<Self>, url: &str) -> Boarding {
        let now = self.clock.monotonic();
        let mut fetching = self.lock();
        // It may have landed since the caller looked.
        if let Some(key) = self.at_hand(url) {
            return Boarding::Landed(Ok(key));
        }
        if let Some(flight) = fetching.under_way(url, now) {
            return Boarding::Aboard(flight);
        }
        if let Some(failure) = fetching.failures.get(url)
            && failure.is_recent(now)
        {
            return Boarding::Landed(Err(Some(Arc::clone(&failure.error))));
        }
        if !fetching.budget.spend(now) {
            return Boarding::Landed(Err(None));
        }
        fetching.flights_so_far += 1;
        let number = fetching.flights_so_far;
        let flight = Arc::clone(self).fly(url.into(), number).boxed().shared();
        fetching.take_off(url, number, now, &flight);
        Boarding::Aboard(flight)
    }

    async fn fly(self: Arc<Self>, url: Box<str>, number: u64) -> Outcome {
        let started_at = self.clock.monotonic();
        // A panic would reach all who wait, now and later: the fetch would never be over.
        let fetch = AssertUnwindSafe(async { self.source.fetch(&url).await }).catch_unwind();
        let fetched = match fetch.await {
            Ok(Ok(document)) => Key::from_pem(&document).ok_or_else(|| {
                SourceError::new(SourceErrorKind::Document, "it is no public key for ES256")
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SourceError::new(
                SourceErrorKind::Other,
                "the source panicked",
            )),
        };
        match &fetched {
            Ok(_) => tracing::debug!("fetched a load balancer's signing key"),
            // Security: no address, an attacker may have chosen its end.
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "could not fetch a load balancer's signing key");
            }
        }
        self.land(url, number, started_at, fetched)
    }

    /// Takes note of how a fetch ended.
    fn land(
        &self,
        url: Box<str>,
        number: u64,
        started_at: Duration,
        fetched: Result<Key, SourceError>,
    ) -> Outcome {
        let now = self.clock.monotonic();
        let mut fetching = self.lock();
        // One that was given up on must not end the one that took its place.
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

    /// Called under the lock, so that no key is lost to another's arrival.
    fn keep(&self, url: Box<str>, key: Arc<Key>, fetched_at: Duration) {
        let mut keys = Keys::clone(&self.keys.load());
        keys.retain(|_, at_hand| at_hand.is_usable(fetched_at));
        make_room(&mut keys, MAX_KEYS, |at_hand| at_hand.fetched_at);
        keys.insert(url, AtHand { key, fetched_at });
        self.keys.store(Arc::new(keys));
    }

    fn lock(&self) -> MutexGuard<'_, Fetching> {
        // Nothing panics while it is held, and every state of it is a valid one.
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetching {
    /// The fetch that is under way, if somebody still waits for it and it is not overdue.
    fn under_way(&self, url: &str, now: Duration) -> Option<Shared<BoxFuture<'static, Outcome>>> {
        let flight = self.flights.get(url)?;
        let is_overdue = now.saturating_sub(flight.started_at) >= ABANDONED_AFTER;
        flight.outcome.upgrade().filter(|_| !is_overdue)
    }

    fn take_off(
        &mut self,
        url: &str,
        number: u64,
        started_at: Duration,
        flight: &Shared<BoxFuture<'static, Outcome>>,
    ) {
        let Some(outcome) = flight.downgrade() else {
            return;
        };
        // Those whose callers have gone away leave nothing else behind.
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

impl AtHand {
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

/// Drops the oldest until one more fits.
fn make_room<T>(map: &mut HashMap<Box<str>, T>, most: usize, age: impl Fn(&T) -> Duration) {
    while map.len() >= most {
        let oldest = map.iter().min_by_key(|(_, value)| age(value));
        let Some(oldest) = oldest.map(|(url, _)| url.clone()) else {
            return;
        };
        map.remove(&oldest);
    }
}
