//! An attempt under way: its places in the counters, and the verdict on it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Error, ErrorKind, Result};

use super::guard::Shared;
use super::guard_builder::StoreFailure;
use super::key::{Digest, Dimension, Keys, Marks, store_key};
use super::subject::AttemptSubject;

/// An attempt that was admitted and waits for its verdict. Dropped without one, it counts as
/// failed.
#[must_use = "an attempt without a verdict counts as failed"]
pub struct Attempt {
    shared: Arc<Shared>,
    keys: Keys,
    window: Duration,
    admitted_at: Duration,
    reserved: Vec<Place>,
    /// Whether it is plain that the store does not answer. Each call would cost a person as long as it
    /// is waited for.
    has_given_up: bool,
}

/// A place in a counter.
#[derive(Clone, Copy)]
pub(super) struct Place {
    dimension: Dimension,
    digest: Digest,
    limit: i64,
    /// What the counter stood at with this attempt.
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
}

impl Attempt {
    pub(super) fn new(shared: Arc<Shared>, keys: Keys, window: Duration) -> Self {
        Self {
            keys,
            window,
            admitted_at: shared.clock.monotonic(),
            reserved: Vec::with_capacity(3),
            has_given_up: false,
            shared,
        }
    }

    /// Asks the store nothing more.
    pub(super) const fn give_up(&mut self) {
        self.has_given_up = true;
    }

    /// As [`succeeded`](Self::succeeded), and the person has signed in: nothing else is asked of them.
    /// They are known from now on where the attempt came from, by the name that it was made under.
    ///
    /// # Security
    ///
    /// Only after the last step. A first factor alone must leave no mark: whoever has stolen a
    /// password could otherwise guess at the code without the limit for the user.
    pub async fn signed_in(self) {
        let marks = self.keys.marks;
        self.settle_and_remember(&[marks]).await;
    }

    /// As [`signed_in`](Self::signed_in), for somebody who has several names: they are known by all of
    /// `subjects` and by nothing else, on the terms of
    /// [`AttemptGuard::remember`](crate::AttemptGuard::remember). A subject whose name or device is too
    /// long is left out. While the store does not answer, it is asked for nothing more than
    /// [`succeeded`](Self::succeeded) asks.
    ///
    /// # Security
    ///
    /// As for [`signed_in`](Self::signed_in), only after the last step, and only with names that are
    /// proven to be the person's.
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
            tracing::warn!(%error, "a sign-in could not be remembered");
        }
    }

    /// The secret was right: forgets the failures of this user at this known address, or on this known
    /// device, and gives the places in the other counters back. What is counted where the user is not
    /// known stays counted, for it may be another's: a person who signs in gives strangers no new tries.
    /// Their own are behind them once they are [signed in](Self::signed_in), because what is counted
    /// where they are known is counted apart.
    pub async fn succeeded(mut self) {
        self.settle().await;
    }

    async fn settle(&mut self) {
        for place in std::mem::take(&mut self.reserved) {
            if self.has_given_up {
                return;
            }
            let is_own = match place.dimension {
                Dimension::Device | Dimension::KnownPair => true,
                Dimension::Address | Dimension::Pair | Dimension::User => false,
            };
            if !is_own {
                self.give_back(&place).await;
                continue;
            }
            let key = store_key(place.dimension, &place.digest);
            match self.shared.store.delete(&key).await {
                Ok(()) => self.shared.view.forget(&place.digest),
                Err(error) => self.lose(&error),
            }
        }
    }

    /// A place is not given back: the store does not answer any more, and is not asked again.
    fn lose(&mut self, error: &Error) {
        warn_of(error);
        self.give_up();
    }

    /// The secret was wrong: the attempt stays counted.
    pub async fn failed(self) {
        // The place was taken when the attempt was admitted; what is left to do, `Drop` does.
        drop(self);
    }

    /// Nothing is known of the secret, because of a timeout or a network that is down: gives the
    /// places back.
    pub async fn undecided(mut self) {
        for place in std::mem::take(&mut self.reserved) {
            if self.has_given_up {
                return;
            }
            self.give_back(&place).await;
        }
    }

    pub(super) async fn reserve(&mut self, mut place: Place) -> Result<()> {
        if self.has_given_up {
            return Ok(());
        }
        let key = store_key(place.dimension, &place.digest);
        place.sum = match self.shared.store.add(&key, 1, self.window).await {
            Ok(sum) => sum,
            Err(error) if self.shared.on_store_failure == StoreFailure::Refuse => {
                return Err(error);
            }
            Err(error) => {
                warn_of(&error);
                return self.look_for_a_lock(&place).await;
            }
        };
        self.reserved.push(place);
        if place.sum <= 1 {
            self.shared.view.opened(place.digest, self.window);
        }
        if place.sum <= place.limit {
            return Ok(());
        }
        if place.dimension != Dimension::Address {
            let counter = (place.dimension, place.digest);
            self.shared.view.lock(self.keys.user, counter, self.window);
        }
        Err(self.locked(&place))
    }

    /// A store that takes nothing, because it is full or cannot save, may still tell of a counter that
    /// stands at its limit: what is locked stays locked. If it does not answer at all, it is asked
    /// nothing more.
    async fn look_for_a_lock(&mut self, place: &Place) -> Result<()> {
        let key = store_key(place.dimension, &place.digest);
        match self.shared.store.add(&key, 0, self.window).await {
            Ok(sum) if sum >= place.limit => Err(self.locked(place)),
            Ok(_) => Ok(()),
            Err(_) => {
                self.give_up();
                Ok(())
            }
        }
    }

    fn locked(&self, place: &Place) -> Error {
        let left = self.shared.view.left(&place.digest, self.window);
        Error::new(ErrorKind::AttemptLimit).with_retry_after(left)
    }

    async fn give_back(&mut self, place: &Place) {
        let waited = self
            .shared
            .clock
            .monotonic()
            .saturating_sub(self.admitted_at);
        if waited >= self.window {
            // The counter that holds this place is gone. If there is one of that name now, it
            // counts others.
            return;
        }
        let key = store_key(place.dimension, &place.digest);
        // A counter that was cleared or has expired since must not owe anybody an attempt.
        match self.shared.store.subtract(&key, 1).await {
            Ok(left) if left < place.limit => self.shared.view.unlock(&place.digest),
            Ok(_) => {}
            Err(error) => self.lose(&error),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        for place in &self.reserved {
            if place.dimension != Dimension::Address && place.sum >= place.limit {
                let counter = (place.dimension, place.digest);
                self.shared.view.lock(self.keys.user, counter, self.window);
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
    tracing::warn!(%error, "the store of the attempt counters failed, an attempt is miscounted");
}
