//! Pages that are for people who are signed in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cognito::{Error, ErrorKind, OwnAccount};

use crate::site::App;
use crate::site::login;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::session::{self, Person, Session};
use crate::site::visit::Visit;

/// A visit of somebody who is signed in. Others are sent to the login, and come back from there.
pub(crate) struct SignedIn {
    pub(crate) visit: Visit,
    pub(crate) person: Person,
}

impl SignedIn {
    /// What the person may do with their own account.
    pub(crate) fn account(&self) -> OwnAccount<'_> {
        self.visit.app.cognito.account(&self.person.access_token)
    }

    /// The answer to something that cannot be helped by filling in a form again. Whose session is over
    /// at Cognito is signed out here, too: our own checks are without a call, and would go on.
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

/// Cognito does not take the person's tokens any more: they have signed out elsewhere, or the account
/// is gone.
const fn is_over(kind: ErrorKind) -> bool {
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

/// Where somebody signs in who is not signed in, or not any more.
pub(crate) fn to_the_login(visit: &Visit) -> Response {
    let login = match visit.session {
        Session::Ended => login::OVER,
        _ => "/login",
    };
    if visit.in_place {
        // A redirect would put the login into the middle of the page.
        let elsewhere = [("hx-redirect", HeaderValue::from_static(login))];
        return (StatusCode::UNAUTHORIZED, elsewhere).into_response();
    }
    let mut response = Redirect::to(login).into_response();
    if visit.method == Method::GET {
        Note::Next.write(&visit.app, &mut response, &visit.path);
    }
    response
}
