//! An index of keys by expiry, to find expired keys without reading all keys.

use std::collections::BTreeMap;
use std::time::Duration;

/// Converts a monotonic time to nanoseconds. A `u64` is enough for 584 years; a longer time becomes
/// `u64::MAX`.
pub(crate) fn nanos(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}

/// The key of an entry in an [`ExpiryIndex`]. The first value is the time at which the entry
/// expires, in the time of `Clock::monotonic`. The second value distinguishes entries that expire
/// at the same time.
pub(crate) type Deadline = (Duration, u64);

/// An index of keys by deadline. The caller stores the deadline of each key, and passes it to
/// [`remove`](Self::remove).
#[derive(Debug)]
pub(crate) struct ExpiryIndex<K> {
    keys: BTreeMap<Deadline, K>,
    next: u64,
}

impl<K> Default for ExpiryIndex<K> {
    fn default() -> Self {
        Self {
            keys: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K> ExpiryIndex<K> {
    /// Adds `key`, which expires at `moment`. Returns the deadline that [`remove`](Self::remove)
    /// needs to find the key.
    pub(crate) fn add(&mut self, moment: Duration, key: K) -> Deadline {
        let deadline = (moment, self.next);
        // 2^64 entries cannot be reached.
        self.next = self.next.wrapping_add(1);
        self.keys.insert(deadline, key);
        deadline
    }

    pub(crate) fn remove(&mut self, deadline: Deadline) {
        self.keys.remove(&deadline);
    }

    /// Removes and returns the key that expires first. Returns `None` if no key has expired by
    /// `now`.
    pub(crate) fn pop_expired(&mut self, now: Duration) -> Option<K> {
        let entry = self.keys.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// Returns the time at which the first key expires, or `None` if there is no key.
    pub(crate) fn first(&self) -> Option<Duration> {
        self.keys.first_key_value().map(|(deadline, _)| deadline.0)
    }

    pub(crate) fn clear(&mut self) {
        self.keys.clear();
    }
}
