//! The start page of the example web site.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::site::visit::Visit;

/// A tile of the start page: its link, title and description.
type Tile = (&'static str, &'static str, &'static str);

pub(super) async fn page(visit: Visit) -> Response {
    let main = match visit.person() {
        Some(person) => html! {
            h1 { "Welcome back" }
            p.lead { "You are signed in as " strong { (person.name) } "." }
            (tiles(SIGNED_IN.iter().chain(visit.app.delegation.iter().map(|_| &DELEGATION))))
        },
        None => html! {
            h1 { "Sign in with Amazon Cognito" }
            p.lead {
                "Accounts, passwords, second factors, passkeys and sessions with Amazon Cognito, in Rust. \
                 Each page uses a user pool, and shows the challenges of Cognito."
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
        "Sign in with Amazon Cognito"
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
        "With a password, a code by e-mail or a passkey; each challenge is shown.",
    ),
    (
        "/forgot-password",
        "Forgotten password",
        "Set a new password with a code. The site does not reveal who has an account.",
    ),
];

const AT_THE_EMULATOR: [Tile; 3] = [
    (
        "/inbox",
        "Inbox",
        "Every message that Cognito would have sent, with its code. You can also invite a user.",
    ),
    (
        "/inspector",
        "Inspect a token",
        "The header, the claims, the time left, and the check that rejects the token.",
    ),
    (
        "/metrics",
        "Metrics and health",
        "Live counters of this process, and the state of the service.",
    ),
];

const SIGNED_IN: [Tile; 7] = [
    (
        "/security/totp",
        "Authenticator app",
        "A code from your phone as the second factor.",
    ),
    (
        "/security/passkeys",
        "Passkeys",
        "Sign in with your fingerprint, your face or a security key.",
    ),
    (
        "/profile",
        "Profile",
        "Your attributes, and whether your address is verified.",
    ),
    (
        "/admins",
        "For admins",
        "A page for members of a group, and the response to other users.",
    ),
    (
        "/sessions",
        "Sessions",
        "Where you are signed in. Sign out here, elsewhere or everywhere.",
    ),
    (
        "/recovery",
        "Recovery data",
        "A page that requires a strong and recent sign-in, and the step-up to it.",
    ),
    (
        "/inspector",
        "Your tokens",
        "The content of your tokens, and the result of each check.",
    ),
];

const DELEGATION: Tile = (
    "/orders",
    "Another service",
    "The site exchanges your token for one that the service accepts. See its claims.",
);

fn tiles(tiles: impl IntoIterator<Item = &'static Tile>) -> Markup {
    html! {
        div.grid {
            @for (path, title, text) in tiles {
                a.card.tile href=(path) { h2 { (title) } p.soft { (text) } }
            }
        }
    }
}
