//! The page with the user's credentials: second factors, passkeys and the password.

use axum::response::{IntoResponse, Response};
use cognito::ErrorKind;
use cognito::account::{FactorChange, MfaPreference};
use cognito::authentication::AuthFactors;
use maud::{Markup, html};

use crate::site::fields::Fields;
use crate::site::form::Field;
use crate::site::problem::Problem;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

const APP: &str = "SOFTWARE_TOKEN_MFA";
const EMAIL: &str = "EMAIL_OTP";

pub(super) async fn page(signed_in: SignedIn) -> Response {
    show(&signed_in, None).await
}

/// Enables or disables a second factor, or makes it the preferred one.
pub(super) async fn prefer(signed_in: SignedIn, fields: Fields) -> Response {
    let change = match fields.text("change") {
        "on" => FactorChange::On,
        "preferred" => FactorChange::Preferred,
        _ => FactorChange::Off,
    };
    let preference = match fields.text("factor") {
        APP => MfaPreference::new().totp(change),
        _ => MfaPreference::new().email(change),
    };
    match signed_in.account().set_mfa_preference(preference).await {
        Ok(_) => Done::PreferenceSaved.at("/security"),
        Err(error) => show(&signed_in, Some(&Problem::of(&error))).await,
    }
}

pub(super) async fn change_password(signed_in: SignedIn, fields: Fields) -> Response {
    let (old, new) = (fields.exactly("password"), fields.exactly("new_password"));
    let missing = match (old.is_empty(), new.is_empty()) {
        (true, _) => Some(Problem::at("password", "Enter your current password.")),
        (_, true) => Some(Problem::at("new_password", "Choose a new password.")),
        _ => None,
    };
    if missing.is_some() {
        return show(&signed_in, missing.as_ref()).await;
    }
    match signed_in.account().change_password(old, new).await {
        Ok(_) => Done::PasswordChanged.at("/security"),
        Err(error) => {
            let wrong = [ErrorKind::InvalidCredentials, ErrorKind::NotAuthorized];
            let weak = [ErrorKind::PasswordPolicy, ErrorKind::PasswordHistory];
            let mut problem = Problem::of(&error)
                .at_field("password", &wrong)
                .at_field("new_password", &weak);
            if wrong.contains(&error.kind()) {
                problem = problem.saying("Your current password is wrong.");
            }
            show(&signed_in, Some(&problem)).await
        }
    }
}

async fn show(signed_in: &SignedIn, problem: Option<&Problem>) -> Response {
    let factors = match signed_in.account().auth_factors().await {
        Ok(factors) => factors,
        Err(error) => return signed_in.failed(&error),
    };
    let main = html! {
        h1 { "Security" }
        div.columns {
            section.card.stack aria-labelledby="factors" {
                h2 #factors { "Second factors" }
                (app(&factors))
                (email(&factors))
            }
            div.stack {
                section.card.stack aria-labelledby="passkeys" {
                    h2 #passkeys { "Passkeys" }
                    p.soft { "Sign in without a password, with your fingerprint, your face or a security key." }
                    p { a.button.plain href="/security/passkeys" { "Your passkeys" } }
                }
                section.card.stack aria-labelledby="password-title" {
                    h2 #password-title { "Password" }
                    form.stack method="post" action="/security/password" novalidate {
                        input.hidden type="text" name="username" autocomplete="username" tabindex="-1"
                            aria-hidden="true" value=(signed_in.person.name) readonly;
                        (Field::password("password", "Current password").show(problem))
                        (Field::new_password("new_password", "New password").show(problem))
                        div.row.actions { button type="submit" { "Change the password" } }
                    }
                }
            }
        }
    };
    signed_in
        .visit
        .page("Security", main)
        .problem(problem)
        .into_response()
}

fn app(factors: &AuthFactors) -> Markup {
    let is_on = is_on(factors, APP);
    html! {
        div.item {
            div {
                h3 { "Authenticator app" }
                (state(factors, APP))
            }
            div.row {
                @if is_on {
                    (change(APP, "off", "Turn off", "the authenticator app"))
                    @if others_are_on(factors, APP) { (change(APP, "preferred", "Prefer", "for the authenticator app")) }
                }
                a.button.plain.small href="/security/totp" {
                    @if is_on { "Set up another" } @else { "Set up" }
                }
            }
        }
    }
}

fn email(factors: &AuthFactors) -> Markup {
    html! {
        div.item {
            div {
                h3 { "Codes by e-mail" }
                (state(factors, EMAIL))
            }
            div.row {
                @if is_on(factors, EMAIL) {
                    (change(EMAIL, "off", "Turn off", "codes by e-mail"))
                    @if others_are_on(factors, EMAIL) { (change(EMAIL, "preferred", "Prefer", "for codes by e-mail")) }
                } @else {
                    (change(EMAIL, "on", "Turn on", "codes by e-mail"))
                }
            }
        }
    }
}

fn is_on(factors: &AuthFactors, name: &str) -> bool {
    factors.mfa_factors.iter().any(|factor| factor == name)
}

/// Returns `true` if the user can prefer this factor: another factor is also enabled, and this
/// factor is not yet preferred.
fn others_are_on(factors: &AuthFactors, name: &str) -> bool {
    let is_first = factors.preferred_mfa.as_deref() == Some(name);
    factors.mfa_factors.len() > 1 && !is_first
}

fn state(factors: &AuthFactors, name: &str) -> Markup {
    let is_first = factors.preferred_mfa.as_deref() == Some(name);
    html! {
        p.row {
            @if is_on(factors, name) {
                span.tag.good { "on" }
                @if is_first { span.tag { "preferred" } }
            } @else {
                span.tag { "off" }
            }
        }
    }
}

fn change(factor: &str, change: &str, label: &str, what: &str) -> Markup {
    html! {
        form method="post" action="/security/preference" {
            input type="hidden" name="factor" value=(factor);
            input type="hidden" name="change" value=(change);
            button.plain.small type="submit" { (label) span.hidden { " " (what) } }
        }
    }
}
