//! The way of a browser to managed login, and to the end of a sign-in.

use std::collections::BTreeSet;
use std::fmt;

use crate::hosted_login::names::{RedirectUri, Scope};
use crate::hosted_login::pending::PendingLogin;
use crate::id::ProviderName;

/// Sends a browser to managed login (`/oauth2/authorize`, or `/signup`).
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthorizeRequest {
    /// Where the browser is sent back to.
    pub redirect_uri: RedirectUri,
    /// What the tokens shall allow besides `openid`, which is always asked for: without it there is
    /// no ID token, and nothing that proves whose answer it is.
    pub scopes: BTreeSet<Scope>,
    /// The identity provider that the person is sent on to, if any.
    pub provider: Option<Provider>,
    /// Whom the person says to be: an e-mail address or name to fill in.
    pub login_hint: Option<String>,
    /// The language of the pages, `de` or `pt-BR`.
    pub language: Option<String>,
    /// Whether the person is asked although they are signed in, or not asked at all.
    pub prompt: Option<Prompt>,
    /// Which page comes first.
    pub screen: Screen,
}

impl AuthorizeRequest {
    /// A sign-in that comes back here, with the scope `openid` alone.
    #[must_use]
    pub const fn new(redirect_uri: RedirectUri) -> Self {
        Self {
            redirect_uri,
            scopes: BTreeSet::new(),
            provider: None,
            login_hint: None,
            language: None,
            prompt: None,
            screen: Screen::Login,
        }
    }
}

impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the hint is somebody's name or address.
        f.debug_struct("AuthorizeRequest")
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .field("provider", &self.provider)
            .field("login_hint", &self.login_hint.is_some())
            .field("language", &self.language)
            .field("prompt", &self.prompt)
            .field("screen", &self.screen)
            .finish()
    }
}

/// How an identity provider is named to managed login.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// `idp_identifier`: a text that the provider was given, such as the domain of a company.
    Identifier(String),
    /// `identity_provider`: the provider's name in the pool, `Google` or `COGNITO`.
    Name(ProviderName),
}

/// `prompt` of an authorization request (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// Ask for the password even if the browser is signed in.
    Login,
    /// Ask nothing: a browser that is not signed in comes back with the error `login_required`.
    None,
    /// Let the person choose among those who signed in before.
    SelectAccount,
}

impl Prompt {
    /// As it stands in the address.
    #[must_use]
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
    /// For those who have an account.
    #[default]
    Login,
    /// For those who want one.
    SignUp,
}

/// Where a browser goes, and what is kept until it comes back.
#[must_use = "without its pending login the answer to a sign-in is of no use"]
#[non_exhaustive]
pub struct Authorization {
    /// Send the browser here (`302`, `Location`). It holds this sign-in's state and nonce: no log
    /// should have it.
    pub url: String,
    /// Keep this where the same browser will bring it back, and nobody else can.
    pub pending: PendingLogin,
}

impl Authorization {
    /// An address with what was drawn for it.
    pub const fn new(url: String, pending: PendingLogin) -> Self {
        Self { url, pending }
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(** redacted **)")
    }
}

/// Makes a browser forget its sign-in at managed login (`/logout`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogoutRequest {
    /// Comes to this page afterwards (`logout_uri`). It must be registered with the app client
    /// ("LogoutURLs").
    To(RedirectUri),
    /// Comes to the sign-in page afterwards, for the next person. The answer comes to this page
    /// and has no state: treat it as the beginning of a new sign-in and start that yourself.
    SignInAgain(RedirectUri),
}
