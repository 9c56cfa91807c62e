//! Counters of one namespace: bounded, expiring, and not to be driven out by inventing names.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::expiry::{Deadline, ExpiryIndex};

/// How many expired counters one call drops; see `TtlCache`.
const SWEEP: usize = 4;

pub(super) struct Counters {
    max: NonZeroUsize,
    counters: HashMap<Arc<str>, Counter>,
    expiry: ExpiryIndex<Arc<str>>,
    /// The lowest first, among equals the one that was created first.
    by_value: BTreeSet<(i64, u64, Arc<str>)>,
}

#[derive(Clone, Copy)]
struct Counter {
    value: i64,
    deadline: Deadline,
}

impl Counters {
    pub(super) fn new(max: NonZeroUsize) -> Self {
        Self {
            max,
            counters: HashMap::new(),
            expiry: ExpiryIndex::default(),
            by_value: BTreeSet::new(),
        }
    }

    /// Adds to a counter and returns the sum; `None` if the counter would be new and there is no
    /// room for it.
    pub(super) fn add(
        &mut self,
        key: &str,
        delta: i64,
        now: Duration,
        time_to_live: Duration,
    ) -> Option<i64> {
        self.sweep(now, SWEEP);
        match self.counters.get_key_value(key) {
            Some((key, counter)) if now < counter.deadline.0 => {
                let (key, counter) = (Arc::clone(key), *counter);
                let sum = counter.value.saturating_add(delta);
                self.set(&key, counter, sum);
                Some(sum)
            }
            // It would be gone at once, or was only read.
            _ if delta == 0 || time_to_live.is_zero() => Some(delta),
            _ => {
                self.remove(key);
                self.create(key, delta, now, time_to_live)
            }
        }
    }

    /// Subtracts from a counter that is there, not below 0, and returns what is left.
    pub(super) fn subtract(&mut self, key: &str, amount: u32, now: Duration) -> i64 {
        self.sweep(now, SWEEP);
        let Some((key, counter)) = self.counters.get_key_value(key) else {
            return 0;
        };
        if now >= counter.deadline.0 {
            return 0;
        }
        let (key, counter) = (Arc::clone(key), *counter);
        let taken = counter.value.clamp(0, i64::from(amount));
        if taken > 0 {
            self.set(&key, counter, counter.value - taken);
        }
        counter.value - taken
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some((key, counter)) = self.counters.remove_entry(key) {
            self.expiry.remove(counter.deadline);
            self.by_value
                .remove(&(counter.value, counter.deadline.1, key));
        }
    }

    pub(super) fn len(&mut self, now: Duration) -> usize {
        self.sweep(now, usize::MAX);
        self.counters.len()
    }

    fn set(&mut self, key: &Arc<str>, counter: Counter, value: i64) {
        let order = counter.deadline.1;
        self.by_value
            .remove(&(counter.value, order, Arc::clone(key)));
        self.by_value.insert((value, order, Arc::clone(key)));
        self.counters
            .insert(Arc::clone(key), Counter { value, ..counter });
    }

    fn create(
        &mut self,
        key: &str,
        value: i64,
        now: Duration,
        time_to_live: Duration,
    ) -> Option<i64> {
        if self.counters.len() >= self.max.get() {
            self.sweep(now, usize::MAX);
        }
        if self.counters.len() >= self.max.get() {
            let (lowest, _, key) = self.by_value.first()?;
            if *lowest > value {
                return None;
            }
            let key = Arc::clone(key);
            self.remove(&key);
        }
        let key: Arc<str> = key.into();
        let deadline = self
            .expiry
            .add(now.saturating_add(time_to_live), Arc::clone(&key));
        self.by_value.insert((value, deadline.1, Arc::clone(&key)));
        self.counters.insert(key, Counter { value, deadline });
        Some(value)
    }

    fn sweep(&mut self, now: Duration, limit: usize) {
        for _ in 0..limit {
            let Some(key) = self.expiry.pop_expired(now) else {
                break;
            };
            if let Some(counter) = self.counters.remove(&key) {
                self.by_value
                    .remove(&(counter.value, counter.deadline.1, key));
            }
        }
    }
}
