//! The settings of the routes for managed login.

use cognito::hosted_login::RedirectUri;
use cognito_core::{InvalidInput, Scope};

use crate::routes::hosted_login::page;

/// The settings of the routes for a sign-in at managed login; see
/// [`AuthRoutes::hosted_login`](crate::AuthRoutes::hosted_login).
///
/// ```
/// use cognito_axum::HostedLoginRoutes;
///
/// # fn main() -> Result<(), cognito_core::InvalidInput> {
/// let hosted_login = HostedLoginRoutes::new(
///     "https://shop.example/auth/hosted-login/callback",
///     "https://shop.example/",
/// )?
/// .home_page("/orders")?;
/// # drop(hosted_login); Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a setter returns the changed value"]
pub struct HostedLoginRoutes {
    redirect_uri: RedirectUri,
    logout_page: RedirectUri,
    scopes: Vec<Scope>,
    home: String,
}

impl HostedLoginRoutes {
    /// Creates the settings. `redirect_uri` is the public URL of the route `hosted-login/callback`,
    /// and must be a callback URL of the app client (`CallbackURLs`). `logout_page` is the page
    /// that managed login shows after a sign-out, and must be a sign-out URL of the app client
    /// (`LogoutURLs`).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if one of the URLs is not valid; see [`RedirectUri`].
    pub fn new(
        redirect_uri: impl Into<String>,
        logout_page: impl Into<String>,
    ) -> Result<Self, InvalidInput> {
        let scopes = ["email", "aws.cognito.signin.user.admin"].map(Scope::new);
        Ok(Self {
            redirect_uri: RedirectUri::new(redirect_uri)?,
            logout_page: RedirectUri::new(logout_page)?,
            scopes: scopes.into_iter().collect::<Result<_, _>>()?,
            home: "/".to_owned(),
        })
    }

    /// Sets the scopes to request in addition to `openid`. Default: `email` and
    /// `aws.cognito.signin.user.admin`. Without the latter, the tokens cannot be used for the other
    /// routes, such as `me` and `logout`. The app client must allow the scopes
    /// (`AllowedOAuthScopes`).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a scope has characters that are not allowed (RFC 6749 section 3.3).
    pub fn requested_scopes<I>(mut self, scopes: I) -> Result<Self, InvalidInput>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let scopes = scopes.into_iter().map(Scope::new);
        self.scopes = scopes.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Sets the path of the page that is shown after a sign-in, if the request has no `returnTo`.
    /// Default: `/`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is not a path of this site: at most 1,000 characters of visible ASCII
    /// without `\`, `"`, `<`, `>`, `,` and `;`, that begin with one slash.
    pub fn home_page(mut self, path: impl Into<String>) -> Result<Self, InvalidInput> {
        let path = path.into();
        if !page::is_local(&path) {
            return Err(InvalidInput::new(
                "page",
                "must be a path of this site, such as /orders",
            ));
        }
        self.home = path;
        Ok(self)
    }

    pub(super) const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    pub(super) const fn logout_page(&self) -> &RedirectUri {
        &self.logout_page
    }

    pub(super) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    pub(super) fn home(&self) -> &str {
        &self.home
    }
}
