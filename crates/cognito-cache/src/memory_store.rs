//! A store in the memory of this process.

mod counters;
mod sketch;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::digest;
use cognito_core::store::{CounterLimit, Reservation, StoreKey};
use cognito_core::{Clock, Result, Store};
use parking_lot::{Mutex, RwLock};

use self::counters::Counters;
use self::sketch::Digest;
use crate::ttl_cache::TtlCache;

/// The default maximum number of values in one namespace of a [`MemoryStore`].
const VALUES: usize = 10_000;

/// The default maximum number of exact counters in one namespace of a [`MemoryStore`].
const COUNTERS: usize = 100_000;

/// A [`Store`] in the memory of this process.
///
/// Each namespace has its own bounds, so entries of one namespace never evict entries of another
/// namespace:
///
/// - **Values**: by default at most 10,000. If the namespace is full, the least recently used value
///   is evicted.
/// - **Counters**: by default exact for up to 100,000 keys. No counter is evicted. If the namespace
///   is full, further keys are counted approximately, in a sketch of fixed size.
///
/// The sketch uses 1 or 2 MB, allocated on first use. Its counts may be too high but never too low,
/// so an attacker who fills the namespace with invented names gains no attempts. While the sketch
/// is in use, a key can reach its limit early, and a count expires after one to two times its time
/// to live. After a million additions to the sketch in one window, the count of a new key starts at
/// about 5 instead of 0.
///
/// A counter uses about 40 bytes and saturates at 2,147,483,647. The key of a counter is stored as
/// 128 bits of its SHA-256.
///
/// Times to live are measured with the monotonic clock. Each call that reads or writes a value
/// removes up to four expired values of its namespace. Expired counters are removed at most once a
/// second.
///
/// # Security
///
/// Only this process can read the entries. If several instances do not share a store, each instance
/// counts attempts separately. An attacker can then make as many attempts at each instance as the
/// limit allows.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    max_values: NonZeroUsize,
    max_counters: NonZeroUsize,
    values: RwLock<HashMap<&'static str, Arc<Values>>>,
    /// The counters, by namespace. One lock protects all namespaces, so that one call can change
    /// counters of several namespaces atomically.
    counters: Mutex<BTreeMap<&'static str, Counters>>,
}

type Values = TtlCache<String, Vec<u8>>;

impl MemoryStore {
    /// Creates an empty store with the default bounds.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            max_values: NonZeroUsize::MIN.saturating_add(VALUES - 1),
            max_counters: NonZeroUsize::MIN.saturating_add(COUNTERS - 1),
            values: RwLock::default(),
            counters: Mutex::default(),
        }
    }

    cognito_core::setters! {
        /// Sets the maximum number of values that the store holds in each namespace. Each component
        /// that uses the store has its own namespace. If a namespace is full, a new value evicts
        /// the least recently used value of the namespace. Default: 10,000.
        pub fn with_max_values(values: NonZeroUsize) { max_values = values }

        /// Sets the maximum number of exact counters that the store holds in each namespace. Each
        /// component that uses the store has its own namespace. If a namespace is full, further
        /// keys are counted approximately, and the counts may be too high. Default: 100,000.
        pub fn with_max_counters(counters: NonZeroUsize) { max_counters = counters }
    }

    /// Returns the number of unexpired values and unexpired exact counters in all namespaces.
    pub fn len(&self) -> usize {
        let now = self.clock.monotonic();
        let values: Vec<_> = self.values.read().values().map(Arc::clone).collect();
        let values: usize = values.iter().map(|values| values.len()).sum();
        let mut counters = self.counters.lock();
        let counters = counters.values_mut().map(|counters| counters.len(now));
        values + counters.sum::<usize>()
    }

    /// Returns `true` if there are no unexpired values and no unexpired exact counters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all values and counters. They include attempt counters, so locked users can sign in
    /// again.
    pub fn clear(&self) {
        self.values.write().clear();
        self.counters.lock().clear();
    }

    fn values(&self, key: &StoreKey) -> Arc<Values> {
        if let Some(values) = self.values.read().get(key.namespace()) {
            return Arc::clone(values);
        }
        let mut namespaces = self.values.write();
        let values = namespaces.entry(key.namespace()).or_insert_with(|| {
            // Each write sets its own time to live.
            let clock = Arc::clone(&self.clock);
            Arc::new(TtlCache::new(self.max_values, Duration::ZERO, clock))
        });
        Arc::clone(values)
    }

    /// Runs `work` while holding the lock of all counters. `work` receives the counters of the
    /// key's namespace, the digest of the key and the current time. `work` must not take another
    /// lock.
    fn counting<T>(
        &self,
        key: &StoreKey,
        work: impl FnOnce(&mut Counters, &Digest, Duration) -> T,
    ) -> T {
        let (now, digest) = (self.clock.monotonic(), digest_of(key));
        let mut namespaces = self.counters.lock();
        let counters = namespaces.entry(key.namespace());
        let counters = counters.or_insert_with(|| Counters::new(self.max_counters));
        work(counters, &digest, now)
    }
}

/// Returns the first half of the key's SHA-256.
fn digest_of(key: &StoreKey) -> Digest {
    let hash = digest::digest(&digest::SHA256, key.key().as_bytes());
    let (start, _) = hash.as_ref().as_chunks();
    start.first().copied().unwrap_or_default()
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Ok(self.values(key).get(key.key()))
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.values(key)
            .insert_for(key.key().to_owned(), value, time_to_live);
        Ok(())
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.values(key).remove(key.key());
        self.counting(key, |counters, digest, _| counters.remove(digest));
        Ok(())
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        Ok(self.counting(key, |counters, digest, now| {
            counters.add(digest, delta, now, time_to_live)
        }))
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        Ok(self.counting(key, |counters, digest, now| {
            counters.subtract(digest, amount, now)
        }))
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        let now = self.clock.monotonic();
        let digests: Vec<_> = limits.iter().map(|limit| digest_of(&limit.key)).collect();
        let mut namespaces = self.counters.lock();
        for (index, (limit, digest)) in limits.iter().zip(&digests).enumerate() {
            let counters = namespaces.get(limit.key.namespace());
            let value = counters.map_or(0, |counters| counters.value(digest, now));
            if value >= limit.limit {
                return Ok(Reservation::full(index));
            }
        }
        let raise = |(limit, digest): (&CounterLimit, &Digest)| {
            let counters = namespaces.entry(limit.key.namespace());
            let counters = counters.or_insert_with(|| Counters::new(self.max_counters));
            counters.add(digest, 1, now, time_to_live)
        };
        let values = limits.iter().zip(&digests).map(raise).collect();
        Ok(Reservation::reserved(values))
    }
}

// Security: keys and values may be names and secrets.
cognito_core::impl_debug!(MemoryStore {
    max_values,
    max_counters
});
