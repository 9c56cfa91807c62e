//! A port for values with a time to live and for counters, used by caches and shared backends.

use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;

/// The name of an entry in a [`Store`]: a namespace and a key within it. With different namespaces,
/// two users of one store never read each other's entries.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey {
    namespace: &'static str,
    key: String,
}

impl StoreKey {
    /// Creates the name `key` in `namespace`. A namespace is a constant of the program.
    #[must_use]
    pub fn new(namespace: &'static str, key: impl Into<String>) -> Self {
        Self {
            namespace,
            key: key.into(),
        }
    }

    /// Returns the namespace.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// Returns the key within the namespace.
    #[must_use]
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
        // Security: a key may have been made from a name.
        write!(f, "StoreKey({}:…)", self.namespace)
    }
}

/// A counter and the value above which [`Store::reserve`] must not raise it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterLimit {
    /// The counter.
    pub key: StoreKey,
    /// The highest value that the counter may reach.
    pub limit: i64,
}

impl CounterLimit {
    /// Creates a limit for the counter with this key.
    #[must_use]
    pub const fn new(key: StoreKey, limit: i64) -> Self {
        Self { key, limit }
    }
}

/// The result of [`Store::reserve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation(std::result::Result<Vec<i64>, usize>);

impl Reservation {
    /// Creates the result for counters that were all raised by 1. `values` are the new values, in
    /// the order of the limits.
    #[must_use]
    pub const fn reserved(values: Vec<i64>) -> Self {
        Self(Ok(values))
    }

    /// Creates the result for counters of which none was raised, because the one with this index is
    /// at its limit.
    #[must_use]
    pub const fn full(index: usize) -> Self {
        Self(Err(index))
    }

    /// Returns the new values of the counters.
    ///
    /// # Errors
    ///
    /// The index of a counter at its limit. No counter was raised.
    pub fn outcome(self) -> std::result::Result<Vec<i64>, usize> {
        self.0
    }
}

/// The lifetime of a counter that expired between two steps of one call and was created again.
const MOMENT: Duration = Duration::from_millis(1);

/// A store for byte values and atomic counters that expire.
///
/// # Implementing your own
///
/// Errors are [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable); an absent or expired entry
/// is not an error. A time to live starts when the entry is created. [`write`](Self::write) always
/// starts it again. [`add`](Self::add) to an existing counter does not change it; otherwise a lock
/// would never end while attempts continue. `add` must be atomic: each of a hundred concurrent
/// callers must see a different value. The default bodies of [`subtract`](Self::subtract) and
/// [`reserve`](Self::reserve) take several steps: a store that several processes share should
/// override them with atomic ones. `cognito-testkit` has a conformance suite for all of this.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// Returns the value of an entry that has not expired.
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>>;

    /// Creates or replaces an entry.
    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()>;

    /// Removes an entry or a counter. It is not an error if there is none.
    async fn delete(&self, key: &StoreKey) -> Result<()>;

    /// Adds to a counter, which starts at 0, and returns the sum. `delta` may be negative; 0 reads
    /// the counter without creating it.
    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64>;

    /// Subtracts from an existing counter, not below 0, and returns the new value, or 0 if there is
    /// no counter. It creates no counter and does not change the time to live.
    ///
    /// The default body reads and then adds, so several concurrent callers can take the counter
    /// below 0.
    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let there = self.add(key, 0, MOMENT).await?;
        let taken = there.min(i64::from(amount));
        if taken <= 0 {
            return Ok(there);
        }
        self.add(key, -taken, MOMENT).await
    }

    /// Adds 1 to all of these counters or to none: if a counter is at its limit or above, nothing
    /// changes. A new counter gets the time to live; an existing counter keeps its own.
    ///
    /// The default body reads all counters first, then adds to one after the other, and subtracts
    /// again if another caller was faster. During such a race a counter can be one too high for a
    /// moment. An atomic implementation never raises a counter for a caller that it rejects.
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
            let stopped = match self.add(&place.key, 1, time_to_live).await {
                Ok(value) if value <= place.limit => {
                    values.push(value);
                    continue;
                }
                Ok(_) => {
                    self.subtract(&place.key, 1).await?;
                    Ok(Reservation::full(index))
                }
                Err(error) => Err(error),
            };
            for raised in limits.iter().take(index) {
                self.subtract(&raised.key, 1).await?;
            }
            return stopped;
        }
        Ok(Reservation::reserved(values))
    }
}

/// A [`Store`] whose values cannot be read or created without its key.
///
/// A value that was not written with the same key under the same name is treated as absent. An
/// attacker who can write to the underlying server can only remove values. Settings and key
/// documents are shared only through such a store, because they contain secrets and decide which
/// tokens are accepted. Counters are not protected.
///
/// # Implementing your own
///
/// The trait has no methods. Implement it only for a store that encrypts and authenticates its
/// values. `EncryptedStore` of `cognito-cache` does so on top of any store.
pub trait ConfidentialStore: Store {}

macro_rules! delegate {
    ($wrapper:ident) => {
        impl<T: ConfidentialStore + ?Sized> ConfidentialStore for $wrapper<T> {}

        #[async_trait]
        impl<T: Store + ?Sized> Store for $wrapper<T> {
            async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
                (**self).read(key).await
            }

            async fn write(
                &self,
                key: &StoreKey,
                value: Vec<u8>,
                time_to_live: Duration,
            ) -> Result<()> {
                (**self).write(key, value, time_to_live).await
            }

            async fn delete(&self, key: &StoreKey) -> Result<()> {
                (**self).delete(key).await
            }

            async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
                (**self).add(key, delta, time_to_live).await
            }

            async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
                (**self).subtract(key, amount).await
            }

            async fn reserve(
                &self,
                limits: &[CounterLimit],
                time_to_live: Duration,
            ) -> Result<Reservation> {
                (**self).reserve(limits, time_to_live).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
