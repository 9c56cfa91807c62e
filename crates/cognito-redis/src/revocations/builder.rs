//! The builder of a [`RedisRevocations`].

use std::fmt;
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

/// The default age at which the view is stale.
const STALE_AFTER: Duration = Duration::from_secs(2);

/// The time for which the server waits for new entries before it responds.
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

    /// Sets the clock. Use the clock of the view. Default: the operating system's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the receiver of events about tokens that were checked with a stale view
    /// ([`Event::RevocationsStale`](cognito_core::Event::RevocationsStale)). Default: none.
    pub fn event_sink(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.sink = sink;
        self
    }

    /// Sets the age at which the view is stale. Default: 2 seconds. Minimum: one second, because
    /// without new entries the view is up to half a second old.
    pub const fn stale_after(mut self, age: Duration) -> Self {
        self.stale_after = age;
        self
    }

    /// Accepts a server with this `maxmemory-policy`, such as `volatile-lru`. Default: servers that
    /// may evict entries are rejected.
    ///
    /// The stream has no time to live. The policies `volatile-*` therefore do not evict it, but may
    /// evict attempt counters. The policies `allkeys-*` may evict all revocations: an instance that
    /// starts afterwards accepts revoked tokens.
    pub fn allow_eviction_policy(mut self, policy: impl Into<String>) -> Self {
        self.allowed.push(policy.into());
        self
    }

    /// Sets how many replicas must have an entry before a revocation succeeds (`WAIT`, on a
    /// separate connection). If they do not have it within half the command timeout, the revocation
    /// fails; the other instances still receive the entry. Concurrent revocations wait together.
    /// Default: none. Without it, entries that a primary acknowledged shortly before it failed may
    /// be lost, until the instance that revoked writes them again.
    ///
    /// Not supported for a cluster.
    pub const fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Connects and reads all existing revocations. Then reads new ones in the background until the
    /// last handle to the list is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StoreUnavailable`]: the server is unreachable, returns an error, or became
    /// unavailable while it was read. [`ErrorKind::Configuration`]: it may evict entries
    /// ([`allow_eviction_policy`](Self::allow_eviction_policy)). [`ErrorKind::Misuse`]: this is not
    /// called within a Tokio runtime, or options contradict each other.
    pub async fn connect(self) -> Result<RedisRevocations> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            misuse(
                "revocations are read from Redis in the background: connect within a Tokio runtime",
            )
        })?;
        if self.stale_after < 2 * BLOCK {
            return Err(misuse(
                "the view cannot be fresher than one second: set a longer age",
            ));
        }
        if self.replicas > 0 && self.config.is_cluster() {
            return Err(misuse("replicas is not for a cluster"));
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
            Err(_) => Err(misuse("the runtime ended while the revocations were read")),
        }
    }
}

fn misuse(detail: &'static str) -> Error {
    Error::new(ErrorKind::Misuse).with_detail(detail)
}

impl fmt::Debug for RedisRevocationsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocationsBuilder")
            .field("config", &self.config)
            .field("when_stale", &self.when_stale)
            .field("stale_after", &self.stale_after)
            .field("allowed", &self.allowed)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}
