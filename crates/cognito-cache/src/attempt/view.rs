//! What this process has seen of windows and locks, for answers that a store cannot give.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::Clock;

use super::key::{Digest, Dimension};
use crate::ttl_cache::TtlCache;

/// How many counters are remembered here. It bounds only what is reported, never what is refused.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// A counter that stands at its limit.
#[derive(Clone)]
pub(super) struct Locked {
    pub(super) user: Digest,
    pub(super) counter: (Dimension, Digest),
}

/// Windows that were seen to open, and counters that stand at their limit.
pub(super) struct View {
    clock: Arc<dyn Clock>,
    /// When the window of a counter ends.
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

    /// A counter stands at 1: it was created just now, or all other places in it were given back.
    pub(super) fn opened(&self, counter: Digest, window: Duration) {
        if self.windows.get(&counter).is_some() {
            return;
        }
        let end = self.clock.monotonic().saturating_add(window);
        self.windows.insert_for(counter, end, window);
    }

    /// How long until the window of a counter ends; all of it where that was not seen.
    pub(super) fn left(&self, counter: &Digest, window: Duration) -> Duration {
        self.windows.get(counter).map_or(window, |end| {
            end.saturating_sub(self.clock.monotonic()).min(window)
        })
    }

    /// A counter of a user stands at its limit.
    pub(super) fn lock(&self, user: Digest, counter: (Dimension, Digest), window: Duration) {
        let left = self.left(&counter.1, window);
        self.locked
            .insert_for(counter.1, Locked { user, counter }, left);
    }

    /// A counter stands below its limit again.
    pub(super) fn unlock(&self, counter: &Digest) {
        self.locked.remove(counter);
    }

    /// A counter is gone.
    pub(super) fn forget(&self, counter: &Digest) {
        self.locked.remove(counter);
        self.windows.remove(counter);
    }

    /// How many users have a counter at its limit.
    pub(super) fn locked_users(&self) -> usize {
        let users: HashSet<_> = self.locked.values().into_iter().map(|l| l.user).collect();
        users.len()
    }

    /// The counters of a user that stand at their limits.
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
