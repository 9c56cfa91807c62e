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

/// The default age from which the view is stale.
const STALE_AFTER: Duration = Duration::from_secs(2);

/// How long the server waits for new entries before it responds.
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
        /// Sets the clock that measures the age of the view. Default: the operating system's clock.
        /// Use the clock of the local list.
        pub fn clock(clock: Arc<dyn Clock>) { clock = clock }

        /// Sets the receiver of an event for each token that was checked with a stale view
        /// ([`Event::RevocationsStale`](cognito_core::Event::RevocationsStale)). Default: none.
        pub fn event_sink(sink: Arc<dyn EventSink>) { sink = sink }

        /// Sets the age from which the view is stale. Default: 2 seconds. Minimum: 1 second,
        /// because a view without new entries is up to half a second old.
        pub fn stale_after(age: Duration) { stale_after = age }
    }

    /// Accepts a server with this `maxmemory-policy`, such as `volatile-lru`. Default: only
    /// `noeviction` is accepted. Call it once for each policy.
    ///
    /// The policies `volatile-*` do not evict the stream, which has no time to live, but may evict
    /// attempt counters. The policies `allkeys-*` may evict all revocations: an instance that
    /// starts later then accepts revoked tokens.
    pub fn allow_eviction_policy(mut self, policy: impl Into<String>) -> Self {
        self.allowed.push(policy.into());
        self
    }

    /// Sets how many replicas must have an entry before a revocation succeeds. Default: 0. This
    /// setting must stay 0 for a cluster.
    ///
    /// With 0, entries that a primary acknowledged shortly before it failed may be lost, until the
    /// instance that had written them writes them again. With a higher number, the list sends
    /// `WAIT` on a separate connection. If too few replicas have the entry within half the command
    /// timeout, the revocation fails, but the other instances still receive the entry. Concurrent
    /// revocations share one `WAIT`.
    pub const fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Connects, reads all existing revocations, and returns the list. New revocations are then
    /// read in the background until the last handle to the list is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StoreUnavailable`]: the server is unreachable or returns an error.
    /// [`ErrorKind::Configuration`]: the server may evict entries
    /// ([`allow_eviction_policy`](Self::allow_eviction_policy)). [`ErrorKind::Misuse`]: the method
    /// was not called within a Tokio runtime, [`stale_after`](Self::stale_after) is shorter than 1
    /// second, or [`replicas`](Self::replicas) is set for a cluster.
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
