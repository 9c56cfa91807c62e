//! The page with the emulator's inbox: the messages that Cognito would have sent.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use cognito::clock::rfc3339;
use cognito_emulator::{Medium, Message, Purpose};
use maud::{Markup, html};

use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::problem::Problem;
use crate::site::visit::{Done, Visit};

/// The maximum number of messages on the page of the inbox. Older messages are not shown. The limit
/// keeps the list small, because the browser requests it every three seconds.
const SHOWN: usize = 50;
/// The temporary password of invited users. It is not secret, because the emulator exists only in
/// this process.
const FIRST_PASSWORD: &str = "Welcome-4-you";

pub(super) async fn page(visit: Visit) -> Response {
    show(&visit, None)
}

/// Renders the list of messages, which the page requests every three seconds. If the list has not
/// changed, responds 204, so that the browser keeps the scroll position and the selection.
pub(super) async fn messages(visit: Visit) -> Response {
    let messages = newest(&visit);
    if visit.says(&seen(&messages)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    Html(list(&messages).0).into_response()
}

/// Creates a user with `AdminCreateUser`. The invitation contains a temporary password, which the
/// user must replace at the first sign-in.
pub(super) async fn invite(visit: Visit, fields: Fields) -> Response {
    let email = fields.text("email");
    if !email.contains('@') {
        let problem = Problem::at("email", "Enter an e-mail address, like name@example.com.");
        return show(&visit, Some(&problem));
    }
    let admin = visit.app.cognito.admin();
    let invite = admin.create_user(email).attribute("email", email);
    match invite
        .contact_verified()
        .temporary_password(FIRST_PASSWORD)
        .await
    {
        Ok(_) => Done::Invited.at("/inbox"),
        Err(error) => show(&visit, Some(&Problem::of(&error))),
    }
}

fn show(visit: &Visit, problem: Option<&Problem>) -> Response {
    let main = html! {
        h1 { "Inbox of the emulator" }
        p.lead { "The messages that Cognito would have sent by e-mail or SMS, newest first. The emulator sends no \
                  messages." }
        (list(&newest(visit)))
        form.card.stack method="post" action="/inbox/invite" aria-labelledby="invite" novalidate {
            h2 #invite { "Invite a user" }
            p.soft { "This creates a user, as an operator would. The first sign-in requires a new password (" code { "NEW_PASSWORD_REQUIRED" } ")." }
            (Field::address("").autocomplete("off").show(problem))
            div.row.actions { button.plain type="submit" { "Send the invitation" } }
        }
    };
    visit
        .page("Inbox of the emulator", main)
        .narrow()
        .problem(problem)
        .into_response()
}

/// Returns all messages, the newest first. Each message has a number: the oldest message has the
/// number 0. Without the emulator, there are no messages.
fn newest(visit: &Visit) -> Vec<(usize, Message)> {
    let messages = match &visit.app.emulator {
        Some(emulator) => emulator.inbox().all(),
        None => Vec::new(),
    };
    messages.into_iter().enumerate().rev().collect()
}

fn seen(messages: &[(usize, Message)]) -> String {
    format!("seen={}", messages.len())
}

fn list(messages: &[(usize, Message)]) -> Markup {
    html! {
        div #messages hx-get={ "/inbox/messages?" (seen(messages)) } hx-trigger="every 3s" hx-swap="outerHTML" {
            @if messages.is_empty() {
                p.card.soft { "There are no messages yet. If you sign up, the code arrives here." }
            }
            @if messages.len() > SHOWN {
                p.soft.small { "The page shows the newest " (SHOWN) " of " (messages.len()) " messages." }
            }
            ul.plain {
                @for (number, message) in messages.iter().take(SHOWN) {
                    (item(*number, message, number + 1 == messages.len()))
                }
            }
        }
    }
}

fn item(number: usize, message: &Message, is_newest: bool) -> Markup {
    let (title, path, label) = purpose(message.purpose);
    let id = format!("code-{number}");
    let sent = rfc3339(message.sent_at);
    html! {
        li.card.stack.tight {
            div.row.between {
                h2 { (title) }
                @if is_newest { span.tag.good { "newest" } }
            }
            p.soft.small {
                @match message.medium { Medium::Sms => "Text message", _ => "E-mail" }
                " to " (message.to) ", " time datetime=(sent) { (sent[11..19]) " UTC" }
            }
            p { (message.text) "." }
            div.row {
                span.big-code id=(id) { (message.code) }
                button.plain.small id={ "copy-" (number) } type="button" data-copy=(id) hidden data-script {
                    "Copy" span.hidden { " the code: " (title) }
                }
                span.soft role="status" aria-live="polite" {}
            }
            p { a href=(path) { (label) } }
        }
    }
}

const fn purpose(purpose: Purpose) -> (&'static str, &'static str, &'static str) {
    match purpose {
        Purpose::AttributeVerification => (
            "Verify your address",
            "/profile",
            "Enter the code in your profile",
        ),
        Purpose::Invitation => ("Your invitation", "/login", "Sign in with the password"),
        Purpose::Mfa => ("Your second factor", "/login/step", "Continue the sign-in"),
        Purpose::PasswordReset => (
            "Forgotten password",
            "/reset-password",
            "Choose a new password",
        ),
        Purpose::SignIn => ("Your sign-in", "/login/step", "Continue the sign-in"),
        Purpose::SignUp => ("Confirm your account", "/confirm", "Confirm the account"),
        _ => ("A message", "/", "Start page"),
    }
}
