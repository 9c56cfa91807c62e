//! Tokens for client credentials, cached until shortly before they expire.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{CallName, SingleFlight, TtlCache};
use cognito_core::{
    ClientSecret, ClientToken, Clock, CurrentConfig, HostedLogin, InvalidInput, Operation, Result,
    Scope,
};

use crate::Cognito;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;
use crate::operation::{Call, awaitable};

/// The number of cached tokens, one for each requested set of scopes.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// A token is not returned during this last part of its life, because it must still be valid when
/// it arrives, also by a clock that is slightly ahead.
const MARGIN: Duration = Duration::from_secs(60);

impl<'a> ManagedLogin<'a> {
    /// Gets an access token for this service itself (grant `client_credentials`), to call other
    /// services. The app client needs a secret, and the scopes of resource servers.
    ///
    /// A token is requested once for each set of scopes and cached until one minute before it
    /// expires (or for half of its life, if that is shorter than two minutes). Concurrent callers
    /// wait for one call. AWS bills each token, so reuse the facade.
    ///
    /// # Errors
    ///
    /// [`ClientAuth`](crate::ErrorKind::ClientAuth) if the secret is wrong or the client is not
    /// allowed to do this; [`Configuration`](crate::ErrorKind::Configuration) if it has no secret,
    /// or lacks a scope.
    pub const fn client_credentials(&self) -> ClientCredentials<'a> {
        ClientCredentials {
            cognito: self.cognito,
            scopes: Ok(BTreeSet::new()),
            fresh: false,
        }
    }
}

/// The builder of [`ManagedLogin::client_credentials`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ClientCredentials<'a> {
    cognito: &'a Cognito,
    scopes: Result<BTreeSet<Scope>, InvalidInput>,
    fresh: bool,
}

impl ClientCredentials<'_> {
    /// Requests a scope. Default: all scopes of the app client.
    pub fn scope(mut self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.scopes = self.scopes.and_then(|mut scopes| {
            scopes.insert(scope.try_into().map_err(Into::into)?);
            Ok(scopes)
        });
        self
    }

    /// Requests a new token even if one is cached, for use after the cached one was rejected.
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    async fn send(self) -> Result<ClientToken> {
        let call = Call::new(Operation::OAuthClientCredentials).shared();
        let fresh = self.fresh;
        let scopes = self.scopes.map_err(Into::into);
        self.cognito
            .perform(call, scopes, async move |inner, scopes| {
                let name = inner.name_of_token(&scopes);
                if let Some(kept) = inner.client_tokens.kept(name).filter(|_| !fresh) {
                    return Ok(kept);
                }
                let ours = Arc::clone(&inner);
                let bought = async move {
                    // Another caller may have cached one between the look-up and the call.
                    match ours.client_tokens.kept(name).filter(|_| !fresh) {
                        Some(kept) => Ok(kept),
                        None => ours.buy(name, &scopes).await,
                    }
                };
                inner.client_tokens.calls.join(name, bought).await
            })
            .await
    }
}

impl Inner {
    /// Returns the name under which a token is cached: its client and its scopes.
    fn name_of_token(&self, scopes: &BTreeSet<Scope>) -> CallName {
        let pool = self.config.current();
        let secret = pool.client_secret.as_ref().map(ClientSecret::expose);
        let client = [pool.client_id.as_str(), secret.unwrap_or_default()];
        let scopes = scopes.iter().map(Scope::as_str);
        self.client_tokens
            .calls
            .name(client.into_iter().chain(scopes))
    }

    async fn buy(&self, name: CallName, scopes: &BTreeSet<Scope>) -> Result<ClientToken> {
        self.turn(Operation::OAuthClientCredentials).await?;
        let scopes: Vec<_> = scopes.iter().cloned().collect();
        let token = self.hosted_login.client_credentials(&scopes).await?;
        self.client_tokens.keep(name, &token);
        Ok(token)
    }
}

/// The cached tokens, and the requests in flight.
pub(crate) struct ClientTokens {
    kept: TtlCache<CallName, Kept>,
    calls: SingleFlight<Result<ClientToken>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Kept {
    token: ClientToken,
    /// By the monotonic clock.
    expires: Duration,
}

impl ClientTokens {
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            kept: TtlCache::new(CAPACITY, MARGIN, Arc::clone(clock)),
            calls: SingleFlight::new()?,
            clock: Arc::clone(clock),
        })
    }

    /// Returns a cached token that is still valid for a while, with its remaining lifetime.
    fn kept(&self, name: CallName) -> Option<ClientToken> {
        let Kept { mut token, expires } = self.kept.get(&name)?;
        token.expires_in = expires.saturating_sub(self.clock.monotonic());
        Some(token)
    }

    fn keep(&self, name: CallName, token: &ClientToken) {
        let life = token.expires_in;
        let kept = Kept {
            token: token.clone(),
            expires: self.clock.monotonic().saturating_add(life),
        };
        let margin = MARGIN.min(life / 2);
        self.kept
            .insert_for(name, kept, life.saturating_sub(margin));
    }
}

impl fmt::Debug for ClientTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTokens")
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

awaitable!(ClientCredentials => ClientToken);
