//! The sign-up page.

use std::net::IpAddr;

use axum::response::{IntoResponse, Redirect, Response};
use cognito::ErrorKind;
use cognito::authentication::SignUpResponse;
use cognito_axum::ClientAddress;
use maud::html;

use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::visit::{Done, Visit};

pub(super) async fn page(visit: Visit) -> Response {
    form(&visit, "", "", None)
}

pub(super) async fn submit(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let (email, name) = (fields.text("email"), fields.text("name"));
    match sign_up(&visit, from, &fields).await {
        Ok(signed_up) if signed_up.confirmed => Done::Confirmed.at("/login"),
        Ok(_) => {
            let mut response = Redirect::to("/confirm").into_response();
            Note::Address.write(&visit.app, &mut response, email);
            response
        }
        Err(problem) => form(&visit, email, name, Some(&problem)),
    }
}

async fn sign_up(visit: &Visit, from: IpAddr, fields: &Fields) -> Result<SignUpResponse, Problem> {
    let (email, name, password) = (
        fields.text("email"),
        fields.text("name"),
        fields.exactly("password"),
    );
    if !email.contains('@') {
        return Err(Problem::at(
            "email",
            "Enter an e-mail address, like name@example.com.",
        ));
    }
    if password.is_empty() {
        return Err(Problem::at("password", "Choose a password."));
    }
    let sign_up = visit.app.cognito.sign_up(email, password);
    let mut sign_up = sign_up.client_address(from);
    if !name.is_empty() {
        sign_up = sign_up.attribute("name", name);
    }
    sign_up.await.map_err(|error| {
        Problem::of(&error)
            .at_field("password", &[ErrorKind::PasswordPolicy])
            .at_field(
                "email",
                &[ErrorKind::UserExists, ErrorKind::InvalidParameter],
            )
    })
}

fn form(visit: &Visit, email: &str, name: &str, problem: Option<&Problem>) -> Response {
    let main = html! {
        h1 { "Create an account" }
        form.card.stack method="post" action="/sign-up" novalidate {
            (Field::address(email).show(problem))
            (Field::text("name", "Name", "name").value(name).optional().show(problem))
            (Field::new_password("password", "Password").show(problem))
            button.wide type="submit" { "Create the account" }
        }
        p.soft { "Already have an account? " a href="/login" { "Sign in" } ". Already have a code? "
            a href="/confirm" { "Confirm your account" } "." }
    };
    visit
        .page("Create an account", main)
        .narrow()
        .problem(problem)
        .into_response()
}
