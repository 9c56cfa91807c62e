//! Keys in the order of their expiry, so that what has expired is found without looking at the rest.

use std::collections::BTreeMap;
use std::time::Duration;

/// When an entry expires, and a number that keeps entries of the same moment apart.
pub(crate) type Deadline = (Duration, u64);

/// Keys by deadline. Each key is here once, under the deadline that its owner remembers.
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
    /// Remembers that `key` expires at `moment`.
    pub(crate) fn add(&mut self, moment: Duration, key: K) -> Deadline {
        let deadline = (moment, self.next);
        // 2^64 entries are out of reach.
        self.next = self.next.wrapping_add(1);
        self.keys.insert(deadline, key);
        deadline
    }

    /// Forgets the key with this deadline.
    pub(crate) fn remove(&mut self, deadline: Deadline) {
        self.keys.remove(&deadline);
    }

    /// Takes out the key that expires first, if it has expired by `now`.
    pub(crate) fn pop_expired(&mut self, now: Duration) -> Option<K> {
        let entry = self.keys.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// When the first key expires.
    pub(crate) fn first(&self) -> Option<Duration> {
        self.keys.first_key_value().map(|(deadline, _)| deadline.0)
    }

    pub(crate) fn clear(&mut self) {
        self.keys.clear();
    }
}
