//! What an OAuth 2.0 client asks of a pool's managed login (the hosted UI): sign-ins in a browser,
//! tokens for machines, `userInfo`, sign-out.

pub mod authorize;
pub mod callback;
pub mod client_token;
pub mod names;
pub mod pending;
pub mod user_info;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::authorize::{Authorization, AuthorizeRequest, LogoutRequest};
use self::client_token::ClientToken;
use self::names::Scope;
use self::pending::CodeExchange;
use self::user_info::UserInfo;
use crate::error::Result;
use crate::replied_at::RepliedAt;
use crate::secret::{AccessToken, RefreshToken};
use crate::token::Tokens;

/// The port to a pool's managed login. None of these calls needs AWS credentials: the app client
/// proves itself with its secret where it has one.
///
/// # Implementing your own
///
/// Requests arrive checked. State, nonce and code verifier of an [`Authorization`] are drawn by
/// [`authorize`](Self::authorize): at least 128 bits each, from the operating system, new ones for
/// every call. A code is sent once: whatever goes wrong afterwards, it may be used up. Refresh,
/// revocation and the reading calls may be sent again. Follow no redirects, and send a secret to
/// nobody but the configured domain.
///
/// Errors have the kinds of [`Error::from_oauth`](crate::Error::from_oauth); a code that is used,
/// expired or of another sign-in is [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired), a
/// refresh token that is no good [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid), an access
/// token that is none any more [`AccessRevoked`](crate::ErrorKind::AccessRevoked), a missing domain
/// [`Configuration`](crate::ErrorKind::Configuration).
#[async_trait]
pub trait HostedLogin: Debug + Send + Sync + 'static {
    /// Makes the address that a browser is sent to, and what must be kept until it comes back.
    /// Nothing is sent.
    fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization>;

    /// Makes the address at which a browser forgets its sign-in. Nothing is sent.
    fn logout_url(&self, request: &LogoutRequest) -> Result<String>;

    /// Buys tokens with a code (grant `authorization_code`).
    async fn exchange_code(&self, exchange: &CodeExchange) -> Result<Tokens>;

    /// Buys a token for a machine (grant `client_credentials`); no scopes stand for all that the
    /// app client has.
    async fn client_credentials(&self, scopes: &[Scope]) -> Result<ClientToken>;

    /// Buys new tokens with a refresh token (grant `refresh_token`).
    async fn refresh(&self, refresh_token: &RefreshToken) -> Result<Tokens>;

    /// Revokes a refresh token and all tokens of the same sign-in. Returns the time of the response.
    async fn revoke(&self, refresh_token: &RefreshToken) -> Result<RepliedAt>;

    /// What the scopes of an access token let its holder know of its person.
    async fn user_info(&self, access_token: &AccessToken) -> Result<UserInfo>;
}

macro_rules! delegate {
    ($wrapper:ident) => {
        #[async_trait]
        impl<T: HostedLogin + ?Sized> HostedLogin for $wrapper<T> {
            fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
                (**self).authorize(request)
            }

            fn logout_url(&self, request: &LogoutRequest) -> Result<String> {
                (**self).logout_url(request)
            }

            async fn exchange_code(&self, exchange: &CodeExchange) -> Result<Tokens> {
                (**self).exchange_code(exchange).await
            }

            async fn client_credentials(&self, scopes: &[Scope]) -> Result<ClientToken> {
                (**self).client_credentials(scopes).await
            }

            async fn refresh(&self, refresh_token: &RefreshToken) -> Result<Tokens> {
                (**self).refresh(refresh_token).await
            }

            async fn revoke(&self, refresh_token: &RefreshToken) -> Result<RepliedAt> {
                (**self).revoke(refresh_token).await
            }

            async fn user_info(&self, access_token: &AccessToken) -> Result<UserInfo> {
                (**self).user_info(access_token).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
