//! Admits attempts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, Result, Store};

use super::guard_builder::{AttemptGuardBuilder, StoreFailure};
use super::key::{Digest, Dimension, KeyMaker, Keys, store_key};
use super::known::Origin;
use super::policy::AttemptPolicy;
use super::subject::{AttemptSubject, Purpose};
use super::verdict::{Attempt, Place};
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
    policies: BTreeMap<Purpose, AttemptPolicy>,
    pub(super) on_store_failure: StoreFailure,
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
        policies: BTreeMap<Purpose, AttemptPolicy>,
        on_store_failure: StoreFailure,
        known_for: Duration,
    ) -> Self {
        let view = View::new(Arc::clone(&clock));
        Self {
            shared: Arc::new(Shared {
                store,
                clock,
                keys,
                policies,
                on_store_failure,
                known_for,
                view,
            }),
        }
    }

    /// Admits an attempt and counts it until its verdict. If the returned future is dropped before
    /// it is done, the places that it took so far stay taken until their windows end.
    ///
    /// # Errors
    ///
    /// - [`AttemptLimit`](cognito_core::ErrorKind::AttemptLimit): there were too many failures;
    ///   [`retry_after`](cognito_core::Error::retry_after) says how long the lock holds at most. Nothing is
    ///   counted.
    /// - [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the name is longer than any
    ///   of Cognito's, or the key of the device is longer than 512 bytes.
    /// - [`StoreUnavailable`](cognito_core::ErrorKind::StoreUnavailable): the store does not answer,
    ///   and the guard was told to [refuse](StoreFailure::Refuse) then. Otherwise the attempt is
    ///   admitted, and soon asks the store nothing more; see [`StoreFailure::CarryOn`].
    pub async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt> {
        let shared = &self.shared;
        let keys = shared.keys.keys(&subject)?;
        let policy = shared.policy(subject.purpose);
        let origin = shared.origin(&keys.marks).await?;
        let mut attempt = Attempt::new(Arc::clone(shared), keys, policy.window);
        let Some(origin) = origin else {
            attempt.give_up();
            return Ok(attempt);
        };
        for (dimension, digest, limit) in places(&policy, &keys, origin) {
            let place = Place::new(dimension, digest, limit);
            if let Err(error) = attempt.reserve(place).await {
                attempt.undecided().await;
                return Err(error);
            }
        }
        Ok(attempt)
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
            .field("policies", &self.shared.policies)
            .field("known_for", &self.shared.known_for)
            .field("on_store_failure", &self.shared.on_store_failure)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn policy(&self, purpose: Purpose) -> AttemptPolicy {
        self.policies.get(&purpose).copied().unwrap_or_default()
    }
}

/// The counters of an attempt and their limits. The address comes first: one that is over its
/// limit gets no further and creates no counters for the names that it invents.
///
/// The counter of the user is for those who are not known. If a known person took a place there and
/// gave it back, a stranger could see by the window that somebody comes and goes under this name.
fn places(
    policy: &AttemptPolicy,
    keys: &Keys,
    origin: Origin,
) -> impl Iterator<Item = (Dimension, Digest, u32)> + use<> {
    let device = (Dimension::Device, policy.per_user_and_address);
    let address = (Dimension::Address, policy.per_address);
    let pair = (Dimension::Pair, policy.per_user_and_address);
    let known_pair = (Dimension::KnownPair, policy.per_user_and_address);
    let per_user = match keys.address {
        Some(_) => policy.per_user,
        None => policy.per_user_without_address,
    };
    let user = (Dimension::User, per_user);
    let counters = match origin {
        Origin::KnownAddress => [
            (address, keys.address),
            (known_pair, keys.known_pair),
            (user, None),
        ],
        Origin::KnownDevice => [(device, keys.device), (pair, None), (user, None)],
        Origin::Unknown => [
            (address, keys.address),
            (user, Some(keys.user)),
            (pair, keys.pair),
        ],
    };
    counters
        .into_iter()
        .filter_map(|((dimension, limit), digest)| Some((dimension, digest?, limit)))
}
