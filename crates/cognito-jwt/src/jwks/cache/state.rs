//! The state of a key cache, and the decision whether a fetch is needed and allowed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::fetch::Origin;
use super::flight::{Flight, Outcome};
use super::schedule::{self, COOL_DOWN};
use super::{KeySettings, Lookup};
use crate::error::{Reason, VerifyError};
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::Task;
use crate::jwks::source::{SourceError, SourceErrorKind};
use crate::jwks::status::KeysStatus;

pub(super) struct State {
    pub(super) settings: KeySettings,
    /// The age at which cached keys are renewed in the background.
    pub(super) refresh_ahead: Duration,
    pub(super) current: ArcSwapOption<Snapshot>,
    /// The time from which a renewal of the keys may be due, in nanoseconds of the monotonic clock.
    /// The lookup of a key reads this time without the lock. From this time on, each lookup takes
    /// the lock and checks whether a renewal is due.
    renewal_at: AtomicU64,
    /// `true` if the background task that renews keys has ended because its runtime has no timer.
    pub(super) timer_is_missing: AtomicBool,
    fetching: Mutex<Fetching>,
}

/// The usable keys of one JWKS, and its age.
pub(super) struct Snapshot {
    pub(super) keys: KeySet,
    /// The time at which the fetch of the JWKS started, by the monotonic clock.
    fetched_at: Duration,
    /// The age that the JWKS already had at the time `fetched_at`. It is zero if this process
    /// fetched the JWKS from the source. A JWKS from the shared store can be older.
    age_before: Duration,
}

#[derive(Default)]
pub(super) struct Fetching {
    pub(super) flight: Option<Flight>,
    pub(super) flights_started: u64,
    pub(super) renewer: Option<Task>,
    last: Option<Attempt>,
    /// The time at which the last cool-down started, by the monotonic clock. During a cool-down,
    /// unknown key ids cause no fetch. `None` if there was no cool-down.
    looked_up_at: Option<Duration>,
    failures_in_a_row: u32,
}

/// A completed fetch of a JWKS, successful or failed.
struct Attempt {
    ended_at: Duration,
    /// The earliest time at which the next fetch may start, if this fetch failed.
    retry_at: Duration,
    outcome: Outcome,
    /// `true` if the keys came from the JWKS that instances share through a store.
    is_shared: bool,
}

/// The reason for a fetch of a JWKS.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// The keys are fetched because a token has this key id, and the key is not cached.
    Demand { kid: &'a str },
    /// The keys are fetched because there are no cached keys, or because the cached keys may be due
    /// for renewal.
    Renewal,
}

impl State {
    pub(super) fn new(settings: KeySettings) -> Self {
        Self {
            refresh_ahead: schedule::refresh_ahead(settings.refresh_every, schedule::chance()),
            settings,
            current: ArcSwapOption::empty(),
            renewal_at: AtomicU64::new(0),
            timer_is_missing: AtomicBool::new(false),
            fetching: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.settings.clock.monotonic()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Fetching> {
        // No code panics while the lock is held, and every state is valid.
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if the keys have not expired: their age is at most `max_stale`.
    pub(super) fn is_usable(&self, snapshot: &Snapshot, now: Duration) -> bool {
        snapshot.age(now) <= self.settings.max_stale
    }

    /// Returns `loaded` if its keys have not expired, otherwise `None`. `loaded` contains the keys
    /// that the caller has loaded from the cache.
    pub(super) fn if_usable<'a>(
        &self,
        loaded: Option<&'a Snapshot>,
        now: Duration,
    ) -> Option<&'a Snapshot> {
        loaded.filter(|snapshot| self.is_usable(snapshot, now))
    }

    /// Returns the cached keys, or `None` if there are none or they have expired.
    pub(super) fn usable(&self, now: Duration) -> Option<Arc<Snapshot>> {
        self.current
            .load_full()
            .filter(|snapshot| self.is_usable(snapshot, now))
    }

    /// Returns `true` if the key with this id is cached and the keys have not expired.
    pub(super) fn has_key(&self, kid: &str, now: Duration) -> bool {
        let usable = self.usable(now);
        usable.is_some_and(|usable| usable.keys.key(kid).is_some())
    }

    /// Returns `true` if a renewal of the keys may be due. This method takes no lock, so the caller
    /// must then take the lock of `fetching` and check again.
    pub(super) fn may_need_renewal(&self, now: Duration) -> bool {
        nanoseconds(now) >= self.renewal_at.load(Ordering::Relaxed)
    }

    pub(super) fn renew_at(&self, moment: Duration) {
        self.renewal_at
            .store(nanoseconds(moment), Ordering::Relaxed);
    }

    /// Returns the time of the next renewal, by the monotonic clock. The result is meaningless
    /// while a fetch is in flight.
    pub(super) fn next_renewal(&self, fetching: &Fetching) -> Duration {
        let current = self.current.load();
        let due = current.as_deref().map_or(Duration::ZERO, |snapshot| {
            let left = self.refresh_ahead.saturating_sub(snapshot.age_before);
            snapshot.fetched_at.saturating_add(left)
        });
        match &fetching.last {
            // The pool does not use this issuer. If that changes, the next token of the issuer
            // causes a fetch.
            Some(last) if current.is_none() && last.is_forbidden() => {
                last.ended_at.saturating_add(self.refresh_ahead)
            }
            Some(last) if last.outcome.is_err() => due.max(last.retry_at),
            _ => due,
        }
    }

    /// Returns the result of the lookup of a key id that is not cached. Checks under the lock
    /// whether a fetch is in flight, or is needed and allowed.
    pub(super) fn without_key(&self, kid: &str, now: Duration) -> Lookup {
        let fetching = self.lock();
        if fetching.under_way(now).is_some() {
            return Lookup::Absent;
        }
        match self.standing(&fetching, Purpose::Demand { kid }, now) {
            // A fetch may have ended since the caller looked for the key.
            Some(Ok(())) => match self.usable(now).as_deref().and_then(|s| s.keys.key(kid)) {
                Some(key) => Lookup::Key(Arc::clone(key)),
                None => Lookup::Rejected(VerifyError::new(Reason::UnknownKid)),
            },
            // The key may be a new one that could not be fetched, so the token cannot be checked.
            Some(Err(source)) => {
                let error = VerifyError::keys_unavailable(Some(source));
                Lookup::Rejected(error.with_retry_after(fetching.wait(now)))
            }
            None => Lookup::Absent,
        }
    }

    /// Decides whether a fetch may start. Returns `None` if it may start. Returns `Some(Ok(()))` if
    /// no fetch is needed. Returns the outcome of the last fetch if it is too early for another
    /// fetch.
    pub(super) fn standing(
        &self,
        fetching: &Fetching,
        purpose: Purpose<'_>,
        now: Duration,
    ) -> Option<Outcome> {
        let current = self.current.load();
        let is_fresh = |snapshot: &Snapshot| snapshot.age(now) < self.refresh_ahead;
        if matches!(purpose, Purpose::Renewal) && current.as_deref().is_some_and(is_fresh) {
            return Some(Ok(()));
        }
        // A fetch for another key id may have returned this one.
        if matches!(purpose, Purpose::Demand { kid } if self.has_key(kid, now)) {
            return Some(Ok(()));
        }
        let last = fetching.last.as_ref()?;
        let stands = match (purpose, &last.outcome) {
            (_, Err(_)) => now < last.retry_at,
            (Purpose::Renewal, Ok(())) => false,
            (Purpose::Demand { .. }, Ok(())) => {
                fetching.is_cooling_down(now) && self.if_usable(current.as_deref(), now).is_some()
            }
        };
        stands.then(|| last.outcome.clone())
    }

    /// Returns the error for unavailable keys, with the time until the next fetch is allowed.
    pub(super) fn unavailable(&self, source: Option<Arc<SourceError>>) -> VerifyError {
        let wait = self.lock().wait(self.now());
        VerifyError::keys_unavailable(source).with_retry_after(wait)
    }

    /// Returns `true` if the last fetch returned a shared JWKS: a JWKS from the store that several
    /// instances share. The JWKS source of the verifier may have a newer JWKS.
    pub(super) fn is_last_shared(&self) -> bool {
        self.lock().last.as_ref().is_some_and(|last| last.is_shared)
    }

    /// Replaces the cached keys with `keys`. If the cached keys are newer, changes nothing.
    /// `fetched_at` is the monotonic time at which the fetch of `keys` started. `age_before` is the
    /// age of their JWKS at that time. The caller must hold the lock.
    ///
    /// The cached keys can be newer in two cases: the fetch of `keys` was slow and a later fetch
    /// has ended before it, or `keys` come from an old JWKS in the store that several instances
    /// share.
    pub(super) fn replace(&self, keys: KeySet, fetched_at: Duration, age_before: Duration) {
        let current = self.current.load();
        let mut snapshot = Snapshot {
            keys,
            fetched_at,
            age_before,
        };
        match current.as_deref() {
            Some(before) if before.is_younger_than(&snapshot) => return,
            Some(before) => snapshot.keys.keep_unchanged(&before.keys),
            None => {}
        }
        self.current.store(Some(Arc::new(snapshot)));
    }

    pub(super) fn status(&self) -> KeysStatus {
        let now = self.now();
        let fetching = self.lock();
        let current = self.current.load();
        let current = current.as_deref();
        let next_refresh_in = match (&fetching.flight, &fetching.last) {
            (None, None) => None,
            (Some(_), _) => Some(Duration::ZERO),
            (None, Some(_)) => Some(self.next_renewal(&fetching).saturating_sub(now)),
        };
        KeysStatus {
            jwks_uri: self.settings.uri.clone(),
            keys: self
                .if_usable(current, now)
                .map_or(0, |snapshot| snapshot.keys.len()),
            age: current.map(|snapshot| snapshot.age(now)),
            last_error: fetching
                .last
                .as_ref()
                .and_then(|last| Some(last.outcome.as_ref().err()?.kind())),
            next_refresh_in,
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let fetching = self
            .fetching
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = &fetching.flight {
            flight.end();
        }
        if let Some(renewer) = &fetching.renewer {
            renewer.end();
        }
    }
}

impl Attempt {
    fn is_forbidden(&self) -> bool {
        let error = self.outcome.as_ref().err();
        error.is_some_and(|error| error.kind() == SourceErrorKind::Forbidden)
    }
}

impl Snapshot {
    pub(super) fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.fetched_at)
            .saturating_add(self.age_before)
    }

    /// Returns `true` if the JWKS of `self` was requested later than the JWKS of `other`. Compares
    /// the ages of both at the same point in time. The request times cannot be compared, because
    /// another process may have requested a shared JWKS before the monotonic clock of this process
    /// started.
    fn is_younger_than(&self, other: &Self) -> bool {
        let moment = self.fetched_at.max(other.fetched_at);
        self.age(moment) < other.age(moment)
    }
}

impl Fetching {
    pub(super) fn note(
        &mut self,
        outcome: Outcome,
        origin: Option<Origin>,
        ended_at: Duration,
        retry_at: Duration,
    ) {
        self.failures_in_a_row = match outcome {
            Ok(()) => 0,
            Err(_) => self.failures_in_a_row.saturating_add(1),
        };
        self.last = Some(Attempt {
            ended_at,
            retry_at,
            outcome,
            is_shared: origin == Some(Origin::Shared),
        });
    }

    /// Records that a fetch for an unknown key id has ended. This starts the cool-down: for some
    /// time, unknown key ids cause no further fetch.
    pub(super) fn looked_up(&mut self, now: Duration) {
        self.looked_up_at = Some(now);
    }

    /// Returns the time until the next fetch of the JWKS is allowed. Returns `None` if the last
    /// fetch did not fail, or if a fetch is allowed now.
    fn wait(&self, now: Duration) -> Option<Duration> {
        let failed = self.last.as_ref().filter(|last| last.outcome.is_err())?;
        let wait = failed.retry_at.saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    fn is_cooling_down(&self, now: Duration) -> bool {
        let began_at = self.looked_up_at;
        began_at.is_some_and(|began_at| now.saturating_sub(began_at) < COOL_DOWN)
    }

    /// Returns the back-off after a fetch that ends now with this outcome. It is zero after a
    /// success.
    pub(super) fn back_off(&self, outcome: &Outcome) -> Duration {
        match outcome {
            Ok(()) => Duration::ZERO,
            Err(_) => {
                let failures = self.failures_in_a_row.saturating_add(1);
                schedule::back_off(failures, schedule::chance())
            }
        }
    }
}

/// Returns the time in nanoseconds. A `u64` is enough for 584 years; a longer time becomes the
/// maximum.
fn nanoseconds(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}
