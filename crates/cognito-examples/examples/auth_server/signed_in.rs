//! Pages that are for people who are signed in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cognito::OwnAccount;

use crate::site::App;
use crate::site::login;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::session::{Person, Session};
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
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        match visit.session.clone() {
            Session::Person(person) => Ok(Self { visit, person }),
            Session::Undecided(error) => Err(visit.failed(&Problem::of(&error))),
            Session::Ended | Session::Nobody => Err(to_the_login(parts, &visit)),
        }
    }
}

fn to_the_login(parts: &Parts, visit: &Visit) -> Response {
    if visit.in_place {
        // A redirect would put the login into the middle of the page.
        let reload = [("hx-redirect", HeaderValue::from_static("/login"))];
        return (StatusCode::UNAUTHORIZED, reload).into_response();
    }
    let login = match visit.session {
        Session::Ended => login::OVER,
        _ => "/login",
    };
    let mut response = Redirect::to(login).into_response();
    if parts.method == Method::GET {
        Note::Next.write(&mut response, &visit.path);
    }
    response
}
