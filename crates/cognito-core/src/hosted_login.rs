//! Managed login (the hosted UI) and OAuth 2.0: sign-ins in a browser, tokens for client
//! credentials, `userInfo`, sign-out.

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

/// The port to a pool's managed login. None of these calls needs AWS credentials. An app client
/// with a secret authenticates with it.
///
/// # Implementing your own
///
/// Requests are already validated. [`authorize`](Self::authorize) creates new state, nonce and code
/// verifier for every call, with at least 128 random bits each from the operating system. Send a
/// code only once, because it may be used up even if the call fails. Refresh, revocation and
/// reading calls may be retried. Follow no redirects, and send a secret only to the configured
/// domain.
///
/// Errors have the kinds of [`Error::from_oauth`](crate::Error::from_oauth); a code that is used,
/// expired or from another sign-in is [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired), an
/// invalid refresh token [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid), an access token that
/// is no longer valid [`AccessRevoked`](crate::ErrorKind::AccessRevoked), a missing domain
/// [`Configuration`](crate::ErrorKind::Configuration).
#[async_trait]
pub trait HostedLogin: Debug + Send + Sync + 'static {
    /// Creates the URL to which the browser is redirected, and the state to keep until it returns.
    /// Sends nothing.
    fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization>;

    /// Creates the URL at which the browser is signed out. Sends nothing.
    fn logout_url(&self, request: &LogoutRequest) -> Result<String>;

    /// Exchanges a code for tokens (grant `authorization_code`).
    async fn exchange_code(&self, exchange: &CodeExchange) -> Result<Tokens>;

    /// Gets a token for the app client itself (grant `client_credentials`). An empty list requests
    /// all scopes of the app client.
    async fn client_credentials(&self, scopes: &[Scope]) -> Result<ClientToken>;

    /// Refreshes tokens (grant `refresh_token`).
    async fn refresh(&self, refresh_token: &RefreshToken) -> Result<Tokens>;

    /// Revokes a refresh token and all tokens of the same sign-in. Returns the time of the response.
    async fn revoke(&self, refresh_token: &RefreshToken) -> Result<RepliedAt>;

    /// Returns the claims about the user that the scopes of the access token allow.
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
