//! An attempt under way: its places in the counters, and the verdict on it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Error, ErrorKind, Result};

use super::guard::Shared;
use super::guard_builder::StoreFailure;
use super::key::{Digest, Dimension, Keys, store_key};

/// An attempt that was admitted and waits for its verdict. Dropped without one, it counts as
/// failed.
#[must_use = "an attempt without a verdict counts as failed"]
pub struct Attempt {
    shared: Arc<Shared>,
    keys: Keys,
    window: Duration,
    admitted_at: Duration,
    reserved: Vec<Place>,
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
            shared,
        }
    }

    /// As [`succeeded`](Self::succeeded), and the person has signed in: nothing else is asked of them.
    /// They are known from now on where the attempt came from, by the name that it was made under.
    ///
    /// # Security
    ///
    /// Only after the last step. A first factor alone must leave no mark: whoever has stolen a
    /// password could otherwise guess at the code without the limit for the user.
    pub async fn signed_in(self) {
        let (shared, marks) = (Arc::clone(&self.shared), self.keys.marks);
        self.succeeded().await;
        if let Err(error) = shared.remember(&[marks]).await {
            tracing::warn!(%error, "a sign-in could not be remembered");
        }
    }

    /// The secret was right: forgets the failures of this user at this address, or on this known
    /// device, and gives the places in the other counters back. What others did elsewhere stays
    /// counted: a person who signs in gives strangers no new tries. Where no address is known,
    /// nobody can tell whose the failures are, and all of the user's are forgotten.
    pub async fn succeeded(mut self) {
        for place in std::mem::take(&mut self.reserved) {
            let is_own = match place.dimension {
                Dimension::Address => false,
                Dimension::Device | Dimension::Pair => true,
                Dimension::User => self.keys.address.is_none(),
            };
            if !is_own {
                self.give_back(&place).await;
                continue;
            }
            let key = store_key(place.dimension, &place.digest);
            match self.shared.store.delete(&key).await {
                Ok(()) => self.shared.view.forget(&place.digest),
                Err(error) => warn_of(&error),
            }
        }
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
            self.give_back(&place).await;
        }
    }

    pub(super) async fn reserve(&mut self, mut place: Place) -> Result<()> {
        let key = store_key(place.dimension, &place.digest);
        place.sum = match self.shared.store.add(&key, 1, self.window).await {
            Ok(sum) => sum,
            Err(error) if self.shared.on_store_failure == StoreFailure::Refuse => {
                return Err(error);
            }
            Err(error) => {
                warn_of(&error);
                return Ok(());
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
        let left = self.shared.view.left(&place.digest, self.window);
        Err(Error::new(ErrorKind::AttemptLimit).with_retry_after(left))
    }

    async fn give_back(&self, place: &Place) {
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
        let sum = match self.shared.store.add(&key, -1, self.window).await {
            // The counter was cleared or has expired since: it must not owe anybody an attempt.
            Ok(sum) if sum < 0 => self.shared.store.add(&key, 1, self.window).await,
            other => other,
        };
        match sum {
            Ok(sum) if sum < place.limit => self.shared.view.unlock(&place.digest),
            Ok(_) => {}
            Err(error) => warn_of(&error),
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
