//! An extractor for pages that require a signed-in user.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cognito::account::OwnAccount;
use cognito::{Error, ErrorKind};

use crate::site::App;
use crate::site::login;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::session::{self, Person, Session};
use crate::site::visit::Visit;

/// An extractor for the request of a signed-in user. If no user is signed in, the response
/// redirects to the login page, and after the sign-in the user returns to the requested page. If
/// the tokens cannot be verified, the response is an error page.
pub(crate) struct SignedIn {
    pub(crate) visit: Visit,
    pub(crate) person: Person,
}

impl SignedIn {
    pub(crate) fn account(&self) -> OwnAccount {
        self.visit.app.cognito.account(&self.person.access_token)
    }

    /// Returns the response to an error that the user cannot correct in a form. If Cognito has
    /// ended the session, the response deletes the cookies and redirects to the login page. Without
    /// this, the user would still seem to be signed in, because the site verifies tokens without a
    /// call to Cognito.
    pub(crate) fn failed(&self, error: &Error) -> Response {
        if !is_over(error.kind()) {
            return self.visit.failed(&Problem::of(error));
        }
        let mut response = Redirect::to(login::OVER).into_response();
        let cookies = &self.visit.app.cookies;
        session::append(&mut response, &cookies.clear(&self.visit.headers));
        response
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        match visit.session.clone() {
            Session::Person(person) => Ok(Self { visit, person }),
            Session::Undecided(error, _) => Err(visit.failed(&Problem::of(&error))),
            Session::Ended | Session::Nobody => Err(to_the_login(&visit)),
        }
    }
}

/// Returns `true` if Cognito no longer accepts the user's tokens, for example because the user has
/// signed out elsewhere or the account was deleted.
pub(crate) const fn is_over(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AccessRevoked
            | ErrorKind::RefreshInvalid
            | ErrorKind::RefreshReuse
            | ErrorKind::RefreshRevoked
            | ErrorKind::TokenExpired
            | ErrorKind::TokenRevoked
            | ErrorKind::UserNotFound
    )
}

/// Redirects a user who is not signed in to the login page. The path of a `GET` request is stored,
/// so that the user returns there after the sign-in. For a request of htmx, responds 401 with the
/// header `hx-redirect`.
pub(crate) fn to_the_login(visit: &Visit) -> Response {
    let login = match visit.session {
        Session::Ended => login::OVER,
        _ => "/login",
    };
    if visit.in_place {
        // A redirect would insert the login into the middle of the page.
        let elsewhere = [("hx-redirect", HeaderValue::from_static(login))];
        return (StatusCode::UNAUTHORIZED, elsewhere).into_response();
    }
    let mut response = Redirect::to(login).into_response();
    if visit.method == Method::GET {
        Note::Next.write(&visit.app, &mut response, &visit.path);
    }
    response
}
