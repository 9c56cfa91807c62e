//! The attempt guard.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, ready};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, Result, Store};
use futures_util::future::{Either, select};

use super::budget::{Budget, BudgetPolicy};
use super::guard_builder::{AttemptGuardBuilder, StoreFailure};
use super::key::{Dimension, KeyMaker, Keys, store_key};
use super::known::Origin;
use super::policy::AttemptPolicy;
use super::queue::Queue;
use super::subject::{AttemptSubject, Purpose};
use super::verdict::{Attempt, Place};
use super::view::View;

/// Counts failed passwords and codes, and rejects further attempts for a while if there were too
/// many: for one user from one address, for one user from all addresses, and for one address.
///
/// An attempt is counted **before** it is made: [`admit`](Self::admit) reserves a place in every
/// counter, and the result of the attempt releases the place or keeps it. If a hundred attempts
/// start at once and one place is left, exactly one is admitted. An attempt reserves its places in
/// all counters in one step, or in none: a rejected caller uses nothing of the budgets that others
/// share. (A store without an atomic [`reserve`](Store::reserve) can count such a caller for a
/// moment.)
///
/// Attempts in flight count like failures until they end. An account may sign in many times at
/// once; so that it is not rejected, [`admit_within`](Self::admit_within) lets an attempt wait for
/// those in flight. If they succeed, their places are free. The facade uses it. It waits for
/// attempts of the same process only; several instances behind one store need a higher limit for
/// such an account, see [`AttemptPolicy`].
///
/// Calls that do not guess a secret, but send a message or use up the pool's quota, have budgets by
/// address; see [`Budget`].
///
/// Attackers at many addresses can use up a user's limit for all addresses. So that they do not
/// lock out the user, a complete sign-in ([`Attempt::signed_in`]) marks the address as known for
/// this user, and the device if the service remembers devices. The mark lasts 30 days
/// ([`with_known_for`](AttemptGuardBuilder::with_known_for)):
///
/// - An attempt from a **known address** does not use the user's counter. It is counted in a
///   counter for this user at this known address, and in the counter of the address.
/// - An attempt on a **known device** is counted in a counter of that device only, so another
///   caller at the same address cannot lock it.
///
/// The failures for one user are therefore bounded by the user's limit plus the limit for one
/// address, once for each address and device that the user signed in from.
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
///     // A password alone was asked for; before a second step it would be `succeeded`.
///     Ok(()) => attempt.signed_in().await,
///     Err(error) if error.counts_as_attempt() => attempt.failed().await,
///     Err(_) => attempt.undecided().await,
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// Counters and marks are named by an HMAC-SHA256 of purpose, user, address and device; the store
/// sees none of these. A user may have several names in the pool (user name, e-mail address, phone
/// number). Each name has a separate budget, and the budget of the address covers all of them. A
/// mark is for one name in its exact spelling; [`remember`](Self::remember) sets marks for the
/// other names. If the pool distinguishes `ALICE` from `alice` and the guard does not
/// ([`CaseRule`](crate::CaseRule)), neither user can open a budget of the other.
///
/// A caller cannot see from the guard whether a user exists or has signed in before. The exception
/// is a caller who shares an address with the user: that address is not locked when all others are.
#[derive(Clone)]
pub struct AttemptGuard {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: KeyMaker,
    limits: Limits,
    pub(super) on_store_failure: StoreFailure,
    pub(super) queue: Arc<Queue>,
    /// How long a sign-in is remembered.
    pub(super) known_for: Duration,
    pub(super) view: View,
}

impl AttemptGuard {
    /// Returns a builder for a guard that counts in `store`.
    #[must_use]
    pub fn builder(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> AttemptGuardBuilder {
        AttemptGuardBuilder::new(store, clock)
    }

    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        keys: KeyMaker,
        limits: Limits,
        on_store_failure: StoreFailure,
        known_for: Duration,
    ) -> Self {
        let view = View::new(Arc::clone(&clock));
        Self {
            shared: Arc::new(Shared {
                store,
                clock,
                keys,
                limits,
                on_store_failure,
                queue: Arc::default(),
                known_for,
                view,
            }),
        }
    }

    /// Admits an attempt and counts it until its result is reported. If a counter is full, the
    /// attempt is rejected at once. If the returned future is dropped before it completes, the
    /// places that it has taken stay taken until their windows end.
    ///
    /// # Errors
    ///
    /// - [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit): there were too many failures;
    ///   [`retry_after`](cognito_core::Error::retry_after) is the longest time until the lock ends.
    ///   Nothing is counted.
    /// - [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the name is longer than any
    ///   name in Cognito, or the key of the device is longer than 512 bytes.
    /// - [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store is unavailable,
    ///   and the guard is configured to [reject](StoreFailure::Refuse) attempts then. Otherwise the
    ///   attempt is admitted; see [`StoreFailure::CarryOn`].
    pub async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt> {
        self.admit_within(subject, ready(())).await
    }

    /// Admits an attempt like [`admit`](Self::admit), but waits if a counter is full and attempts
    /// in flight of this process hold places in it. It waits until they end or `patience`, a timer
    /// of the application's runtime, is ready. If one of them succeeds, this attempt can take its
    /// place. If they fail, it is rejected. Waiting never admits more attempts than `admit` would.
    ///
    /// At most 64 attempts from one address wait, and at most 1,024 in all. Further attempts are
    /// rejected at once. Do not wait while the same task holds an [`Attempt`] at the same counters:
    /// it would always wait until `patience` is ready.
    ///
    /// # Errors
    ///
    /// The same errors as [`admit`](Self::admit).
    pub async fn admit_within(
        &self,
        subject: AttemptSubject<'_>,
        patience: impl Future<Output = ()> + Send,
    ) -> Result<Attempt> {
        let shared = &self.shared;
        let keys = shared.keys.keys(&subject)?;
        let policy = shared.limits.of(subject.purpose);
        let Some(origin) = shared.origin(&keys.marks).await? else {
            let mut attempt = Attempt::new(shared, Some(&keys), Vec::new(), policy.window);
            attempt.give_up();
            return Ok(attempt);
        };
        let places = places(&policy, &keys, origin);
        let attempt = Attempt::new(shared, Some(&keys), places, policy.window);
        reserved(attempt, patience).await
    }

    /// Admits a call that does not guess a secret, by the budget of its address. The call counts
    /// unless its result is [`succeeded`](Attempt::succeeded) or [`undecided`](Attempt::undecided).
    /// If the budget is full, waits as [`admit_within`](Self::admit_within) does.
    ///
    /// # Errors
    ///
    /// [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit) with
    /// [`retry_after`](cognito_core::Error::retry_after): there were too many such calls from this address
    /// or its network. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable) as for
    /// [`admit`](Self::admit).
    pub async fn admit_from(
        &self,
        budget: Budget,
        address: IpAddr,
        patience: impl Future<Output = ()> + Send,
    ) -> Result<Attempt> {
        let shared = &self.shared;
        let policy = shared.limits.of_budget(budget);
        let networks = shared.keys.budget(budget, address);
        let places = networks.counters().map(|(digest, factor)| {
            let limit = policy.per_address.saturating_mul(factor);
            Place::new(Dimension::Budget, digest, limit)
        });
        let attempt = Attempt::new(shared, None, places.collect(), policy.window);
        reserved(attempt, patience).await
    }

    /// Marks the address and device of each subject as known for its user. Use it if the service
    /// knows more names of a user than one [`Attempt`] does: pass one subject for each name. The
    /// purposes do not matter.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): a name or a device's key is
    /// too long. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store is
    /// unavailable; some marks may be set.
    ///
    /// # Security
    ///
    /// Pass only names that are proven to belong to the user. If the name of another user is marked
    /// for this address, this user can guess that user's secrets when others are locked out.
    pub async fn remember(&self, subjects: &[AttemptSubject<'_>]) -> Result<()> {
        let marks: Result<Vec<_>> = subjects
            .iter()
            .map(|subject| self.shared.keys.marks(subject))
            .collect();
        self.shared.remember(&marks?).await
    }

    /// Returns how many users are locked, as far as this process has seen: users who reached the
    /// limit of one of their counters in this process, until its window ends. At most 10,000 locks
    /// are remembered.
    #[must_use]
    pub fn locked_accounts(&self) -> usize {
        self.shared.view.locked_users()
    }

    /// Unlocks a user, for an operator. Deletes the user's counter, and the counters for single
    /// addresses and devices that this process has seen at their limit. Known addresses and devices
    /// stay known.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the name is too long.
    /// [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store is unavailable;
    /// some counters may be left.
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

    /// Clears what this process has seen, which is what [`locked_accounts`](Self::locked_accounts)
    /// counts. The counters are in the store, so locked users stay locked.
    pub fn clear(&self) {
        self.shared.view.clear();
    }
}

impl fmt::Debug for AttemptGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptGuard")
            .field("limits", &self.shared.limits)
            .field("known_for", &self.shared.known_for)
            .field("on_store_failure", &self.shared.on_store_failure)
            .finish_non_exhaustive()
    }
}

/// Takes a place in all counters of an attempt, or in none. While a counter is full, waits for
/// attempts in flight to end.
async fn reserved(
    mut attempt: Attempt,
    patience: impl Future<Output = ()> + Send,
) -> Result<Attempt> {
    let mut patience = pin!(patience);
    loop {
        let Err(full) = attempt.reserve().await? else {
            return Ok(attempt);
        };
        let Some(turn) = attempt.turn(full) else {
            return Err(attempt.refused(full));
        };
        if let Either::Right(_) = select(turn, patience.as_mut()).await {
            return Err(attempt.refused(full));
        }
    }
}

/// The limits of all purposes and budgets.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) purposes: BTreeMap<Purpose, AttemptPolicy>,
    pub(super) budgets: BTreeMap<Budget, BudgetPolicy>,
}

impl Limits {
    fn of(&self, purpose: Purpose) -> AttemptPolicy {
        self.purposes.get(&purpose).copied().unwrap_or_default()
    }

    fn of_budget(&self, budget: Budget) -> BudgetPolicy {
        let configured = self.budgets.get(&budget).copied();
        configured.unwrap_or_else(|| budget.default_policy())
    }

    /// Returns what is wrong with a limit, or `None` if all are valid.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let purposes = self.purposes.values().find_map(AttemptPolicy::fault);
        purposes.or_else(|| self.budgets.values().find_map(BudgetPolicy::fault))
    }
}

/// Returns the counters of an attempt with their limits, the narrowest first. A full counter is
/// reported in this order, and a store that needs several steps takes them in this order: a caller
/// who is over their own limit does not reach the counters that others share.
///
/// The user's counter is only for callers who are not known. If a known user took a place there and
/// gave it back, an attacker could see from the window that a user of this name signs in.
fn places(policy: &AttemptPolicy, keys: &Keys, origin: Origin) -> Vec<Place> {
    let per_pair = policy.per_user_and_address;
    let per_user = if keys.pair.is_some() {
        policy.per_user
    } else {
        policy.per_user_without_address
    };
    let (own, is_shared) = match origin {
        Origin::KnownDevice => ((Dimension::Device, keys.device), false),
        Origin::KnownAddress => ((Dimension::KnownPair, keys.known_pair), true),
        Origin::Unknown => ((Dimension::Pair, keys.pair), true),
    };
    let own = own.1.map(|digest| Place::new(own.0, digest, per_pair));
    let user = Place::new(Dimension::User, keys.user, per_user);
    let networks = keys.networks.counters().map(|(digest, factor)| {
        let limit = policy.per_address.saturating_mul(factor);
        Place::new(Dimension::Address, digest, limit)
    });
    own.into_iter()
        .chain(networks.filter(|_| is_shared))
        .chain((origin == Origin::Unknown).then_some(user))
        .collect()
}
