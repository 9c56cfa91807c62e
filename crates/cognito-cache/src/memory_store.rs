//! The store of one process.

mod counters;

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{Clock, Error, ErrorKind, Result, Store, StoreKey};
use parking_lot::{Mutex, RwLock};

use counters::Counters;

use crate::ttl_cache::TtlCache;

/// How many values, and how many counters, one namespace may hold unless told otherwise.
const VALUES: usize = 10_000;
const COUNTERS: usize = 100_000;

/// A [`Store`] in the memory of this process.
///
/// What it holds is bounded for each namespace by itself, so that no namespace can push another's
/// entries out:
///
/// - **Values**: 10,000 unless told otherwise. The least recently used one makes room.
/// - **Counters**: 100,000 unless told otherwise. A new counter displaces only one that is not
///   higher than itself, the lowest first and among equals the oldest; if all are higher,
///   [`add`](Store::add) fails with [`StoreUnavailable`](ErrorKind::StoreUnavailable). So whoever
///   invents a million names, each of which is counted once, drives out counters that stand at 1
///   or below, and never one that stands higher: a locked account stays locked.
///
/// Times to live are measured with the clock's monotonic time; expired entries leave in small
/// portions whenever something is read or written.
///
/// # Security
///
/// What is in this store is known to this process only. Attempt counters of several machines that
/// share no store add up to as many budgets as there are machines.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    values: NonZeroUsize,
    counters: NonZeroUsize,
    namespaces: RwLock<HashMap<&'static str, Arc<Namespace>>>,
}

struct Namespace {
    values: TtlCache<String, Vec<u8>>,
    counters: Mutex<Counters>,
}

impl MemoryStore {
    /// An empty store with the usual bounds.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            values: NonZeroUsize::MIN.saturating_add(VALUES - 1),
            counters: NonZeroUsize::MIN.saturating_add(COUNTERS - 1),
            namespaces: RwLock::default(),
        }
    }

    /// The same with at most so many values in each namespace.
    #[must_use]
    pub const fn with_max_values(mut self, values: NonZeroUsize) -> Self {
        self.values = values;
        self
    }

    /// The same with at most so many counters in each namespace.
    #[must_use]
    pub const fn with_max_counters(mut self, counters: NonZeroUsize) -> Self {
        self.counters = counters;
        self
    }

    /// How many values and counters are live, in all namespaces together.
    #[must_use]
    pub fn len(&self) -> usize {
        let now = self.clock.monotonic();
        let namespaces: Vec<_> = self.namespaces.read().values().map(Arc::clone).collect();
        namespaces
            .iter()
            .map(|namespace| namespace.values.len() + namespace.counters.lock().len(now))
            .sum()
    }

    /// Whether nothing is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, attempt counters included: whoever was locked is let in again.
    pub fn clear(&self) {
        self.namespaces.write().clear();
    }

    fn namespace(&self, key: &StoreKey) -> Arc<Namespace> {
        if let Some(namespace) = self.namespaces.read().get(key.namespace()) {
            return Arc::clone(namespace);
        }
        let mut namespaces = self.namespaces.write();
        let namespace = namespaces.entry(key.namespace()).or_insert_with(|| {
            Arc::new(Namespace {
                // Every write brings its own time to live.
                values: TtlCache::new(self.values, Duration::ZERO, Arc::clone(&self.clock)),
                counters: Mutex::new(Counters::new(self.counters)),
            })
        });
        Arc::clone(namespace)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Ok(self.namespace(key).values.get(key.key()))
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.namespace(key)
            .values
            .insert_for(key.key().to_owned(), value, time_to_live);
        Ok(())
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        let namespace = self.namespace(key);
        namespace.values.remove(key.key());
        namespace.counters.lock().remove(key.key());
        Ok(())
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        let now = self.clock.monotonic();
        let namespace = self.namespace(key);
        let sum = namespace
            .counters
            .lock()
            .add(key.key(), delta, now, time_to_live);
        sum.ok_or_else(|| {
            Error::new(ErrorKind::StoreUnavailable).with_detail(format!(
                "all {} counters of the namespace {} stand higher than the new one",
                self.counters,
                key.namespace()
            ))
        })
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let now = self.clock.monotonic();
        let namespace = self.namespace(key);
        let left = namespace.counters.lock().subtract(key.key(), amount, now);
        Ok(left)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: keys and values may be names and secrets.
        f.debug_struct("MemoryStore")
            .field("max_values", &self.values)
            .field("max_counters", &self.counters)
            .finish_non_exhaustive()
    }
}
