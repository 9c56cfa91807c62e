//! Claims about a user from the userInfo endpoint.

use cognito_core::hosted_login::user_info::UserInfo;
use cognito_core::ports::HostedLogin;
use cognito_core::{AccessToken, InvalidInput, Operation};

use crate::Call;
use crate::call::valid;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Returns the response of the userInfo endpoint to an access token of managed login. Compare
    /// its [`sub`](crate::hosted_login::UserInfo::sub) with that of the sign-in.
    ///
    /// # Errors
    ///
    /// [`AccessRevoked`](crate::ErrorKind::AccessRevoked) if the token is expired or revoked, or
    /// does not have the scope `openid`. Tokens of [`Cognito::login`](crate::Cognito::login) do not
    /// have it.
    pub fn user_info(
        &self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Call<AccessToken, UserInfo> {
        Call::new(
            &self.cognito,
            Operation::OAuthUserInfo,
            valid(access_token),
            async |inner, token| inner.hosted_login.user_info(&token).await,
        )
        .reads()
    }
}
