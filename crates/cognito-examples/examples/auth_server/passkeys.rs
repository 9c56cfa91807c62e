//! The page with the user's passkeys. A script registers and deletes them with the routes of
//! `cognito-axum`.

use std::time::UNIX_EPOCH;

use axum::response::{IntoResponse, Response};
use cognito::clock::rfc3339;
use cognito::passkeys::Passkey;
use maud::{Markup, html};

use crate::site::signed_in::SignedIn;

pub(super) async fn page(signed_in: SignedIn) -> Response {
    let passkeys = match signed_in.account().passkeys().await {
        Ok(page) => page.passkeys,
        Err(error) => return signed_in.failed(&error),
    };
    let main = html! {
        h1 { "Passkeys" }
        p.lead {
            "A passkey stays on your device or in your password manager. It cannot be guessed, \
             and no other site can use it."
        }
        section.card.stack {
            p { "Your browser asks where to store the passkey, and checks that it is you." }
            button type="button" data-register-passkey hidden data-script { "Register a passkey" }
            p.soft role="status" aria-live="polite" {}
            noscript { p.error { "Passkeys need JavaScript." } }
        }
        section.stack.tight aria-labelledby="list" {
            h2 #list { "Your passkeys" }
            @if passkeys.is_empty() {
                p.soft { "You have no passkeys yet." }
            } @else {
                ul.plain { @for passkey in &passkeys { (item(passkey)) } }
            }
        }
        p { a href="/security" { "Back to security" } }
    };
    let page = signed_in.visit.page("Passkeys", main).narrow();
    page.into_response()
}

fn item(passkey: &Passkey) -> Markup {
    let since = rfc3339(passkey.created.unwrap_or(UNIX_EPOCH));
    html! {
        li.item {
            div {
                h3 { (passkey.friendly_name) }
                p.soft.small {
                    "For " (passkey.relying_party_id)
                    @if passkey.created.is_some() {
                        ", since " time datetime=(since) { (since[..16].replace('T', " ")) " UTC" }
                    }
                }
            }
            div.row {
                button.danger.small type="button" data-delete-passkey=(passkey.id.as_str()) hidden data-script {
                    "Delete" span.hidden { " " (passkey.friendly_name) }
                }
                span.soft role="status" aria-live="polite" {}
            }
        }
    }
}
