//! The way of a browser to managed login.

use cognito_core::hosted_login::authorize::Provider;
use cognito_core::{
    Authorization, AuthorizeRequest, HostedLogin, InvalidInput, Prompt, ProviderName, RedirectUri,
    Result, Scope, Screen,
};

use crate::Cognito;
use crate::hosted_login::ManagedLogin;

impl<'a> ManagedLogin<'a> {
    /// Starts a sign-in by which a browser comes back to `redirect_uri`, which must be registered
    /// with the app client ("CallbackURLs").
    ///
    /// State, nonce and PKCE (`S256`) are always there and always checked by
    /// [`finish`](Self::finish).
    pub fn sign_in(
        &self,
        redirect_uri: impl TryInto<RedirectUri, Error: Into<InvalidInput>>,
    ) -> StartLogin<'a> {
        StartLogin {
            cognito: self.cognito,
            request: redirect_uri
                .try_into()
                .map(AuthorizeRequest::new)
                .map_err(Into::into),
        }
    }
}

/// [`ManagedLogin::sign_in`] with its options.
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it is started"]
pub struct StartLogin<'a> {
    cognito: &'a Cognito,
    request: Result<AuthorizeRequest, InvalidInput>,
}

impl StartLogin<'_> {
    /// Asks for one more scope; `openid` is asked for always. With none the ID token says all that
    /// the app client may read; with `email`, `phone` or `profile` only what these open.
    /// [`account`](crate::Cognito::account) needs `aws.cognito.signin.user.admin`.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.with(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Sends the person straight on to this identity provider of the pool, `Google` say.
    pub fn identity_provider(
        self,
        name: impl TryInto<ProviderName, Error: Into<InvalidInput>>,
    ) -> Self {
        self.with(name.try_into(), |request, name| {
            request.provider = Some(Provider::Name(name));
        })
    }

    /// Sends the person straight on to the identity provider that has this identifier, such as the
    /// domain of their company.
    pub fn idp_identifier(self, identifier: impl Into<String>) -> Self {
        self.set(|request| request.provider = Some(Provider::Identifier(identifier.into())))
    }

    /// A name or address to fill in for the person.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.set(|request| request.login_hint = Some(hint.into()))
    }

    /// The language of the pages, `de` or `pt-BR`.
    pub fn language(self, language: impl Into<String>) -> Self {
        self.set(|request| request.language = Some(language.into()))
    }

    /// Whether a person who is signed in is asked again, or one who is not is not asked at all.
    pub fn prompt(self, prompt: Prompt) -> Self {
        self.set(|request| request.prompt = Some(prompt))
    }

    /// Shows the page on which an account is made first.
    pub fn sign_up(self) -> Self {
        self.set(|request| request.screen = Screen::SignUp)
    }

    /// Draws state, nonce and code verifier and makes the address that the browser is sent to.
    /// Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the redirect URI, a scope or a
    /// provider's name cannot be one.
    pub fn start(self) -> Result<Authorization> {
        self.cognito.inner.hosted_login.authorize(&self.request?)
    }

    fn set(mut self, change: impl FnOnce(&mut AuthorizeRequest)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }

    /// What is refused first is what is told.
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
