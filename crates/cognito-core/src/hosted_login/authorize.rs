//! The redirects to managed login, for sign-in and sign-out.

use std::collections::BTreeSet;

use crate::hosted_login::names::{RedirectUri, Scope};
use crate::hosted_login::pending::PendingLogin;
use crate::id::ProviderName;

record! {
    /// A request to redirect a browser to managed login (`/oauth2/authorize`, or `/signup`).
    #[derive(Clone)]
    pub struct AuthorizeRequest {
        /// The URL to which managed login redirects the browser afterwards.
        pub redirect_uri: RedirectUri,
        ..
        /// The scopes of the tokens in addition to `openid`, which is always requested. Without
        /// `openid` Cognito issues no ID token. The `nonce` of the ID token proves that the
        /// response belongs to this sign-in.
        pub scopes: BTreeSet<Scope>,
        /// The identity provider to which managed login redirects the user. Default: managed login
        /// decides.
        pub provider: Option<Provider>,
        /// The user's e-mail address or name. Managed login enters it into the form.
        pub login_hint: Option<String>,
        /// The language of the pages, such as `de` or `pt-BR`.
        pub language: Option<String>,
        /// The pages that managed login must show or must not show. Default: managed login decides.
        pub prompt: Option<Prompt>,
        /// The first page of managed login. Default: [`Screen::Login`].
        pub screen: Screen,
    }
}

// Security: the hint is a user's name or address.
impl_debug!(AuthorizeRequest as request {
    redirect_uri,
    scopes,
    provider,
    login_hint: request.login_hint.is_some(),
    language,
    prompt,
    screen,
});

/// The identity provider that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// `idp_identifier`: a configured identifier of the provider, such as the domain of a company.
    Identifier(String),
    /// `identity_provider`: the provider's name in the pool, such as `Google` or `COGNITO`.
    Name(ProviderName),
}

/// The parameter `prompt` of an authorization request (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// The user must enter the password even if they are signed in.
    Login,
    /// The user is not prompted. If the user is not signed in, managed login redirects with the
    /// error `login_required`.
    None,
    /// The user chooses among accounts that signed in before.
    SelectAccount,
}

impl Prompt {
    /// Returns the value in the URL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::None => "none",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The first page of managed login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Screen {
    /// The sign-in page, for users with an account.
    #[default]
    Login,
    /// The sign-up page, for new users.
    SignUp,
}

/// The URL for the browser, and the state to keep until it returns.
#[must_use = "without its pending login the response to a sign-in cannot be checked"]
#[non_exhaustive]
pub struct Authorization {
    /// Redirect the browser to this URL (`302`, `Location`). Do not log the URL: it contains the
    /// state and nonce of this sign-in.
    pub url: String,
    /// The state of the sign-in. Store it so that only the same browser can present it again.
    pub pending: PendingLogin,
}

impl Authorization {
    /// Creates an authorization from a URL and the state of the sign-in.
    pub const fn new(url: String, pending: PendingLogin) -> Self {
        Self { url, pending }
    }
}

redacted!(Authorization);

/// A request to sign a browser out at managed login (`/logout`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogoutRequest {
    /// Redirects to this page afterwards (`logout_uri`). The URL must be registered with the app
    /// client ("LogoutURLs").
    To(RedirectUri),
    /// Shows the sign-in page after the sign-out, for the next user. After the next sign-in, the
    /// browser is redirected to this URL with a code, but without a state. No pending login accepts
    /// this code. Start a new sign-in at the URL.
    SignInAgain(RedirectUri),
}
