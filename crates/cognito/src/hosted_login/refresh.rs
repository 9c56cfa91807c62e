//! Refresh and revocation of tokens of managed login.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::ports::HostedLogin;
use cognito_core::{Done, InvalidInput, Operation, RefreshToken, Result, Tokens};

use crate::Call;
use crate::authentication::refresh::TokenRevocationRequest;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Refreshes tokens at the token endpoint. Store all of them, as with
    /// [`Cognito::refresh`](crate::Cognito::refresh). The scopes do not change. Concurrent
    /// refreshes of one token are one call.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid): the user must sign in again.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<RefreshToken, Tokens> {
        Call::new(
            &self.cognito,
            Operation::OAuthRefresh,
            refresh_token.try_into().map_err(Into::into),
            async |inner, token| inner.refresh_at_token_endpoint(token).await,
        )
        .shared()
        .limited(Budget::Tokens)
    }

    /// Revokes a refresh token at the revocation endpoint, and with it every token of the same
    /// sign-in. If you add an [`access_token`](Call::access_token) or an
    /// [`id_token`](Call::id_token), this service rejects these tokens from now on, as with [`Cognito::revoke`](crate::Cognito::revoke).
    ///
    /// The browser stays signed in at managed login until it is redirected to
    /// [`logout_url`](Self::logout_url).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it is not a refresh token, or if
    /// token revocation is disabled for the app client.
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<TokenRevocationRequest, Done> {
        Call::new(
            &self.cognito,
            Operation::OAuthRevoke,
            TokenRevocationRequest::new(refresh_token),
            async |inner, request| {
                let revoked = inner.hosted_login.revoke(&request.refresh_token).await;
                inner.revoke_session_of(&request.session, revoked).await?;
                Ok(Done::new("Token revoked successfully"))
            },
        )
        .limited(Budget::Tokens)
    }
}

impl Inner {
    /// Refreshes tokens. Concurrent callers with the same refresh token share one call.
    async fn refresh_at_token_endpoint(self: Arc<Self>, token: RefreshToken) -> Result<Tokens> {
        let name = self.refreshes.name(["token endpoint", token.expose()]);
        let inner = Arc::clone(&self);
        let call = async move {
            inner.turn(Operation::OAuthRefresh).await?;
            let tokens = inner.hosted_login.refresh(&token).await?;
            inner.note_issued(&tokens);
            Ok(tokens)
        };
        self.refreshes.join(name, call).await
    }
}
