//! Refresh and revocation of tokens of managed login.

use cognito_core::ports::HostedLogin;
use cognito_core::{Done, InvalidInput, Operation, RefreshToken, Tokens};

use crate::Call;
use crate::authentication::refresh::TokenRevocationRequest;
use crate::call::valid;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Returns new tokens for a refresh token, from the token endpoint. The scopes do not change.
    /// Store all returned tokens. Concurrent refreshes of one token share one request, as described
    /// at [`Cognito::refresh`](crate::Cognito::refresh).
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid) if the refresh token is expired or
    /// revoked. The user must then sign in again.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<RefreshToken, Tokens> {
        self.cognito.refresh_call(
            Operation::OAuthRefresh,
            valid(refresh_token),
            |inner, token| inner.refreshes.name(["token endpoint", token.expose()]),
            async |inner, token| inner.hosted_login.refresh(&token).await,
        )
    }

    /// Revokes a refresh token at the revocation endpoint, and all tokens of the same sign-in. This
    /// service rejects the access tokens only if you add an [`access_token`](Call::access_token) or
    /// an [`id_token`](Call::id_token).
    ///
    /// The browser stays signed in at managed login. Redirect it to
    /// [`logout_url`](Self::logout_url) to sign it out.
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the string is not a refresh
    ///   token, or if token revocation is disabled for the app client.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) or
    ///   [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): this service does not reject the
    ///   access tokens yet; see [`Cognito::revoke`](crate::Cognito::revoke).
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<TokenRevocationRequest, Done> {
        self.cognito.revoke_call(
            Operation::OAuthRevoke,
            refresh_token,
            async |inner, token| inner.hosted_login.revoke(&token).await,
        )
    }
}
