//! The page on which users change their attributes.

use axum::response::{IntoResponse, Response};
use cognito::account::CurrentUser;
use cognito::{Attributes, ErrorKind};
use maud::{Markup, html};

use crate::site::confirm::to_the_inbox;
use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::problem::Problem;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

/// The attributes that this page changes: name, label, and the browser's autocomplete name.
const EDITABLE: [(&str, &str, &str); 3] = [
    ("name", "Name", "name"),
    ("nickname", "Nickname", "nickname"),
    ("website", "Website", "url"),
];

pub(super) async fn page(signed_in: SignedIn) -> Response {
    show(&signed_in, None, None).await
}

pub(super) async fn save(signed_in: SignedIn, fields: Fields) -> Response {
    let account = signed_in.account();
    let mut update = account.update_attributes();
    for (name, ..) in EDITABLE {
        update = update.attribute(name, fields.text(name));
    }
    match update.await {
        Ok(_) => Done::ProfileSaved.at("/profile"),
        Err(error) => show(&signed_in, Some(&fields), Some(&Problem::of(&error))).await,
    }
}

/// Sends a code to the user's e-mail address, to verify that it belongs to the user.
pub(super) async fn send_code(signed_in: SignedIn) -> Response {
    match signed_in.account().send_attribute_code("email").await {
        Ok(_) => Done::AddressCodeSent.at("/profile"),
        Err(error) => show(&signed_in, None, Some(&Problem::of(&error))).await,
    }
}

pub(super) async fn verify(signed_in: SignedIn, fields: Fields) -> Response {
    let code = fields.code("code");
    if code.is_empty() {
        let problem = Problem::at("code", "Enter the code that was sent to you.");
        return show(&signed_in, None, Some(&problem)).await;
    }
    match signed_in
        .account()
        .verify_attribute("email", code.as_str())
        .await
    {
        Ok(_) => Done::AddressVerified.at("/profile"),
        Err(error) => {
            let codes = [
                ErrorKind::CodeMismatch,
                ErrorKind::CodeExpired,
                ErrorKind::InvalidParameter,
            ];
            let problem = Problem::of(&error).at_field("code", &codes);
            show(&signed_in, None, Some(&problem)).await
        }
    }
}

async fn show(signed_in: &SignedIn, typed: Option<&Fields>, problem: Option<&Problem>) -> Response {
    let me = match signed_in.account().details().await {
        Ok(me) => me,
        Err(error) => return signed_in.failed(&error),
    };
    let main = html! {
        h1 { "Profile" }
        div.columns {
            (facts(&me, signed_in))
            (form(&me.attributes, typed, problem))
            @if me.attributes.value("email_verified") != Some("true") {
                (verification(signed_in, problem))
            }
        }
        p { a href="/account/delete" { "Delete your account" } }
    };
    signed_in
        .visit
        .page("Profile", main)
        .problem(problem)
        .into_response()
}

fn facts(me: &CurrentUser, signed_in: &SignedIn) -> Markup {
    let is_verified = me.attributes.value("email_verified") == Some("true");
    html! {
        section.card.stack aria-labelledby="facts" {
            h2 #facts { "Your data" }
            dl.facts {
                dt { "E-mail address" }
                dd {
                    (me.attributes.value("email").unwrap_or("none")) " "
                    @if is_verified { span.tag.good { "verified" } } @else { span.tag.note { "not verified" } }
                }
                dt { "User name" } dd.mono { (me.username.as_str()) }
                dt { "Groups" }
                dd {
                    @if signed_in.person.claims.groups.is_empty() { "none" }
                    @for group in &signed_in.person.claims.groups { span.tag { (group) } " " }
                }
                dt { "Second factors" }
                dd {
                    @if me.mfa_factors.is_empty() { "none" }
                    @for factor in &me.mfa_factors { code { (factor) } " " }
                }
            }
        }
    }
}

fn form(attributes: &Attributes, typed: Option<&Fields>, problem: Option<&Problem>) -> Markup {
    let value = |name| match typed {
        Some(fields) => fields.text(name),
        None => attributes.value(name).unwrap_or_default(),
    };
    html! {
        form.card.stack method="post" action="/profile" aria-labelledby="edit" novalidate {
            h2 #edit { "Change your data" }
            @for (name, label, autocomplete) in EDITABLE {
                (Field::text(name, label, autocomplete).value(value(name)).optional().show(problem))
            }
            div.row.actions { button type="submit" { "Save" } }
        }
    }
}

fn verification(signed_in: &SignedIn, problem: Option<&Problem>) -> Markup {
    html! {
        form.card.stack method="post" action="/profile/verify" aria-labelledby="verify" novalidate {
            h2 #verify { "Verify your address" }
            (to_the_inbox(&signed_in.visit.app))
            (Field::code("Code").show(problem))
            div.row.actions {
                button type="submit" { "Verify" }
                button.plain type="submit" formaction="/profile/verify/send" { "Send a code" }
            }
        }
    }
}
