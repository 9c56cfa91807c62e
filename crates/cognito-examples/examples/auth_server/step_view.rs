//! The view of a challenge: its name, a description, the destination of a code, and the form.

use axum::response::{IntoResponse, Response};
use cognito::account::TotpSetup;
use cognito::{Challenge, ChallengeName};
use maud::{Markup, html};

use crate::site::confirm::to_the_inbox;
use crate::site::form::Field;
use crate::site::problem::Problem;
use crate::site::totp;
use crate::site::visit::Visit;

/// The data of a page with a challenge.
pub(crate) struct Step<'a> {
    challenge: &'a Challenge,
    trail: &'a str,
    problem: Option<&'a Problem>,
    /// The secret of an authenticator app, if its set-up has just started.
    pub(crate) totp: Option<&'a TotpSetup>,
}

impl<'a> Step<'a> {
    pub(crate) const fn new(
        challenge: &'a Challenge,
        trail: &'a str,
        problem: Option<&'a Problem>,
    ) -> Self {
        Self {
            challenge,
            trail,
            problem,
            totp: None,
        }
    }
}

pub(crate) fn page(visit: &Visit, step: &Step<'_>) -> Response {
    let (heading, asks) = words(step.challenge);
    let main = html! {
        h1 { (heading) }
        (so_far(step))
        @if is_sent(step.challenge) { (to_the_inbox(&visit.app)) }
        (form(visit, step))
        (said(step.challenge, asks))
        form.stack.tight method="post" action="/login/cancel" {
            @if visit.person().is_some() {
                p.soft { "You are signed in. If you cancel, this does not change." }
            }
            div.row { button.plain type="submit" { "Cancel this sign-in" } }
        }
    };
    let page = visit.page(heading, main).narrow();
    page.problem(step.problem).into_response()
}

/// Renders the names of the completed challenges of this sign-in and of the current challenge.
fn so_far(step: &Step<'_>) -> Markup {
    // Only names that AWS documents are repeated: the list comes from the browser.
    let answered = step.trail.split('.').map(ChallengeName::from);
    let answered = answered.filter(|name| ChallengeName::KNOWN.contains(name));
    html! {
        ol.trail aria-label="Steps of this sign-in" {
            li { span.name { "Started" } span.tag.good { "done" } }
            @for name in answered {
                li { code.name { (name.as_str()) } span.tag.good { "completed" } }
            }
            li.now aria-current="step" {
                code.name { (step.challenge.name().as_str()) }
                span.tag.note { "current step" }
            }
        }
    }
}

/// Returns a sentence with the destination of the code, or `None` if no code was sent.
fn destination(challenge: &Challenge) -> Option<String> {
    let step = challenge.step();
    let destination = step.parameter("CODE_DELIVERY_DESTINATION")?;
    let how = match step.parameter("CODE_DELIVERY_DELIVERY_MEDIUM") {
        Some("SMS") => "by text message",
        _ => "by e-mail",
    };
    Some(format!("It was sent {how} to {destination}."))
}

fn said(challenge: &Challenge, asks: &str) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="asked" {
            h2 #asked { "The challenge" }
            dl.facts {
                dt { "Challenge" } dd { code { (challenge.name().as_str()) } }
                dt { "Required" } dd { (asks) }
                @if let Some(sent) = destination(challenge) { dt { "Delivered" } dd { (sent) } }
                @if let Challenge::SoftwareTokenMfa(app) = challenge {
                    @if let Some(name) = app.device_name() { dt { "App" } dd { (name) } }
                }
                dt { "Time" } dd { "After a few minutes, you must start the sign-in again." }
            }
        }
    }
}

const fn is_sent(challenge: &Challenge) -> bool {
    matches!(
        challenge,
        Challenge::EmailOtp(_) | Challenge::SmsMfa(_) | Challenge::SmsOtp(_)
    )
}

/// Returns the title of the page for a challenge, and a description of the required response.
const fn words(challenge: &Challenge) -> (&'static str, &'static str) {
    match challenge {
        Challenge::EmailOtp(_) => (
            "Enter the code from your e-mail",
            "the code that was sent to you",
        ),
        Challenge::SmsMfa(_) | Challenge::SmsOtp(_) => (
            "Enter the code from your phone",
            "the code that was sent to you",
        ),
        Challenge::SoftwareTokenMfa(_) => (
            "Enter the code of your app",
            "the code that your authenticator app shows now",
        ),
        Challenge::MfaSetup(_) => (
            "Set up a second factor",
            "a second factor, which this user pool requires",
        ),
        Challenge::NewPasswordRequired(_) => (
            "Choose a new password",
            "a new password in place of the one that you received",
        ),
        Challenge::PasswordChallenge(_) | Challenge::PasswordSrp(_) => {
            ("Enter your password", "your password")
        }
        Challenge::SelectChallenge(_) => ("How do you want to sign in?", "a way to sign in"),
        Challenge::SelectMfaType(_) => ("Which second factor?", "one of your second factors"),
        Challenge::WebAuthn(_) => ("Use your passkey", "a proof that you have your passkey"),
        _ => (
            "One more question",
            "a response that a Lambda function of this user pool checks",
        ),
    }
}

fn form(visit: &Visit, step: &Step<'_>) -> Markup {
    let problem = step.problem;
    match step.challenge {
        Challenge::WebAuthn(passkey) => passkey_form(passkey, problem),
        Challenge::MfaSetup(setup) => setup_form(visit, step, &setup.options()),
        Challenge::SelectChallenge(select) => choices(select.options(), problem),
        Challenge::SelectMfaType(select) => choices(&select.options(), problem),
        other => html! {
            form.card.stack method="post" action="/login/step" novalidate {
                (inputs(other, problem))
                button.wide type="submit" { "Continue" }
            }
        },
    }
}

fn inputs(challenge: &Challenge, problem: Option<&Problem>) -> Markup {
    match challenge {
        Challenge::NewPasswordRequired(step) => html! {
            (Field::new_password("new_password", "New password").show(problem))
            @for name in step.required_attributes() {
                @let id = format!("attribute.{name}");
                div.field {
                    label for=(id) { (name) }
                    input id=(id) name=(id) type="text" autocomplete="off" required;
                }
            }
        },
        Challenge::PasswordChallenge(_) | Challenge::PasswordSrp(_) => html! {
            (Field::password("password", "Password").show(problem))
        },
        Challenge::EmailOtp(_)
        | Challenge::SmsMfa(_)
        | Challenge::SmsOtp(_)
        | Challenge::SoftwareTokenMfa(_) => {
            let sent = destination(challenge);
            let field = Field::code("Code");
            let field = match &sent {
                Some(sent) => field.hint(sent),
                None => field.hint("Six digits."),
            };
            field.show(problem)
        }
        other => {
            // The parameters of a custom challenge are defined by the pool's Lambda triggers; this
            // site supports one name.
            let question = other.step().parameter("question");
            let field = Field::text("answer", "Answer", "off");
            let field = match question {
                Some(question) => field.hint(question),
                None => field,
            };
            field.show(problem)
        }
    }
}

fn passkey_form(passkey: &cognito::challenge::WebAuthn, problem: Option<&Problem>) -> Markup {
    let options = passkey.request_options();
    let options = options
        .map(|options| options.as_json().to_string())
        .unwrap_or_default();
    html! {
        form.card.stack method="post" action="/login/step" data-passkey="get" data-options=(options) {
            input type="hidden" name="credential" value="";
            p { "Your browser asks for your fingerprint, your face, a PIN or your security key." }
            button.wide #credential type="button" hidden data-script
                aria-invalid=[problem.map(|_| "true")] { "Use the passkey" }
            noscript { p.error { "Passkeys need JavaScript. Sign in another way." } }
            p.soft role="status" aria-live="polite" data-status {}
        }
    }
}

fn choices(options: &[ChallengeName], problem: Option<&Problem>) -> Markup {
    let takes_password = options.iter().any(needs_password);
    let missing = problem.filter(|problem| problem.field == Some("choice"));
    html! {
        form.card.stack method="post" action="/login/step" novalidate {
            fieldset aria-describedby=[missing.map(|_| "choice-error")] {
                legend { "Choose one" }
                @if let Some(problem) = missing {
                    p.error #choice-error { span.hidden { "Error: " } (problem.text) }
                }
                @for (index, option) in options.iter().enumerate() {
                    label.option {
                        input id=[(index == 0).then_some("choice")] type="radio" name="choice"
                            value=(option.as_str());
                        span { strong { (choice(option)) } code { (option.as_str()) } }
                    }
                }
            }
            @if takes_password {
                (Field::password("password", "Password").hint("Only for the options with a password.")
                    .optional().show(problem))
            }
            button.wide type="submit" { "Continue" }
        }
    }
}

const fn needs_password(option: &ChallengeName) -> bool {
    matches!(
        option,
        ChallengeName::PasswordChallenge | ChallengeName::PasswordSrp
    )
}

const fn choice(option: &ChallengeName) -> &'static str {
    match option {
        ChallengeName::EmailOtp => "A code by e-mail",
        ChallengeName::PasswordChallenge => "My password, sent to Cognito",
        ChallengeName::PasswordSrp => "My password, proven without sending it",
        ChallengeName::SmsMfa | ChallengeName::SmsOtp => "A code by text message",
        ChallengeName::SoftwareTokenMfa => "A code of my authenticator app",
        ChallengeName::WebAuthn => "A passkey",
        _ => "Another way",
    }
}

fn setup_form(visit: &Visit, step: &Step<'_>, options: &[ChallengeName]) -> Markup {
    let problem = step.problem;
    let is_proving =
        step.totp.is_some() || problem.is_some_and(|problem| problem.field == Some("code"));
    html! {
        @if let Some(setup) = step.totp {
            (totp::secret(setup, &visit.app, step.challenge.step().username().as_str()))
        }
        @if is_proving {
            form.card.stack method="post" action="/login/step" novalidate {
                (Field::code("Code that the app shows").show(problem))
                button.wide type="submit" { "Turn on and continue" }
            }
            p { a href="/login/step" { "Start again, or choose another factor" } }
        } @else {
            @if options.contains(&ChallengeName::SoftwareTokenMfa) {
                form method="post" action="/login/step/enroll" {
                    button.wide type="submit" { "Set up an authenticator app" }
                }
            }
            @if options.contains(&ChallengeName::EmailOtp) {
                form.card.stack method="post" action="/login/step" novalidate {
                    (Field::address("").autocomplete("email").show(problem))
                    button.wide.plain type="submit" { "Send codes to this address" }
                }
            }
        }
    }
}
