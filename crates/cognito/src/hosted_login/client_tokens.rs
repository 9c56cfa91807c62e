//! The cache for access tokens of the app client itself.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{CallName, SingleFlight, TtlCache};
use cognito_core::config::CurrentConfig;
use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::{ClientSecret, Clock, Operation, Result};

use crate::cognito::Inner;

/// The maximum number of cached tokens. Each set of scopes has one token.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// The time before its expiry at which a token is removed from the cache. A token that is returned
/// from the cache is therefore still valid when it reaches a server whose clock is slightly fast.
///
/// If the lifetime of a token is less than twice this time, the token is removed after half of its
/// lifetime.
const MARGIN: Duration = Duration::from_secs(60);

/// The cached access tokens of the app client itself, and the in-flight requests for new access
/// tokens.
pub(crate) struct ClientTokens {
    cached: TtlCache<CallName, CachedToken>,
    calls: SingleFlight<Result<ClientToken>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct CachedToken {
    token: ClientToken,
    /// The expiry of the token, as a time of the monotonic clock.
    expires: Duration,
}

impl ClientTokens {
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            cached: TtlCache::new(CAPACITY, MARGIN, Arc::clone(clock)),
            calls: SingleFlight::new()?,
            clock: Arc::clone(clock),
        })
    }

    /// Returns a cached token with its remaining lifetime. Returns `None` if no token is cached, or
    /// if the token is too close to its expiry ([`MARGIN`]).
    fn cached(&self, name: CallName) -> Option<ClientToken> {
        let CachedToken { mut token, expires } = self.cached.get(&name)?;
        token.expires_in = expires.saturating_sub(self.clock.monotonic());
        Some(token)
    }

    fn insert(&self, name: CallName, token: &ClientToken) {
        let life = token.expires_in;
        let cached = CachedToken {
            token: token.clone(),
            expires: self.clock.monotonic().saturating_add(life),
        };
        let margin = MARGIN.min(life / 2);
        self.cached
            .insert_for(name, cached, life.saturating_sub(margin));
    }
}

impl Inner {
    /// Returns the cache key of a token for the app client. It is derived from the operation, the
    /// app client, the client secret and the `parts` of the request.
    pub(crate) fn name_of_token(&self, operation: Operation, parts: &[&str]) -> CallName {
        let pool = self.config.current();
        let secret = pool.client_secret.as_ref().map(ClientSecret::expose);
        let secret = secret.unwrap_or_default();
        let client = [operation.name(), pool.client_id.as_str(), secret];
        let calls = &self.client_tokens.calls;
        calls.name(client.into_iter().chain(parts.iter().copied()))
    }

    /// Returns the cached token with this name. If no token is cached, or if `fresh` is set, runs
    /// `fetch` and caches the new token. Concurrent callers with the same name share one run.
    pub(crate) async fn cached_token(
        self: Arc<Self>,
        operation: Operation,
        name: CallName,
        fresh: bool,
        fetch: impl Future<Output = Result<ClientToken>> + Send + 'static,
    ) -> Result<ClientToken> {
        if let Some(cached) = self.client_tokens.cached(name).filter(|_| !fresh) {
            return Ok(cached);
        }
        let inner = Arc::clone(&self);
        let requested = async move {
            // Another caller may have cached a token in the meantime.
            if let Some(cached) = inner.client_tokens.cached(name).filter(|_| !fresh) {
                return Ok(cached);
            }
            inner.turn(operation).await?;
            let token = fetch.await?;
            inner.client_tokens.insert(name, &token);
            Ok(token)
        };
        self.client_tokens.calls.join(name, requested).await
    }
}

impl fmt::Debug for ClientTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTokens")
            .field("cached", &self.cached.len())
            .finish_non_exhaustive()
    }
}
