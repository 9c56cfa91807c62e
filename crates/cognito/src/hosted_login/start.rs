//! The first step of a sign-in at managed login: the redirect of the browser.

use std::time::Duration;

use cognito_core::authentication::step_up::StepUp;
use cognito_core::hosted_login::authorize::Provider;
use cognito_core::hosted_login::authorize::{Authorization, AuthorizeRequest, Prompt, Screen};
use cognito_core::hosted_login::names::{RedirectUri, ResourceId};
use cognito_core::id::{AcrValue, ProviderName};
use cognito_core::ports::HostedLogin;
use cognito_core::{InvalidInput, Result, Scope};

use crate::Cognito;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Prepares a sign-in at managed login. After the sign-in, managed login redirects the browser
    /// to `redirect_uri`, which must be a callback URL of the app client (`CallbackURLs`).
    ///
    /// The sign-in uses a state, a nonce and PKCE (`S256`). [`finish`](Self::finish) checks them.
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

/// The options of a sign-in at managed login, created by [`ManagedLogin::sign_in`].
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it is started"]
pub struct StartLogin {
    cognito: Cognito,
    request: Result<AuthorizeRequest, InvalidInput>,
}

impl StartLogin {
    /// Adds a scope to the request. May be called several times. `openid` is always requested.
    ///
    /// With `openid` alone, and with `profile`, the ID token contains all attributes that the app
    /// client may read. With `email` or `phone`, but without `profile`, the ID token contains only
    /// the attributes of these scopes. The operations of [`account`](crate::Cognito::account) need
    /// `aws.cognito.signin.user.admin`.
    pub fn scope(self, scope: impl TryInto<Scope, Error: Into<InvalidInput>>) -> Self {
        self.with(scope.try_into(), |request, scope| {
            request.scopes.insert(scope);
        })
    }

    /// Redirects the browser directly to this identity provider of the user pool, such as `Google`.
    /// Default: Cognito's sign-in page.
    pub fn identity_provider(
        self,
        name: impl TryInto<ProviderName, Error: Into<InvalidInput>>,
    ) -> Self {
        self.with(name.try_into(), |request, name| {
            request.provider = Some(Provider::Name(name));
        })
    }

    /// Redirects the browser directly to the identity provider that has this identifier. An
    /// identifier is for example the domain of a company. Default: Cognito's sign-in page.
    pub fn idp_identifier(self, identifier: impl Into<String>) -> Self {
        self.set(|request| request.provider = Some(Provider::Identifier(identifier.into())))
    }

    /// Sets the user name that the sign-in form contains when the page opens. Default: none.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.set(|request| request.login_hint = Some(hint.into()))
    }

    /// Sets the language of managed login's pages, such as `de` or `pt-BR`. Default: Cognito uses
    /// the language of the browser.
    pub fn language(self, language: impl Into<String>) -> Self {
        self.set(|request| request.language = Some(language.into()))
    }

    /// Sets which pages the user must see or must not see: for example, that the user must sign in
    /// again, or that no page is shown. See [`Prompt`]. Default: the user sees the sign-in page
    /// only if the browser is not signed in.
    pub fn prompt(self, prompt: Prompt) -> Self {
        self.set(|request| request.prompt = Some(prompt))
    }

    /// Sets the resource for which the access token is issued (`resource`, RFC 8707): the identifier
    /// of a resource server, such as `https://api.example.com`. The access token then has it in the
    /// claim `aud`. Default: no resource.
    ///
    /// The user pool must have the feature plan Essentials or Plus; otherwise `cognito-emulator`
    /// ignores the resource. If Cognito rejects the resource, [`finish`](ManagedLogin::finish) fails
    /// with [`Configuration`](crate::ErrorKind::Configuration) (`invalid_target`). Security: the API
    /// must check the claim `aud`.
    pub fn resource(self, resource: impl TryInto<ResourceId, Error: Into<InvalidInput>>) -> Self {
        self.with(resource.try_into(), |request, resource| {
            request.resource = Some(resource);
        })
    }

    /// Adds an accepted authentication level (`acr_values`), such as `urn:cognito:loa:3`. May be
    /// called several times: the level that was added first is preferred. Default: no level.
    ///
    /// The user pool must have the feature plan Essentials or Plus. Managed login then requests the
    /// factors of the level, also from a user who is already signed in. If the user cannot reach any
    /// of the levels, AWS does not document the result.
    ///
    /// Security: the user can change the request in the browser, so
    /// [`finish`](ManagedLogin::finish) fails if the `acr` of the ID token is not one of the levels,
    /// or a higher one of Cognito's default levels. It also fails if the ID token has no `acr`. APIs
    /// must check the `acr` of the access token, for example with a guard of `cognito-tower`.
    pub fn require_level(self, level: impl TryInto<AcrValue, Error: Into<InvalidInput>>) -> Self {
        self.with(level.try_into(), |request, level| {
            request.step_up.levels.push(level);
        })
    }

    /// Sets the maximum time since the user signed in (`max_age`). If the sign-in of the browser is
    /// older, the user must sign in again. Default: no maximum. Fractions of a second are ignored.
    ///
    /// Security: the user can change the request in the browser, so
    /// [`finish`](ManagedLogin::finish) fails if the `auth_time` of the ID token is older when the
    /// browser returns. The [leeway](crate::verifier::TokenVerifier::leeway) of the verifier is added
    /// to the maximum.
    pub fn max_age(self, age: Duration) -> Self {
        self.set(|request| request.step_up.max_age = Some(age))
    }

    /// Sets the authentication levels and the maximum age, for example those of the challenge of an
    /// API ([`StepUp::from_challenge`]). Replaces the values of earlier calls.
    pub fn step_up(self, step_up: &StepUp) -> Self {
        self.set(|request| request.step_up = step_up.clone())
    }

    /// Shows the sign-up page instead of the sign-in page. Default: the sign-in page.
    pub fn sign_up(self) -> Self {
        self.set(|request| request.screen = Screen::SignUp)
    }

    /// Creates the state, the nonce and the code verifier, and returns the URL for the browser. No
    /// request is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the redirect URI, a scope or the
    /// name of an identity provider is invalid.
    pub fn start(self) -> Result<Authorization> {
        self.cognito.inner.hosted_login.authorize(&self.request?)
    }

    fn set(mut self, change: impl FnOnce(&mut AuthorizeRequest)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }

    /// Changes the request with `value`. If `value` is an error, stores this error, and
    /// [`start`](Self::start) returns it. If several values are invalid, the first error is stored.
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
