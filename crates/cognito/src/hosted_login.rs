//! Managed login (the hosted UI): sign-ins on Cognito's pages, and the OAuth 2.0 endpoints of the
//! user pool's domain.

pub(crate) mod client_credentials;
pub(crate) mod client_tokens;
pub(crate) mod finish;
pub(crate) mod refresh;
pub(crate) mod start;
mod state;
mod strength;
pub(crate) mod user_info;

use cognito_core::ports::HostedLogin;
use cognito_core::{InvalidInput, Result};

use crate::Cognito;
use crate::call::valid;

pub use self::finish::ManagedSignIn;
pub use self::start::StartLogin;
pub use cognito_core::hosted_login::authorize::LogoutRequest;
pub use cognito_core::hosted_login::authorize::{Authorization, AuthorizeRequest, Prompt, Screen};
pub use cognito_core::hosted_login::callback::Callback;
pub use cognito_core::hosted_login::client_token::ClientToken;
pub use cognito_core::hosted_login::names::{AudienceName, LoginDomain, RedirectUri, ResourceId};
pub use cognito_core::hosted_login::pending::{CodeExchange, PendingLogin};
pub use cognito_core::hosted_login::user_info::UserInfo;
pub use cognito_core::id::ProviderName;

impl Cognito {
    /// Returns the operations of managed login (the hosted UI) and of the OAuth 2.0 endpoints. They
    /// need the domain of the user pool: set `AWS_COGNITO_DOMAIN` or
    /// [`PoolConfig::with_login_domain`](crate::config::PoolConfig::with_login_domain). They need
    /// no AWS credentials.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, cookie: String, query: &str) -> cognito::Result<()> {
    /// // The first request: redirect the browser to `url`, and set `cookie`.
    /// let login = cognito.hosted_login();
    /// let start = login.sign_in("https://shop.example/callback").scope("email").start()?;
    /// let (url, cookie) = (start.url, login.to_state(&start.pending)?);
    ///
    /// // The second request: the browser requests /callback?code=…&state=… with the cookie.
    /// let pending = login.from_state(&cookie)?;
    /// let signed_in = login.finish(pending, query).await?;
    /// println!("{}", signed_in.claims.sub);
    /// # drop(url); Ok(()) }
    /// ```
    pub fn hosted_login(&self) -> ManagedLogin {
        ManagedLogin {
            cognito: self.clone(),
        }
    }
}

/// The operations of managed login, created by [`Cognito::hosted_login`].
///
/// Every operation can fail with [`Configuration`](crate::ErrorKind::Configuration) if the settings
/// contain no domain. Calls of the token endpoint and of the revocation endpoint can also fail with
/// [`ClientAuth`](crate::ErrorKind::ClientAuth). The secret of the app client is then wrong, or the
/// app client does not allow the grant.
#[derive(Clone, Debug)]
pub struct ManagedLogin {
    cognito: Cognito,
}

impl ManagedLogin {
    /// Returns the URL that signs a browser out and then redirects to `page`. `page` must be a
    /// sign-out URL of the app client (`LogoutURLs`). Tokens stay valid; call
    /// [`revoke`](Self::revoke) to revoke them.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `page` is not a valid URL.
    pub fn logout_url(
        &self,
        page: impl TryInto<RedirectUri, Error: Into<InvalidInput>>,
    ) -> Result<String> {
        let request = LogoutRequest::To(valid(page)?);
        self.cognito.inner.hosted_login.logout_url(&request)
    }

    /// Returns the URL that signs a browser out and then shows the sign-in page. After the user has
    /// signed in there, managed login redirects the browser to `page`. The code in the redirect
    /// matches no pending login, so `page` must start a new [sign-in](Self::sign_in). The user does
    /// not enter the password again, because the browser is already signed in at managed login.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `page` is not a valid URL.
    pub fn logout_and_sign_in_url(
        &self,
        page: impl TryInto<RedirectUri, Error: Into<InvalidInput>>,
    ) -> Result<String> {
        let request = LogoutRequest::SignInAgain(valid(page)?);
        self.cognito.inner.hosted_login.logout_url(&request)
    }
}
