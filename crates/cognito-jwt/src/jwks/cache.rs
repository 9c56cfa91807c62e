//! The keys at hand: how fresh they are, when they are fetched anew, and that only one fetch runs.
//!
//! Three times decide, all measured with the monotonic clock:
//!
//! - **refresh after**: older keys are renewed in the background by the next call;
//! - **most stale**: older keys are not used any more;
//! - **cool-down**: how long after a fetch an unknown key id does not cause another. A renewal that
//!   is due ignores it, unless the last fetch failed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use cognito_core::{Clock, ErrorKind, Event, EventSink};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::error::{Reason, VerifyError};
use crate::jwks::key_set::KeySet;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};
use crate::key::{Key, MAX_KID_LENGTH};

/// How long after a fetch an unknown key id does not cause another one.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(10);

/// After this long a fetch is given up on and another may start. Sources have deadlines of their
/// own; this is for those that break that promise.
const ABANDONED_AFTER: Duration = Duration::from_secs(30);

/// The keys at hand. Clones share them.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<Shared>);

struct Shared {
    source: Arc<dyn JwksSource>,
    clock: Arc<dyn Clock>,
    events: Arc<dyn EventSink>,
    refresh_after: Duration,
    most_stale: Duration,
    current: ArcSwapOption<Snapshot>,
    fetching: Mutex<Fetching>,
}

struct Snapshot {
    keys: KeySet,
    fetched_at: Duration,
}

#[derive(Default)]
struct Fetching {
    flight: Option<Flight>,
    last: Option<Attempt>,
    flights_so_far: u64,
}

/// A fetch that is under way.
struct Flight {
    number: u64,
    started_at: Duration,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// A fetch that has ended.
struct Attempt {
    ended_at: Duration,
    outcome: Outcome,
}

type Outcome = Result<(), Arc<SourceError>>;

/// Why the source is to be asked.
#[derive(Clone, Copy)]
enum Purpose {
    /// Somebody needs a key that is not at hand.
    Demand,
    /// The keys at hand are getting old.
    Renewal,
}

/// How a fetch is come by.
enum Boarding<F> {
    /// The fetch that is under way or was just started. Where there is no Tokio runtime to run it,
    /// the caller must.
    Aboard {
        outcome: watch::Receiver<Option<Outcome>>,
        flight: Option<F>,
    },
    /// A recent one ended like this, and another is not called for.
    Landed(Outcome),
}

/// What is known about a key id without asking anybody.
enum Known {
    /// The key, and whether it is time to renew the keys.
    Key { key: Arc<Key>, is_stale: bool },
    /// There is no such key, or no verdict, and asking now is not allowed or would not help.
    Refused(VerifyError),
    /// The source must be asked.
    Unknown,
}

impl KeyCache {
    pub(crate) fn new(
        source: Arc<dyn JwksSource>,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
        refresh_after: Duration,
        most_stale: Duration,
    ) -> Self {
        Self(Arc::new(Shared {
            source,
            clock,
            events,
            refresh_after,
            most_stale,
            current: ArcSwapOption::empty(),
            fetching: Mutex::default(),
        }))
    }

    /// The key of this id. Waits for a fetch where one is needed.
    pub(crate) async fn key(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        match self.0.known(kid) {
            Known::Key { key, is_stale } => {
                if is_stale {
                    self.0.renew().await;
                }
                Ok(key)
            }
            Known::Refused(error) => Err(error),
            Known::Unknown => {
                let outcome = self.0.fetch(Purpose::Demand).await;
                match (self.0.usable_key(kid), outcome) {
                    (Some(key), _) => Ok(key),
                    (None, Ok(())) => Err(VerifyError::new(Reason::UnknownKid)),
                    (None, Err(source)) => Err(VerifyError::keys_unavailable(source)),
                }
            }
        }
    }

    /// The key of this id, if that can be told without waiting. Where it cannot, a fetch is started
    /// in the background, so that a later call may succeed.
    pub(crate) fn key_at_hand(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        match self.0.known(kid) {
            Known::Key { key, is_stale } => {
                if is_stale {
                    self.0.fetch_in_background(Purpose::Renewal);
                }
                Ok(key)
            }
            Known::Refused(error) => Err(error),
            Known::Unknown => {
                self.0.fetch_in_background(Purpose::Demand);
                Err(VerifyError::keys_unavailable(None))
            }
        }
    }

    /// Makes sure that there are keys, fresh ones where possible.
    pub(crate) async fn hydrate(&self) -> Result<(), VerifyError> {
        let outcome = self.0.fetch(Purpose::Renewal).await;
        let now = self.0.clock.monotonic();
        match outcome {
            Err(source) if self.0.usable(now).is_none() => {
                Err(VerifyError::keys_unavailable(source))
            }
            _ => Ok(()),
        }
    }
}

impl Shared {
    /// The keys, unless they are too old to be trusted.
    fn usable(&self, now: Duration) -> Option<Arc<Snapshot>> {
        self.current
            .load_full()
            .filter(|snapshot| age(snapshot, now) <= self.most_stale)
    }

    fn usable_key(&self, kid: &str) -> Option<Arc<Key>> {
        let snapshot = self.usable(self.clock.monotonic())?;
        snapshot.keys.key(kid).map(Arc::clone)
    }

    fn known(&self, kid: &str) -> Known {
        let now = self.clock.monotonic();
        let current = self.current.load();
        let usable = current
            .as_deref()
            .filter(|snapshot| age(snapshot, now) <= self.most_stale);
        let key = usable.and_then(|snapshot| Some((snapshot, snapshot.keys.key(kid)?)));
        match (key, usable) {
            (Some((snapshot, key)), _) => Known::Key {
                key: Arc::clone(key),
                is_stale: age(snapshot, now) >= self.refresh_after,
            },
            // No usable key has such an id, whatever the source says.
            (None, Some(_)) if kid.is_empty() || kid.len() > MAX_KID_LENGTH => {
                Known::Refused(VerifyError::new(Reason::UnknownKid))
            }
            (None, _) => self.without_key(kid, now),
        }
    }

    fn without_key(&self, kid: &str, now: Duration) -> Known {
        let fetching = self.lock();
        if fetching.under_way(now).is_some() {
            return Known::Unknown;
        }
        match self.landed(&fetching, Purpose::Demand, now) {
            // A fetch may have landed since the caller looked.
            Some(Ok(())) => match self.usable_key(kid) {
                Some(key) => Known::Key {
                    key,
                    is_stale: false,
                },
                None => Known::Refused(VerifyError::new(Reason::UnknownKid)),
            },
            // The key may be a new one that we failed to fetch: no verdict.
            Some(Err(source)) => Known::Refused(VerifyError::keys_unavailable(Some(source))),
            None => Known::Unknown,
        }
    }

    /// The outcome of the last fetch, if it is recent enough to make another one pointless.
    fn landed(&self, fetching: &Fetching, purpose: Purpose, now: Duration) -> Option<Outcome> {
        let last = fetching.last.as_ref()?;
        let is_good_for = |limit: Duration| {
            let current = self.current.load();
            current
                .as_deref()
                .is_some_and(|snapshot| age(snapshot, now) < limit)
        };
        let stands = match (purpose, &last.outcome) {
            (_, Err(_)) => last.is_recent(now),
            (Purpose::Demand, Ok(())) => last.is_recent(now) && is_good_for(self.most_stale),
            (Purpose::Renewal, Ok(())) => is_good_for(self.refresh_after),
        };
        stands.then(|| last.outcome.clone())
    }

    /// Renews the keys in the background; without a Tokio runtime, here and now.
    async fn renew(self: &Arc<Self>) {
        if let Boarding::Aboard {
            flight: Some(flight),
            ..
        } = self.board(Purpose::Renewal)
        {
            flight.await;
        }
    }

    fn fetch_in_background(self: &Arc<Self>, purpose: Purpose) {
        if Handle::try_current().is_ok() {
            // Spawned there; nothing is left to drive.
            drop(self.board(purpose));
        }
    }

    /// Waits for the fetch that is under way, or for a new one. An error without a cause means that
    /// it was torn down: it panicked, or its runtime ended.
    async fn fetch(self: &Arc<Self>, purpose: Purpose) -> Result<(), Option<Arc<SourceError>>> {
        let (mut outcome, flight) = match self.board(purpose) {
            Boarding::Aboard { outcome, flight } => (outcome, flight),
            Boarding::Landed(outcome) => return outcome.map_err(Some),
        };
        if let Some(flight) = flight {
            flight.await;
        }
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => match &*outcome {
                Some(outcome) => outcome.clone().map_err(Some),
                None => Err(None),
            },
            Err(_) => Err(None),
        }
    }

    /// Joins the fetch that is under way or starts one, unless a recent one will do: that is
    /// decided under the lock, so that of many callers who found that one is needed only the first
    /// starts it. In a Tokio runtime it runs in a task of its own, so that a caller who goes away
    /// does not take it along.
    fn board(self: &Arc<Self>, purpose: Purpose) -> Boarding<impl Future<Output = ()> + use<>> {
        let now = self.clock.monotonic();
        let mut fetching = self.lock();
        if let Some(flight) = fetching.under_way(now) {
            return Boarding::Aboard {
                outcome: flight.outcome.clone(),
                flight: None,
            };
        }
        if let Some(outcome) = self.landed(&fetching, purpose, now) {
            return Boarding::Landed(outcome);
        }
        let (sender, outcome) = watch::channel(None);
        fetching.flights_so_far += 1;
        let number = fetching.flights_so_far;
        fetching.flight = Some(Flight {
            number,
            started_at: now,
            outcome: outcome.clone(),
        });
        drop(fetching);
        let flight = Arc::clone(self).fly(number, now, sender);
        let flight = match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(flight);
                None
            }
            Err(_) => Some(flight),
        };
        Boarding::Aboard { outcome, flight }
    }

    async fn fly(
        self: Arc<Self>,
        number: u64,
        started_at: Duration,
        sender: watch::Sender<Option<Outcome>>,
    ) {
        let fetched = match self.source.fetch().await {
            Ok(document) => KeySet::parse(&document)
                .map_err(|what| SourceError::new(SourceErrorKind::Document, what)),
            Err(error) => Err(error),
        };
        match &fetched {
            Ok(keys) => tracing::debug!(keys = keys.len(), "fetched the signing keys"),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "could not fetch the signing keys");
            }
        }
        let outcome = self.land(number, started_at, fetched);
        let error = outcome.as_ref().err().map(|_| ErrorKind::KeysUnavailable);
        // Nobody may be waiting any more.
        let _ = sender.send(Some(outcome));
        self.events.record(&Event::keys_refreshed(error));
    }

    /// Takes note of how a fetch ended.
    fn land(
        &self,
        number: u64,
        started_at: Duration,
        fetched: Result<KeySet, SourceError>,
    ) -> Outcome {
        let mut fetching = self.lock();
        let outcome = fetched
            .map(|keys| self.replace(keys, started_at))
            .map_err(Arc::new);
        if fetching
            .flight
            .as_ref()
            .is_some_and(|flight| flight.number == number)
        {
            fetching.flight = None;
        }
        // That one that was given up on has failed says nothing about a later one.
        if outcome.is_ok() || number == fetching.flights_so_far {
            fetching.last = Some(Attempt {
                ended_at: self.clock.monotonic(),
                outcome: outcome.clone(),
            });
        }
        outcome
    }

    /// A fetch that was given up on and still came home must not undo a later one.
    fn replace(&self, keys: KeySet, fetched_at: Duration) {
        let is_outdated = |current: &Snapshot| current.fetched_at > fetched_at;
        if !self.current.load().as_deref().is_some_and(is_outdated) {
            self.current
                .store(Some(Arc::new(Snapshot { keys, fetched_at })));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Fetching> {
        // Nothing panics while it is held, and every state of it is a valid one.
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetching {
    /// The fetch that is under way, if it can still come home: its task is alive and it is not
    /// overdue.
    fn under_way(&self, now: Duration) -> Option<&Flight> {
        self.flight.as_ref().filter(|flight| {
            now.saturating_sub(flight.started_at) < ABANDONED_AFTER
                && flight.outcome.has_changed().is_ok()
        })
    }
}

impl Attempt {
    fn is_recent(&self, now: Duration) -> bool {
        now.saturating_sub(self.ended_at) < COOL_DOWN
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.current.load().as_deref().map_or(0, |s| s.keys.len());
        f.debug_struct("KeyCache")
            .field("source", &self.0.source)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

fn age(snapshot: &Snapshot, now: Duration) -> Duration {
    now.saturating_sub(snapshot.fetched_at)
}
