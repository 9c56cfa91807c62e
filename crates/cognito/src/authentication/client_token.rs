//! Access tokens of the app client itself, without a domain of the user pool.

use std::sync::Arc;

use cognito_core::authentication::client_token::ClientTokenRequest;
use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::ports::Authentication;
use cognito_core::{InvalidInput, Operation, Result, Scope};

use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Cognito {
    /// Returns an access token for the app client itself, with which this service can call other
    /// services (`GetClientToken`). The user pool needs no domain. The call needs no AWS credentials.
    ///
    /// The app client needs a secret, scopes of resource servers, and `ALLOW_CLIENT_TOKEN_AUTH` as
    /// its only flow. With a domain and the grant `client_credentials`, use
    /// [`client_credentials`](crate::hosted_login::ManagedLogin::client_credentials) instead.
    ///
    /// Tokens are cached by their scopes and metadata, like those of `client_credentials`: until one
    /// minute before they expire. Concurrent callers share one request. Create one [`Cognito`] and
    /// clone it. Each value of the metadata is another cached token and another request to Cognito,
    /// so keep the metadata constant: no request id and no user.
    ///
    /// The AWS SDKs sign this request, although AWS's documentation states that IAM does not check
    /// it. It is sent without a signature. If AWS rejects it for that reason, it is sent again with a
    /// signature, which needs AWS credentials.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let token = cognito.client_token().scope("https://api.example.com/read").await?;
    /// let header = format!("Bearer {}", token.access_token.expose());
    /// # drop(header); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Configuration`](crate::ErrorKind::Configuration) if the secret is missing or wrong.
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not have
    ///   `ALLOW_CLIENT_TOKEN_AUTH`.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the app client does not have a
    ///   requested scope.
    pub fn client_token(&self) -> Call<CachedTokenRequest, ClientToken> {
        self.call(
            Operation::GetClientToken,
            Ok::<_, InvalidInput>(CachedTokenRequest::default()),
            async |inner, request| inner.client_token(request).await,
        )
        .shared()
    }
}

/// The request of [`Cognito::client_token`].
#[derive(Clone, Debug, Default)]
pub struct CachedTokenRequest {
    pub(crate) request: ClientTokenRequest,
    fresh: bool,
}

/// Options of [`Cognito::client_token`].
impl<T> Call<CachedTokenRequest, T> {
    /// Adds a scope to the request. May be called several times. Default: all scopes of the app
    /// client.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.try_set(scope.try_into(), |cached, scope| {
            cached.request.scopes.insert(scope);
        })
    }

    /// Requests a new token even if one is cached. Use it if another service has rejected the
    /// cached token. Default: a cached token is returned.
    pub fn fresh(self) -> Self {
        self.set(|cached| cached.fresh = true)
    }
}

impl Inner {
    /// Returns the cached token. If no token is cached, or if `fresh` is set, fetches a new token.
    async fn client_token(self: Arc<Self>, request: CachedTokenRequest) -> Result<ClientToken> {
        let CachedTokenRequest { request, fresh } = request;
        let operation = Operation::GetClientToken;
        let scopes = request.scopes.iter().map(Scope::as_str);
        let metadata = request.client_metadata.iter();
        let metadata = metadata.flat_map(|(key, value)| [key, value]);
        // A scope is never empty, so the empty part ends the scopes.
        let parts: Vec<_> = scopes.chain([""]).chain(metadata).collect();
        let name = self.name_of_token(operation, &parts);
        let inner = Arc::clone(&self);
        let fetch = async move { inner.authentication.client_token(request).await };
        self.cached_token(operation, name, fresh, fetch).await
    }
}
