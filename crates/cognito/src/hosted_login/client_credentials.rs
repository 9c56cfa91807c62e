//! Access tokens of the grant `client_credentials`.

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
    /// Returns an access token of the grant `client_credentials`, with which this service can call
    /// other services. The app client needs a secret, and scopes of resource servers.
    ///
    /// Tokens are cached by their set of scopes, until one minute before they expire. A token with
    /// a lifetime of less than two minutes is cached for half of its lifetime. Concurrent callers
    /// share one request. AWS bills each token, so create one [`Cognito`](crate::Cognito) and clone
    /// it.
    ///
    /// # Errors
    ///
    /// - [`ClientAuth`](crate::ErrorKind::ClientAuth) if the secret is wrong, or if the app client
    ///   does not allow the grant.
    /// - [`Configuration`](crate::ErrorKind::Configuration) if the app client has no secret, or
    ///   does not have a requested scope.
    pub fn client_credentials(&self) -> Call<ClientCredentialsRequest, ClientToken> {
        self.cognito
            .call(
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

/// Options of [`ManagedLogin::client_credentials`].
impl<T> Call<ClientCredentialsRequest, T> {
    /// Adds a scope to the request. May be called several times. Default: all scopes of the app
    /// client.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.try_set(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Requests a new token even if one is cached. Use it if another service has rejected the
    /// cached token. Default: a cached token is returned.
    pub fn fresh(self) -> Self {
        self.set(|request| request.fresh = true)
    }
}

impl Inner {
    /// Returns the cached token. If no token is cached, or if `fresh` is set, fetches a new token
    /// from the token endpoint. Concurrent callers with the same scopes share one fetch.
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

    /// Returns the cache key of a token. It is derived from the app client, the client secret and
    /// the scopes.
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
