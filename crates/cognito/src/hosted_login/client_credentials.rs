//! Access tokens of the grant `client_credentials`.

use std::sync::Arc;

use cognito_core::hosted_login::client_token::{ClientCredentialsGrant, ClientToken};
use cognito_core::hosted_login::names::ResourceId;
use cognito_core::ports::HostedLogin;
use cognito_core::{InvalidInput, Operation, Result, Scope};

use crate::Call;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Returns an access token of the grant `client_credentials`, with which this service can call
    /// other services. The app client needs a secret, and scopes of resource servers.
    ///
    /// Tokens are cached by their scopes and resource, until one minute before they expire. A token with
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
                async |inner, request| inner.client_credentials(request).await,
            )
            .shared()
    }
}

/// The request of [`ManagedLogin::client_credentials`].
#[derive(Clone, Debug, Default)]
pub struct ClientCredentialsRequest {
    grant: ClientCredentialsGrant,
    fresh: bool,
}

/// Options of [`ManagedLogin::client_credentials`].
impl<T> Call<ClientCredentialsRequest, T> {
    /// Adds a scope to the request. May be called several times. Default: all scopes of the app
    /// client.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.try_set(scope.try_into(), |request, scope| {
            request.grant.scopes.insert(scope);
        })
    }

    /// Sets the resource for which the token is issued (`resource`, RFC 8707): the identifier of a
    /// resource server. The token then has it in the claim `aud`. Default: no resource.
    ///
    /// AWS documents resources for tokens of users only. If Cognito rejects the resource, as
    /// `cognito-emulator` does, the call fails with
    /// [`Configuration`](crate::ErrorKind::Configuration) (`invalid_target`). Security: Cognito may
    /// ignore the resource, so the other service must check the claim `aud`.
    pub fn resource(self, resource: impl TryInto<ResourceId, Error: Into<InvalidInput>>) -> Self {
        self.try_set(resource.try_into(), |request, resource| {
            request.grant.resource = Some(resource);
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
    /// from the token endpoint.
    async fn client_credentials(
        self: Arc<Self>,
        request: ClientCredentialsRequest,
    ) -> Result<ClientToken> {
        let ClientCredentialsRequest { grant, fresh } = request;
        let operation = Operation::OAuthClientCredentials;
        let resource = grant.resource.as_ref().map_or("", ResourceId::as_str);
        let scopes = grant.scopes.iter().map(Scope::as_str);
        let parts: Vec<_> = [resource].into_iter().chain(scopes).collect();
        let name = self.name_of_token(operation, &parts);
        let inner = Arc::clone(&self);
        let fetch = async move { inner.hosted_login.client_credentials(&grant).await };
        self.cached_token(operation, name, fresh, fetch).await
    }
}
