//! The login page: the start of a sign-in with a password or another first factor.

use std::net::IpAddr;

use axum::response::{IntoResponse, Redirect, Response};
use cognito::authentication::FirstFactor;
use cognito::{Challenge, ErrorKind, Result, SignIn};
use cognito_axum::ClientAddress;
use maud::{Markup, html};

use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::session::{self, Session};
use crate::site::step;
use crate::site::visit::Visit;

/// The path of the login page for a user whose session has ended.
pub(crate) const OVER: &str = "/login?over=1";
/// The authentication level of a sign-in with a password only. A user who needs a second factor
/// reaches a higher level.
const BY_PASSWORD: &str = "urn:cognito:loa:1";

pub(super) async fn page(visit: Visit) -> Response {
    let address = Note::Address.read(&visit.headers).unwrap_or_default();
    form(&visit, &address, None)
}

pub(super) async fn submit(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let email = fields.text("email");
    let begun = match check(&fields) {
        Ok(Way::Password(password)) => by_password(&visit, email, password, from).await,
        Ok(Way::Preferred(factor)) => {
            let login = visit.app.cognito.login_by_choice(email).prefer(factor);
            let login = login.hide_account(&visit.app.offered);
            login.client_address(from).await
        }
        Ok(Way::Any) => {
            let login = visit.app.cognito.login_by_choice(email);
            let login = login.hide_account(&visit.app.offered);
            login.client_address(from).await
        }
        Err(problem) => return form(&visit, email, Some(&problem)),
    };
    match begun {
        Ok(next) => go_on(&visit, next, &[]).await,
        Err(error) => form(&visit, email, Some(&Problem::of(&error))),
    }
}

/// The way to sign in that the user has selected: a password, another first factor, or a choice
/// between the first factors on the next page.
enum Way<'a> {
    Any,
    Password(&'a str),
    Preferred(FirstFactor),
}

fn check(fields: &Fields) -> Result<Way<'_>, Problem> {
    fields.address()?;
    match fields.text("way") {
        "passkey" => Ok(Way::Preferred(FirstFactor::WebAuthn)),
        "code" => Ok(Way::Preferred(FirstFactor::EmailOtp)),
        "any" => Ok(Way::Any),
        _ if fields.exactly("password").is_empty() => Err(Problem::at(
            "password",
            "Enter your password, or choose another way to sign in below.",
        )),
        _ => Ok(Way::Password(fields.exactly("password"))),
    }
}

/// Signs a user in with a password. If the site requests a level ([`App::requests_level`]), the
/// tokens contain the methods of the sign-in (`amr`), so that a step-up asks only for the missing
/// factor. Without a requested level, a step-up asks for the password, too. If this user cannot sign
/// in with a password at the level, signs the user in without it.
///
/// [`App::requests_level`]: crate::site::App::requests_level
async fn by_password(visit: &Visit, email: &str, password: &str, from: IpAddr) -> Result<SignIn> {
    let cognito = &visit.app.cognito;
    if visit.app.requests_level {
        let login = cognito
            .login_by_choice(email)
            .prefer(FirstFactor::PasswordSrp(password.parse()?));
        let login = login.require_level(BY_PASSWORD).client_address(from);
        match login.await {
            // Cognito has not checked the password, for example because this user needs a second
            // factor and would reach the level with a passkey only.
            Ok(SignIn::Challenge(Challenge::SelectChallenge(_))) => {}
            // The user cannot reach the level, for example because a second factor must be set up.
            Err(error) if error.kind() == ErrorKind::InvalidParameter => {}
            begun => return begun,
        }
    }
    let login = cognito.login(email, password);
    login.client_address(from).await
}

/// Continues a sign-in: signs the user in, or redirects to the next challenge. `answered` contains
/// the names of the previous challenges.
pub(crate) async fn go_on(visit: &Visit, next: SignIn, answered: &[&str]) -> Response {
    match next {
        SignIn::Complete(tokens) => session::begin(visit, &tokens).await,
        SignIn::Challenge(challenge) => match step::seal(visit, &challenge) {
            Ok(kept) => {
                let mut response = Redirect::to("/login/step").into_response();
                session::append(&mut response, &kept);
                if answered.is_empty() {
                    Note::Trail.erase(&visit.app, &mut response);
                } else {
                    Note::Trail.write(&visit.app, &mut response, &answered.join("."));
                }
                response
            }
            Err(error) => visit.failed(&Problem::of(&error)),
        },
    }
}

fn form(visit: &Visit, address: &str, problem: Option<&Problem>) -> Response {
    let is_over = matches!(visit.session, Session::Ended) || visit.says("over=1");
    let main = html! {
        h1 { "Sign in" }
        @if is_over && problem.is_none() {
            p.notice.plainly role="status" { "Your session has ended. Sign in again." }
        }
        form.card.stack method="post" action="/login" novalidate {
            (Field::address(address).show(problem))
            (Field::password("password", "Password").show(problem))
            button.wide type="submit" name="way" value="password" { "Sign in" }
            (other_ways())
        }
        ul.plain.tight.soft {
            li { a href="/forgot-password" { "I have forgotten my password" } }
            li { "No account yet? " a href="/sign-up" { "Create one" } }
            li { "Not confirmed yet? " a href="/confirm" { "Enter your code" } }
        }
    };
    visit
        .page("Sign in", main)
        .narrow()
        .problem(problem)
        .into_response()
}

fn other_ways() -> Markup {
    html! {
        p.or { "or without a password" }
        div.row.actions {
            button.plain type="submit" name="way" value="passkey" { "Use a passkey" }
            button.plain type="submit" name="way" value="code" { "E-mail me a code" }
            button.plain type="submit" name="way" value="any" { "Let me choose" }
        }
    }
}
