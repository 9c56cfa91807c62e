//! The axum extractor for requests to the site ([`Visit`]). It extracts the data that a page needs,
//! such as the session of the user, the path, and the action that the page reports as done.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;

use crate::site::App;
use crate::site::layout::Page;
use crate::site::problem::Problem;
use crate::site::session::{Person, Session};

#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) session: Session,
    pub(crate) method: Method,
    pub(crate) path: String,
    query: String,
    pub(crate) headers: HeaderMap,
    /// `true` if the request is from htmx, which replaces a part of the page with the response.
    pub(crate) in_place: bool,
    pub(crate) done: Option<Done>,
}

impl Visit {
    pub(crate) const fn person(&self) -> Option<&Person> {
        match &self.session {
            Session::Person(person) => Some(person),
            _ => None,
        }
    }

    /// Creates a visit that has no signed-in user and is not from a request.
    pub(crate) fn of_nobody(app: &App) -> Self {
        Self {
            app: app.clone(),
            session: Session::Nobody,
            method: Method::GET,
            path: "/".to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            in_place: false,
            done: None,
        }
    }

    /// Removes the signed-in user from the visit. The page after a sign-out then shows no user.
    pub(crate) fn signed_out(mut self) -> Self {
        self.session = Session::Nobody;
        self
    }

    /// Returns `true` if the query of the URL contains this name-value pair, such as `live=off`.
    pub(crate) fn says(&self, pair: &str) -> bool {
        self.query.split('&').any(|said| said == pair)
    }

    /// Creates a page with the common layout.
    pub(crate) fn page(&self, title: &'static str, main: Markup) -> Page<'_> {
        Page::new(self, title, main)
    }

    /// Returns the page for an error that the user cannot correct in a form.
    pub(crate) fn failed(&self, problem: &Problem) -> Response {
        let again = maud::html! {
            h1 { "This did not work" }
            p.row { a.button href=(page_of(&self.path)) { "Try again" } a href="/" { "Start page" } }
        };
        let page = self.page("This did not work", again).narrow();
        page.problem(Some(problem)).into_response()
    }

    /// Returns `true` if this user may see the metrics. If the site uses the emulator, every user
    /// may see them. Otherwise only members of the group `admins` may see them.
    pub(crate) fn may_operate(&self) -> bool {
        let is_operator = |person: &Person| person.claims.has_group(super::admins::GROUP);
        self.app.emulator.is_some() || self.person().is_some_and(is_operator)
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let session = parts.extensions.get::<Session>().cloned();
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            app: app.clone(),
            session: session.unwrap_or(Session::Nobody),
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: query.to_owned(),
            headers: parts.headers.clone(),
            in_place: parts.headers.contains_key("hx-request"),
            done: Done::read(query),
        })
    }
}

/// Returns the path of the page with the form that is sent to `path`. If `path` is the path of a
/// page, returns it unchanged.
pub(crate) fn page_of(path: &str) -> &str {
    match path {
        "/profile/verify/send" => "/profile",
        "/admins/join"
        | "/admins/leave"
        | "/confirm/resend"
        | "/inbox/invite"
        | "/login/cancel"
        | "/login/step/enroll"
        | "/metrics/now"
        | "/profile/verify"
        | "/recovery/step-up"
        | "/security/password"
        | "/security/preference"
        | "/security/totp/confirm"
        | "/sessions/end"
        | "/sessions/end-all"
        | "/sessions/revoke" => path.rsplit_once('/').map_or(path, |(page, _)| page),
        _ => path,
    }
}

/// A completed action, which the next page reports. The URL of the page contains the name of the
/// action. The message for each action is in [`Done::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    AccountDeleted,
    AddressCodeSent,
    AddressVerified,
    CodeSent,
    Confirmed,
    Invited,
    JoinedGroup,
    LeftGroup,
    PasskeyDeleted,
    PasskeyRegistered,
    PasswordChanged,
    PreferenceSaved,
    ProfileSaved,
    SessionEnded,
    SignedIn,
    StepUpCancelled,
    TotpOn,
}

impl Done {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (
            Self::AccountDeleted,
            "account-deleted",
            "Your account is deleted.",
        ),
        (
            Self::AddressCodeSent,
            "address-code-sent",
            "A code was sent to your address.",
        ),
        (
            Self::AddressVerified,
            "address-verified",
            "Your address is verified.",
        ),
        (
            Self::CodeSent,
            "code-sent",
            "If there is an unconfirmed account with this address, a code was sent to it.",
        ),
        (
            Self::Confirmed,
            "confirmed",
            "Your account is confirmed. You can sign in now.",
        ),
        (
            Self::Invited,
            "invited",
            "The invitation is in the inbox, with a password for the first sign-in.",
        ),
        (
            Self::JoinedGroup,
            "joined",
            "You are now in the group, and your new access token contains it.",
        ),
        (
            Self::LeftGroup,
            "left",
            "You have left the group, and your new access token does not contain it.",
        ),
        (
            Self::PasskeyDeleted,
            "passkey-deleted",
            "The passkey is deleted here. Delete it on your device, too.",
        ),
        (
            Self::PasskeyRegistered,
            "passkey-registered",
            "The passkey is registered. You can sign in with it.",
        ),
        (
            Self::PasswordChanged,
            "password-changed",
            "Your password is changed.",
        ),
        (
            Self::PreferenceSaved,
            "preference-saved",
            "Your second factors are saved.",
        ),
        (
            Self::ProfileSaved,
            "profile-saved",
            "Your profile is saved.",
        ),
        (
            Self::SessionEnded,
            "session-ended",
            "The session has ended. Its browser is signed out at its next request.",
        ),
        (Self::SignedIn, "signed-in", "You are signed in."),
        (
            Self::StepUpCancelled,
            "step-up-cancelled",
            "The sign-in is cancelled. You are still signed in as before.",
        ),
        (
            Self::TotpOn,
            "totp-on",
            "The authenticator app is on. The next sign-in asks for its code.",
        ),
    ];

    fn row(self) -> (&'static str, &'static str) {
        let row = Self::ALL.iter().find(|(done, ..)| *done == self);
        row.map_or(("", ""), |(_, word, text)| (word, text))
    }

    fn read(query: &str) -> Option<Self> {
        let word = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("done="))?;
        let row = Self::ALL.iter().find(|(_, known, _)| *known == word);
        row.map(|(done, ..)| *done)
    }

    pub(crate) fn text(self) -> &'static str {
        self.row().1
    }

    /// Returns a redirect to the page at `path`. The parameter `done` in the query contains the
    /// name of this action. The page then reports that the action was done.
    pub(crate) fn at(self, path: &str) -> Response {
        Redirect::to(&format!("{path}?done={}", self.row().0)).into_response()
    }
}
