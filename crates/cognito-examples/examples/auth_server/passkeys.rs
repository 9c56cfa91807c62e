//! The page with the user's passkeys: registration, list and deletion. The registration needs a
//! script in the browser.

use std::time::UNIX_EPOCH;

use axum::response::{IntoResponse, Response};
use cognito::ErrorKind;
use cognito::clock::rfc3339;
use cognito::passkeys::{Passkey, PasskeyCreationOptions};
use maud::{Markup, html};

use crate::site::fields::Fields;
use crate::site::problem::Problem;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

pub(super) async fn page(signed_in: SignedIn) -> Response {
    show(&signed_in, None, None).await
}

/// Starts the registration of a passkey. The response is a page with the options for the browser.
pub(super) async fn register(signed_in: SignedIn) -> Response {
    match signed_in.account().register_passkey().await {
        Ok(options) => show(&signed_in, Some(&options), None).await,
        Err(error) => show(&signed_in, None, Some(&Problem::of(&error))).await,
    }
}

/// Completes the registration of a passkey with the credential that the browser has created.
pub(super) async fn complete(signed_in: SignedIn, fields: Fields) -> Response {
    let credential = fields.exactly("credential");
    let completed = signed_in
        .account()
        .complete_passkey_registration(credential)
        .await;
    match completed {
        Ok(_) => Done::PasskeyRegistered.at("/security/passkeys"),
        Err(error) => {
            let mut problem = Problem::of(&error);
            if error.kind() == ErrorKind::ChallengeExpired {
                problem = problem.saying("The registration took too long. Start again.");
            }
            show(&signed_in, None, Some(&problem)).await
        }
    }
}

pub(super) async fn delete(signed_in: SignedIn, fields: Fields) -> Response {
    match signed_in.account().delete_passkey(fields.text("id")).await {
        Ok(_) => Done::PasskeyDeleted.at("/security/passkeys"),
        Err(error) => {
            let problem = match error.kind() {
                ErrorKind::NotFound => {
                    Problem::of(&error).saying("This passkey is already deleted.")
                }
                _ => Problem::of(&error),
            };
            show(&signed_in, None, Some(&problem)).await
        }
    }
}

async fn show(
    signed_in: &SignedIn,
    options: Option<&PasskeyCreationOptions>,
    problem: Option<&Problem>,
) -> Response {
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
        @match options {
            Some(options) => (making(options)),
            None => form.card method="post" action="/security/passkeys" {
                button type="submit" { "Register a passkey" }
            },
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
    page.problem(problem).into_response()
}

fn making(options: &PasskeyCreationOptions) -> Markup {
    html! {
        form.card.stack method="post" action="/security/passkeys/complete"
            data-passkey="create" data-options=(options.as_json().to_string()) {
            input type="hidden" name="credential" value="";
            p { "Your browser asks where to store the passkey, and checks that it is you." }
            button type="button" hidden data-script { "Create the passkey" }
            noscript { p.error { "Passkeys need JavaScript." } }
            p.soft role="status" aria-live="polite" data-status {}
        }
    }
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
            form method="post" action="/security/passkeys/delete" {
                input type="hidden" name="id" value=(passkey.id.as_str());
                button.danger.small type="submit" {
                    "Delete" span.hidden { " " (passkey.friendly_name) }
                }
            }
        }
    }
}
