//! The counters of one namespace: exact up to a number of keys, approximate beyond it.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::sketch::{Digest, Sketch};

/// Expired counters are dropped at most this often, because that reads all of them.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Counters {
    max: NonZeroUsize,
    exact: HashMap<Digest, Counter>,
    /// Counts keys for which there was no room. Kept until its counts have expired.
    sketch: Option<Box<Sketch>>,
    swept_at: Duration,
    /// When the next counter expires, or earlier.
    first_expiry: Duration,
}

/// 32 bytes with its key: a million failed attempts are counted three times each.
#[derive(Clone, Copy)]
struct Counter {
    value: i64,
    /// Nanoseconds of the monotonic clock.
    deadline: u64,
}

impl Counter {
    const fn is_live(&self, now: u64) -> bool {
        now < self.deadline
    }
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

    /// Returns the value of a counter; 0 if there is none.
    pub(super) fn value(&self, key: &Digest, now: Duration) -> i64 {
        match self.exact.get(key) {
            Some(counter) if counter.is_live(nanos(now)) => counter.value,
            _ => self.approximate(key, now),
        }
    }

    /// Adds to a counter and returns the sum.
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
            counter.value = counter.value.saturating_add(delta);
            return counter.value;
        }
        if delta == 0 || time_to_live.is_zero() {
            return known.saturating_add(delta);
        }
        let deadline = now.saturating_add(time_to_live);
        let counter = Counter {
            value: known.saturating_add(delta),
            deadline: nanos(deadline),
        };
        if has_room || self.exact.contains_key(key) {
            self.exact.insert(*key, counter);
            self.first_expiry = self.first_expiry.min(deadline);
            return counter.value;
        }
        let sketch = self.sketch.get_or_insert_default();
        match u64::try_from(delta) {
            Ok(amount) => sketch.add(key, amount, now, time_to_live),
            Err(_) => sketch.subtract(key, magnitude(delta), now),
        }
        self.approximate(key, now)
    }

    /// Subtracts from a counter that exists, not below 0, and returns what is left.
    pub(super) fn subtract(&mut self, key: &Digest, amount: u32, now: Duration) -> i64 {
        self.sweep(now);
        if let Some(counter) = self.exact.get_mut(key)
            && counter.is_live(nanos(now))
        {
            counter.value -= counter.value.clamp(0, i64::from(amount));
            return counter.value;
        }
        if let Some(sketch) = &mut self.sketch {
            sketch.subtract(key, amount, now);
        }
        self.approximate(key, now)
    }

    /// Forgets an exact counter. What the sketch has counted cannot be told apart from other keys, and
    /// stays.
    pub(super) fn remove(&mut self, key: &Digest) {
        self.exact.remove(key);
    }

    /// Returns the number of exact counters that are live.
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
                first = first.min(counter.deadline);
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

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn magnitude(delta: i64) -> u32 {
    u32::try_from(delta.unsigned_abs()).unwrap_or(u32::MAX)
}
