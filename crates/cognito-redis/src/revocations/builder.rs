//! How a [`RedisRevocations`] is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{
    Clock, Error, ErrorKind, EventSink, NoopEventSink, Result, RevocationList, SystemClock,
    WhenStale,
};
use tokio::sync::oneshot;

use super::RedisRevocations;
use super::feed::Feed;
use super::view::{Options, View};
use crate::config::RedisConfig;

/// How old the view may be unless said otherwise.
const STALE_AFTER: Duration = Duration::from_secs(2);

/// How long the server waits for something to say unless said otherwise.
const BLOCK: Duration = Duration::from_millis(500);

/// Makes a [`RedisRevocations`].
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

    /// Where the time comes from. It should be the clock of the view.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Who is told of tokens that were judged while the view was stale
    /// ([`Event::RevocationsStale`](cognito_core::Event::RevocationsStale)).
    pub fn with_event_sink(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.sink = sink;
        self
    }

    /// How old the view may be before it is stale. 2 seconds unless said otherwise, and not less
    /// than one: on a quiet day the view is up to half a second old.
    pub const fn with_stale_after(mut self, age: Duration) -> Self {
        self.stale_after = age;
        self
    }

    /// Connects although the server's `maxmemory-policy` is this one, `volatile-lru` say. Without
    /// it, a server that evicts anything is refused.
    ///
    /// The stream itself has no time to live, so that the policies `volatile-*` do not drop it; they
    /// may drop attempt counters. The policies `allkeys-*` may drop every revocation there is: a
    /// machine that starts then lets revoked tokens in.
    pub fn allow_eviction_policy(mut self, policy: impl Into<String>) -> Self {
        self.allowed.push(policy.into());
        self
    }

    /// Revoking waits until so many replicas, too, have the entry (`WAIT`, on a connection of its own),
    /// and fails if they do not within half the time that a command may take; the others have it then
    /// all the same. Those who revoke at once wait together. None unless said otherwise: a primary that
    /// breaks down may take what it acknowledged in the last moments with it, until the machine that
    /// revoked writes it back.
    ///
    /// Not for a cluster.
    pub const fn with_replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Connects, reads what has been revoked so far, and goes on reading in the background until
    /// the last handle to the list is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StoreUnavailable`]: the server is not to be reached, refuses, or went away while
    /// it was read. [`ErrorKind::Configuration`]: it may evict entries
    /// ([`allow_eviction_policy`](Self::allow_eviction_policy)). [`ErrorKind::Misuse`]: this is not
    /// called within a Tokio runtime, or options do not go together.
    pub async fn connect(self) -> Result<RedisRevocations> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            misuse(
                "revocations on Redis are read in the background: connect within a Tokio runtime",
            )
        })?;
        if self.stale_after < 2 * BLOCK {
            return Err(misuse("a view cannot be kept fresher than a second"));
        }
        if self.replicas > 0 && self.config.is_cluster() {
            return Err(misuse("with_replicas is not for a cluster"));
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
        let writing = runtime.spawn(Arc::clone(&view).write_the_rest());
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
