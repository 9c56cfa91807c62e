//! The exchange of a token for another token of the same user (RFC 8693).

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::authentication::exchange::{
    DerivedIdToken, DerivedToken, ExchangeRequest, ExchangeTarget, IssuedToken, PresentedToken,
    RequestedToken,
};
use cognito_core::hosted_login::names::{AudienceName, ResourceId};
use cognito_core::id::ProviderName;
use cognito_core::ports::Authentication;
use cognito_core::{Error, ErrorKind, InvalidInput, Operation, Result, Scope};

use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Cognito {
    /// Exchanges a token of a user for an access token with which this service can call another
    /// service (`GetDerivedToken`, RFC 8693).
    ///
    /// Without an [actor](Call::actor), the new token looks as if the user called the other service
    /// (impersonation). The app client needs `ALLOW_TOKEN_EXCHANGE_IMPERSONATION`. With an actor, the
    /// new token has the claim `act`, which names this service (delegation). The app client needs
    /// `ALLOW_TOKEN_EXCHANGE_DELEGATION`.
    ///
    /// The scopes are the requested scopes that the token of the user and the app client both have.
    /// The call needs no AWS credentials: the app client authenticates with its secret. If AWS
    /// rejects the request because it is not signed, it is sent again with a signature.
    ///
    /// Security: verify the token of the user first, for example with a guard. Otherwise a caller
    /// could let this service exchange a token that was not issued for this service. The result is
    /// not cached, because it belongs to one user.
    ///
    /// AWS does not document whether a sign-out of the user revokes the new token.
    /// [`revoke`](Self::revoke) revokes it in this service if it has the `origin_jti` of the user's
    /// token, as in `cognito-emulator`. A token for the assertion of a SAML provider has no
    /// `origin_jti` of a sign-in of Cognito.
    ///
    /// The revocation is kept for the longest lifetime of a token that this process has seen. If
    /// another process exchanges the tokens, let its app client issue tokens that live no longer than
    /// the user's ID token.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     cognito: cognito::Cognito, access_token: cognito::AccessToken,
    /// # ) -> cognito::Result<()> {
    /// // This service calls the orders service for the user.
    /// let own = cognito.hosted_login().client_credentials().await?;
    /// let derived = cognito
    ///     .exchange(&access_token)
    ///     .actor(&own.access_token)
    ///     .scope("https://orders.example.com/read")
    ///     .resource("https://orders.example.com")
    ///     .await?;
    /// let header = format!("Bearer {}", derived.access_token.expose());
    /// # drop(header); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`TokenExpired`](crate::ErrorKind::TokenExpired),
    ///   [`AccessRevoked`](crate::ErrorKind::AccessRevoked),
    ///   [`TokenInvalid`](crate::ErrorKind::TokenInvalid) or
    ///   [`NotAuthorized`](crate::ErrorKind::NotAuthorized) if Cognito rejects one of the tokens.
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow the
    ///   exchange.
    /// - [`Configuration`](crate::ErrorKind::Configuration) if the secret of the app client is wrong.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no requested scope is left, or
    ///   if tokens for the audience cannot be issued.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if the resource server does not exist.
    pub fn exchange(
        &self,
        subject: impl Into<PresentedToken>,
    ) -> Call<ExchangeRequest, DerivedToken> {
        let request = ExchangeRequest::new(subject.into());
        self.exchange_call(request, |issued| match issued {
            IssuedToken::Access(token) => Ok(token),
            _ => Err(other_type()),
        })
    }

    /// Exchanges a token of a user for an ID token that identifies the user to another service.
    ///
    /// The options and errors are the same as for [`exchange`](Self::exchange).
    pub fn exchange_for_id_token(
        &self,
        subject: impl Into<PresentedToken>,
    ) -> Call<ExchangeRequest, DerivedIdToken> {
        let mut request = ExchangeRequest::new(subject.into());
        request.requested = RequestedToken::Id;
        self.exchange_call(request, |issued| match issued {
            IssuedToken::Id(token) => Ok(token),
            _ => Err(other_type()),
        })
    }

    fn exchange_call<T: 'static>(
        &self,
        request: ExchangeRequest,
        read: fn(IssuedToken) -> Result<T>,
    ) -> Call<ExchangeRequest, T> {
        self.call(
            Operation::GetDerivedToken,
            Ok::<_, InvalidInput>(request),
            move |inner: Arc<Inner>, request| async move {
                let issued = inner.authentication.exchange_token(request).await?;
                match &issued {
                    IssuedToken::Access(token) => inner.note_derived(token.access_token.expose()),
                    IssuedToken::Id(token) => inner.note_derived(token.id_token.expose()),
                    _ => {}
                }
                read(issued)
            },
        )
        .limited(Budget::Tokens)
    }
}

/// Returns the error for an issued token whose type is not the requested type.
fn other_type() -> Error {
    Error::new(ErrorKind::Unknown)
        .with_detail("the issued token has another type than the requested one: check the endpoint")
}

/// Options of [`Cognito::exchange`] and [`Cognito::exchange_for_id_token`].
impl<T> Call<ExchangeRequest, T> {
    /// Sets the token of the service that acts for the user (`ActorToken`), such as a token of
    /// [`client_token`](Cognito::client_token). The new token then has the claim `act`. Default: no
    /// actor.
    pub fn actor(self, token: impl Into<PresentedToken>) -> Self {
        self.set(|request| request.actor = Some(token.into()))
    }

    /// Adds a scope to the request. May be called several times. Default: all scopes of the user's
    /// token.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.try_set(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Sets the logical name of the service for which the token is issued (`Audiences`). It replaces
    /// an audience or a [resource](Self::resource) of an earlier call. Default: none.
    pub fn audience(self, name: impl TryInto<AudienceName, Error: Into<InvalidInput>>) -> Self {
        self.try_set(name.try_into(), |request, name| {
            request.target = Some(ExchangeTarget::Audience(name));
        })
    }

    /// Sets the identifier of the resource server for which the token is issued (`Resources`). It
    /// replaces a resource or an [audience](Self::audience) of an earlier call. Default: none.
    pub fn resource(self, resource: impl TryInto<ResourceId, Error: Into<InvalidInput>>) -> Self {
        self.try_set(resource.try_into(), |request, resource| {
            request.target = Some(ExchangeTarget::Resource(resource));
        })
    }

    /// Sets the identity provider of the user pool that issued the user's token, such as the name of
    /// a SAML provider. Default: the token is from Cognito.
    pub fn subject_provider(
        self,
        name: impl TryInto<ProviderName, Error: Into<InvalidInput>>,
    ) -> Self {
        self.try_set(name.try_into(), |request, name| {
            request.subject_provider = Some(name);
        })
    }

    /// Sets the identity provider of the user pool that issued the token of the
    /// [actor](Self::actor). Default: the token is from Cognito.
    pub fn actor_provider(
        self,
        name: impl TryInto<ProviderName, Error: Into<InvalidInput>>,
    ) -> Self {
        self.try_set(name.try_into(), |request, name| {
            request.actor_provider = Some(name);
        })
    }
}
