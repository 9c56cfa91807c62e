//! Admits attempts, and takes the verdict on each.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, Error, ErrorKind, Result, Store};

use super::guard_builder::{AttemptGuardBuilder, StoreFailure};
use super::key::{Digest, Dimension, KeyMaker, Keys, store_key};
use super::policy::AttemptPolicy;
use super::subject::{AttemptSubject, Purpose};
use super::view::View;

/// Counts failed passwords and codes, and refuses further attempts for a while when there were too
/// many: for one user from one address, for one user from everywhere, and for one address.
///
/// An attempt is counted **before** it is made: [`admit`](Self::admit) reserves a place in every
/// counter, and the verdict gives it back or leaves it. So of a hundred attempts at once, with one
/// place left, exactly one is admitted. The price is that attempts under way count like failures
/// until they end: an account that legitimately signs in many times at once, such as that of a
/// service, needs a higher limit; see [`AttemptPolicy`].
///
/// ```
/// # async fn sign_in(password: &str) -> cognito_core::Result<()> { Ok(()) }
/// # async fn example() -> cognito_core::Result<()> {
/// use std::sync::Arc;
///
/// use cognito_cache::{AttemptGuard, AttemptSubject, MemoryStore, Purpose};
/// use cognito_core::SystemClock;
///
/// let clock = Arc::new(SystemClock::new());
/// let store = Arc::new(MemoryStore::new(clock.clone()));
/// let guard = AttemptGuard::builder(store, clock).build()?;
///
/// let subject = AttemptSubject::new(Purpose::SignIn, "alice")
///     .with_address([192, 0, 2, 1].into());
/// let attempt = guard.admit(subject).await?;
/// match sign_in("…").await {
///     Ok(()) => attempt.succeeded().await,
///     Err(error) if error.kind().counts_as_attempt() => attempt.failed().await,
///     Err(_) => attempt.undecided().await,
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// Counters are named by an HMAC-SHA256 of purpose, user and address; the store sees no name. One
/// person may be known to the pool by several names (user name, e-mail address, phone number); each
/// has budgets of its own, and the budget of the address holds over all of them.
#[derive(Clone)]
pub struct AttemptGuard {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    keys: KeyMaker,
    policies: BTreeMap<Purpose, AttemptPolicy>,
    on_store_failure: StoreFailure,
    view: View,
}

impl AttemptGuard {
    /// A guard that counts in `store`.
    #[must_use]
    pub fn builder(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> AttemptGuardBuilder {
        AttemptGuardBuilder::new(store, clock)
    }

    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        keys: KeyMaker,
        policies: BTreeMap<Purpose, AttemptPolicy>,
        on_store_failure: StoreFailure,
    ) -> Self {
        let view = View::new(Arc::clone(&clock));
        Self {
            shared: Arc::new(Shared {
                store,
                clock,
                keys,
                policies,
                on_store_failure,
                view,
            }),
        }
    }

    /// Admits an attempt and counts it until its verdict. If the returned future is dropped before
    /// it is done, the places that it took so far stay taken until their windows end.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::AttemptLimit`]: there were too many failures;
    ///   [`retry_after`](Error::retry_after) says how long the lock holds at most. Nothing is
    ///   counted.
    /// - [`ErrorKind::InvalidParameter`]: the name is longer than any of Cognito's.
    /// - [`ErrorKind::StoreUnavailable`]: the store does not answer, and the guard was told to
    ///   [refuse](StoreFailure::Refuse) then.
    pub async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt> {
        let shared = &self.shared;
        let keys = shared.keys.keys(&subject)?;
        let policy = shared.policy(subject.purpose);
        let mut attempt = Attempt {
            shared: Arc::clone(shared),
            user: keys.user,
            window: policy.window,
            admitted_at: shared.clock.monotonic(),
            reserved: Vec::with_capacity(3),
        };
        for (dimension, digest, limit) in places(&policy, &keys) {
            let place = Place {
                dimension,
                digest,
                limit: i64::from(limit),
                sum: 0,
            };
            if let Err(error) = attempt.reserve(place).await {
                attempt.undecided().await;
                return Err(error);
            }
        }
        Ok(attempt)
    }

    /// How many users this process knows to be locked now: those who reached the limit of a counter
    /// of theirs in this process, until its window ends. At most 10,000 locks are remembered.
    #[must_use]
    pub fn locked_accounts(&self) -> usize {
        self.shared.view.locked_users()
    }

    /// Opens a user's lock for an operator: forgets the user's own counter, and those for single
    /// addresses that this process knows to be at their limit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidParameter`]: the name is too long. [`ErrorKind::StoreUnavailable`]: the
    /// store does not answer; some counters may be left.
    pub async fn unlock(&self, purpose: Purpose, user: &str) -> Result<()> {
        let user = self
            .shared
            .keys
            .keys(&AttemptSubject::new(purpose, user))?
            .user;
        let mut counters = self.shared.view.locked_of(&user);
        counters.push((Dimension::User, user));
        for (dimension, digest) in counters {
            self.shared
                .store
                .delete(&store_key(dimension, &digest))
                .await?;
            self.shared.view.forget(&digest);
        }
        Ok(())
    }

    /// Forgets what this process has seen, which is what [`locked_accounts`](Self::locked_accounts)
    /// counts. The counters are in the store: who is locked stays locked.
    pub fn clear(&self) {
        self.shared.view.clear();
    }
}

impl fmt::Debug for AttemptGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptGuard")
            .field("policies", &self.shared.policies)
            .field("on_store_failure", &self.shared.on_store_failure)
            .finish_non_exhaustive()
    }
}

/// An attempt that was admitted and waits for its verdict. Dropped without one, it counts as
/// failed.
#[must_use = "an attempt without a verdict counts as failed"]
pub struct Attempt {
    shared: Arc<Shared>,
    user: Digest,
    window: Duration,
    admitted_at: Duration,
    reserved: Vec<Place>,
}

/// A place in a counter.
#[derive(Clone, Copy)]
struct Place {
    dimension: Dimension,
    digest: Digest,
    limit: i64,
    /// What the counter stood at with this attempt.
    sum: i64,
}

impl Attempt {
    /// The secret was right: forgets the failures of this user at this address and of this user,
    /// and gives the place in the address's counter back. Failures at other addresses stay counted
    /// there.
    pub async fn succeeded(mut self) {
        for place in std::mem::take(&mut self.reserved) {
            if place.dimension == Dimension::Address {
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

    async fn reserve(&mut self, mut place: Place) -> Result<()> {
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
            self.shared.view.lock(self.user, counter, self.window);
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
                self.shared.view.lock(self.user, counter, self.window);
            }
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

impl Shared {
    fn policy(&self, purpose: Purpose) -> AttemptPolicy {
        self.policies.get(&purpose).copied().unwrap_or_default()
    }
}

/// The counters of an attempt and their limits. The address comes first: one that is over its
/// limit gets no further and creates no counters for the names that it invents.
fn places(
    policy: &AttemptPolicy,
    keys: &Keys,
) -> impl Iterator<Item = (Dimension, Digest, u32)> + use<> {
    let per_user = match keys.address {
        Some(_) => policy.per_user,
        None => policy.per_user_without_address,
    };
    [
        keys.address
            .map(|digest| (Dimension::Address, digest, policy.per_address)),
        Some((Dimension::User, keys.user, per_user)),
        keys.pair
            .map(|digest| (Dimension::Pair, digest, policy.per_user_and_address)),
    ]
    .into_iter()
    .flatten()
}

fn warn_of(error: &Error) {
    tracing::warn!(%error, "the store of the attempt counters failed, an attempt is miscounted");
}
