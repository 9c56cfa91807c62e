//! The cache for access tokens of the grant `client_credentials`.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{CallName, SingleFlight, TtlCache};
use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::{Clock, Result};

/// The maximum number of cached tokens. Each set of scopes has one token.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// A token is removed from the cache this long before it expires. A token that is returned from the
/// cache is therefore still valid when it reaches a server whose clock is slightly fast.
///
/// If the lifetime of a token is less than twice this time, the token is removed after half of its
/// lifetime.
const MARGIN: Duration = Duration::from_secs(60);

/// The cached access tokens of the client credentials flow, and the in-flight requests for new
/// access tokens.
pub(crate) struct ClientTokens {
    cached: TtlCache<CallName, CachedToken>,
    pub(super) calls: SingleFlight<Result<ClientToken>>,
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
    pub(super) fn cached(&self, name: CallName) -> Option<ClientToken> {
        let CachedToken { mut token, expires } = self.cached.get(&name)?;
        token.expires_in = expires.saturating_sub(self.clock.monotonic());
        Some(token)
    }

    pub(super) fn insert(&self, name: CallName, token: &ClientToken) {
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

impl fmt::Debug for ClientTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTokens")
            .field("cached", &self.cached.len())
            .finish_non_exhaustive()
    }
}
