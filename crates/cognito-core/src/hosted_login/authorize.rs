//! The requests to redirect a browser to managed login, for sign-in and for sign-out.

use std::collections::BTreeSet;

use crate::authentication::step_up::StepUp;
use crate::hosted_login::names::{RedirectUri, ResourceId, Scope};
use crate::hosted_login::pending::PendingLogin;
use crate::id::ProviderName;

record! {
    /// A request to redirect a browser to managed login, to sign in or to sign up
    /// (`/oauth2/authorize` or `/signup`).
    #[derive(Clone)]
    pub struct AuthorizeRequest {
        /// The URL to which managed login redirects the browser after the sign-in.
        pub redirect_uri: RedirectUri,
        ..
        /// The scopes to request in addition to `openid`. Default: none. `openid` is always
        /// requested, because Cognito otherwise returns no ID token. The ID token is needed for its
        /// `nonce`, which proves that the tokens belong to this sign-in.
        pub scopes: BTreeSet<Scope>,
        /// The identity provider to which managed login redirects the user without showing a page.
        /// `None` (default): managed login decides. For example, the user can choose a provider on
        /// its page.
        pub provider: Option<Provider>,
        /// The user's e-mail address or user name, with which managed login fills in the form.
        /// `None` (default): the form is empty.
        pub login_hint: Option<String>,
        /// The language of managed login's pages, such as `de` or `pt-BR`. `None` (default):
        /// managed login chooses the language.
        pub language: Option<String>,
        /// The pages that managed login must show or must not show. `None` (default): managed login
        /// decides.
        pub prompt: Option<Prompt>,
        /// The resource for which the access token is issued (`resource`, RFC 8707). Default: none.
        pub resource: Option<ResourceId>,
        /// The authentication level (`acr_values`) and the maximum age (`max_age`) of the sign-in.
        /// Default: no requirement.
        pub step_up: StepUp,
        /// The first page that managed login shows. Default: [`Screen::Login`].
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
    resource,
    step_up,
    screen,
});

/// The identity provider to which managed login redirects the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// The parameter `idp_identifier`: an identifier that is configured for the provider, such as
    /// the domain of a company.
    Identifier(String),
    /// The parameter `identity_provider`: the provider's name in the pool, such as `Google`, or
    /// `COGNITO` for the pool itself.
    Name(ProviderName),
}

/// The parameter `prompt` of an authorization request (OpenID Connect Core section 3.1.2.1):
/// whether managed login shows its pages to a user who is already signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// The user must sign in again, even if the user is already signed in.
    Login,
    /// Managed login shows no page. If the user is not signed in, managed login redirects the
    /// browser with the error `login_required`.
    None,
    /// The user selects one of the accounts with which the browser signed in before.
    SelectAccount,
}

impl Prompt {
    /// Returns the value of the query parameter `prompt`, such as `select_account`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::None => "none",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The first page that managed login shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Screen {
    /// The sign-in page, for users with an account.
    #[default]
    Login,
    /// The sign-up page, for new users.
    SignUp,
}

/// The start of a sign-in at managed login: the URL to which to redirect the browser, and the
/// [`PendingLogin`] to store until the browser returns.
#[must_use = "without its pending login the response to a sign-in cannot be checked"]
#[non_exhaustive]
pub struct Authorization {
    /// The URL of managed login. Redirect the browser to it (`302`, `Location`). Do not log the
    /// URL, because it contains the `state` and the `nonce` of this sign-in.
    pub url: String,
    /// The data to store until the browser returns from managed login. The application then checks
    /// the browser's request with this data. For example, the data contains the `state` of the URL.
    /// Store it so that only the same browser can present it again, for example in an encrypted
    /// cookie.
    pub pending: PendingLogin,
}

impl Authorization {
    /// Creates an `Authorization` from the URL of managed login and the pending login.
    pub const fn new(url: String, pending: PendingLogin) -> Self {
        Self { url, pending }
    }
}

redacted!(Authorization);

/// A request to sign a browser out at managed login (`/logout`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogoutRequest {
    /// Redirects the browser to this page after the sign-out (`logout_uri`). The URL must be
    /// registered with the app client ("LogoutURLs").
    To(RedirectUri),
    /// Shows the sign-in page after the sign-out (`redirect_uri`), for the next user.
    ///
    /// After the next sign-in, managed login redirects the browser to this URL with a code, but
    /// without a `state`. No pending login accepts this code. Therefore the page at the URL must
    /// start a new sign-in.
    SignInAgain(RedirectUri),
}
