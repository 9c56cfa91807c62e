//! Tokens for client credentials, cached until shortly before they expire.

use std::collections::BTreeSet;
use std::sync::Arc;

use cognito_cache::CallName;
use cognito_core::config::CurrentConfig;
use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::ports::HostedLogin;
use cognito_core::{ClientSecret, InvalidInput, Operation, Result, Scope};

use crate::Call;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Gets an access token for this service itself (grant `client_credentials`), to call other
    /// services. The app client needs a secret and scopes of resource servers.
    ///
    /// Each set of scopes has one token. It is cached until one minute before it expires (or for
    /// half of its lifetime, if the lifetime is shorter than two minutes). Concurrent callers share
    /// one call. AWS bills each token, so reuse the facade.
    ///
    /// # Errors
    ///
    /// [`ClientAuth`](crate::ErrorKind::ClientAuth) if the secret is wrong or the client is not
    /// permitted; [`Configuration`](crate::ErrorKind::Configuration) if it has no secret, or does
    /// not have a scope.
    pub fn client_credentials(&self) -> Call<ClientCredentialsRequest, ClientToken> {
        Call::new(
            &self.cognito,
            Operation::OAuthClientCredentials,
            Ok::<_, InvalidInput>(ClientCredentialsRequest::default()),
            async |inner, request| inner.client_token(request).await,
        )
        .shared()
    }
}

/// The request of [`ManagedLogin::client_credentials`].
#[derive(Clone, Debug, Default)]
pub struct ClientCredentialsRequest {
    scopes: BTreeSet<Scope>,
    fresh: bool,
}

/// Options for access tokens of this service itself.
impl<T> Call<ClientCredentialsRequest, T> {
    /// Requests a scope. Default: all scopes of the app client.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.try_set(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Requests a new token even if one is cached. Use it after the cached token was rejected.
    pub fn fresh(self) -> Self {
        self.set(|request| request.fresh = true)
    }
}

impl Inner {
    /// Returns the cached token. If there is none, requests one; concurrent callers share the
    /// request.
    async fn client_token(
        self: Arc<Self>,
        request: ClientCredentialsRequest,
    ) -> Result<ClientToken> {
        let ClientCredentialsRequest { scopes, fresh } = request;
        let name = self.name_of_token(&scopes);
        if let Some(cached) = self.client_tokens.cached(name).filter(|_| !fresh) {
            return Ok(cached);
        }
        let inner = Arc::clone(&self);
        let requested = async move {
            // Another caller may have cached a token in the meantime.
            match inner.client_tokens.cached(name).filter(|_| !fresh) {
                Some(cached) => Ok(cached),
                None => inner.request_token(name, &scopes).await,
            }
        };
        self.client_tokens.calls.join(name, requested).await
    }

    /// Returns the cache key of a token: its client and its scopes.
    fn name_of_token(&self, scopes: &BTreeSet<Scope>) -> CallName {
        let pool = self.config.current();
        let secret = pool.client_secret.as_ref().map(ClientSecret::expose);
        let client = [pool.client_id.as_str(), secret.unwrap_or_default()];
        let scopes = scopes.iter().map(Scope::as_str);
        self.client_tokens
            .calls
            .name(client.into_iter().chain(scopes))
    }

    async fn request_token(&self, name: CallName, scopes: &BTreeSet<Scope>) -> Result<ClientToken> {
        self.turn(Operation::OAuthClientCredentials).await?;
        let scopes: Vec<_> = scopes.iter().cloned().collect();
        let token = self.hosted_login.client_credentials(&scopes).await?;
        self.client_tokens.insert(name, &token);
        Ok(token)
    }
}
