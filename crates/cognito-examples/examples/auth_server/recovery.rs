//! The page with the user's recovery data. It requires a strong and recent sign-in. Other users first
//! step up: they prove the factors that are missing. Until then, their sign-in does not change.

use std::time::Duration;

use axum::http::header::WWW_AUTHENTICATE;
use axum::response::{IntoResponse, Redirect, Response};
use cognito::account::CurrentUser;
use cognito::{AccessClaims, Cognito, ErrorKind, SignIn};
use cognito_axum::ClientAddress;
use cognito_tower::{Guard, Rejection};
use maud::{Markup, html};

use crate::site::login;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::sessions::{in_words, moment};
use crate::site::signed_in::{SignedIn, is_over};

const PATH: &str = "/recovery";
/// The lowest of Cognito's default authentication levels that has a second factor.
const LEAST_LEVEL: u32 = 3;
/// The maximum time since the sign-in.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Returns the guard of the page.
pub(crate) fn guard(cognito: Cognito) -> Guard<AccessClaims> {
    let guard = Guard::access(cognito).least_acr_level(LEAST_LEVEL);
    guard.max_age(MAX_AGE)
}

pub(super) async fn page(signed_in: SignedIn) -> Response {
    if let Err(rejection) = authorize(&signed_in) {
        return refused(&signed_in, &rejection, None);
    }
    let me = match signed_in.account().details().await {
        Ok(me) => me,
        Err(error) => return signed_in.failed(&error),
    };
    let main = html! {
        h1 { "Recovery data" }
        p.lead {
            "Anyone who reads your messages at these addresses can set a new password. Therefore this \
             page requires a second factor, and a sign-in of the last " (in_words(MAX_AGE.as_secs())) "."
        }
        section.card.stack aria-labelledby="addresses" {
            h2 #addresses { "Where codes for a forgotten password are sent" }
            dl.facts {
                dt { "E-mail" } dd { (address(&me, "email")) }
                dt { "Phone" } dd { (address(&me, "phone_number")) }
            }
        }
        section.card.stack aria-labelledby="sign-in" {
            h2 #sign-in { "Your sign-in" }
            (sign_in(&signed_in))
        }
    };
    let page = signed_in.visit.page("Recovery data", main).narrow();
    page.into_response()
}

/// Starts the step-up: a sign-in that asks for the missing factors only. The current sign-in
/// continues until the step-up is complete.
pub(super) async fn step_up(signed_in: SignedIn, ClientAddress(from): ClientAddress) -> Response {
    let Err(rejection) = authorize(&signed_in) else {
        return Redirect::to(PATH).into_response();
    };
    let required = rejection.step_up().cloned().unwrap_or_default();
    let (visit, claims) = (&signed_in.visit, &signed_in.person.claims);
    let username = claims.username.as_deref().unwrap_or(&claims.sub);
    let login = visit.app.cognito.login_by_choice(username);
    let login = login.step_up(&required);
    let login = login.from_access_token(&signed_in.person.access_token);
    match login.client_address(from).await {
        Ok(next) => {
            let is_asked = matches!(next, SignIn::Challenge(_));
            let mut response = login::go_on(visit, next, &[]).await;
            if is_asked {
                Note::Next.write(&visit.app, &mut response, PATH);
            }
            response
        }
        Err(error) if is_over(error.kind()) => signed_in.failed(&error),
        Err(error) => {
            // AWS does not document the error for a user who does not have the factors.
            let rejected = [
                ErrorKind::InvalidCredentials,
                ErrorKind::InvalidParameter,
                ErrorKind::NotAuthorized,
            ];
            let problem = if rejected.contains(&error.kind()) {
                Problem::forbidden(NO_FACTOR)
            } else {
                Problem::of(&error)
            };
            refused(&signed_in, &rejection, Some(&problem))
        }
    }
}

const NO_FACTOR: &str = "Cognito cannot ask you for a second factor. Set one up on the page for security, \
     then try again.";

fn authorize(signed_in: &SignedIn) -> Result<(), Rejection> {
    let guard = &signed_in.visit.app.recovery;
    guard.authorize(&signed_in.person.claims)
}

/// Renders the page for a user whose sign-in is too weak or too old. The response has the status and
/// the challenge of the guard's rejection (RFC 9470).
fn refused(signed_in: &SignedIn, rejection: &Rejection, problem: Option<&Problem>) -> Response {
    let visit = &signed_in.visit;
    let main = html! {
        h1 { "Confirm that it is you" }
        p.lead { "You are signed in, but this page requires a stronger or more recent sign-in (401)." }
        section.card.stack aria-labelledby="why" {
            h2 #why { "Why, and what you can do" }
            dl.facts {
                dt { "Required level" }
                dd {
                    @for level in rejection.step_up().into_iter().flat_map(|step_up| &step_up.levels) {
                        span.tag { (level.as_str()) } " "
                    }
                }
                dt { "Maximum age" } dd { (in_words(MAX_AGE.as_secs())) }
            }
            h3 { "Your sign-in" }
            (sign_in(signed_in))
            p { "Cognito asks for what is missing. If your sign-in is too old, that is all factors." }
            form.row.actions method="post" action="/recovery/step-up" {
                button type="submit" { "Continue" }
                a.button.plain href="/security" { "Your second factors" }
            }
        }
    };
    let page = visit.page("Confirm that it is you", main).narrow();
    let page = page.status(rejection.status()).problem(problem);
    let mut response = page.into_response();
    if let Some(challenge) = rejection.www_authenticate().filter(|_| problem.is_none()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Renders what the access token contains about the sign-in.
fn sign_in(signed_in: &SignedIn) -> Markup {
    let claims = &signed_in.person.claims;
    html! {
        dl.facts {
            dt { "Level (" code { "acr" } ")" }
            dd {
                @match &claims.acr {
                    Some(level) => span.tag { (level) },
                    None => "none",
                }
            }
            dt { "Methods (" code { "amr" } ")" }
            dd {
                @if claims.amr.is_empty() { "none" }
                @for method in &claims.amr { span.tag { (method) } " " }
            }
            dt { "Signed in" }
            dd { (signed_in_at(signed_in)) }
        }
    }
}

fn signed_in_at(signed_in: &SignedIn) -> Markup {
    let now = signed_in.visit.app.clock.unix_seconds();
    html! {
        @match signed_in.person.claims.sign_in_time() {
            Some(time) => { (moment(time)) ", " (in_words(now.saturating_sub(time))) " ago" },
            None => "unknown",
        }
    }
}

/// Renders an address of the user, and whether it is verified. Codes are sent to verified addresses
/// only.
fn address(me: &CurrentUser, name: &str) -> Markup {
    let verified = format!("{name}_verified");
    html! {
        @match me.attributes.value(name) {
            Some(address) => {
                (address) " "
                @if me.attributes.value(&verified) == Some("true") {
                    span.tag.good { "verified" }
                } @else {
                    span.tag.note { "not verified" }
                }
            },
            None => "none",
        }
    }
}
