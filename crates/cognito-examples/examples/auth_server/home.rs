//! The start page.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::site::visit::Visit;

/// The link, the title and the description of a tile.
type Tile = (&'static str, &'static str, &'static str);

pub(super) async fn page(visit: Visit) -> Response {
    let main = match visit.person() {
        Some(person) => html! {
            h1 { "Welcome back" }
            p.lead { "You are signed in as " strong { (person.name) } "." }
            (tiles(&SIGNED_IN))
        },
        None => html! {
            h1 { "Sign in, safely" }
            p.lead {
                "Accounts, passwords, second factors, passkeys and sessions with Amazon Cognito, in Rust. \
                 Everything here works against a user pool, and shows what Cognito asks on the way."
            }
            p.row.actions {
                a.button href="/sign-up" { "Create an account" }
                a.button.plain href="/login" { "Sign in" }
            }
            (tiles(&ANYWHERE))
            @if visit.app.emulator.is_some() { (tiles(&AT_THE_EMULATOR)) }
        },
    };
    let title = if visit.person().is_some() {
        "Welcome back"
    } else {
        "Sign in, safely"
    };
    visit.page(title, main).into_response()
}

const ANYWHERE: [Tile; 3] = [
    (
        "/sign-up",
        "Create an account",
        "With an e-mail address and a password, confirmed by a code.",
    ),
    (
        "/login",
        "Sign in",
        "With a password, a code by e-mail or a passkey; each challenge is shown as it comes.",
    ),
    (
        "/forgot-password",
        "Forgotten password",
        "A code lets you choose a new one. It does not tell who has an account.",
    ),
];

const AT_THE_EMULATOR: [Tile; 3] = [
    (
        "/inbox",
        "Inbox",
        "Every message that Cognito would have sent, with its code. Invite somebody, too.",
    ),
    (
        "/inspector",
        "Inspect a token",
        "Header, claims, time left, and which check refuses it.",
    ),
    (
        "/metrics",
        "Metrics and health",
        "What this process has done with Cognito, as it happens.",
    ),
];

const SIGNED_IN: [Tile; 6] = [
    (
        "/security/totp",
        "Authenticator app",
        "A code from your phone as the second factor.",
    ),
    (
        "/security/passkeys",
        "Passkeys",
        "Sign in with your finger, your face or a security key.",
    ),
    (
        "/profile",
        "Profile",
        "Your attributes, and whether your address is verified.",
    ),
    (
        "/admins",
        "For admins",
        "A page that a group opens, and its answer to everybody else.",
    ),
    (
        "/sessions",
        "Sessions",
        "Sign out here or everywhere, and see the old token refused.",
    ),
    (
        "/inspector",
        "Your tokens",
        "What your own tokens say, and that they are good.",
    ),
];

fn tiles(tiles: &[Tile]) -> Markup {
    html! {
        div.grid {
            @for (path, title, text) in tiles {
                a.card.tile href=(path) { h2 { (title) } p.soft { (text) } }
            }
        }
    }
}
