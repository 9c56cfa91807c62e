//! The counters of one namespace: exact up to a maximum number of keys, approximate for further
//! keys.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::sketch::{Digest, Sketch};
use crate::expiry::nanos;

/// The minimum time between two removals of expired counters. Each removal reads all counters.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Counters {
    max: NonZeroUsize,
    exact: HashMap<Digest, Counter>,
    /// The sketch that counts the keys that have no exact counter. It exists until all its counts
    /// have expired.
    sketch: Option<Box<Sketch>>,
    swept_at: Duration,
    /// A lower bound of the expiry times of all exact counters.
    first_expiry: Duration,
}

/// A counter. With its key it uses 28 bytes. The size matters because each failed attempt needs
/// about three counters. Therefore the value has 32 bits and saturates. The deadline consists of
/// two `u32`, because a `u64` must be aligned to 8 bytes: a counter with its key would then use 32
/// bytes.
#[derive(Clone, Copy)]
struct Counter {
    value: i32,
    /// The expiry in nanoseconds of the monotonic clock, the high half first.
    deadline: [u32; 2],
}

impl Counter {
    fn new(value: i64, deadline: Duration) -> Self {
        let deadline = nanos(deadline);
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        Self {
            value: saturated(value),
            deadline: [half(deadline >> 32), half(deadline)],
        }
    }

    const fn deadline(&self) -> u64 {
        let [high, low] = self.deadline;
        ((high as u64) << 32) | low as u64
    }

    const fn is_live(&self, now: u64) -> bool {
        now < self.deadline()
    }

    fn value(&self) -> i64 {
        i64::from(self.value)
    }

    fn add(&mut self, delta: i64) -> i64 {
        self.value = saturated(self.value().saturating_add(delta));
        self.value()
    }
}

fn saturated(value: i64) -> i32 {
    let bound = if value < 0 { i32::MIN } else { i32::MAX };
    i32::try_from(value).unwrap_or(bound)
}

impl Counters {
    pub(super) fn new(max: NonZeroUsize) -> Self {
        Self {
            max,
            exact: HashMap::new(),
            sketch: None,
            swept_at: Duration::ZERO,
            first_expiry: Duration::MAX,
        }
    }

    /// Returns the value of the counter for `key`. If the key has no exact counter, returns its
    /// count in the sketch of approximate counters, or 0 if there is no sketch.
    pub(super) fn value(&self, key: &Digest, now: Duration) -> i64 {
        match self.exact.get(key) {
            Some(counter) if counter.is_live(nanos(now)) => counter.value(),
            _ => self.approximate(key, now),
        }
    }

    /// Adds `delta` to the counter for `key` and returns the sum. A new counter expires after
    /// `time_to_live`. If the key has no exact counter and the maximum number of exact counters is
    /// reached, adds to its count in the sketch of approximate counters.
    pub(super) fn add(
        &mut self,
        key: &Digest,
        delta: i64,
        now: Duration,
        time_to_live: Duration,
    ) -> i64 {
        self.sweep(now);
        let moment = nanos(now);
        let known = self.approximate(key, now);
        let has_room = self.exact.len() < self.max.get();
        if let Some(counter) = self.exact.get_mut(key)
            && counter.is_live(moment)
        {
            return counter.add(delta);
        }
        if delta == 0 || time_to_live.is_zero() {
            return known.saturating_add(delta);
        }
        let deadline = now.saturating_add(time_to_live);
        let counter = Counter::new(known.saturating_add(delta), deadline);
        if has_room || self.exact.contains_key(key) {
            self.exact.insert(*key, counter);
            self.first_expiry = self.first_expiry.min(deadline);
            return counter.value();
        }
        let sketch = self.sketch.get_or_insert_default();
        match u64::try_from(delta) {
            Ok(amount) => sketch.add(key, amount, now, time_to_live),
            Err(_) => sketch.subtract(key, magnitude(delta), now),
        }
        self.approximate(key, now)
    }

    /// Subtracts `amount` from the counter for `key`, but not below 0, and returns the new value.
    /// If the key has no exact counter, subtracts from its count in the sketch of approximate
    /// counters.
    pub(super) fn subtract(&mut self, key: &Digest, amount: u32, now: Duration) -> i64 {
        self.sweep(now);
        if let Some(counter) = self.exact.get_mut(key)
            && counter.is_live(nanos(now))
        {
            let taken = counter.value().clamp(0, i64::from(amount));
            return counter.add(-taken);
        }
        if let Some(sketch) = &mut self.sketch {
            sketch.subtract(key, amount, now);
        }
        self.approximate(key, now)
    }

    /// Removes an exact counter. A count in the sketch of approximate counters stays, because it
    /// cannot be separated from the counts of other keys.
    pub(super) fn remove(&mut self, key: &Digest) {
        self.exact.remove(key);
    }

    /// Returns the number of exact counters that have not expired.
    pub(super) fn len(&mut self, now: Duration) -> usize {
        self.drop_expired(now);
        self.exact.len()
    }

    fn approximate(&self, key: &Digest, now: Duration) -> i64 {
        self.sketch
            .as_ref()
            .map_or(0, |sketch| sketch.value(key, now))
    }

    fn sweep(&mut self, now: Duration) {
        let is_due = self.first_expiry <= now;
        if is_due && now.saturating_sub(self.swept_at) >= SWEEP_EVERY {
            self.drop_expired(now);
        }
        if self.sketch.as_ref().is_some_and(|it| it.is_over(now)) {
            self.sketch = None;
        }
    }

    fn drop_expired(&mut self, now: Duration) {
        let moment = nanos(now);
        let mut first = u64::MAX;
        self.exact.retain(|_, counter| {
            if counter.is_live(moment) {
                first = first.min(counter.deadline());
            }
            counter.is_live(moment)
        });
        self.swept_at = now;
        self.first_expiry = Duration::from_nanos(first);
        if self.exact.capacity() > 4 * self.exact.len().max(1_000) {
            self.exact.shrink_to_fit();
        }
    }
}

fn magnitude(delta: i64) -> u32 {
    u32::try_from(delta.unsigned_abs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counter_keeps_deadline_and_saturates() {
        assert_eq!(size_of::<(Digest, Counter)>(), 28);
        let deadline = Duration::from_nanos((7 << 32) + 9);
        let mut counter = Counter::new(i64::MAX, deadline);
        assert_eq!(counter.deadline(), (7 << 32) + 9);
        assert!(counter.is_live((7 << 32) + 8) && !counter.is_live((7 << 32) + 9));
        assert_eq!(counter.value(), i64::from(i32::MAX));
        assert_eq!(counter.add(1), i64::from(i32::MAX));
        assert_eq!(counter.add(i64::MIN), i64::from(i32::MIN));
        assert_eq!(Counter::new(-3, deadline).value(), -3);
    }
}
