//! A revocation list on Redis or Valkey that instances share.

mod builder;
mod entry;
mod feed;
mod known_entries;
mod pending_writes;
mod replicas;
mod view;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::revocation::{TokenIdentity, WhenStale};
use cognito_core::{Event, Result, Revocation, RevocationList};
use tokio::task::AbortHandle;

pub use builder::RedisRevocationsBuilder;

use crate::config::RedisConfig;
use crate::error::store_unavailable;
use view::View;

/// The minimum time between two warnings of one revocation list.
const QUIET: Duration = Duration::from_secs(10);

/// A [`RevocationList`] that instances share through one stream in Redis or Valkey.
///
/// [`revoke`](RevocationList::revoke) writes a revocation to the stream, and returns when the Redis
/// server has acknowledged it. Each instance reads the stream into its *view*, a list in memory.
/// Tokens are checked against the view, without a request to the Redis server.
///
/// ```no_run
/// # async fn example() -> cognito_core::Result<()> {
/// use std::sync::Arc;
///
/// use cognito_cache::MemoryRevocationList;
/// use cognito_core::{Revocation, RevocationList, SystemClock};
/// use cognito_redis::{RedisConfig, RedisRevocations, WhenStale};
///
/// let config = RedisConfig::server("redis://127.0.0.1:6379")?.with_prefix("my-pool");
/// let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
/// let list = RedisRevocations::builder(config, view, WhenStale::FailClosed)
///     .connect()
///     .await?;
/// list.revoke(Revocation::session("…", 1_800_000_000)).await?;
/// # Ok(()) }
/// ```
///
/// **Freshness.** A revocation usually arrives in the views within milliseconds. A view is *fresh*
/// if it contains every revocation that any instance made more than 2 seconds ago (see
/// [`stale_after`](RedisRevocationsBuilder::stale_after)); otherwise it is *stale*.
/// [`age`](RevocationList::age) returns the time since the view was last complete. It is at most
/// about half a second while the Redis server responds. If the view is stale, [`WhenStale`]
/// determines the result of [`check`](RevocationList::check), and
/// [`is_revoked`](RevocationList::is_revoked) returns `true` under
/// [`FailClosed`](WhenStale::FailClosed). After a disconnection, the view is fresh again when the
/// missed entries have been read.
///
/// **Bounds.** The local list, which is passed to [`builder`](Self::builder), stores the view, so
/// its maximum applies to the view. A full `MemoryRevocationList` replaces revocations with broader
/// revocations, so the view stays fresh and every revocation stays in effect. If another type of
/// local list fails because it is full, the view becomes stale. An entry stays in the stream for 25
/// hours and has about 150 bytes. One user cannot fill the stream: if more than 32 sessions or
/// tokens of a user are revoked, `MemoryRevocationList` replaces them with one revocation of the
/// user. Further revocations of this user are written as one revocation of the user, at most once
/// per second.
///
/// **Failed writes.** If a revocation cannot be written, `revoke` fails, because other instances do
/// not reject the tokens yet. This process rejects them immediately, and writes the revocation when
/// the Redis server is available again, unless the process ends earlier. At most 1,000,000
/// revocations wait (see [`pending_writes`](Self::pending_writes)).
///
/// **Repeated revocations.** If the view is fresh and an entry on the Redis server already rejects
/// the same tokens for at least the same time, a revocation is not written.
///
/// **Data loss.** If the Redis server has lost data, because it was restarted without its data or
/// replaced, each instance writes its own revocations again: up to 1,000,000 that have not expired,
/// at most 256 in one command. Tokens are checked in the meantime. Revocations of instances that
/// have ended are lost. A server with an append-only file that is flushed for each command loses no
/// acknowledged entry.
#[derive(Clone)]
pub struct RedisRevocations {
    view: Arc<View>,
    when_stale: WhenStale,
    /// The background tasks that read and write the Redis stream. They stop when the last clone of
    /// this list is dropped.
    _feeding: Arc<Feeding>,
}

/// The two background tasks of a revocation list: one reads the Redis stream into this process's
/// copy of the list, and one writes the revocations whose first write failed. Dropping this value
/// stops them.
struct Feeding([AbortHandle; 2]);

impl Drop for Feeding {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl RedisRevocations {
    /// Returns a builder for a revocation list whose stream is on the Redis server of `config`.
    /// `local` stores the revocations that are read from this stream (the *view*), and tokens are
    /// checked against it: pass an empty list in memory, such as `MemoryRevocationList` of
    /// `cognito-cache`. `when_stale` determines whether tokens are accepted while the view is
    /// stale.
    pub fn builder(
        config: RedisConfig,
        local: Arc<dyn RevocationList>,
        when_stale: WhenStale,
    ) -> RedisRevocationsBuilder {
        RedisRevocationsBuilder::new(config, local, when_stale)
    }

    fn new(view: Arc<View>, when_stale: WhenStale, tasks: [AbortHandle; 2]) -> Self {
        Self {
            view,
            when_stale,
            _feeding: Arc::new(Feeding(tasks)),
        }
    }

    /// Returns another handle to the same list, which uses `when_stale` instead of the setting of
    /// this handle. Use it for a guard whose setting must differ from the rest of the application.
    #[must_use]
    pub fn with_when_stale(&self, when_stale: WhenStale) -> Self {
        Self {
            when_stale,
            ..self.clone()
        }
    }

    /// Returns the number of this process's revocations that could not be written to the Redis
    /// server yet.
    pub fn pending_writes(&self) -> usize {
        self.view.pending.lock().count()
    }

    fn undecided(&self, when_stale: WhenStale) -> Result<bool> {
        let admitted = when_stale == WhenStale::FailOpen;
        self.view.sink.record(&Event::revocations_stale(admitted));
        if !admitted {
            return Err(store_unavailable(
                "the revocations of other instances are unknown now: restore the connection to Redis",
            ));
        }
        if self.view.may_log() {
            tracing::warn!("tokens are accepted although the view of the revocations is stale");
        }
        Ok(false)
    }
}

#[async_trait]
impl RevocationList for RedisRevocations {
    /// Rejects the tokens in this process immediately, and writes the revocation to the Redis
    /// stream. The other instances reject the tokens when they have read the stream. Writes nothing
    /// if this process's copy of the stream is fresh, and an entry on the Redis server already
    /// rejects the same tokens.
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        self.view.local.revoke(revocation.clone()).await?;
        let widened = self.view.local.widened(&revocation);
        self.view.write(widened.unwrap_or(revocation)).await
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        // The freshness is read before the view, as in `check`.
        let is_fresh = self.is_fresh();
        self.view.local.is_revoked(token) || (self.when_stale == WhenStale::FailClosed && !is_fresh)
    }

    fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
        self.check_with(token, self.when_stale)
    }

    fn check_with(&self, token: &TokenIdentity<'_>, when_stale: WhenStale) -> Result<bool> {
        // Security: the freshness is read before the view. In the other order, the view could
        // become fresh between the two reads, and a result without the missing entries would count
        // as fresh.
        let is_fresh = self.is_fresh();
        if self.view.local.is_revoked(token) {
            return Ok(true);
        }
        if is_fresh {
            return Ok(false);
        }
        self.undecided(when_stale)
    }

    fn when_stale(&self) -> Option<WhenStale> {
        Some(self.when_stale)
    }

    fn pending_writes(&self) -> usize {
        Self::pending_writes(self)
    }

    fn age(&self) -> Option<Duration> {
        self.view.age()
    }

    fn is_fresh(&self) -> bool {
        self.view.is_fresh()
    }

    fn widened(&self, revocation: &Revocation) -> Option<Revocation> {
        self.view.local.widened(revocation)
    }

    fn len(&self) -> usize {
        self.view.local.len()
    }

    fn capacity(&self) -> Option<NonZeroUsize> {
        self.view.local.capacity()
    }

    fn overflowed(&self) -> usize {
        self.view.local.overflowed()
    }
}

impl fmt::Debug for RedisRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocations")
            .field("when_stale", &self.when_stale)
            .field("is_fresh", &self.is_fresh())
            .field("age", &self.age())
            .finish_non_exhaustive()
    }
}

/// A limit on warnings: at most one within [`QUIET`].
#[derive(Debug, Default)]
struct LogLimit(AtomicU64);

impl LogLimit {
    fn is_due(&self, now: Duration) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let next = self.0.load(Ordering::Relaxed);
        let later = now.saturating_add(u64::try_from(QUIET.as_nanos()).unwrap_or(u64::MAX));
        now >= next
            && self
                .0
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}
