//! Refresh and revocation of tokens of managed login.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::ports::HostedLogin;
use cognito_core::{Done, InvalidInput, Operation, RefreshToken, Tokens};

use crate::Call;
use crate::authentication::refresh::TokenRevocationRequest;
use crate::call::valid;
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
            valid(refresh_token),
            async |inner, token| {
                let name = inner.refreshes.name(["token endpoint", token.expose()]);
                let port = Arc::clone(&inner);
                let call = async move { port.hosted_login.refresh(&token).await };
                inner
                    .refresh_once(name, Operation::OAuthRefresh, call)
                    .await
            },
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
                inner.revoke_session_of(&request.session, revoked).await
            },
        )
        .done("Token revoked successfully")
        .limited(Budget::Tokens)
    }
}
