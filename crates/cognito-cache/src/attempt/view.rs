//! Records the attempt counters that this process has seen: the end of each time window, and the
//! counters that are at their limits. A store cannot list its counters, so the process keeps this
//! record itself.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::Clock;

use super::key::{Digest, Dimension};
use crate::ttl_cache::TtlCache;

/// The maximum number of counters that a [`View`] records. It affects only what is reported, not
/// which attempts are rejected.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// A counter of attempts that has reached its limit, and the user whose attempts it counts.
#[derive(Clone)]
pub(super) struct Locked {
    pub(super) user: Digest,
    pub(super) counter: (Dimension, Digest),
}

/// A record of the attempt counters that this process has seen: the end of each time window, and
/// the counters that are at their limits. The counters themselves are in the store, which cannot
/// list them.
pub(super) struct View {
    clock: Arc<dyn Clock>,
    /// For each attempt counter, the time at which its time window ends.
    windows: TtlCache<Digest, Duration>,
    locked: TtlCache<Digest, Locked>,
}

impl View {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            windows: TtlCache::new(REMEMBERED, Duration::ZERO, Arc::clone(&clock)),
            locked: TtlCache::new(REMEMBERED, Duration::ZERO, Arc::clone(&clock)),
            clock,
        }
    }

    /// Records that the time window of a counter starts now and has the length `window`. Call this
    /// method when an attempt has increased the counter from 0 to 1.
    ///
    /// This can occur several times within one time window, because each successful attempt
    /// subtracts 1 again. Only the first time starts the window. Therefore this method does nothing
    /// if the counter already has a recorded time window.
    pub(super) fn opened(&self, counter: Digest, window: Duration) {
        if self.windows.get(&counter).is_some() {
            return;
        }
        let end = self.clock.monotonic().saturating_add(window);
        self.windows.insert_for(counter, end, window);
    }

    /// Returns the time until the time window of a counter ends. If this process has not recorded
    /// the start of the window, returns `window`, the length of a time window.
    pub(super) fn left(&self, counter: &Digest, window: Duration) -> Duration {
        self.windows.get(counter).map_or(window, |end| {
            end.saturating_sub(self.clock.monotonic()).min(window)
        })
    }

    /// Records that an attempt counter of a user is at its limit. The record expires when the time
    /// window of the counter ends.
    pub(super) fn lock(&self, user: Digest, counter: (Dimension, Digest), window: Duration) {
        let left = self.left(&counter.1, window);
        self.locked
            .insert_for(counter.1, Locked { user, counter }, left);
    }

    /// Records that a counter of attempts is below its limit again.
    pub(super) fn unlock(&self, counter: &Digest) {
        self.locked.remove(counter);
    }

    /// Removes the record of a counter, because the counter was deleted from the store.
    pub(super) fn forget(&self, counter: &Digest) {
        self.locked.remove(counter);
        self.windows.remove(counter);
    }

    /// Returns the number of users with a counter at its limit. If a user has such counters for
    /// several purposes (for example sign-in and password reset), the user is counted once for each
    /// purpose.
    pub(super) fn locked_users(&self) -> usize {
        let users: HashSet<_> = self.locked.values().into_iter().map(|l| l.user).collect();
        users.len()
    }

    /// Returns the user's counters that are at their limits.
    pub(super) fn locked_of(&self, user: &Digest) -> Vec<(Dimension, Digest)> {
        self.locked
            .values()
            .into_iter()
            .filter(|locked| locked.user == *user)
            .map(|locked| locked.counter)
            .collect()
    }

    pub(super) fn clear(&self) {
        self.locked.clear();
        self.windows.clear();
    }
}
