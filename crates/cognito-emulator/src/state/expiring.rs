//! A map whose values expire ([`Expiring`]).

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use crate::model::random::Random;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// Values by key, each with an expiry. The number of values is limited: if the capacity is reached,
/// the oldest value is removed.
pub(crate) struct Expiring<T> {
    known: HashMap<String, (SystemTime, T)>,
    /// The keys in the order in which they were added, each with the expiry of its value.
    order: VecDeque<(String, SystemTime)>,
    capacity: usize,
    /// The scope and the kind of the state file entries in which this map's values are stored.
    /// `None` if they are not stored in a state file.
    marks: Option<(Scope, Kind)>,
}

impl<T> Expiring<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
            capacity,
            marks: None,
        }
    }

    /// Sets the scope and the kind of the state file entries in which this map's values are stored.
    /// Each change of a value then marks the entry of the value as changed.
    pub(crate) fn marked(mut self, scope: &Scope, kind: Kind) -> Self {
        self.marks = Some((scope.clone(), kind));
        self
    }

    /// Marks the state file entry of a value as changed. Call this method before the value changes.
    fn mark(&self, key: &str) {
        if let Some((scope, kind)) = &self.marks {
            scope.mark(*kind, key);
        }
    }

    /// Returns the keys and the values, each with its expiry, in the order in which they were added.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, SystemTime, &T)> {
        let order = self.order.iter();
        order.filter_map(|(key, expires)| Some((key.as_str(), *expires, &self.known.get(key)?.1)))
    }

    /// Returns the value of a key with its expiry, even if it has expired.
    pub(super) fn entry(&self, key: &str) -> Option<&(SystemTime, T)> {
        self.known.get(key)
    }

    /// Replaces the content of this map by `values`: the keys, the expiry times and the values, in
    /// the order in which they were added.
    pub(super) fn restore(&mut self, values: Vec<(String, SystemTime, T)>) {
        self.known.clear();
        self.order.clear();
        for (key, expires, value) in values {
            self.order.push_back((key.clone(), expires));
            self.known.insert(key, (expires, value));
        }
    }

    /// Adds a value. If the capacity is reached, removes the oldest value.
    ///
    /// Also removes expired values, beginning with the oldest, and stops at the first value that
    /// has not expired. Expired values that were added after it remain.
    pub(crate) fn put(&mut self, key: String, value: T, expires: SystemTime, now: SystemTime) {
        self.mark(&key);
        while let Some((key, expires)) = self.order.front() {
            let is_stale = *expires <= now || !self.known.contains_key(key);
            if !is_stale && self.order.len() < self.capacity {
                break;
            }
            self.mark(key);
            self.known.remove(key);
            self.order.pop_front();
        }
        self.order.push_back((key.clone(), expires));
        self.known.insert(key, (expires, value));
    }

    /// Adds a value that expires after the time `validity`. Returns its key, a random UUID.
    pub(crate) fn add(
        &mut self,
        value: T,
        validity: Duration,
        now: SystemTime,
        random: &Random,
    ) -> String {
        let key = random.uuid();
        let expires = now.checked_add(validity).unwrap_or(now);
        self.put(key.clone(), value, expires, now);
        key
    }

    /// Removes the oldest values for which `is_same` returns `true`, so that at most `most` of them
    /// remain.
    pub(crate) fn keep_newest(&mut self, most: usize, is_same: impl Fn(&T) -> bool) {
        if self.order.len() <= most {
            return;
        }
        let (known, marks) = (&mut self.known, &self.marks);
        let is_counted = |value: Option<&(SystemTime, T)>| value.is_some_and(|(_, it)| is_same(it));
        let counted = self
            .order
            .iter()
            .filter(|(key, _)| is_counted(known.get(key)));
        let mut extra = counted.count().saturating_sub(most);
        self.order.retain(|(key, _)| {
            if extra > 0 && is_counted(known.get(key)) {
                if let Some((scope, kind)) = marks {
                    scope.mark(*kind, key);
                }
                known.remove(key);
                extra -= 1;
            }
            known.contains_key(key)
        });
    }

    /// Returns the value of a key. Returns `None` if there is no such key, or if the value has
    /// expired.
    pub(crate) fn get(&self, key: &str, now: SystemTime) -> Option<&T> {
        let (expires, value) = self.known.get(key)?;
        (*expires > now).then_some(value)
    }

    /// Removes the value of a key and returns it. Returns `None` if there is no such key, or if the
    /// value has expired.
    pub(crate) fn take(&mut self, key: &str, now: SystemTime) -> Option<T> {
        self.mark(key);
        let (expires, value) = self.known.remove(key)?;
        (expires > now).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn values_are_used_once_and_in_time() {
        let (now, later) = (UNIX_EPOCH, UNIX_EPOCH + MINUTE);
        let mut values = Expiring::new(10);
        values.put("a".to_owned(), 7, later, now);
        assert_eq!(values.get("a", now), Some(&7));
        assert_eq!(values.get("a", later), None);
        assert_eq!(values.take("a", now), Some(7));
        assert_eq!(values.take("a", now), None);
        values.put("b".to_owned(), 8, later, now);
        assert_eq!(values.take("b", later), None);
    }

    #[test]
    fn newest_values_of_a_kind_are_kept() {
        let (now, later) = (UNIX_EPOCH, UNIX_EPOCH + MINUTE);
        let mut values = Expiring::new(10);
        for number in [1, 2, 3, 5, 7, 4] {
            values.put(number.to_string(), number, later, now);
        }
        values.take("5", now);
        values.keep_newest(2, |number| number % 2 == 1);
        let kept = |number: &i32| values.get(&number.to_string(), now).is_some();
        let numbers: Vec<_> = (1..=7).filter(kept).collect();
        assert_eq!(numbers, [2, 3, 4, 7]);
        // Removed values take no places.
        assert_eq!(values.order.len(), 4);
    }

    #[test]
    fn expired_used_and_oldest_values_are_removed() {
        let (now, later) = (UNIX_EPOCH, UNIX_EPOCH + MINUTE);
        let mut values = Expiring::new(10);
        for number in 0..100 {
            values.put(number.to_string(), number, later, now);
            if number < 50 {
                values.take(&number.to_string(), now);
            }
        }
        assert_eq!((values.known.len(), values.order.len()), (10, 10));
        assert_eq!(
            (values.get("89", now), values.get("90", now)),
            (None, Some(&90))
        );
        values.put("new".to_owned(), 0, later + MINUTE, later);
        assert_eq!((values.known.len(), values.order.len()), (1, 1));
    }
}
