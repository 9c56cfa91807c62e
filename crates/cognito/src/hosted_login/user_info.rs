//! The claims of a user, by the scopes of the access token.

use cognito_core::{AccessToken, HostedLogin, InvalidInput, Operation, Result, UserInfo};

use crate::Cognito;
use crate::hosted_login::ManagedLogin;
use crate::operation::{Call, awaitable};

impl<'a> ManagedLogin<'a> {
    /// Returns the response of the userInfo endpoint to an access token of managed login. Compare
    /// its [`sub`](crate::UserInfo::sub) with that of the sign-in.
    ///
    /// # Errors
    ///
    /// [`AccessRevoked`](crate::ErrorKind::AccessRevoked) if the token is expired or revoked, or
    /// lacks the scope `openid`. Tokens of [`Cognito::login`](crate::Cognito::login) lack it.
    pub fn user_info(
        &self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> FetchUserInfo<'a> {
        FetchUserInfo {
            cognito: self.cognito,
            access_token: access_token.try_into().map_err(Into::into),
        }
    }
}

/// The builder of [`ManagedLogin::user_info`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct FetchUserInfo<'a> {
    cognito: &'a Cognito,
    access_token: Result<AccessToken, InvalidInput>,
}

impl FetchUserInfo<'_> {
    async fn send(self) -> Result<UserInfo> {
        let login = &self.cognito.inner.hosted_login;
        self.cognito
            .read(
                Call::new(Operation::OAuthUserInfo),
                self.access_token.map_err(Into::into),
                |token| async move { login.user_info(&token).await },
            )
            .await
    }
}

awaitable!(FetchUserInfo => UserInfo);
