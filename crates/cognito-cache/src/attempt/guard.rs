//! The attempt guard, which limits attempts to guess passwords and codes.

use std::collections::BTreeMap;
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
use super::outcome::{Attempt, Place};
use super::policy::AttemptPolicy;
use super::queue::Queue;
use super::subject::{AttemptSubject, Purpose};
use super::view::View;

/// A guard that counts failed passwords and codes, and rejects further attempts over a limit. It
/// has counters for one user at one address, for one user at all addresses, and for one address
/// with all users. The time window of a counter starts with its first attempt. When the window
/// ends, the counter is removed.
///
/// An attempt is counted **before** it is made. [`admit`](Self::admit) adds 1 to each counter of
/// the attempt, if no counter has reached its limit. The result of the attempt then subtracts 1
/// again or keeps the count. If a hundred attempts start at the same time and the limit allows one
/// more attempt, exactly one attempt is admitted. Either all counters are increased in one step, or
/// none, so a rejected attempt does not count. (With a store without an atomic
/// [`reserve`](Store::reserve), a rejected attempt may count for a moment.)
///
/// An attempt in flight counts like a failure until it ends. A user who starts many sign-ins at the
/// same time could therefore be rejected. To prevent this, [`admit_within`](Self::admit_within)
/// waits until attempts in flight have ended, because successful attempts no longer count. The
/// crate `cognito` uses this method. It waits only for attempts of the same process. If several
/// instances share a store and a user starts many sign-ins at the same time, raise the limit; see
/// [`AttemptPolicy`].
///
/// Calls that do not guess a secret can still send messages or use up the pool's quota. The guard
/// limits such calls for each address. Such a limit is called a [`Budget`]. Set-ups of a factor are
/// limited for each user ([`Purpose::FactorSetup`]).
///
/// Attackers at many addresses can reach a user's limit for all addresses. To keep them from
/// locking out the user, a complete sign-in ([`Attempt::signed_in`]) marks the client's address as
/// known for this user. If the service remembers devices, the device is marked too. A mark lasts 30
/// days by default ([`known_for`](AttemptGuardBuilder::known_for)):
///
/// - An attempt from a **known address** uses a counter for this user at this address, and the
///   counter of the address. It does not use the user's counter for all addresses.
/// - An attempt on a **known device** uses only a counter of that device, so other callers at the
///   same address cannot lock out the user.
///
/// The maximum number of failures for one user is therefore the limit for all addresses, plus the
/// limit for one address for each known address and device.
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
///     // The password was the only factor. If a second step follows, call `succeeded`.
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
/// The names of counters and marks are HMAC-SHA256 values of purpose, user, address and device, so
/// the store cannot read these. A user may have several names in the pool (user name, e-mail
/// address, phone number). Each name has its own counters, and the counter of the address counts
/// all names. A mark applies to one exact spelling of a name; [`remember`](Self::remember) marks
/// further names. If the pool distinguishes `ALICE` from `alice` and the guard does not
/// ([`CaseRule`](crate::CaseRule)), each of the two users has separate marks.
///
/// The guard does not reveal whether a user exists or has signed in before, with one exception. If
/// a user is locked out at all unknown addresses, a caller at a known address of the user is not
/// rejected. The caller can conclude that the user has signed in from this address.
#[derive(Clone)]
pub struct AttemptGuard {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: KeyMaker,
    pub(super) limits: Limits,
    pub(super) store_failure: StoreFailure,
    pub(super) queue: Arc<Queue>,
    /// How long an address or a device counts as known for a user after a complete sign-in of the
    /// user; see [`AttemptGuard`]. Zero disables known addresses and devices.
    pub(super) known_for: Duration,
    pub(super) view: View,
}

impl AttemptGuard {
    /// Returns a builder for a guard that counts in `store`.
    pub fn builder(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> AttemptGuardBuilder {
        AttemptGuardBuilder::new(store, clock)
    }

    /// Admits an attempt, which counts like a failure until its result is reported. If a counter is
    /// full, rejects the attempt immediately. If the returned future is dropped before it
    /// completes, the counters that were already increased are not decreased. They still count the
    /// attempt until their windows end.
    ///
    /// # Errors
    ///
    /// - [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit): there were too many failures.
    ///   [`retry_after`](cognito_core::Error::retry_after) is the maximum time until the time
    ///   window of the full counter ends. The rejected attempt does not count.
    /// - [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the user name or the
    ///   device key is longer than 512 bytes.
    /// - [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store is unavailable,
    ///   and the guard is configured to [reject](StoreFailure::Refuse) attempts in that case. If
    ///   the guard is configured with [`StoreFailure::CarryOn`], the attempt is admitted.
    pub async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt> {
        self.admit_within(subject, ready(())).await
    }

    /// Admits an attempt like [`admit`](Self::admit), but can wait while a counter is full. The
    /// full counter may count attempts of this process that are still in flight. In that case,
    /// waits until one of them ends. If that attempt succeeds, it no longer counts, and this
    /// attempt can be admitted. If all attempts in flight fail, or if the future `patience` is
    /// ready first, this attempt is rejected. Pass a timer of the application's runtime as
    /// `patience`. Waiting never admits more attempts than `admit` would.
    ///
    /// At most 1,024 attempts can wait, and at most 64 of them from one IPv4 address or IPv6 /48.
    /// If the address is unknown, at most 64 attempts for one user can wait. Further attempts are
    /// rejected immediately. Do not call this method in a task that has an open [`Attempt`] with
    /// the same counters: the call would always wait until `patience` is ready.
    ///
    /// # Errors
    ///
    /// The errors of [`admit`](Self::admit).
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

    /// Admits a call that does not guess a secret. `budget` limits the calls of one kind from one
    /// address. If the result of the call is [`succeeded`](Attempt::succeeded) or
    /// [`undecided`](Attempt::undecided), the call is no longer counted. If the budget of the
    /// address is used up, waits like [`admit_within`](Self::admit_within).
    ///
    /// # Errors
    ///
    /// [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit), with
    /// [`retry_after`](cognito_core::Error::retry_after), if there were too many calls from this
    /// address or its network. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable) as
    /// for [`admit`](Self::admit).
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

    /// Records in the store that the users have signed in from the addresses and devices in
    /// `subjects`. They are then known for these users (see [`AttemptGuard`]).
    /// [`Attempt::signed_in`] records them for one name of a user. If a user has several names,
    /// call this method with one subject for each name. The purpose of a subject has no effect. If
    /// known addresses and devices are [disabled](AttemptGuardBuilder::known_for), does nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): a user name or device key
    /// is longer than 512 bytes. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable):
    /// the store is unavailable. Some of the addresses and devices may already be recorded.
    ///
    /// # Security
    ///
    /// Pass only names that are proven to belong to the user. If an attacker's address becomes
    /// known for another user's name, the attacker can guess that user's secrets while all other
    /// callers are locked out.
    pub async fn remember(&self, subjects: &[AttemptSubject<'_>]) -> Result<()> {
        let marks: Result<Vec<_>> = subjects
            .iter()
            .map(|subject| self.shared.keys.marks(subject))
            .collect();
        self.shared.remember(&marks?).await
    }

    /// Returns the number of locked users that this process has seen. A user is locked from the
    /// time when one of the user's counters reaches its limit until the window of that counter
    /// ends. A user who is locked for two purposes is counted twice. At most 10,000 locks are
    /// stored.
    pub fn locked_accounts(&self) -> usize {
        self.shared.view.locked_users()
    }

    /// Unlocks a user for one purpose, on behalf of an operator. Deletes the user's counter for all
    /// addresses, and the user's counters for single addresses and devices that this process has
    /// seen at their limit. The user's other counters remain. Addresses and devices that are known
    /// for the user stay known.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the user name is longer
    /// than 512 bytes. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store
    /// is unavailable. Some of these counters may then remain; call `unlock` again.
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

    /// Deletes what this process has recorded about counters: which of them are at their limit, and
    /// when their time windows end. [`locked_accounts`](Self::locked_accounts) then returns 0.
    /// Locked users stay locked, because the counters in the store stay.
    ///
    /// [`unlock`](Self::unlock) needs these records to find a user's counters for single addresses
    /// and devices. After `clear`, it finds only the counters that a later attempt of this process
    /// has seen at their limit.
    pub fn clear(&self) {
        self.shared.view.clear();
    }
}

cognito_core::impl_debug!(AttemptGuard.shared {
    limits,
    known_for,
    store_failure
});

/// Adds 1 to all counters of an attempt. If one of them is full, changes no counter, waits until
/// another attempt that uses the full counter has ended, and tries again. Fails if the full counter
/// has no other attempt of this process in flight, if too many attempts wait, or if `patience` is
/// ready first.
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

    /// Returns a description of an invalid limit, or `None` if all limits are valid.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let purposes = self.purposes.values().find_map(AttemptPolicy::fault);
        purposes.or_else(|| self.budgets.values().find_map(BudgetPolicy::fault))
    }
}

/// Returns the counters of an attempt with their limits, the most specific counter first. A store
/// that needs several steps increases the counters in this order. A caller who is over the limit of
/// the first counter therefore does not affect the counters that other callers share. A rejection
/// reports the first counter that has reached its limit.
///
/// The user's counter for all addresses is used only for attempts from unknown addresses and
/// devices. Security: the first attempt that increases a counter starts the counter's time window,
/// and a rejection contains the end of this window. If sign-ins from known addresses started the
/// window, an attacker could calculate from its end when the user signed in.
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
