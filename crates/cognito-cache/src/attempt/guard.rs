//! Admits attempts.

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

/// Counts failed passwords and codes, and refuses further attempts for a while after too many of them:
/// for one user from one address, for one user from all addresses, and for one address.
///
/// An attempt is counted **before** it is made: [`admit`](Self::admit) reserves a place in every
/// counter, and the verdict gives the place back or leaves it. So of a hundred attempts at once, with one
/// place left, exactly one is admitted. An attempt reserves its places in all counters in one step, or in
/// none: a caller that is refused takes nothing from the budgets that others share. (A store without an
/// atomic [`reserve`](Store::reserve) can count such a caller for a moment.)
///
/// Attempts in flight count like failures until they end. So that an account that signs in many times at
/// once is not refused, [`admit_within`](Self::admit_within) lets an attempt wait for those in flight: if
/// they succeed, their places are free. The facade uses it. It waits for attempts of the same process
/// only; several instances behind one store need a higher limit for such an account, see
/// [`AttemptPolicy`].
///
/// Calls that are no guesses, but send a message or use up the pool's quota, have budgets by address; see
/// [`Budget`].
///
/// Strangers at many addresses can use up what is allowed for one user from everywhere. So that they
/// do not keep out the person themselves, a complete sign-in ([`Attempt::signed_in`]) leaves a mark
/// for the address, and for the device if it is one that the service remembers. For 30 days
/// ([`with_known_for`](AttemptGuardBuilder::with_known_for))
///
/// - an attempt from a **known address** has nothing to do with the user's counter: it neither asks
///   nor fills it. It is counted in a counter for this user at this known address, and in the one of
///   the address;
/// - an attempt on a **known device** is counted in a counter of that device and nowhere else, so
///   that not even somebody at the same address can lock it.
///
/// All the failures of one user are so bounded by the user's limit and, for each address and device
/// that the user signed in from, the limit for one address.
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
/// Counters and marks are named by an HMAC-SHA256 of purpose, user, address and device; the store sees
/// none of them. One person may be known to the pool by several names (user name, e-mail address,
/// phone number); each has budgets of its own, and the budget of the address holds over all of them.
/// A mark holds for one name, spelled exactly so: [`remember`](Self::remember) sets it for the others.
/// Where the pool tells `ALICE` from `alice` and the guard does not
/// ([`CaseRule`](crate::CaseRule)), nothing that the one does opens a budget of the other.
///
/// A stranger sees the same of a name whether there is such a user or not, and whether the user is
/// known anywhere. Only who shares an address with the user can tell: it is not locked when all
/// others are.
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
    /// A guard that counts in `store`.
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

    /// Admits an attempt and counts it until its verdict. If a counter is full, the attempt is refused at
    /// once. If the returned future is dropped before it is done, places that it has taken stay taken
    /// until their windows end.
    ///
    /// # Errors
    ///
    /// - [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit): there were too many failures;
    ///   [`retry_after`](cognito_core::Error::retry_after) is the time until the lock ends at the latest.
    ///   Nothing is counted.
    /// - [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the name is longer than any
    ///   name in Cognito, or the key of the device is longer than 512 bytes.
    /// - [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store is unavailable, and
    ///   the guard is configured to [refuse](StoreFailure::Refuse) attempts then. Otherwise the attempt is
    ///   admitted; see [`StoreFailure::CarryOn`].
    pub async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt> {
        self.admit_within(subject, ready(())).await
    }

    /// As [`admit`](Self::admit), but if a counter is full and attempts of this process are in flight
    /// that hold places in it, waits for them to end, until `patience` is ready: a timer of the
    /// application's runtime. If one of them succeeds, this attempt can take its place. If they fail, it
    /// is refused. No more attempts are admitted than without waiting.
    ///
    /// At most 64 attempts from one address wait, and at most 1,024 in all. Further attempts are refused
    /// at once. Do not wait while the same task holds an [`Attempt`] at the same counters: the wait then
    /// lasts until `patience` is ready.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit).
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

    /// Admits a call that is no guess, by the budget of the address that it comes from. The attempt counts
    /// unless its verdict is [`succeeded`](Attempt::succeeded) or [`undecided`](Attempt::undecided). If
    /// the budget is full, waits as [`admit_within`](Self::admit_within) does.
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

    /// Remembers that somebody has signed in from here, for a service that knows more of a sign-in
    /// than one [`Attempt`] does: one subject for each name that the person has, their purposes do not
    /// matter. A name must be the person's own, proven and not merely claimed: whoever signs in with
    /// an account of their own and is known by another's name may guess on when others may not.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): a name or a device's key is
    /// too long. [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store does not
    /// answer; some marks may be set.
    pub async fn remember(&self, subjects: &[AttemptSubject<'_>]) -> Result<()> {
        let marks: Result<Vec<_>> = subjects
            .iter()
            .map(|subject| self.shared.keys.marks(subject))
            .collect();
        self.shared.remember(&marks?).await
    }

    /// How many users this process knows to be locked now: those who reached the limit of a counter
    /// of theirs in this process, until its window ends. At most 10,000 locks are remembered.
    #[must_use]
    pub fn locked_accounts(&self) -> usize {
        self.shared.view.locked_users()
    }

    /// Opens a user's lock for an operator: forgets the user's own counter, and those for single
    /// addresses and devices that this process knows to be at their limit. Where the user is known
    /// stays known.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the name is too long.
    /// [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store does not answer;
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

    /// Forgets what this process has seen, which is what [`locked_accounts`](Self::locked_accounts)
    /// counts. The counters are in the store: who is locked stays locked.
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

/// Takes the places of an attempt, in all of its counters or in none. While a counter is full, waits for
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

/// The limits of purposes and budgets.
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

    /// Returns what is wrong with a limit, if anything is.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let purposes = self.purposes.values().find_map(AttemptPolicy::fault);
        purposes.or_else(|| self.budgets.values().find_map(BudgetPolicy::fault))
    }
}

/// The counters of an attempt with their limits, the narrowest first. A counter that is full is reported
/// in this order, and a store that needs several steps takes them in this order: a caller that is over a
/// limit of its own does not reach the counters that others share.
///
/// The user's counter is for callers that are not known. If a known user took a place there and gave it
/// back, a stranger could see by the window that a user of this name signs in.
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
