//! The trait [`Store`]: a store for values and counters that expire. Caches and the attempt guard
//! use it. `cognito-cache` implements it in memory, and `cognito-redis` with a server that
//! instances share.

use std::fmt;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use auto_impl::auto_impl;
use derive_new::new;

use crate::error::Result;

/// The name of an entry or a counter in a [`Store`]: a namespace, and a key within the namespace.
/// Components that share a store use different namespaces, so they never read each other's entries.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey {
    namespace: &'static str,
    key: String,
}

impl StoreKey {
    /// Creates the name of the entry or counter `key` in `namespace`. A namespace is a constant of
    /// the program.
    pub fn new(namespace: &'static str, key: impl Into<String>) -> Self {
        Self {
            namespace,
            key: key.into(),
        }
    }

    /// Returns the namespace, a constant of the component that stores the entry.
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// Returns the key within the namespace.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.key)
    }
}

impl Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the key may be derived from a name.
        write!(f, "StoreKey({}:…)", self.namespace)
    }
}

/// A counter and its maximum value, as an argument of [`Store::reserve`].
#[derive(Clone, Debug, PartialEq, Eq, new)]
#[non_exhaustive]
pub struct CounterLimit {
    /// The name of the counter.
    pub key: StoreKey,
    /// The maximum value of the counter. A counter with this value is not increased.
    pub limit: i64,
}

/// The result of [`Store::reserve`]: the new values of the counters, or the index of a counter that
/// had reached its maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation(std::result::Result<Vec<i64>, usize>);

impl Reservation {
    /// Creates the result of a reservation that increased all counters by 1. `values` are the new
    /// values, in the order of the argument `limits` of [`Store::reserve`].
    pub const fn reserved(values: Vec<i64>) -> Self {
        Self(Ok(values))
    }

    /// Creates the result of a reservation that increased no counter. `index` is the index of a
    /// full counter in the argument `limits` of [`Store::reserve`].
    pub const fn full(index: usize) -> Self {
        Self(Err(index))
    }

    /// Returns the new values of the counters, in the order of the argument `limits` of
    /// [`Store::reserve`].
    ///
    /// # Errors
    ///
    /// Fails with the index in `limits` of a counter that had reached its maximum. No counter was
    /// then increased.
    pub fn outcome(self) -> std::result::Result<Vec<i64>, usize> {
        self.0
    }
}

/// The time to live that the default body of [`Store::subtract`] passes to `add`. The body first
/// reads the counter, and then subtracts from it. If the counter expires in between, `add` creates
/// it again with this time to live.
const MOMENT: Duration = Duration::from_millis(1);

/// A store for byte values and atomic counters that expire.
///
/// # Custom implementations
///
/// Errors are [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable). A missing or expired entry
/// is not an error.
///
/// A time to live starts when the entry is created. [`write`](Self::write) always restarts it.
/// [`add`](Self::add) to an existing counter does not change the counter's time to live. Otherwise
/// a user who is locked because of failed attempts would stay locked while attempts continue.
///
/// `add` must be atomic: each of a hundred concurrent callers must receive a different value. The
/// default bodies of [`subtract`](Self::subtract) and [`reserve`](Self::reserve) take several
/// steps. A store that several processes share should override these two methods with atomic
/// operations. `cognito-testkit` has a conformance suite for these rules.
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait Store: Debug + Send + Sync + 'static {
    /// Returns the value of an entry, or `None` if the entry is missing or has expired.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the store is unreachable,
    /// times out or fails.
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>>;

    /// Creates an entry or replaces it. The entry expires after `time_to_live`.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the store is unreachable,
    /// times out or fails.
    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()>;

    /// Removes an entry or a counter. A missing entry is not an error.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the store is unreachable,
    /// times out or fails.
    async fn delete(&self, key: &StoreKey) -> Result<()>;

    /// Adds `delta` to a counter and returns the sum. A new counter starts at 0 and expires after
    /// `time_to_live`. An existing counter keeps its time to live. `delta` may be negative. If
    /// `delta` is 0, the call only returns the value and creates no counter.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the store is unreachable,
    /// times out or fails.
    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64>;

    /// Subtracts `amount` from an existing counter, but not below 0, and returns the new value. If
    /// there is no counter, returns 0 and creates none. The time to live does not change.
    ///
    /// The default body reads and then adds, so concurrent callers can make the counter negative.
    ///
    /// # Errors
    ///
    /// The errors of [`add`](Self::add).
    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let there = self.add(key, 0, MOMENT).await?;
        let taken = there.min(i64::from(amount));
        if taken <= 0 {
            return Ok(there);
        }
        self.add(key, -taken, MOMENT).await
    }

    /// Adds 1 to each counter of `limits`. If a counter has reached its maximum, changes no
    /// counter, and returns the index of that counter in `limits`. `time_to_live` applies to new
    /// counters. Existing counters keep their time to live.
    ///
    /// The default body reads all counters, then adds 1 to each. If a counter exceeds its maximum
    /// because of a concurrent caller, or if an `add` fails, the call subtracts 1 from each counter
    /// that it has increased. Before this subtraction, these counters are too high by 1. If a
    /// subtraction fails, its counter stays too high until it expires, and the call returns the
    /// first error. An atomic implementation never increases a counter for a caller that it
    /// rejects.
    ///
    /// # Errors
    ///
    /// The errors of [`add`](Self::add).
    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        for (index, place) in limits.iter().enumerate() {
            if self.add(&place.key, 0, time_to_live).await? >= place.limit {
                return Ok(Reservation::full(index));
            }
        }
        let mut values = Vec::with_capacity(limits.len());
        for (index, place) in limits.iter().enumerate() {
            let (stopped, raised) = match self.add(&place.key, 1, time_to_live).await {
                Ok(value) if value <= place.limit => {
                    values.push(value);
                    continue;
                }
                Ok(_) => (Ok(Reservation::full(index)), index + 1),
                Err(error) => (Err(error), index),
            };
            let mut lowered = Ok(());
            for raised in limits.iter().take(raised).rev() {
                lowered = lowered.and(self.subtract(&raised.key, 1).await.map(drop));
            }
            let stopped = stopped.and_then(|stopped| lowered.map(|()| stopped));
            return stopped;
        }
        Ok(Reservation::reserved(values))
    }
}

/// A [`Store`] that encrypts and authenticates its values with a key.
///
/// A value that was not written with the same key under the same name is treated as missing. An
/// attacker with write access to the underlying server cannot read or create a value. The attacker
/// can only remove a value, or restore an earlier value of the same name. Counters are not
/// protected.
///
/// Instances share two kinds of values only through such a store: the library's settings, because
/// they contain the client secret, and the JWKS, because it determines which tokens are accepted.
///
/// # Custom implementations
///
/// The trait has no methods. Implement it only for a store that encrypts and authenticates its
/// values. `EncryptedStore` of `cognito-cache` encrypts and authenticates the values of any store.
#[auto_impl(Arc, Box)]
pub trait ConfidentialStore: Store {}
