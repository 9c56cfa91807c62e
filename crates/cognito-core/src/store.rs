//! Bytes with a time to live, and counters: what caches and shared backends are made of.

use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;

/// Names an entry of a [`Store`]: a namespace and a key within it, so that two users of one store
/// never read each other's entries.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey {
    namespace: &'static str,
    key: String,
}

impl StoreKey {
    /// The key `key` in `namespace`. A namespace is a constant of the program.
    #[must_use]
    pub fn new(namespace: &'static str, key: impl Into<String>) -> Self {
        Self {
            namespace,
            key: key.into(),
        }
    }

    /// The namespace.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// The key within the namespace.
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

/// A counter and the value that [`Store::reserve`] must not raise it above.
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
    /// Every counter was raised by 1. `values` are the new values, in the order of the limits.
    #[must_use]
    pub const fn reserved(values: Vec<i64>) -> Self {
        Self(Ok(values))
    }

    /// No counter was raised, because the counter with this index is at its limit.
    #[must_use]
    pub const fn full(index: usize) -> Self {
        Self(Err(index))
    }

    /// Returns the new values of the counters.
    ///
    /// # Errors
    ///
    /// The index of a counter that is at its limit. No counter was raised.
    pub fn outcome(self) -> std::result::Result<Vec<i64>, usize> {
        self.0
    }
}

/// The lifetime of a counter that expired between two steps of one call and was created again.
const MOMENT: Duration = Duration::from_millis(1);

/// Bytes that expire, and atomic counters that expire.
///
/// # Implementing your own
///
/// Errors are [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable); an entry that is absent or
/// expired is no error. A time to live starts when the entry is created; [`write`](Self::write)
/// creates it anew, [`add`](Self::add) on a counter that is there leaves its time to live alone (a
/// counter that every attempt prolonged would never open again). `add` must be atomic: of a hundred
/// callers at once each must see another value. [`subtract`](Self::subtract) and
/// [`reserve`](Self::reserve) have bodies that take several steps: a store that several processes share
/// should override them with atomic ones. `cognito-testkit` has a suite that checks all this with one
/// call.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// The bytes of an entry that has not expired.
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>>;

    /// Creates or replaces an entry.
    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()>;

    /// Removes an entry or a counter; one that is not there is no error.
    async fn delete(&self, key: &StoreKey) -> Result<()>;

    /// Adds to a counter, which starts at 0, and returns the sum. `delta` may be negative; 0 reads
    /// the counter without creating it.
    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64>;

    /// Subtracts from a counter that is there, as far as 0 and no further, and returns what is left; 0
    /// if there is none. It creates no counter, and leaves the time to live alone.
    ///
    /// Unless overridden, it looks and then adds: of several callers at once, some may take the counter
    /// below 0.
    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let there = self.add(key, 0, MOMENT).await?;
        let taken = there.min(i64::from(amount));
        if taken <= 0 {
            return Ok(there);
        }
        self.add(key, -taken, MOMENT).await
    }

    /// Adds 1 to every one of these counters, or to none of them: if one counter is at its limit or
    /// above, nothing changes. A new counter gets the time to live; an existing counter keeps its own.
    ///
    /// The default body reads all counters first, then adds to one after the other, and subtracts again
    /// if another caller was faster. During such a race a counter can be one too high for a moment. An
    /// atomic implementation never raises a counter for a caller that it refuses.
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

/// A [`Store`] whose values nobody without its key can read or make.
///
/// What was not written with the same key under the same name reads as absent: whoever can write to
/// what is behind it, a server say, can plant nothing, only take away. Settings and key documents
/// are shared through such a store and no other, because they hold secrets and say whose tokens are
/// believed. Its counters are what they are in any store.
///
/// # Implementing your own
///
/// The trait has no code: to implement it is the promise. A store in which values lie in the clear
/// must not give it; `SealedStore` of `cognito-cache` seals for any store.
pub trait SealingStore: Store {}

macro_rules! delegate {
    ($wrapper:ident) => {
        impl<T: SealingStore + ?Sized> SealingStore for $wrapper<T> {}

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
