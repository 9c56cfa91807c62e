//! Refreshing and revoking tokens of managed login.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::{
    AccessToken, Done, HostedLogin, InvalidInput, Operation, RefreshToken, Result, Tokens,
};

use crate::Cognito;
use crate::hosted_login::ManagedLogin;
use crate::operation::{Call, ClientAddress, awaitable, with_client_address};

impl<'a> ManagedLogin<'a> {
    /// Refreshes tokens at the token endpoint. Store all of them, as after
    /// [`Cognito::refresh`](crate::Cognito::refresh). The scopes do not change. Concurrent
    /// refreshes of one token are one call.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid): the user must sign in again.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> ManagedRefresh<'a> {
        ManagedRefresh {
            cognito: self.cognito,
            refresh_token: refresh_token.try_into().map_err(Into::into),
            client_address: ClientAddress::UNKNOWN,
        }
    }

    /// Revokes a refresh token at the revocation endpoint, and with it every token of the same
    /// sign-in. If you add an [`access_token`](ManagedRevoke::access_token), this service rejects
    /// these tokens from now on, as with [`Cognito::revoke`](crate::Cognito::revoke).
    ///
    /// The browser stays signed in at managed login until it is redirected to
    /// [`logout_url`](Self::logout_url).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it is not a refresh token, or
    /// token revocation is turned off for the app client.
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> ManagedRevoke<'a> {
        ManagedRevoke {
            cognito: self.cognito,
            refresh_token: refresh_token.try_into().map_err(Into::into),
            access_token: None,
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// The builder of [`ManagedLogin::refresh`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ManagedRefresh<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    client_address: ClientAddress,
}

impl ManagedRefresh<'_> {
    async fn send(self) -> Result<Tokens> {
        let call = Call::new(Operation::OAuthRefresh)
            .shared()
            .limited(Budget::Tokens)
            .at(self.client_address);
        let token = self.refresh_token.map_err(Into::into);
        self.cognito
            .perform(call, token, async |inner, token| {
                let name = inner.refreshes.name(["token endpoint", token.expose()]);
                let ours = Arc::clone(&inner);
                let call = async move {
                    ours.turn(Operation::OAuthRefresh).await?;
                    let tokens = ours.hosted_login.refresh(&token).await?;
                    ours.note_issued(&tokens);
                    Ok(tokens)
                };
                inner.refreshes.join(name, call).await
            })
            .await
    }
}

/// The builder of [`ManagedLogin::revoke`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ManagedRevoke<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    access_token: Option<Result<AccessToken, InvalidInput>>,
    client_address: ClientAddress,
}

impl ManagedRevoke<'_> {
    /// Adds an access token of the same sign-in, as [`Revoke::access_token`](crate::Revoke::access_token)
    /// does.
    pub fn access_token(
        mut self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Self {
        self.access_token = Some(access_token.try_into().map_err(Into::into));
        self
    }

    async fn send(self) -> Result<Done> {
        let request = (|| Ok((self.refresh_token?, self.access_token.transpose()?)))();
        self.cognito
            .perform(
                Call::new(Operation::OAuthRevoke)
                    .limited(Budget::Tokens)
                    .at(self.client_address),
                request,
                async |inner, (refresh_token, access_token)| {
                    let revoked = inner.hosted_login.revoke(&refresh_token).await;
                    inner
                        .revoke_session_of(access_token.as_ref(), revoked)
                        .await
                },
            )
            .await?;
        Ok(Done::new("Token revoked successfully"))
    }
}

awaitable!(ManagedRefresh => Tokens);
awaitable!(ManagedRevoke => Done);
with_client_address!(ManagedRefresh);
with_client_address!(ManagedRevoke);
