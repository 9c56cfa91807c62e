//! The start of a sign-in at managed login.

use cognito_core::hosted_login::authorize::Provider;
use cognito_core::hosted_login::authorize::{Authorization, AuthorizeRequest, Prompt, Screen};
use cognito_core::hosted_login::names::RedirectUri;
use cognito_core::id::ProviderName;
use cognito_core::ports::HostedLogin;
use cognito_core::{InvalidInput, Result, Scope};

use crate::Cognito;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Starts a sign-in. Managed login then redirects the browser to `redirect_uri`, which must be
    /// registered with the app client ("CallbackURLs").
    ///
    /// State, nonce and PKCE (`S256`) are always used, and [`finish`](Self::finish) always checks
    /// them.
    pub fn sign_in(
        &self,
        redirect_uri: impl TryInto<RedirectUri, Error: Into<InvalidInput>>,
    ) -> StartLogin {
        StartLogin {
            cognito: self.cognito.clone(),
            request: redirect_uri
                .try_into()
                .map(AuthorizeRequest::new)
                .map_err(Into::into),
        }
    }
}

/// The builder of [`ManagedLogin::sign_in`].
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it is started"]
pub struct StartLogin {
    cognito: Cognito,
    request: Result<AuthorizeRequest, InvalidInput>,
}

impl StartLogin {
    /// Requests a scope. `openid` is always requested. With `openid` alone, the ID token contains
    /// everything that the app client may read. With `email`, `phone` or `profile`, it contains
    /// only the attributes of these. [`account`](crate::Cognito::account) needs
    /// `aws.cognito.signin.user.admin`.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.with(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Redirects the user directly to this identity provider of the pool, such as `Google`.
    pub fn identity_provider(
        self,
        name: impl TryInto<ProviderName, Error: Into<InvalidInput>>,
    ) -> Self {
        self.with(name.try_into(), |request, name| {
            request.provider = Some(Provider::Name(name));
        })
    }

    /// Redirects the user directly to the identity provider with this identifier, such as the
    /// domain of a company.
    pub fn idp_identifier(self, identifier: impl Into<String>) -> Self {
        self.set(|request| request.provider = Some(Provider::Identifier(identifier.into())))
    }

    /// Sets the name or address that managed login enters into the form.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.set(|request| request.login_hint = Some(hint.into()))
    }

    /// Sets the language of the pages, such as `de` or `pt-BR`.
    pub fn language(self, language: impl Into<String>) -> Self {
        self.set(|request| request.language = Some(language.into()))
    }

    /// Sets whether the user must sign in again although they are signed in, or must not be
    /// prompted.
    pub fn prompt(self, prompt: Prompt) -> Self {
        self.set(|request| request.prompt = Some(prompt))
    }

    /// Shows the sign-up page first.
    pub fn sign_up(self) -> Self {
        self.set(|request| request.screen = Screen::SignUp)
    }

    /// Creates state, nonce and code verifier, and the URL for the browser. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the redirect URI, a scope or a
    /// provider's name is invalid.
    pub fn start(self) -> Result<Authorization> {
        self.cognito.inner.hosted_login.authorize(&self.request?)
    }

    fn set(mut self, change: impl FnOnce(&mut AuthorizeRequest)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }

    /// Sets a value that may be invalid. The first invalid value is the result of
    /// [`start`](Self::start).
    fn with<T>(
        mut self,
        value: Result<T, impl Into<InvalidInput>>,
        change: impl FnOnce(&mut AuthorizeRequest, T),
    ) -> Self {
        self.request = self.request.and_then(|mut request| {
            change(&mut request, value.map_err(Into::into)?);
            Ok(request)
        });
        self
    }
}
