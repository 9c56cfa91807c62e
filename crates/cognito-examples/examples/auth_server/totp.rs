//! The page on which users set up an authenticator app: the secret as a QR code and as a string,
//! and the form for the first code.

use axum::response::{IntoResponse, Response};
use cognito::ErrorKind;
use cognito::account::TotpSetup;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::site::App;
use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::problem::Problem;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

/// The name of this site in the authenticator app.
const ISSUER: &str = "Auth server";
/// The width of the light border around a QR code, in modules (the squares of the code; ISO/IEC
/// 18004 section 9.1).
const QUIET_ZONE: usize = 4;

pub(super) async fn page(signed_in: SignedIn) -> Response {
    let main = html! {
        h1 { "Set up an authenticator app" }
        p.lead {
            "An app such as Aegis, Google Authenticator or your password manager shows a new code \
             every half minute. From then on the sign-in asks for it after your password."
        }
        form.card.stack method="post" action="/security/totp" {
            p { "The site creates a new secret for your app. An app that you have set up before stops working." }
            button type="submit" { "Show the QR code" }
        }
        p { a href="/security" { "Back to security" } }
    };
    let visit = &signed_in.visit;
    visit
        .page("Set up an authenticator app", main)
        .narrow()
        .into_response()
}

/// Creates the TOTP secret for the user's authenticator app, and shows it on this page. No other
/// page shows the secret.
pub(super) async fn start(signed_in: SignedIn) -> Response {
    match signed_in.account().setup_totp().await {
        Ok(setup) => proof(&signed_in, Some(&setup), None),
        Err(error) => signed_in.failed(&error),
    }
}

pub(super) async fn confirm(signed_in: SignedIn, fields: Fields) -> Response {
    let (code, device) = (fields.code("code"), fields.text("device"));
    if code.is_empty() {
        let problem = Problem::at("code", "Enter the code that your app shows.");
        return proof(&signed_in, None, Some(&problem));
    }
    let account = signed_in.account();
    let mut confirm = account.confirm_totp(code.as_str());
    if !device.is_empty() {
        confirm = confirm.device_name(device);
    }
    match confirm.await {
        Ok(_) => Done::TotpOn.at("/security"),
        Err(error) => {
            let codes = [ErrorKind::CodeMismatch, ErrorKind::InvalidParameter];
            if !codes.contains(&error.kind()) {
                return signed_in.failed(&error);
            }
            let problem = Problem::of(&error).at_field("code", &codes);
            proof(&signed_in, None, Some(&problem))
        }
    }
}

/// Renders the form for the first code. If `setup` is `Some`, also renders the secret. After a
/// wrong code, `setup` is `None`, because the app already has the secret.
fn proof(signed_in: &SignedIn, setup: Option<&TotpSetup>, problem: Option<&Problem>) -> Response {
    let visit = &signed_in.visit;
    let main = html! {
        h1 { "Set up an authenticator app" }
        @match setup {
            Some(setup) => (secret(setup, &visit.app, &signed_in.person.name)),
            None => p.lead { "Your app already has the secret. Enter the code that it shows now." },
        }
        form.card.stack method="post" action="/security/totp/confirm" novalidate {
            (Field::code("Code that the app shows").hint("Six digits.").show(problem))
            (Field::text("device", "Name of the device", "off").hint("For example: My phone.")
                .optional().show(problem))
            div.row.actions {
                button type="submit" { "Turn it on" }
                a.button.plain href="/security/totp" { "Start again with another secret" }
            }
        }
    };
    let page = visit.page("Set up an authenticator app", main).narrow();
    page.problem(problem).into_response()
}

/// Renders the secret of an authenticator app, as a QR code and as a string.
pub(crate) fn secret(setup: &TotpSetup, app: &App, account: &str) -> Markup {
    let issuer = if app.emulator.is_some() {
        "Auth server (emulator)"
    } else {
        ISSUER
    };
    let url = setup.otpauth_url(issuer, account);
    html! {
        section.card.stack aria-labelledby="secret-title" {
            h2 #secret-title { "Add the secret to your app" }
            p { "Scan the QR code with the app." }
            (qr_code(&url))
            p { "No camera? Type the secret, " a href=(url) { "or open the app on this device" } "." }
            p.secret #secret { (in_groups(setup.secret.expose())) }
            div.row {
                button.plain.small type="button" data-copy="secret" hidden data-script { "Copy the secret" }
                span.soft role="status" aria-live="polite" {}
            }
        }
    }
}

/// Returns the secret in groups of four characters, so that it is easier to type. Authenticator
/// apps ignore the spaces.
fn in_groups(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = characters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// Renders a QR code as an inline image. The code is dark on light in every colour scheme, because
/// some cameras cannot read other colours.
fn qr_code(text: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return html! { p { "The secret is too long for a QR code: type it in." } };
    };
    let width = code.width();
    let size = width + 2 * QUIET_ZONE;
    let mut dark = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET_ZONE, index / width + QUIET_ZONE);
            dark.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    html! {
        svg.qr role="img" aria-label="QR code with the secret for your authenticator app"
            viewBox={ "0 0 " (size) " " (size) } shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#ffffff" {}
            path d=(dark) fill="#000000" {}
        }
    }
}
