//! An admitted attempt ([`Attempt`]), for example to sign in with a password. When an attempt is
//! admitted, 1 is added to each of its counters. When its result is reported, 1 is subtracted
//! again, unless the attempt failed.

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

/// An admitted attempt. Report its result with [`signed_in`](Self::signed_in),
/// [`signed_in_as`](Self::signed_in_as), [`succeeded`](Self::succeeded), [`failed`](Self::failed)
/// or [`undecided`](Self::undecided). An attempt that is dropped without a result counts as failed.
#[must_use = "an attempt without a reported result counts as failed"]
pub struct Attempt {
    shared: Arc<Shared>,
    /// The name of the user's counter. `None` for a call with which no secret can be guessed.
    user: Option<Digest>,
    marks: Marks,
    window: Duration,
    admitted_at: Duration,
    /// The counters that limit this attempt, each with its limit and its value.
    places: Vec<Place>,
    /// `true` from the admission of the attempt until the attempt is subtracted from its counters.
    /// If it is still `true` when the attempt is dropped, the attempt stays counted as a failure.
    is_reserved: bool,
    /// `true` if a call to the counter store has failed for this attempt. The attempt then makes no
    /// further calls to the store, because the user would wait for each of them.
    has_given_up: bool,
    visit: Visit,
}

/// A counter of an attempt, with its limit. [`Attempt::reserve`] adds 1 to the counter.
#[derive(Clone, Copy)]
pub(super) struct Place {
    dimension: Dimension,
    digest: Digest,
    limit: i64,
    /// The value of the counter after the attempt has added 1 to it.
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

    /// Returns `true` if this counter counts the attempts of one user. Other counters count
    /// attempts from an address or network.
    const fn is_of_user(&self) -> bool {
        !matches!(self.dimension, Dimension::Address | Dimension::Budget)
    }
}

impl Attempt {
    /// Creates an attempt that is not yet added to its counters; see [`reserve`](Self::reserve).
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

    /// Disables further store calls for this attempt, after a store call has failed.
    pub(super) const fn give_up(&mut self) {
        self.has_given_up = true;
    }

    /// Reports that the user has completed the sign-in. Does the same as
    /// [`succeeded`](Self::succeeded). Also records in the store that the address and the device
    /// are known for the user name of the attempt. If the store is unavailable, a warning is
    /// logged, and the records may be missing.
    ///
    /// # Security
    ///
    /// Call this method only after the last step of the sign-in. Attempts from a known address do
    /// not count towards the user's limit for all addresses. If the password alone made an address
    /// known, an attacker with a stolen password could make many addresses known. The attacker
    /// could then guess codes from these addresses, and the user's limit would not apply.
    pub async fn signed_in(self) {
        let marks = self.marks;
        self.settle_and_remember(&[marks]).await;
    }

    /// Reports a completed sign-in of a user with several names. Does the same as
    /// [`signed_in`](Self::signed_in), but records the addresses and devices of `subjects` as
    /// known. Pass one subject for each name; see
    /// [`AttemptGuard::remember`](crate::AttemptGuard::remember). Subjects with a user name or
    /// device key over 512 bytes are skipped. If the store is unavailable, a warning is logged, and
    /// some records may be missing.
    ///
    /// # Security
    ///
    /// Call this method only after the last step, as for [`signed_in`](Self::signed_in), and only
    /// with names that are proven to belong to the user.
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

    /// Reports that the secret was right. The attempt is no longer counted. If the address or
    /// device of the attempt is known for this user (see [`AttemptGuard`](crate::AttemptGuard)),
    /// the user's counter for this address or device is deleted.
    ///
    /// Failures at unknown addresses stay counted, because an attacker may have caused them. If
    /// they were deleted, each success of the user would give the attacker further attempts. These
    /// failures do not lock out the user at a known address, because the user has a separate
    /// counter for each known address. [`signed_in`](Self::signed_in) makes the address of a
    /// sign-in known.
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

    /// Logs an error of the counter store, and disables further store calls for this attempt.
    fn lose(&mut self, error: &Error) {
        warn_of(error);
        self.give_up();
    }

    /// Reports that the password or code was wrong. The attempt counts until the time windows of
    /// its counters end.
    pub async fn failed(self) {
        // The attempt was counted when it was admitted. `Drop` does the rest at the end of this
        // function.
    }

    /// Reports that the result is unknown, for example after a timeout or a network failure. The
    /// attempt is no longer counted.
    pub async fn undecided(mut self) {
        let places = self.take_places();
        self.give_back(places).await;
    }

    /// Adds 1 to all counters of the attempt. If a counter is full, changes no counter and returns
    /// the index of the full counter in the inner `Err`.
    ///
    /// If the store of the counters fails, the result depends on the setting of the guard:
    ///
    /// - [`StoreFailure::Refuse`]: returns the error of the store in the outer `Err`.
    /// - [`StoreFailure::CarryOn`]: returns `Ok(Ok(()))`, so the attempt is admitted without being
    ///   counted. If the counters can still be read and one of them is full, returns its index in
    ///   the inner `Err` instead.
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

    /// Reads the counters of this attempt, after the store has failed to increase them. A store
    /// that is full or cannot save may still be able to read, so that locked users stay locked. If
    /// a counter is at its limit, returns its index in the inner `Err`. If the store cannot be read
    /// either, disables further store calls for this attempt.
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

    /// Returns a future that completes when another attempt that uses the counter with index `full`
    /// has ended. The caller then calls [`reserve`](Self::reserve) again. Returns `None` if no
    /// attempt of this process that uses this counter is in flight, or if too many attempts are
    /// already waiting.
    pub(super) fn turn(&self, full: usize) -> Option<Turn> {
        self.visit.turn(full)
    }

    /// Returns the error for an attempt that is rejected because the counter with index `full` is
    /// full.
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

    /// Subtracts 1 from each counter in `places`. The store calls run concurrently, because a user
    /// waits. Does nothing if the time windows of the counters have ended, or if an earlier store
    /// call has failed.
    async fn give_back(&mut self, places: Vec<Place>) {
        let now = self.shared.clock.monotonic();
        let waited = now.saturating_sub(self.admitted_at);
        if waited >= self.window || self.has_given_up {
            // The counters have expired. Counters with the same names now count other attempts.
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

cognito_core::impl_debug!(Attempt);

fn warn_of(error: &Error) {
    tracing::warn!(%error, "the store of the attempt counters failed; an attempt is counted wrongly");
}
