//! An attempt in flight: its places in the counters, and its result.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::store::CounterLimit;
use cognito_core::{Error, ErrorKind, Result};
use futures_util::future::join_all;

use super::guard::Shared;
use super::guard_builder::StoreFailure;
use super::key::{Digest, Dimension, Keys, Marks, store_key};
use super::queue::{Turn, Visit};
use super::subject::AttemptSubject;

/// An admitted attempt. Report its result. An attempt that is dropped without a result counts as
/// failed.
#[must_use = "an attempt without a reported result counts as failed"]
pub struct Attempt {
    shared: Arc<Shared>,
    /// The user's counter, if the attempt is for a user's secret.
    user: Option<Digest>,
    marks: Marks,
    window: Duration,
    admitted_at: Duration,
    /// The attempt's place in each of its counters.
    places: Vec<Place>,
    /// `true` if the attempt has reserved a place in each of these counters.
    is_reserved: bool,
    /// `true` if the store was found to be unavailable. No further store calls are made, because
    /// each one would make the user wait.
    has_given_up: bool,
    visit: Visit,
}

/// A place in a counter.
#[derive(Clone, Copy)]
pub(super) struct Place {
    dimension: Dimension,
    digest: Digest,
    limit: i64,
    /// The value of the counter, this attempt included.
    sum: i64,
}

impl Place {
    pub(super) fn new(dimension: Dimension, digest: Digest, limit: u32) -> Self {
        Self {
            dimension,
            digest,
            limit: i64::from(limit),
            sum: 0,
        }
    }

    /// Returns `true` if the counter counts one user. The others count addresses.
    const fn is_of_user(&self) -> bool {
        !matches!(self.dimension, Dimension::Address | Dimension::Budget)
    }
}

impl Attempt {
    /// Creates an attempt. It has no place in its counters before [`reserve`](Self::reserve).
    pub(super) fn new(
        shared: &Arc<Shared>,
        keys: Option<&Keys>,
        places: Vec<Place>,
        window: Duration,
    ) -> Self {
        // An address has a share of the queue for all of its networks together.
        let widest = keys.and_then(|keys| keys.networks.widest());
        let last = places.last().map(|place| place.digest);
        let owner = widest.or(last).unwrap_or_default();
        let digests = places.iter().map(|place| place.digest);
        Self {
            visit: Visit::new(&shared.queue, digests, owner),
            user: keys.map(|keys| keys.user),
            marks: keys.map(|keys| keys.marks).unwrap_or_default(),
            window,
            admitted_at: shared.clock.monotonic(),
            places,
            is_reserved: false,
            has_given_up: false,
            shared: Arc::clone(shared),
        }
    }

    /// Stops all further store calls for this attempt.
    pub(super) const fn give_up(&mut self) {
        self.has_given_up = true;
    }

    /// Reports that the user has completed the sign-in. Does the same as
    /// [`succeeded`](Self::succeeded), and marks the attempt's address and device as known for its
    /// user name.
    ///
    /// # Security
    ///
    /// Call it only after the last step. If a first factor alone set a mark, an attacker with a
    /// stolen password could guess codes without the limit for the user.
    pub async fn signed_in(self) {
        let marks = self.marks;
        self.settle_and_remember(&[marks]).await;
    }

    /// Reports a completed sign-in of a user with several names. Does the same as
    /// [`signed_in`](Self::signed_in), but marks exactly the names in `subjects`. The requirements
    /// of [`AttemptGuard::remember`](crate::AttemptGuard::remember) apply. Subjects with a name or
    /// device key that is too long are skipped. If the store is unavailable, no marks are set.
    ///
    /// # Security
    ///
    /// Call it only after the last step, as for [`signed_in`](Self::signed_in), and only with names
    /// that are proven to belong to the user.
    pub async fn signed_in_as(self, subjects: &[AttemptSubject<'_>]) {
        let shared = Arc::clone(&self.shared);
        let marks: Vec<_> = subjects
            .iter()
            .filter_map(|subject| shared.keys.marks(subject).ok())
            .collect();
        self.settle_and_remember(&marks).await;
    }

    async fn settle_and_remember(mut self, marks: &[Marks]) {
        self.settle().await;
        if self.has_given_up {
            return;
        }
        if let Err(error) = self.shared.remember(marks).await {
            tracing::warn!(%error, "the attempt guard could not store where the user signed in");
        }
    }

    /// Reports that the secret was right. If the attempt's address or device is known for this
    /// user, the failures in its counter are deleted. In every other counter, only the place of
    /// this attempt is released.
    ///
    /// Failures at unknown addresses stay counted. An attacker may have caused them, and must not
    /// get new attempts when the user succeeds. After [`signed_in`](Self::signed_in) those failures
    /// no longer affect the user, because known addresses have their own counters.
    pub async fn succeeded(mut self) {
        self.settle().await;
    }

    async fn settle(&mut self) {
        let is_own =
            |place: &Place| matches!(place.dimension, Dimension::Device | Dimension::KnownPair);
        let places = self.take_places();
        let own = places.iter().copied().filter(is_own);
        let shared = places.iter().copied().filter(|place| !is_own(place));
        self.give_back(shared.collect()).await;
        for place in own {
            if self.has_given_up {
                return;
            }
            let key = store_key(place.dimension, &place.digest);
            match self.shared.store.delete(&key).await {
                Ok(()) => self.shared.view.forget(&place.digest),
                Err(error) => self.lose(&error),
            }
        }
    }

    /// Logs an error of the store, and stops further store calls. The place stays reserved.
    fn lose(&mut self, error: &Error) {
        warn_of(error);
        self.give_up();
    }

    /// Reports that the secret was wrong. The attempt stays counted.
    pub async fn failed(self) {
        // The place was reserved at admission. `Drop` does the rest at the end of this function.
    }

    /// Reports that the result is unknown, for example after a timeout or a network failure.
    /// Releases the places that the attempt has reserved in the counters.
    pub async fn undecided(mut self) {
        let places = self.take_places();
        self.give_back(places).await;
    }

    /// Reserves a place in every counter. If a counter is full, returns its index instead.
    pub(super) async fn reserve(&mut self) -> Result<std::result::Result<(), usize>> {
        self.visit.look();
        self.admitted_at = self.shared.clock.monotonic();
        let limits = self.places.iter().map(|place| {
            let key = store_key(place.dimension, &place.digest);
            CounterLimit::new(key, place.limit)
        });
        let limits: Vec<_> = limits.collect();
        let reserved = match self.shared.store.reserve(&limits, self.window).await {
            Ok(reserved) => reserved.outcome(),
            Err(error) if self.shared.store_failure == StoreFailure::Refuse => {
                return Err(error);
            }
            Err(error) => {
                warn_of(&error);
                return self.look_for_a_lock(&limits).await;
            }
        };
        let sums = match reserved {
            Ok(sums) => sums,
            Err(full) => return Ok(Err(full)),
        };
        for (place, sum) in self.places.iter_mut().zip(sums) {
            place.sum = sum;
            if sum <= 1 {
                self.shared.view.opened(place.digest, self.window);
            }
        }
        self.is_reserved = true;
        self.visit.admitted();
        Ok(Ok(()))
    }

    /// Checks the counters when the store rejects writes, because it is full or cannot save: a
    /// counter at its limit stays locked. If the store cannot be read either, stops further store
    /// calls.
    async fn look_for_a_lock(
        &mut self,
        limits: &[CounterLimit],
    ) -> Result<std::result::Result<(), usize>> {
        for (index, limit) in limits.iter().enumerate() {
            match self.shared.store.add(&limit.key, 0, self.window).await {
                Ok(sum) if sum >= limit.limit => return Ok(Err(index)),
                Ok(_) => {}
                Err(_) => {
                    self.give_up();
                    break;
                }
            }
        }
        Ok(Ok(()))
    }

    /// Returns a future that completes when an attempt at the counter with index `full` has ended.
    /// The caller can then try to reserve again. Returns `None` if the caller must not wait.
    pub(super) fn turn(&self, full: usize) -> Option<Turn> {
        self.visit.turn(full)
    }

    /// Returns the error for an attempt that is rejected because this counter is full.
    pub(super) fn refused(&self, full: usize) -> Error {
        let mut left = self.window;
        if let Some(place) = self.places.get(full) {
            self.lock(place);
            left = self.shared.view.left(&place.digest, self.window);
        }
        Error::new(ErrorKind::AttemptLimit).with_retry_after(left)
    }

    fn lock(&self, place: &Place) {
        if let Some(user) = self.user
            && place.is_of_user()
        {
            let counter = (place.dimension, place.digest);
            self.shared.view.lock(user, counter, self.window);
        }
    }

    fn take_places(&mut self) -> Vec<Place> {
        self.visit.gives_back();
        if std::mem::take(&mut self.is_reserved) {
            std::mem::take(&mut self.places)
        } else {
            Vec::new()
        }
    }

    /// Releases places in all counters concurrently, because a user waits.
    async fn give_back(&mut self, places: Vec<Place>) {
        let now = self.shared.clock.monotonic();
        let waited = now.saturating_sub(self.admitted_at);
        if waited >= self.window || self.has_given_up {
            // The counters with these places have expired. Counters with the same names count other
            // attempts.
            return;
        }
        let store = &self.shared.store;
        let given_back = places.iter().map(async |place| {
            // If the counter was cleared or has expired since, its value must not become negative.
            let key = store_key(place.dimension, &place.digest);
            (place, store.subtract(&key, 1).await)
        });
        let mut failed = None;
        for (place, left) in join_all(given_back).await {
            match left {
                Ok(left) if left < place.limit => self.shared.view.unlock(&place.digest),
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            self.lose(&error);
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.is_reserved {
            return;
        }
        for place in &self.places {
            if place.sum >= place.limit {
                self.lock(place);
            }
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

fn warn_of(error: &Error) {
    tracing::warn!(%error, "the store of the attempt counters failed; an attempt is counted wrongly");
}
