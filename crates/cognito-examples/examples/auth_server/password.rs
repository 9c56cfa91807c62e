//! The pages for a forgotten password: the site sends a code, with which the user sets a new
//! password.

use std::net::IpAddr;

use axum::response::{IntoResponse, Redirect, Response};
use cognito::ErrorKind;
use cognito_axum::ClientAddress;
use maud::html;

use crate::site::confirm::to_the_inbox;
use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::visit::{Done, Visit};

pub(super) async fn forgot_page(visit: Visit) -> Response {
    let address = Note::Address.read(&visit.headers).unwrap_or_default();
    forgot_form(&visit, &address, None)
}

pub(super) async fn forgot(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let email = match fields.address() {
        Ok(email) => email,
        Err(problem) => return forgot_form(&visit, "", Some(&problem)),
    };
    let forgot = visit.app.cognito.forgot_password(email);
    let sent = forgot.client_address(from).await;
    match sent.err().as_ref().and_then(Problem::of_sending) {
        Some(problem) => forgot_form(&visit, email, Some(&problem)),
        None => {
            let mut response = Redirect::to("/reset-password").into_response();
            Note::Address.write(&visit.app, &mut response, email);
            response
        }
    }
}

pub(super) async fn reset_page(visit: Visit) -> Response {
    let address = Note::Address.read(&visit.headers).unwrap_or_default();
    reset_form(&visit, &address, None)
}

pub(super) async fn reset(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    match set(&visit, from, &fields).await {
        Ok(()) => Done::PasswordChanged.at("/login"),
        Err(problem) => reset_form(&visit, fields.text("email"), Some(&problem)),
    }
}

async fn set(visit: &Visit, from: IpAddr, fields: &Fields) -> Result<(), Problem> {
    let (email, code) = (fields.address()?, fields.sent_code()?);
    let password = fields.exactly("new_password");
    if password.is_empty() {
        return Err(Problem::at("new_password", "Choose a new password."));
    }
    let cognito = &visit.app.cognito;
    let set = cognito
        .confirm_forgot_password(email, code.as_str(), password)
        .client_address(from)
        .await;
    let passwords = [ErrorKind::PasswordPolicy, ErrorKind::PasswordHistory];
    set.map(drop).map_err(|error| {
        Problem::of(&error)
            .at_field("new_password", &passwords)
            .at_field("code", &[ErrorKind::CodeMismatch])
    })
}

fn forgot_form(visit: &Visit, address: &str, problem: Option<&Problem>) -> Response {
    let main = html! {
        h1 { "Forgotten password" }
        p.lead { "The site sends a code to your e-mail address. Set a new password with it." }
        form.card.stack method="post" action="/forgot-password" novalidate {
            (Field::address(address).show(problem))
            button.wide type="submit" { "Send the code" }
        }
        p.soft { "Already have a code? " a href="/reset-password" { "Choose a new password" } "." }
    };
    visit
        .page("Forgotten password", main)
        .narrow()
        .problem(problem)
        .into_response()
}

fn reset_form(visit: &Visit, address: &str, problem: Option<&Problem>) -> Response {
    let main = html! {
        h1 { "Choose a new password" }
        p.lead { "If there is an account with this address, a code was sent to it. The code is valid for an hour." }
        (to_the_inbox(&visit.app))
        form.card.stack method="post" action="/reset-password" novalidate {
            (Field::address(address).show(problem))
            (Field::code("Code").hint("Six digits.").show(problem))
            (Field::new_password("new_password", "New password").show(problem))
            button.wide type="submit" { "Set the password" }
        }
        p.soft { a href="/forgot-password" { "Send another code" } }
    };
    visit
        .page("Choose a new password", main)
        .narrow()
        .problem(problem)
        .into_response()
}
