//! The page on which users confirm a new account with the code that was sent to them.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use cognito::ErrorKind;
use cognito_axum::ClientAddress;
use maud::{Markup, html};

use crate::site::App;
use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::visit::{Done, Visit};

pub(super) async fn page(visit: Visit) -> Response {
    let address = Note::Address.read(&visit.headers).unwrap_or_default();
    form(&visit, &address, None)
}

pub(super) async fn submit(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    match confirm(&visit, from, &fields).await {
        Ok(()) => Done::Confirmed.at("/login"),
        Err(problem) => form(&visit, fields.text("email"), Some(&problem)),
    }
}

async fn confirm(visit: &Visit, from: IpAddr, fields: &Fields) -> Result<(), Problem> {
    let (email, code) = (fields.address()?, fields.sent_code()?);
    let confirm = visit.app.cognito.confirm_sign_up(email, code.as_str());
    let confirmed = confirm.client_address(from).await;
    confirmed
        .map(drop)
        .map_err(|error| Problem::of(&error).at_field("code", &[ErrorKind::CodeMismatch]))
}

pub(super) async fn resend(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let email = match fields.address() {
        Ok(email) => email,
        Err(problem) => return form(&visit, "", Some(&problem)),
    };
    let resend = visit.app.cognito.resend_confirmation_code(email);
    let sent = resend.client_address(from).await;
    match sent.err().as_ref().and_then(Problem::of_sending) {
        Some(problem) => form(&visit, email, Some(&problem)),
        None => {
            let mut response = Done::CodeSent.at("/confirm");
            Note::Address.write(&visit.app, &mut response, email);
            response
        }
    }
}

fn form(visit: &Visit, address: &str, problem: Option<&Problem>) -> Response {
    let main = html! {
        h1 { "Confirm your account" }
        p.lead { "A code was sent to your e-mail address. It is valid for a day." }
        (to_the_inbox(&visit.app))
        form.card.stack method="post" action="/confirm" novalidate {
            (Field::address(address).show(problem))
            (Field::code("Code").hint("Six digits.").show(problem))
            div.row.actions {
                button type="submit" { "Confirm" }
                button.plain type="submit" formaction="/confirm/resend" { "Send another code" }
            }
        }
    };
    visit
        .page("Confirm your account", main)
        .narrow()
        .problem(problem)
        .into_response()
}

/// Renders a link to the inbox of the emulator, if the pool is emulated.
pub(crate) fn to_the_inbox(app: &App) -> Markup {
    html! {
        @if app.emulator.is_some() {
            p { a.button.plain href="/inbox" { "Open the emulator's inbox" } }
        }
    }
}
