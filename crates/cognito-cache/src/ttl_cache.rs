//! A cache with a maximum number of entries and a time to live.

use std::borrow::Borrow;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::Clock;
use lru::LruCache;
use parking_lot::Mutex;

use crate::expiry::{Deadline, ExpiryIndex};

/// The maximum number of expired entries that one read or write removes. It is more than one, so
/// that a backlog of expired entries shrinks. It is small, so that no call is slow.
const SWEEP: usize = 4;

/// A cache with a maximum number of entries and a time to live.
///
/// If the cache is full, the least recently used entry is evicted. An expired entry is never
/// returned. Each read or write of any key removes up to four expired entries, so no background
/// task is needed. Time is measured with the monotonic clock, so a change of the wall clock does
/// not extend an entry.
///
/// Reads and writes cost `O(log n)` under one lock. Each key is stored twice, so put large keys
/// into an [`Arc`].
pub struct TtlCache<K, V> {
    clock: Arc<dyn Clock>,
    capacity: NonZeroUsize,
    time_to_live: Duration,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    entries: LruCache<K, Entry<V>>,
    expiry: ExpiryIndex<K>,
}

struct Entry<V> {
    value: V,
    deadline: Deadline,
}

impl<K: Clone + Eq + Hash, V> TtlCache<K, V> {
    /// Creates a cache of at most `capacity` entries. An entry expires after `time_to_live`, or
    /// after the time that was passed to [`insert_for`](Self::insert_for). If `time_to_live` is
    /// zero, only `insert_for` stores entries. Memory is allocated as entries are added.
    pub fn new(capacity: NonZeroUsize, time_to_live: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            capacity,
            time_to_live,
            state: Mutex::new(State {
                entries: LruCache::unbounded(),
                expiry: ExpiryIndex::default(),
            }),
        }
    }

    /// Returns the value of an entry, and makes the entry the most recently used one. Returns
    /// `None` if there is no entry, or if it has expired.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        V: Clone,
    {
        self.with_state(SWEEP, |state, now, _| state.live(key, now).cloned())
    }

    /// Creates or replaces an entry with the time to live of the cache. Returns the replaced value,
    /// or `None` if there was none or it had expired.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.insert_for(key, value, self.time_to_live)
    }

    /// Creates or replaces an entry with this time to live. Returns the replaced value, or `None`
    /// if there was none or it had expired. If the time to live is zero, the value is not stored,
    /// and an existing entry is removed.
    pub fn insert_for(&self, key: K, value: V, time_to_live: Duration) -> Option<V> {
        self.with_state(SWEEP, |state, now, dropped| {
            let previous = state.take(&key, now);
            if time_to_live.is_zero() {
                dropped.push(value);
                return previous;
            }
            while state.entries.len() >= self.capacity.get() {
                dropped.extend(state.evict());
            }
            state.put(key, value, now.saturating_add(time_to_live));
            previous
        })
    }

    /// Removes an entry. Returns its value, or `None` if there was no entry or it had expired.
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.with_state(SWEEP, |state, now, _| state.take(key, now))
    }

    /// Returns the number of entries that have not expired. First removes all expired entries, so
    /// the cost depends on their number.
    pub fn len(&self) -> usize {
        self.with_state(usize::MAX, |state, _, _| state.entries.len())
    }

    /// Returns `true` if the cache contains no unexpired entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values of the entries that have not expired, the most recently used first. The
    /// order of use stays the same.
    pub fn values(&self) -> Vec<V>
    where
        V: Clone,
    {
        self.with_state(usize::MAX, |state, _, _| {
            let entries = state.entries.iter();
            entries.map(|(_, entry)| entry.value.clone()).collect()
        })
    }

    /// Removes all entries.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        let entries = std::mem::replace(&mut state.entries, LruCache::unbounded());
        state.expiry.clear();
        drop(state);
        drop(entries);
    }

    /// Returns the maximum number of entries.
    pub const fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }

    /// Removes up to `sweep` expired entries, then runs `work` under the lock of the cache. `work`
    /// puts the values that it removes into its last argument. These values are dropped after the
    /// lock is released, because their `Drop` is code of the application and could use the cache.
    fn with_state<T>(
        &self,
        sweep: usize,
        work: impl FnOnce(&mut State<K, V>, Duration, &mut Vec<V>) -> T,
    ) -> T {
        let now = self.clock.monotonic();
        let mut state = self.state.lock();
        let mut dropped = state.sweep(now, sweep);
        let result = work(&mut state, now, &mut dropped);
        drop(state);
        drop(dropped);
        result
    }
}

impl<K: Clone + Eq + Hash, V> State<K, V> {
    /// Removes and returns up to `limit` expired values, which the caller drops after it has
    /// released the lock of the cache.
    fn sweep(&mut self, now: Duration, limit: usize) -> Vec<V> {
        let mut dropped = Vec::new();
        while dropped.len() < limit {
            let Some(key) = self.expiry.pop_expired(now) else {
                break;
            };
            dropped.extend(self.entries.pop(&key).map(|entry| entry.value));
        }
        dropped
    }

    fn live<Q>(&mut self, key: &Q, now: Duration) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries
            .get(key)
            .filter(|entry| now < entry.deadline.0)
            .map(|entry| &entry.value)
    }

    fn take<Q>(&mut self, key: &Q, now: Duration) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries.pop(key)?;
        self.expiry.remove(entry.deadline);
        (now < entry.deadline.0).then_some(entry.value)
    }

    fn evict(&mut self) -> Option<V> {
        let (_, entry) = self.entries.pop_lru()?;
        self.expiry.remove(entry.deadline);
        Some(entry.value)
    }

    fn put(&mut self, key: K, value: V, moment: Duration) {
        let deadline = self.expiry.add(moment, key.clone());
        self.entries.put(key, Entry { value, deadline });
    }
}

// Security: keys and values may be names and secrets.
cognito_core::impl_debug!(TtlCache<K, V> { capacity, time_to_live });
