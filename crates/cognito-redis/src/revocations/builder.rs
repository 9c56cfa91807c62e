//! The builder of a [`RedisRevocations`].

use std::sync::Arc;
use std::time::Duration;

use cognito_core::event::NoopEventSink;
use cognito_core::revocation::WhenStale;
use cognito_core::{Clock, Error, ErrorKind, EventSink, Result, RevocationList, SystemClock};
use tokio::sync::oneshot;

use super::RedisRevocations;
use super::feed::Feed;
use super::view::{Options, View};
use crate::config::RedisConfig;

/// The default age from which this process's copy of the revocations is stale.
const STALE_AFTER: Duration = Duration::from_secs(2);

/// The time for which the Redis server waits for new entries before it responds.
const BLOCK: Duration = Duration::from_millis(500);

/// A builder for a [`RedisRevocations`].
#[must_use = "a builder does nothing until it connects"]
pub struct RedisRevocationsBuilder {
    config: RedisConfig,
    local: Arc<dyn RevocationList>,
    when_stale: WhenStale,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn EventSink>,
    stale_after: Duration,
    allowed: Vec<String>,
    replicas: u32,
}

impl RedisRevocationsBuilder {
    pub(super) fn new(
        config: RedisConfig,
        local: Arc<dyn RevocationList>,
        when_stale: WhenStale,
    ) -> Self {
        Self {
            config,
            local,
            when_stale,
            clock: Arc::new(SystemClock::new()),
            sink: Arc::new(NoopEventSink::new()),
            stale_after: STALE_AFTER,
            allowed: Vec::new(),
            replicas: 0,
        }
    }

    cognito_core::setters! {
        /// Sets the clock that measures the age of the view (this process's copy of the
        /// revocations). Default: the clock of the operating system. Use the clock of the list
        /// `local` that was passed to [`RedisRevocations::builder`].
        pub fn clock(clock: Arc<dyn Clock>) { clock = clock }

        /// Sets the sink for events. While the view (this process's copy of the revocations) is
        /// stale, the sink receives
        /// [`Event::RevocationsStale`](cognito_core::Event::RevocationsStale) for each check of a
        /// token that is not revoked in the view. Default: events are dropped.
        pub fn event_sink(sink: Arc<dyn EventSink>) { sink = sink }

        /// Sets the age from which the view (this process's copy of the revocations) is stale.
        /// Default: 2 seconds. If the age is less than 1 second, `connect` fails. While there are
        /// no new entries, the Redis server responds only every half second, so the view can be
        /// half a second old without a fault.
        pub fn stale_after(age: Duration) { stale_after = age }
    }

    /// Accepts a Redis server with this `maxmemory-policy`, such as `volatile-lru`. Call it once
    /// for each policy. Default: only `noeviction` is accepted.
    ///
    /// With the policies `volatile-*`, the Redis server does not evict the stream with the
    /// revocations, because the stream has no time to live. The Redis server may evict attempt
    /// counters. With the policies `allkeys-*`, the Redis server may evict the stream with all
    /// revocations: an instance that starts later then accepts revoked tokens.
    pub fn allow_eviction_policy(mut self, policy: impl Into<String>) -> Self {
        self.allowed.push(policy.into());
        self
    }

    /// Sets the number of replicas that must have an entry before
    /// [`revoke`](RevocationList::revoke) succeeds. Default: 0. For a cluster, the number must be
    /// 0.
    ///
    /// If the number is 0 and a primary fails, entries that it acknowledged shortly before may be
    /// lost. The instance that made the revocation writes such an entry again. If the number is
    /// more than 0, the list sends `WAIT` on a separate connection. If too few replicas have the
    /// entry within half the command timeout, `revoke` fails, but all instances still receive the
    /// entry. Concurrent calls share one `WAIT`.
    pub const fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Connects, reads all revocations from the Redis stream, and returns the list. Background
    /// tasks then read new revocations until the last handle to the list is dropped.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::StoreUnavailable`] if the Redis server is unreachable or returns an error.
    /// - [`ErrorKind::Configuration`] if the Redis server may evict entries (see
    ///   [`allow_eviction_policy`](Self::allow_eviction_policy)).
    /// - [`ErrorKind::Misuse`] if the method is not called within a Tokio runtime, if the runtime
    ///   ends during the call, if [`stale_after`](Self::stale_after) is less than 1 second, or if
    ///   [`replicas`](Self::replicas) is set for a cluster.
    pub async fn connect(self) -> Result<RedisRevocations> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            misuse(
                "revocations are read from Redis in the background: connect within a Tokio runtime",
            )
        })?;
        if self.stale_after < 2 * BLOCK {
            return Err(misuse(
                "the view cannot be fresher than one second: set stale_after to at least 1 second",
            ));
        }
        if self.replicas > 0 && self.config.is_cluster() {
            return Err(misuse("replicas is not for a cluster: set it to 0"));
        }
        let view = Arc::new(View::new(
            self.config,
            self.local,
            self.clock,
            self.sink,
            Options {
                stale_after: self.stale_after,
                block: BLOCK,
                allowed: self.allowed,
                replicas: self.replicas,
            },
        ));
        let (first, outcome) = oneshot::channel();
        let reading = runtime.spawn(Feed::new(Arc::clone(&view)).run(first));
        let writing = runtime.spawn(Arc::clone(&view).write_pending());
        let tasks = [reading.abort_handle(), writing.abort_handle()];
        let list = RedisRevocations::new(view, self.when_stale, tasks);
        match outcome.await {
            Ok(Ok(())) => Ok(list),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(misuse(
                "the runtime ended while the revocations were read: keep it until connect returns",
            )),
        }
    }
}

fn misuse(detail: &'static str) -> Error {
    Error::new(ErrorKind::Misuse).with_detail(detail)
}

cognito_core::impl_debug!(RedisRevocationsBuilder {
    config,
    when_stale,
    stale_after,
    allowed,
    replicas
});
