//! Claims about a user, from the userInfo endpoint.

use cognito_core::hosted_login::user_info::UserInfo;
use cognito_core::{AccessToken, InvalidInput};

use crate::Call;
use crate::call::{port_call, valid};
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Returns the claims about the user to whom managed login issued the access token. The claims
    /// are from the userInfo endpoint. Check that the [`sub`](crate::hosted_login::UserInfo::sub)
    /// of the result equals the `sub` of the sign-in.
    ///
    /// # Errors
    ///
    /// [`AccessRevoked`](crate::ErrorKind::AccessRevoked) if the token is expired or revoked, or
    /// does not have the scope `openid`. Tokens of [`Cognito::login`](crate::Cognito::login) do not
    /// have this scope.
    pub fn user_info(
        &self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Call<AccessToken, UserInfo> {
        port_call!(self.cognito, OAuthUserInfo => hosted_login.user_info(&_), valid(access_token))
            .reads()
    }
}
